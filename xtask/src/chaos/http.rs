//! A client of HTTP that sends what it is told, to this machine alone.

use std::{
    io::{self, BufRead as _, BufReader, Read as _, Write as _},
    net::{Ipv4Addr, SocketAddr, TcpStream},
    time::Duration,
};

use socket2::{Domain, Socket, Type};

/// The address from which hostile clients come. A server that limits the connections of one address then limits them, and not the
/// clients beside them.
pub(super) const STRANGER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 66);

/// How long a client waits for an answer. The server answers or refuses within 10 s, also where it has stood still for some of them.
const PATIENCE: Duration = Duration::from_secs(15);

/// No answer that a client reads is longer.
const MAX_ANSWER_BYTES: usize = 64 << 20;

/// What a server answered.
#[derive(Debug)]
pub(super) struct Answer {
    /// The status.
    pub(super) status: u16,
    /// The body, as text.
    pub(super) body: String,
}

/// A connection that is opened when it is needed, and kept.
pub(super) struct Client {
    address: SocketAddr,
    stream: Option<BufReader<TcpStream>>,
}

/// Opens a connection.
pub(super) fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    prepare(&stream)?;
    Ok(stream)
}

/// Opens a connection as a stranger, with a small buffer for what the server sends.
pub(super) fn connect_as_stranger(address: SocketAddr) -> io::Result<TcpStream> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.bind(&SocketAddr::from((STRANGER, 0)).into())?;
    socket.set_recv_buffer_size(4096)?;
    socket.connect_timeout(&address.into(), PATIENCE)?;
    let stream = TcpStream::from(socket);
    prepare(&stream)?;
    Ok(stream)
}

fn prepare(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))
}

/// The bytes of a request. A method and a path may be anything.
pub(super) fn request(method: &str, path: &str, headers: &[(&str, &str)], body: Option<&str>) -> Vec<u8> {
    let mut bytes = format!("{method} {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n");
    for (name, value) in headers {
        bytes.push_str(&format!("{name}: {value}\r\n"));
    }
    if let Some(body) = body {
        bytes.push_str(&format!("content-type: application/json\r\ncontent-length: {}\r\n", body.len()));
    }
    bytes.push_str("\r\n");
    bytes.push_str(body.unwrap_or_default());
    bytes.into_bytes()
}

impl Client {
    /// A client of the server at this address.
    pub(super) fn new(address: SocketAddr) -> Self {
        Self { address, stream: None }
    }

    /// A client of the server at this address that is connected already, as somebody else.
    pub(super) fn over(address: SocketAddr, stream: TcpStream) -> Self {
        Self { address, stream: Some(BufReader::new(stream)) }
    }

    /// One request. A question that finds its connection closed is asked once more on a new one, as every proxy does; a change is not,
    /// because nobody knows what became of it.
    pub(super) fn ask(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<&str>) -> io::Result<Answer> {
        let bytes = request(method, path, headers, body);
        let kept = self.stream.is_some();
        let asked = self.exchange(&bytes);
        match asked {
            Err(error) if kept && method == "GET" && is_closed(&error) => self.exchange(&bytes),
            asked => asked,
        }
    }

    /// Sends bytes, which are one request, and reads the answer.
    pub(super) fn exchange(&mut self, bytes: &[u8]) -> io::Result<Answer> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => BufReader::new(connect(self.address)?),
        };
        // A server that refuses a long body may answer before it has read all of it.
        let sent = stream.get_mut().write_all(bytes);
        let (answer, stays_open) = match (read(&mut stream), sent) {
            (Ok(read), _) => read,
            (Err(_), Err(error)) | (Err(error), Ok(())) => return Err(error),
        };
        if stays_open {
            self.stream = Some(stream);
        }
        Ok(answer)
    }
}

fn is_closed(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    matches!(error.kind(), BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof)
}

/// One answer, and whether the connection stays open behind it.
fn read(stream: &mut BufReader<TcpStream>) -> io::Result<(Answer, bool)> {
    let invalid = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
    let first = line(stream)?;
    let status = first.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or_else(|| invalid("no status"))?;
    let (mut length, mut stays_open) = (0, true);
    loop {
        let line = line(stream)?.to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().map_err(|_| invalid("no length"))?;
        } else if line.starts_with("connection:") && line.contains("close") {
            stays_open = false;
        } else if line.starts_with("transfer-encoding:") {
            return Err(invalid("the length of the answer is not known"));
        }
    }
    if length > MAX_ANSWER_BYTES {
        return Err(invalid("the answer is too long"));
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    Ok((Answer { status, body: String::from_utf8_lossy(&body).into_owned() }, stays_open))
}

fn line(stream: &mut BufReader<TcpStream>) -> io::Result<String> {
    let mut line = String::new();
    if stream.by_ref().take(64 << 10).read_line(&mut line)? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(line.trim_end().to_owned())
}
