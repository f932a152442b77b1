//! Where a server listens: at an address, at a socket in the file system, or at a socket that was handed over.

use std::fmt;
use std::fs;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use listenfd::ListenFd;
use socket2::{Domain, SockAddr, Socket, Type};
use tokio::net::{TcpListener, UnixListener};

use crate::serve_error::ServeError;
use crate::stream::Stream;

/// Connections that wait to be accepted.
const BACKLOG: i32 = 1024;

/// Where to listen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listen {
    /// At an address or a host name, with a port: of several addresses, the first that can be had. Port 0 is any that is free.
    Tcp(String),
    /// At a socket in the file system, which this user and its group may connect to.
    Unix(PathBuf),
    /// At the socket that the process was started with, as `LISTEN_FDS` says.
    Inherited,
}

/// Where a server listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// At this address.
    Tcp(SocketAddr),
    /// At a socket in the file system. It has no path exactly when it was handed over without one.
    Unix(Option<PathBuf>),
}

/// Why a text does not say where to listen.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not an address to listen on: write `127.0.0.1:7300`, `localhost:7300`, `unix:/run/clearance.sock` or `inherited`"
)]
pub struct ListenError(String);

/// Something that accepts connections.
pub(crate) enum Listener {
    Tcp(TcpListener),
    Unix(UnixListener, #[expect(dead_code, reason = "it is removed when it is dropped")] Option<SocketFile>),
}

/// The file of a socket, which goes with the server.
pub(crate) struct SocketFile {
    path: PathBuf,
    /// Its device and its inode.
    identity: (u64, u64),
}

impl FromStr for Listen {
    type Err = ListenError;

    fn from_str(text: &str) -> Result<Self, ListenError> {
        if text == "inherited" {
            return Ok(Self::Inherited);
        }
        let unreadable = || ListenError(text.to_owned());
        if let Some(path) = text.strip_prefix("unix:") {
            return if path.is_empty() { Err(unreadable()) } else { Ok(Self::Unix(path.into())) };
        }
        let (host, port) = text.rsplit_once(':').ok_or_else(unreadable)?;
        let is_address = text.parse::<SocketAddr>().is_ok();
        let is_name = !host.is_empty() && !host.contains([':', '/', '[', ']']) && port.parse::<u16>().is_ok();
        if is_address || is_name { Ok(Self::Tcp(text.to_owned())) } else { Err(unreadable()) }
    }
}

impl From<SocketAddr> for Listen {
    fn from(address: SocketAddr) -> Self {
        Self::Tcp(address.to_string())
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => out.write_str(address),
            Self::Unix(path) => write!(out, "unix:{}", path.display()),
            Self::Inherited => out.write_str("inherited"),
        }
    }
}

impl Address {
    /// The address, if it is one of the network.
    #[must_use]
    pub fn tcp(&self) -> Option<SocketAddr> {
        match self {
            Self::Tcp(address) => Some(*address),
            Self::Unix(_) => None,
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => write!(out, "http://{address}"),
            Self::Unix(Some(path)) => write!(out, "unix:{}", path.display()),
            Self::Unix(None) => out.write_str("unix:"),
        }
    }
}

impl Listener {
    /// Listens, and answers the address on which it does.
    pub(crate) async fn bind(listen: &Listen) -> Result<(Self, Address), ServeError> {
        let bound = match listen {
            Listen::Tcp(address) => TcpListener::bind(address).await.map(Self::Tcp),
            Listen::Unix(path) => unix(path),
            Listen::Inherited => inherited_socket(),
        };
        let bound = bound.and_then(|listener| listener.address().map(|address| (listener, address)));
        bound.map_err(|error| ServeError::Listen { address: listen.to_string(), error })
    }

    fn address(&self) -> io::Result<Address> {
        Ok(match self {
            Self::Tcp(listener) => Address::Tcp(listener.local_addr()?),
            Self::Unix(listener, _) => Address::Unix(listener.local_addr()?.as_pathname().map(Path::to_owned)),
        })
    }

    /// The next connection, and the address that it comes from, if it has one.
    pub(crate) async fn accept(&self) -> io::Result<(Stream, Option<IpAddr>)> {
        match self {
            Self::Tcp(listener) => {
                let (stream, peer) = listener.accept().await?;
                // Answers are short: they should not wait for more.
                let _ = stream.set_nodelay(true);
                Ok((Stream::Tcp(stream), Some(peer.ip())))
            }
            Self::Unix(listener, _) => Ok((Stream::Unix(listener.accept().await?.0), None)),
        }
    }
}

/// Makes a socket in the file system. A file that a server left behind is replaced; one that somebody listens at is not.
fn unix(path: &Path) -> io::Result<Listener> {
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    let address = SockAddr::unix(path)?;
    if let Err(error) = socket.bind(&address) {
        if error.kind() != io::ErrorKind::AddrInUse {
            return Err(error);
        }
        clear(path, &address)?;
        socket.bind(&address)?;
    }
    // Nobody can connect before it listens.
    fs::set_permissions(path, fs::Permissions::from_mode(0o660))?;
    let identity = fs::symlink_metadata(path).map(|file| (file.dev(), file.ino()))?;
    let file = SocketFile { path: path.to_owned(), identity };
    socket.listen(BACKLOG)?;
    socket.set_nonblocking(true)?;
    Ok(Listener::Unix(UnixListener::from_std(socket.into())?, Some(file)))
}

/// Removes the file of a socket that nobody listens at.
fn clear(path: &Path, address: &SockAddr) -> io::Result<()> {
    if !fs::symlink_metadata(path)?.file_type().is_socket() {
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, "there is a file of another kind: name another path"));
    }
    let probe = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    // A listener that is busy would be waited for.
    probe.set_nonblocking(true)?;
    match probe.connect(address) {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => fs::remove_file(path),
        Ok(()) => Err(io::Error::new(io::ErrorKind::AddrInUse, "another process listens there")),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
            Err(io::Error::new(io::ErrorKind::AddrInUse, "another process listens there"))
        }
        Err(error) => Err(error),
    }
}

/// The first socket that the process was started with.
fn inherited_socket() -> io::Result<Listener> {
    let mut sockets = ListenFd::from_env();
    let none = "no socket was handed over: `LISTEN_FDS` and `LISTEN_PID` say so where one is";
    if sockets.len() == 0 {
        return Err(io::Error::new(io::ErrorKind::NotFound, none));
    }
    if let Ok(Some(listener)) = sockets.take_tcp_listener(0) {
        listener.set_nonblocking(true)?;
        return Ok(Listener::Tcp(TcpListener::from_std(listener)?));
    }
    let Some(listener) = sockets.take_unix_listener(0)? else { return Err(io::Error::new(io::ErrorKind::NotFound, none)) };
    listener.set_nonblocking(true)?;
    Ok(Listener::Unix(UnixListener::from_std(listener)?, None))
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        // What somebody else put there since is not ours.
        if fs::symlink_metadata(&self.path).is_ok_and(|file| (file.dev(), file.ino()) == self.identity) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_to_listen_reads_as_it_is_written() {
        for text in ["127.0.0.1:7300", "[::1]:0", "localhost:7300", "gate.example:80", "unix:/run/clearance.sock", "inherited"] {
            assert_eq!(text.parse::<Listen>().unwrap().to_string(), text);
        }
        for text in
            ["", "7300", "localhost", ":7300", "::1:7300", "localhost:http", "localhost:70000", "unix:", "http://localhost:80"]
        {
            assert!(text.parse::<Listen>().is_err(), "{text}");
        }
    }
}
