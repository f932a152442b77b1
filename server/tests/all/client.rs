//! A client that sends exactly what it is told.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};

use serde_json::Value;

/// One connection, used again for each request.
pub(crate) struct Client {
    stream: BufReader<TcpStream>,
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    /// Names in small letters, in the order in which they came.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Client {
    pub(crate) fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(std::time::Duration::from_secs(60))).unwrap();
        Self { stream: BufReader::new(stream) }
    }

    /// Waits for so long for each answer.
    pub(crate) fn wait(&mut self, time: std::time::Duration) {
        self.stream.get_ref().set_read_timeout(Some(time)).unwrap();
    }

    pub(crate) fn get(&mut self, path: &str, headers: &[(&str, &str)]) -> Reply {
        self.send("GET", path, headers, b"")
    }

    pub(crate) fn post(&mut self, path: &str, headers: &[(&str, &str)], body: &Value) -> Reply {
        self.send("POST", path, headers, body.to_string().as_bytes())
    }

    pub(crate) fn send(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
        let mut head = format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\n").into_bytes();
        for (name, value) in headers {
            head.extend(format!("{name}: {value}\r\n").bytes());
        }
        if !body.is_empty() || method == "POST" {
            head.extend(format!("content-type: application/json\r\ncontent-length: {}\r\n", body.len()).bytes());
        }
        head.extend(b"\r\n");
        self.raw(&head);
        self.raw(body);
        let reply = self.reply(method);
        crate::openapi::documented(method, path, &reply);
        reply
    }

    /// Sends a head, and returns once the server asks for the body: it knows then who sends it.
    pub(crate) fn begin(&mut self, method: &str, path: &str, token: &str, length: usize) {
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\nexpect: 100-continue\r\n\
             content-type: application/json\r\ncontent-length: {length}\r\n\r\n"
        );
        self.raw(head.as_bytes());
        assert_eq!(self.reply(method).status, 100, "{method} {path}");
    }

    /// Sends bytes and waits for nothing.
    pub(crate) fn raw(&mut self, bytes: &[u8]) {
        // A server that has answered already may not read on.
        let _ = self.stream.get_mut().write_all(bytes);
    }

    /// Whether something comes back, or the end of the connection, within a time.
    pub(crate) fn replies_within(&mut self, time: std::time::Duration) -> bool {
        self.stream.get_ref().set_read_timeout(Some(time)).unwrap();
        let replies = self.stream.fill_buf().is_ok();
        self.stream.get_ref().set_read_timeout(Some(std::time::Duration::from_secs(60))).unwrap();
        replies
    }

    /// Whether the connection ends, without anything more.
    pub(crate) fn ends(&mut self) -> bool {
        let mut rest = Vec::new();
        self.stream.read_to_end(&mut rest).is_ok_and(|count| count == 0)
    }

    pub(crate) fn reply(&mut self, method: &str) -> Reply {
        let mut line = String::new();
        self.stream.read_line(&mut line).unwrap();
        let status = line.split(' ').nth(1).unwrap_or_else(|| panic!("no reply: {line:?}")).parse().unwrap();
        let mut headers = Vec::new();
        loop {
            let mut line = String::new();
            self.stream.read_line(&mut line).unwrap();
            let Some((name, value)) = line.trim_end().split_once(':') else { break };
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let mut reply = Reply { status, headers, body: Vec::new() };
        let length = reply.header("content-length").map_or(0, |length| length.parse().unwrap());
        assert_eq!(reply.header("transfer-encoding"), None);
        if method != "HEAD" {
            reply.body.resize(length, 0);
            self.stream.read_exact(&mut reply.body).unwrap();
        }
        reply
    }
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// Everything but what differs from request to request.
    pub(crate) fn lasting(&self) -> (u16, Vec<(String, String)>, String) {
        let headers = self.headers.iter().filter(|(name, _)| name != "date" && name != "x-request-id");
        (self.status, headers.cloned().collect(), self.text().to_owned())
    }
}
