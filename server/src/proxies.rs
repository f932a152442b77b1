//! Which address a client has behind proxies that are trusted to say so.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::http::header::FORWARDED;
use axum::http::{HeaderMap, HeaderName};
use ipnet::IpNet;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// More proxies than any request passes.
const MAX_HOPS: usize = 32;

/// The proxies that are trusted to say which address a client has. By default none is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Proxies(Arc<[IpNet]>);

impl Proxies {
    pub(crate) fn new(networks: Vec<IpNet>) -> Self {
        Self(networks.into())
    }

    /// Whether this address is one of theirs.
    pub(crate) fn trust(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }

    /// The address of the client of a request: of the connection, or where that is a trusted proxy's, the last one in the header that no
    /// trusted proxy has. A client that may connect to a socket in the file system is trusted as a proxy is; such a connection has no address.
    pub(crate) fn client(&self, connection: Option<IpAddr>, headers: &HeaderMap) -> Option<IpAddr> {
        if connection.is_some_and(|address| !self.trust(address)) {
            return connection;
        }
        let mut client = connection;
        for hop in hops(headers).into_iter().take(MAX_HOPS) {
            // An element behind something that is not an address comes from an unknown sender.
            let Some(address) = hop else { break };
            client = Some(address);
            if !self.trust(address) {
                break;
            }
        }
        client
    }
}

/// The addresses that a request came from, the last first. `None` stands for an element that is not an address.
fn hops(headers: &HeaderMap) -> Vec<Option<IpAddr>> {
    let lines = |name: &HeaderName| {
        let mut lines: Vec<_> = headers.get_all(name).iter().map(|line| line.to_str().unwrap_or("?")).collect();
        lines.reverse();
        lines
    };
    let given = lines(&FORWARDED_FOR);
    if !given.is_empty() {
        return given.iter().flat_map(|line| line.rsplit(',')).take(MAX_HOPS).map(address).collect();
    }
    // No quoted comma can stand in it: an address holds none.
    let elements = lines(&FORWARDED).into_iter().flat_map(|line| line.rsplit(',').take(MAX_HOPS).collect::<Vec<_>>());
    elements.take(MAX_HOPS).map(forwarded_for).collect()
}

/// The address in an element of `Forwarded`.
fn forwarded_for(element: &str) -> Option<IpAddr> {
    let mut pairs = element.split(';').filter_map(|pair| pair.trim().split_once('='));
    let (_, value) = pairs.find(|(name, _)| name.eq_ignore_ascii_case("for"))?;
    let quoted = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
    address(quoted.unwrap_or(value))
}

/// An address, also with a port or in brackets.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let address = bare.parse().ok().or_else(|| text.parse().ok().map(|with_port: SocketAddr| with_port.ip()));
    address.map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn client(connection: &str, lines: &[(&'static str, &str)]) -> String {
        let proxies = Proxies::new(vec!["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()]);
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        let client = proxies.client(connection.parse().ok(), &headers);
        client.map_or("none".to_owned(), |client| client.to_string())
    }

    #[test]
    fn the_last_address_that_no_proxy_has_is_the_clients() {
        let name = "x-forwarded-for";
        for (connection, lines, expected) in [
            // A client that is not a proxy may send any header.
            ("192.0.2.1", vec![(name, "198.51.100.9")], "192.0.2.1"),
            ("10.0.0.1", vec![], "10.0.0.1"),
            ("10.0.0.1", vec![(name, "198.51.100.9")], "198.51.100.9"),
            // What the client sent stands before what the proxy added.
            ("10.0.0.1", vec![(name, "127.0.0.1, 198.51.100.9")], "198.51.100.9"),
            ("10.0.0.1", vec![(name, "127.0.0.1"), (name, "198.51.100.9, 10.2.3.4")], "198.51.100.9"),
            ("::ffff:10.0.0.1", vec![(name, "::ffff:198.51.100.9")], "198.51.100.9"),
            ("10.0.0.1", vec![(name, "10.0.0.2, 10.0.0.3")], "10.0.0.2"),
            // An element behind something that is not an address is not trusted.
            ("10.0.0.1", vec![(name, "127.0.0.1, unknown")], "10.0.0.1"),
            ("10.0.0.1", vec![(name, "127.0.0.1, nonsense, 10.0.0.9")], "10.0.0.9"),
            ("10.0.0.1", vec![(name, "")], "10.0.0.1"),
            ("10.0.0.1", vec![(name, "198.51.100.9:4711")], "198.51.100.9"),
            ("fd00::1", vec![(name, "[2001:db8::1]:80")], "2001:db8::1"),
            ("10.0.0.1", vec![("forwarded", "for=127.0.0.1, For=\"[2001:db8::1]:80\";proto=https")], "2001:db8::1"),
            ("10.0.0.1", vec![("forwarded", "proto=https;for=198.51.100.9")], "198.51.100.9"),
            ("10.0.0.1", vec![("forwarded", "for=_hidden")], "10.0.0.1"),
            ("10.0.0.1", vec![("forwarded", "for=127.0.0.1"), (name, "198.51.100.9")], "198.51.100.9"),
            // A socket in the file system.
            ("", vec![(name, "198.51.100.9")], "198.51.100.9"),
            ("", vec![], "none"),
        ] {
            assert_eq!(client(connection, &lines), expected, "{connection} {lines:?}");
        }
    }

    #[test]
    fn nobody_is_trusted_by_default() {
        let mut headers = HeaderMap::new();
        headers.append(FORWARDED_FOR, HeaderValue::from_static("198.51.100.9"));
        let connection = Some("127.0.0.1".parse().unwrap());
        assert_eq!(Proxies::default().client(connection, &headers), connection);
    }
}
