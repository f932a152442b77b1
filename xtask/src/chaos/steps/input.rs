//! What those send who have a credential, and mean no good.

use std::{sync::Arc, thread};

use anyhow::{Context as _, Result};
use serde_json::json;

use super::{Outcome, process::pause};
use crate::chaos::{
    count::status_text,
    ground::Ground,
    http::{Client, connect_as_stranger},
    ledger::State,
    server::ORGANIZATION,
};

/// This many empty bindings are just below the longest body.
const BINDINGS: usize = 699_000;

/// How many names a role is to have that nobody can use.
const ROLE_NAMES: usize = 65_000;

/// While long lists come, memory may be so much above the start.
const MEMORY_SLACK_BYTES: u64 = 384 << 20;

/// Sends long lists with a key that may not make keys, while somebody revokes one.
pub(super) fn send_long_lists(ground: &mut Ground) -> Result<Outcome> {
    let shared = Arc::clone(&ground.load()?.shared);
    // The first one is the administrator.
    let token = shared.valid.last().context("there is no valid key")?.clone();
    let list = format!("[{}{{}}]", "{},".repeat(BINDINGS - 1));
    let body = format!(r#"{{"name":"long","keyType":"service","bindings":{list}}}"#);
    let (clients, requests) = ground.choose((30, 3), (10, 2));
    let before = ground.server.memory("VmRSS");
    let address = shared.address;
    thread::scope(|scope| {
        for _ in 0..clients {
            let (body, token) = (&body, &token);
            let ground = &*ground;
            scope.spawn(move || {
                let authorization = format!("Bearer {token}");
                for _ in 0..requests {
                    let Ok(stream) = connect_as_stranger(address) else { return };
                    let mut client = Client::over(address, stream);
                    let asked = client.ask("POST", "/api/api-keys", &[("authorization", &authorization)], Some(body));
                    if let Ok(answer) = asked
                        && answer.status < 400
                    {
                        ground.find(format!("a key with {BINDINGS} bindings was answered with {}", answer.status));
                    }
                }
            });
        }
        pause();
        revoke_meanwhile(ground)
    })?;
    if let (Some(before), Some(peak)) = (before, ground.server.memory("VmHWM"))
        && peak > before + MEMORY_SLACK_BYTES
    {
        ground.find(format!("memory rose from {} to {} MiB", before >> 20, peak >> 20));
    }
    Ok(Outcome::Done)
}

/// A revocation passes every queue.
fn revoke_meanwhile(ground: &Ground) -> Result<()> {
    let load = ground.load()?;
    load.rest_changes();
    let shared = &load.shared;
    if let Some(key) = shared.ledger.oldest(State::Alive) {
        shared.ledger.set(&key.id, State::Revoking);
        let answer = shared.send(&mut shared.client(), "DELETE", &format!("/api/api-keys/{}", key.id), None);
        let status = answer.map(|answer| answer.status);
        if status == Some(200) {
            shared.ledger.set(&key.id, State::Revoked);
        } else {
            ground.find(format!("a revocation was answered with {} while long lists came", status_text(status)));
        }
    }
    load.resume_changes();
    Ok(())
}

/// Adds a role with more names than anybody needs. Whatever is answered, the next start has to succeed.
pub(super) fn add_long_role(ground: &mut Ground) -> Result<Outcome> {
    let authorization = format!("Bearer {}", ground.server.operator);
    for (number, names) in [ROLE_NAMES, 1_000].into_iter().enumerate() {
        let role = json!({
            "id": format!("long{number}"), "organization": ORGANIZATION, "kind": "custom", "name": format!("Long {number}"),
            "permissions": vec![":"; names],
        });
        let body = json!({"batch": format!("long-{number}"), "changes": [{"addRole": role}]}).to_string();
        let mut client = Client::new(ground.server.address);
        let answer = client.ask("POST", "/v1/directory/changes", &[("authorization", &authorization)], Some(&body))?;
        if names == ROLE_NAMES && answer.status != 422 {
            ground.find(format!("a role with {names} names was answered with {} {}", answer.status, answer.body));
        }
    }
    ground.server.kill()?;
    ground.server.start().context("after a role with many names")?;
    Ok(Outcome::Done)
}
