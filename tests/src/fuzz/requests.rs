//! Requests as they come over a connection.

use std::{
    io::{Read as _, Write as _},
    net::{Shutdown, SocketAddr, TcpStream},
    sync::{Arc, mpsc},
    thread::JoinHandle,
    time::Duration,
};

use clearance::{Document, PrincipalId, key::KeyDraft};
use clearance_keeper::{Keeper, Origin};
use clearance_policy::types::lifecycle::Kind;
use clearance_server::{Listening, Settings, serve};
use clearance_store::{Peppers, Purpose, SqliteStore, Write};
use tempfile::TempDir;
use tokio::sync::oneshot;

use super::{Run, file};
use crate::evaluator::Component;

/// Stands in a request for the token of an operator that may do everything.
const OPERATOR: &str = "{operator}";

/// Stands in a request for the token of a service key that administers its organization.
const KEY: &str = "{key}";

/// A server that has not answered in this time hangs.
const PATIENCE: Duration = Duration::from_secs(300);

/// What every answer begins with.
const FIRST: &str = "HTTP/1.1 ";

/// A server of the example company.
struct Server {
    address: SocketAddr,
    operator: String,
    key: String,
    running: Option<(oneshot::Sender<()>, JoinHandle<()>)>,
    _folder: TempDir,
}

/// A server in this process, which is sent each request on a connection of its own.
pub(super) fn open() -> Run {
    let server = Server::start();
    Box::new(move |bytes| server.judge(bytes))
}

