//! What the gate costs over HTTP, beside a route of the same server that does nothing.
//!
//! `cargo bench -p clearance-server --bench http`, which puts the table into `docs/numbers.md` with `CLEARANCE_BLESS=1`. Clients run on the same machine, so only the ratio within one run counts: at least 60 %
//! of the throughput of `/healthz`.

#[path = "../../tests/benches/budgets/page.rs"]
mod page;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use clearance::Document;
use clearance_host::{Engine, LANGWATCH, Limits};
use clearance_keeper::Keeper;
use clearance_server::{Listening, Settings, serve};
use clearance_store::{Peppers, SqliteStore, Write as StoreWrite};

const VECTORS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/management");
const CLIENTS: usize = 16;
/// How much of the throughput of `/healthz` the gate has at the least.
const BUDGET_PERCENT: f64 = 60.0;

fn main() {
    let measuring = std::env::args().any(|argument| argument == "--bench");
    let (rounds, time) = if measuring { (5, Duration::from_secs(2)) } else { (1, Duration::from_millis(50)) };
    let folder = tempfile::tempdir().unwrap();
    let read = |name: &str| std::fs::read_to_string(format!("{VECTORS}/{name}")).unwrap();
    let secrets: serde_json::Value = serde_json::from_str(&read("secrets.json")).unwrap();
    let document = Document::from_json(&read("directory.json")).unwrap();
    let peppers = Peppers::parse(secrets["pepper"].as_str().unwrap(), "the bench").unwrap();
    let store = SqliteStore::create(folder.path().join("clearance.db"), &document, peppers, &StoreWrite::default()).unwrap();
    let policy = Engine::new(Limits::default()).unwrap().load(LANGWATCH).unwrap();
    let keeper = Arc::new(Keeper::open(Arc::new(store), policy).unwrap());
    let (ready, address) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        let ready = move |Listening { address, .. }: Listening| ready.send(address.tcp().unwrap()).unwrap();
        runtime.block_on(serve(keeper, &Settings::default(), ready, std::future::pending())).unwrap();
    });
    let address = address.recv().unwrap();

    let request = |path: &str, headers: &str| format!("GET {path} HTTP/1.1\r\nhost: x\r\n{headers}\r\n");
    let token = secrets["tokens"]["kAdmin"].as_str().unwrap();
    let allowed = format!("x-auth-token: {token}\r\nx-project-id: p1\r\n");
    let member = format!("x-auth-token: {}\r\n", secrets["tokens"]["tMember"].as_str().unwrap());
    let unknown = format!("x-auth-token: sk-lw-{}_{}\r\nx-project-id: p1\r\n", "A".repeat(16), "B".repeat(48));
    let questions = [
        ("/healthz", request("/healthz", ""), 200),
        ("/v1/authorize, allowed", request("/v1/authorize?permission=traces:view", &allowed), 200),
        ("/v1/authorize, refused", request("/v1/authorize?permission=project:delete", &member), 403),
        ("/v1/authorize, unknown token", request("/v1/authorize?permission=traces:view", &unknown), 401),
    ];
    let mut times: Vec<Vec<Duration>> = vec![Vec::new(); questions.len()];
    // By turns, so that a noisy moment concerns all of them.
    for _ in 0..rounds {
        for ((_, request, status), times) in questions.iter().zip(&mut times) {
            times.extend(load(address, request, *status, time));
        }
    }
    let seconds = time.as_secs_f64() * f64::from(rounds);
    let base = times[0].len();
    let mut rows = vec![
        "| route | requests/s | p50 | p99 | against `/healthz` | budget |".to_owned(),
        "|---|---|---|---|---|---|".to_owned(),
    ];
    for ((name, ..), times) in questions.iter().zip(&mut times) {
        times.sort_unstable();
        let at = |part: usize| times[(times.len() * part / 100).min(times.len() - 1)].as_micros();
        let (each, ratio) = (times.len() as f64 / seconds, 100.0 * times.len() as f64 / base as f64);
        let budget = match *name {
            "/healthz" => String::new(),
            _ if ratio >= BUDGET_PERCENT => format!(">= {BUDGET_PERCENT} % met"),
            _ => format!(">= {BUDGET_PERCENT} % **missed**"),
        };
        rows.push(format!("| {name} | {each:.0} | {} us | {} us | {ratio:.0} % | {budget} |", at(50), at(99)));
    }
    if measuring {
        page::keep("requests", &rows);
    }
}

/// How long each request of some clients took, one after the other on each connection.
fn load(address: SocketAddr, request: &str, status: u16, time: Duration) -> Vec<Duration> {
    let until = Instant::now() + time;
    let clients: Vec<_> = (0..CLIENTS)
        .map(|_| {
            let request = request.as_bytes().to_vec();
            std::thread::spawn(move || {
                let stream = TcpStream::connect(address).unwrap();
                stream.set_nodelay(true).unwrap();
                let mut stream = BufReader::new(stream);
                let mut times = Vec::new();
                let mut now = Instant::now();
                while now < until {
                    stream.get_mut().write_all(&request).unwrap();
                    assert_eq!(answer(&mut stream), status);
                    let after = Instant::now();
                    times.push(after - now);
                    now = after;
                }
                times
            })
        })
        .collect();
    clients.into_iter().flat_map(|client| client.join().unwrap()).collect()
}

fn answer(stream: &mut BufReader<TcpStream>) -> u16 {
    let mut line = String::new();
    stream.read_line(&mut line).unwrap();
    let status = line[9..12].parse().unwrap();
    let mut length = 0;
    loop {
        line.clear();
        stream.read_line(&mut line).unwrap();
        if line == "\r\n" {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length: ") {
            length = value.trim_end().parse().unwrap();
        }
    }
    stream.read_exact(&mut vec![0; length]).unwrap();
    status
}
