//! How many connections there are from each address.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

use crate::proxies::Proxies;

/// Counts connections by address, so that one client cannot have all of them.
#[derive(Clone, Debug)]
pub(crate) struct Visits {
    most: usize,
    counts: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

/// One connection, for as long as it lives.
#[derive(Debug)]
pub(crate) struct Visit {
    counted: Option<(Visits, IpAddr)>,
}

impl Visits {
    /// The most connections from one address. `None` means that there is no limit.
    pub(crate) fn new(most: Option<usize>) -> Self {
        Self { most: most.unwrap_or(usize::MAX), counts: Arc::default() }
    }

    /// Counts a connection. `None` means that its address has too many. A trusted proxy speaks for many clients and is not counted, and
    /// neither is a socket in the file system.
    pub(crate) fn begin(&self, address: Option<IpAddr>, proxies: &Proxies) -> Option<Visit> {
        let Some(address) = address.filter(|address| self.most < usize::MAX && !proxies.trust(*address)) else {
            return Some(Visit { counted: None });
        };
        let network = network(address);
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(network).or_default();
        if *count >= self.most {
            return None;
        }
        *count += 1;
        Some(Visit { counted: Some((self.clone(), network)) })
    }
}

/// What one client can choose of its address counts once: in IPv6, the second half.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        let Some((visits, network)) = &self.counted else { return };
        let mut counts = visits.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(network) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                counts.remove(network);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_address_has_its_own_count() {
        let (visits, nobody) = (Visits::new(Some(2)), Proxies::default());
        let begin = |address: &str| visits.begin(Some(address.parse().unwrap()), &nobody);
        let first = begin("192.0.2.1").unwrap();
        let _second = begin("::ffff:192.0.2.1").unwrap();
        assert!(begin("192.0.2.1").is_none());
        let _other = begin("192.0.2.2").unwrap();
        drop(first);
        assert!(begin("192.0.2.1").is_some());
        // A client with one address of IPv6 has many.
        let held = [begin("2001:db8::1"), begin("2001:db8::2")];
        assert!(held.iter().all(Option::is_some) && begin("2001:db8::3").is_none() && begin("2001:db8:0:1::1").is_some());
        drop((held, _second, _other));
        assert!(visits.counts.lock().unwrap().is_empty());
    }

    #[test]
    fn a_trusted_proxy_and_a_socket_of_the_file_system_are_not_counted() {
        let (visits, proxies) = (Visits::new(Some(0)), Proxies::new(vec!["192.0.2.0/24".parse().unwrap()]));
        assert!(visits.begin(Some("192.0.2.1".parse().unwrap()), &proxies).is_some());
        assert!(visits.begin(None, &proxies).is_some());
        assert!(visits.begin(Some("198.51.100.1".parse().unwrap()), &proxies).is_none());
    }
}
