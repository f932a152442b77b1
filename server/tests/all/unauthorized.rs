//! The 401 is one and the same.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use crate::client::Client;
use crate::running::{Running, token};

const QUESTION: &str = "/v1/authorize?permission=traces:view";

/// A token that differs in its last character.
fn wrong(token: &str) -> String {
    let last = if token.ends_with('a') { 'b' } else { 'a' };
    format!("{}{last}", &token[..token.len() - 1])
}

/// Headers that are refused, each for another reason.
fn refused() -> Vec<(&'static str, Vec<(&'static str, String)>)> {
    let of = |token: String, project: &str| vec![("X-Auth-Token", token), ("X-Project-Id", project.to_owned())];
    let unknown = format!("sk-lw-{}_{}", "A".repeat(16), "B".repeat(48));
    vec![
        ("unknown", of(unknown, "p1")),
        ("wrong secret", of(wrong(&token("tMember")), "p1")),
        ("revoked", of(token("tRevoked"), "p1")),
        ("expired", of(token("tExpired"), "p1")),
        ("no such project", of(token("tMember"), "nope")),
        ("archived project", of(token("kAdmin"), "pArch")),
        ("project of another organization", of(token("kAdmin"), "p9")),
        ("no project", vec![("X-Auth-Token", token("kAdmin"))]),
        ("project key of an archived project", of("sk-lw-legacyArch".into(), "p1")),
        ("unknown project key", of("sk-lw-nothing".into(), "p1")),
        ("unlike a token", of("hello".into(), "p1")),
        ("an operator's", vec![("Authorization", format!("Bearer op-cl-{}_{}", "A".repeat(16), "B".repeat(48)))]),
        ("basic", vec![("Authorization", "Basic cDE6c2stbHcteA==".into())]),
    ]
}

fn send(client: &mut Client, path: &str, headers: &[(&str, String)]) -> crate::client::Reply {
    let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    client.get(path, &headers)
}

#[test]
fn it_has_the_same_bytes_whatever_was_wrong() {
    let running = Running::company();
    let client = &mut running.client();
    for path in [QUESTION, "/v1/me", "/api/me/project", "/api/projects", "/api/projects/p1/api-key"] {
        let organization = path.starts_with("/api/projects");
        let refused = refused().into_iter().filter(|(why, _)| !organization || !why.contains("no such project"));
        let mut replies = BTreeSet::new();
        for (why, headers) in refused {
            // Not every route looks at a project.
            let needs_project = !organization && path != "/v1/me";
            if why.contains("project") && !why.contains("key") && !needs_project {
                continue;
            }
            let reply = send(client, path, &headers);
            assert_eq!(reply.status, 401, "{path} {why}");
            replies.insert(reply.lasting());
        }
        assert_eq!(replies.len(), 1, "{path}: {replies:?}");
    }
}

#[test]
fn it_comes_before_a_path_that_cannot_be_read() {
    let running = Running::company();
    let client = &mut running.client();
    let admin = token("kAdmin");
    for (method, path) in [
        ("GET", "/api/projects/%ff/api-key"),
        ("POST", "/api/projects/%ff/regenerate-api-key"),
        ("GET", "/api/api-keys/%ff"),
        ("GET", "/v1/keys/%ff?as=admin"),
        ("POST", "/v1/project-keys/%ff/rotate"),
        ("PUT", "/v1/policy/pins/%ff"),
        ("DELETE", "/v1/policy/pins/%ff"),
    ] {
        let reply = client.send(method, path, &[], b"");
        assert_eq!((reply.status, reply.json().is_object()), (401, true), "{method} {path}");
        if path.starts_with("/api/") {
            assert_eq!(client.send(method, path, &[("X-Auth-Token", &admin)], b"").status, 404, "{method} {path}");
        }
    }
}

#[test]
fn it_says_how_to_do_better() {
    let running = Running::company();
    let client = &mut running.client();
    let none = client.get(QUESTION, &[]);
    assert_eq!((none.status, none.header("www-authenticate")), (401, Some(r#"Bearer realm="clearance""#)));
    let unknown = client.get(QUESTION, &[("Authorization", "Bearer x")]);
    assert_eq!(unknown.header("www-authenticate"), Some(r#"Bearer realm="clearance", error="invalid_token""#));
    assert_eq!(unknown.body, none.body);
    assert_eq!(unknown.json()["type"], "urn:clearance:problem:unauthorized");
    assert_eq!(client.get("/api/me/project", &[]).json()["error"], "Unauthorized");
}

#[test]
fn a_deactivated_owner_makes_a_key_unknown() {
    let running = Running::company();
    let client = &mut running.client();
    let headers = [("X-Auth-Token", token("tMember"))];
    assert_eq!(send(client, QUESTION, &headers).status, 200);
    let deactivate = serde_json::from_str(r#"{"deactivateUser": {"user": "member", "at": "2026-06-01T00:00:00Z"}}"#).unwrap();
    let origin = clearance_keeper::Origin::COMMAND;
    assert!(!running.keeper.change_directory("b1", b"1", vec![deactivate], &origin).unwrap());
    let refused = send(client, QUESTION, &headers);
    assert_eq!(refused.lasting(), send(client, QUESTION, &[("X-Auth-Token", wrong(&token("tMember")))]).lasting());
}

/// Not a proof, and a guard against a difference that anybody could measure: a question to the policy or the database that only one of
/// the refusals would cost.
#[test]
fn it_takes_the_same_time_whatever_was_wrong() {
    const ROUNDS: usize = 400;
    const TRIES: usize = 5;
    let running = Running::company();
    let client = &mut running.client();
    let refused: Vec<_> = refused().into_iter().take(4).collect();
    // What else the machine does comes and goes; a difference that is there is there each time.
    let mut seen = Vec::new();
    for _ in 0..TRIES {
        let mut times: Vec<Vec<Duration>> = vec![Vec::new(); refused.len()];
        for _ in 0..ROUNDS {
            for ((_, headers), times) in refused.iter().zip(&mut times) {
                let began = Instant::now();
                assert_eq!(send(client, QUESTION, headers).status, 401);
                times.push(began.elapsed());
            }
        }
        // What was not held up: a tenth of the requests is faster.
        let quick = times.iter_mut().map(|times| {
            times.sort_unstable();
            times[ROUNDS / 10].as_secs_f64()
        });
        let quick: Vec<f64> = quick.collect();
        let (least, most) = (quick.iter().copied().fold(f64::MAX, f64::min), quick.iter().copied().fold(0.0, f64::max));
        if most <= least * 1.5 {
            return;
        }
        seen.push(quick);
    }
    panic!("{:?}: {seen:?}", refused.iter().map(|(why, _)| why).collect::<Vec<_>>());
}