impl Server {
    fn start() -> Self {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let text = String::from_utf8(file("examples/company/directory.json")).expect("it is text");
        let document = Document::from_json(&text).expect("it is a document");
        let peppers = Peppers::parse("a pepper for tests and nothing else", "the test").expect("it is a pepper");
        let database = folder.path().join("clearance.db");
        let store = SqliteStore::create(database, &document, peppers, &Write::default()).expect("it is made");
        let keeper = Arc::new(Keeper::open(Arc::new(store), Component::get().version()).expect("it opens"));
        let operator = keeper.create_operator("fuzz", &Purpose::ALL, &Origin::COMMAND).expect("it is made");
        let draft = KeyDraft { name: Some("fuzz".into()), kind: Some(Kind::Service), ..KeyDraft::default() };
        let key = keeper.create_key(PrincipalId::User("ana"), "acme", &draft, &Origin::COMMAND).expect("ana may");
        let (ready, is_ready) = mpsc::channel();
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
            let ready = move |Listening { address, .. }: Listening| {
                ready.send(address.tcp().expect("it has an address")).expect("somebody waits")
            };
            let stop = async {
                let _ = stopped.await;
            };
            let served = runtime.expect("it starts").block_on(serve(keeper, &Settings::default(), ready, stop));
            served.expect("it stops cleanly");
        });
        let address = is_ready.recv().expect("it listens");
        let (operator, key) = (operator.token.expose().to_owned(), key.token.expose().to_owned());
        Self { address, operator, key, running: Some((stop, thread)), _folder: folder }
    }

    /// Sends one request. It is answered or refused, without a fault, and nobody gets in without a credential.
    fn judge(&self, bytes: &[u8]) {
        let (request, has_credential) = self.whole(bytes);
        let mut stream = TcpStream::connect(self.address).expect("the server listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("it can be set");
        // It may have answered already, and not read on.
        let _ = stream.write_all(&request);
        let mut answer = Vec::new();
        if let Err(error) = stream.read_to_end(&mut answer) {
            assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset, "a request is not answered");
        }
        let _ = stream.shutdown(Shutdown::Both);
        let answer = String::from_utf8_lossy(&answer);
        let Some(rest) = answer.strip_prefix(FIRST) else {
            // What is no HTTP gets no HTTP.
            assert!(answer.is_empty() || answer.starts_with("HTTP/1.0 "), "an answer of another kind: {answer:?}");
            return;
        };
        let status = rest.get(..3).unwrap_or_default();
        assert_ne!(status, "500", "a fault: {answer}");
        let open = ["/healthz", "/readyz", "/metrics", "/openapi.json"];
        let line = String::from_utf8_lossy(request.split(|byte| *byte == b'\n').next().unwrap_or_default()).into_owned();
        if status.starts_with('2') && !has_credential {
            assert!(open.iter().any(|path| line.contains(path)), "somebody without a credential got in: {line}");
        }
        for secret in [&self.operator, &self.key] {
            assert!(!answer.contains(secret.as_str()), "an answer repeats a token");
        }
    }

    /// A request that says how long it is and that it is the last one, and whether a credential stands in it.
    fn whole(&self, bytes: &[u8]) -> (Vec<u8>, bool) {
        let at = bytes.windows(4).position(|window| window == b"\r\n\r\n");
        let (head, body) = at.map_or((bytes, &bytes[bytes.len()..]), |at| (&bytes[..at], &bytes[at + 4..]));
        let mut request = Vec::new();
        for line in head.split(|byte| *byte == b'\n') {
            let name = String::from_utf8_lossy(line.get(..18).unwrap_or(line)).to_ascii_lowercase();
            // It is written anew, and so is what would change it.
            if !["content-length", "transfer-encoding", "connection", "expect"].iter().any(|own| name.starts_with(own)) {
                request.extend_from_slice(line);
                request.push(b'\n');
            }
        }
        if request.ends_with(b"\r\n") {
            request.truncate(request.len() - 2);
        } else if request.ends_with(b"\n") {
            request.truncate(request.len() - 1);
        }
        request.extend_from_slice(format!("\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len()).as_bytes());
        request.extend_from_slice(body);
        let mut has_credential = false;
        for (mark, token) in [(OPERATOR, &self.operator), (KEY, &self.key)] {
            let mark = mark.as_bytes();
            while let Some(at) = request.windows(mark.len()).position(|window| window == mark) {
                request.splice(at..at + mark.len(), token.bytes());
                has_credential = true;
            }
        }
        (request, has_credential)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some((stop, thread)) = self.running.take() {
            let _ = stop.send(());
            let ended = thread.join();
            // A second panic would end the process without a word.
            assert!(ended.is_ok() || std::thread::panicking(), "the server does not stop cleanly");
        }
    }
}

/// Requests to every kind of route, with and without a credential.
pub(super) fn requests() -> Vec<Vec<u8>> {
    const KEY_BODY: &str = r#"{"as":"ana","organization":"acme","name":"n","keyType":"service","bindings":[{"role":"VIEWER","scopeType":"PROJECT","scopeId":"shop"}]}"#;
    let get = |path: &str, header: &str| format!("GET {path} HTTP/1.1\r\nhost: a\r\n{header}\r\n\r\n");
    let send = |method: &str, path: &str, header: &str, body: &str| {
        format!("{method} {path} HTTP/1.1\r\nhost: a\r\n{header}\r\ncontent-type: application/json\r\n\r\n{body}")
    };
    let (operator, key) = (format!("authorization: Bearer {OPERATOR}"), format!("x-auth-token: {KEY}\r\nx-project-id: shop"));
    let bearer = format!("authorization: Bearer {KEY}");
    let mut seeds = vec![
        get("/v1/authorize?permission=traces:view", &key),
        get("/v1/authorize?permission=traces:view&at=organization", &bearer),
        get("/v1/authorize?permission=traces%3Aview", "authorization: Basic c2hvcDpzay1sdy14"),
        get(
            "/v1/authorize?permission=traces:view",
            "x-auth-token: sk-lw-0000000000000000_000000000000000000000000000000000000000000000000",
        ),
        get("/v1/me", &key),
        get("/v1/policy", &operator),
        get("/v1/keys?organization=acme&as=ana&all=true", &operator),
        get("/v1/keys/choices?organization=acme&as=ana", &operator),
        get("/api/api-keys", &bearer),
        get("/api/projects?page=1&limit=10", &bearer),
        get("/api/me/project", &key),
        get("/api/projects/shop/api-key", &bearer),
        get("/healthz", "a: b"),
        get("/metrics", "a: b"),
        send(
            "POST",
            "/v1/check",
            &operator,
            r#"{"questions":[{"user":"ben","permission":"traces:view","at":{"project":"shop"}}]}"#,
        ),
        send("POST", "/v1/directory/changes", &operator, r#"{"batch":"b1","changes":[{"addUser":{"id":"fay"}}]}"#),
        send("POST", "/v1/keys", &operator, KEY_BODY),
        send("PATCH", "/v1/keys/ci", &operator, r#"{"as":"ana","name":"other","permissionMode":"readonly"}"#),
        send("DELETE", "/v1/keys/ci?as=ana", &operator, ""),
        send("POST", "/v1/policy/activate", &operator, r#"{"digest":"sha256:00","allowGain":0}"#),
        send("PUT", "/v1/policy/pins/acme", &operator, r#"{"digest":"sha256:00"}"#),
        send("POST", "/api/api-keys", &bearer, KEY_BODY),
        send("POST", "/api/auth/validate", &bearer, "{}"),
        send("POST", "/api/projects/shop/regenerate-api-key", &bearer, ""),
    ];
    seeds.push("\u{0}\u{1}GET / HTTP/9.9\r\n\r\n".to_owned());
    seeds.into_iter().map(String::into_bytes).collect()
}
