//! What strangers send, who have no credential.

use std::{
    io::{ErrorKind, Write as _},
    net::TcpStream,
    sync::atomic::{AtomicU64, Ordering},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};

use super::{Outcome, process::pause};
use crate::chaos::{
    ground::Ground,
    http::{Client, connect_as_stranger, request},
    load::QUESTION,
};

/// How many bodies are half sent.
const HALF_SENT_BODIES: usize = 600;

/// How many clients read nothing.
const SILENT_CLIENTS: usize = 300;

/// How many requests each of them sends.
const REQUESTS_OF_SILENT: usize = 100;

/// How many strangers flood at once, and how many requests each sends at most.
const FLOODING_CLIENTS: usize = 8;
const MAX_FLOOD: u64 = 200_000;

/// The route that may take the longest.
const LONGEST_ROUTE: (&str, &str) = ("POST", "/v1/policy/activate");

/// Routes with a body.
const ROUTES: [(&str, &str); 5] =
    [LONGEST_ROUTE, ("POST", "/v1/keys"), ("POST", "/api/api-keys"), ("POST", "/v1/directory/changes"), ("POST", "/v1/check")];

/// Sends the beginning of bodies, and then nothing: first to the route that may take the longest, and then to all.
pub(super) fn send_half(ground: &mut Ground) -> Result<Outcome> {
    for routes in [&[LONGEST_ROUTE][..], &ROUTES] {
        let mut held = Vec::new();
        for (method, path) in routes.iter().cycle().take(HALF_SENT_BODIES) {
            let Ok(mut stream) = connect_as_stranger(ground.server.address) else { continue };
            let head = request(method, path, &[("content-length", "100000"), ("content-type", "application/json")], None);
            // A server may end a connection that it wants nothing from.
            let _ = stream.write_all(&head).and_then(|()| stream.write_all(b"{\"digest\":"));
            held.push(stream);
        }
        ensure!(held.len() >= HALF_SENT_BODIES / 2, "only {} connections could be opened", held.len());
        ground.wait(12.0, 2.5);
    }
    Ok(Outcome::Done)
}

/// Sends many requests on each of many connections, and reads no answer.
pub(super) fn read_nothing(ground: &mut Ground) -> Result<Outcome> {
    let before = ground.server.open_files();
    let mut held = Vec::new();
    for _ in 0..SILENT_CLIENTS {
        let Ok(stream) = connect_as_stranger(ground.server.address) else { continue };
        stream.set_nonblocking(true)?;
        write_until_full(&stream);
        held.push(stream);
    }
    ensure!(held.len() >= SILENT_CLIENTS / 2, "only {} connections could be opened", held.len());
    ground.wait(3.0, 2.0);
    if !ground.short {
        // The connections are still held here: that they are gone there is the server's doing.
        let begin = Instant::now();
        let mut left = ground.server.open_files().saturating_sub(before);
        while left > SILENT_CLIENTS / 10 && begin.elapsed() < Duration::from_secs(100) {
            thread::sleep(Duration::from_millis(500));
            left = ground.server.open_files().saturating_sub(before);
        }
        if left > SILENT_CLIENTS / 10 {
            ground.find(format!("after {} s, the server holds {left} connections that read nothing", begin.elapsed().as_secs()));
        }
    }
    drop(held);
    Ok(Outcome::Done)
}

fn write_until_full(mut stream: &TcpStream) {
    let one = request("GET", "/openapi.json", &[], None);
    for _ in 0..REQUESTS_OF_SILENT {
        match stream.write_all(&one) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => return,
        }
    }
}

/// Asks with tokens that nobody was given, as fast as it goes.
pub(super) fn flood_with_tokens(ground: &mut Ground) -> Result<Outcome> {
    let answered = flood(ground, ground.choose(8, 2), |number| {
        let token = format!("sk-lw-{number:016}_{number:048}");
        (request("GET", QUESTION, &[("x-auth-token", &token)], None), 401)
    });
    ensure!(answered > 0, "no unknown token was refused");
    Ok(Outcome::Done)
}

/// Asks with methods that do not exist, and with tokens in their place; nothing of that may be told to others.
pub(super) fn flood_with_methods(ground: &mut Ground) -> Result<Outcome> {
    const INVENTED: &str = "ZQX";
    const TOKEN: &str = "sk-lw-ZQXQZQXQZQXQZQXQ_ZQXQZQXQZQXQZQXQZQXQZQXQZQXQZQXQZQXQZQXQZQXQZQXQ";
    let answered = flood(ground, ground.choose(5, 2), |number| {
        let invented = format!("{INVENTED}{}", number % 3_000);
        let method = if number % 100 == 0 { TOKEN } else { &invented };
        (request(method, QUESTION, &[], None), 0)
    });
    ensure!(answered > 0, "no invented method was answered");
    let metrics = Client::new(ground.server.address).ask("GET", "/metrics", &[], None)?;
    let labels = metrics.body.lines().filter(|line| line.contains(INVENTED)).count();
    if labels > 0 {
        ground.find(format!("{labels} lines of the metrics repeat methods that strangers invented"));
    }
    pause();
    let logged = ground.server.log().lines().filter(|line| line.contains(INVENTED)).count();
    if logged > 0 {
        ground.find(format!("{logged} lines of the log repeat methods that strangers invented"));
    }
    if ground.server.log().contains(TOKEN) {
        ground.find("the log repeats a token that was sent as a method");
    }
    Ok(Outcome::Done)
}

/// Lets strangers send for some seconds. What they send is made from a number, and says which status it wants; 0 is any refusal.
fn flood(ground: &Ground, seconds: u64, make: impl Fn(u64) -> (Vec<u8>, u16) + Sync) -> u64 {
    let until = Instant::now() + Duration::from_secs(seconds);
    let (next, answered) = (AtomicU64::new(1), AtomicU64::new(0));
    let (next, answered, make) = (&next, &answered, &make);
    thread::scope(|scope| {
        for _ in 0..FLOODING_CLIENTS {
            scope.spawn(move || {
                let mut client = None;
                while Instant::now() < until {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number > MAX_FLOOD {
                        return;
                    }
                    let address = ground.server.address;
                    let mut asked = match client.take() {
                        Some(client) => client,
                        None => match connect_as_stranger(address) {
                            Ok(stream) => Client::over(address, stream),
                            Err(_) => {
                                pause();
                                continue;
                            }
                        },
                    };
                    let (bytes, wanted) = make(number);
                    let Ok(answer) = asked.exchange(&bytes) else { continue };
                    answered.fetch_add(1, Ordering::Relaxed);
                    if answer.status < 400 || (wanted != 0 && answer.status != wanted && answer.status < 500) {
                        ground.find(format!("a stranger was answered with {}", answer.status));
                    }
                    client = Some(asked);
                }
            });
        }
    });
    answered.load(Ordering::Relaxed)
}
