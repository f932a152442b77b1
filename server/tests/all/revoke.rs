//! A revoked key, over HTTP and in the database.

use clearance::PrincipalId::Key;
use clearance_keeper::Origin;
use clearance_store::SqliteStore;

use crate::running::{Running, token};

#[test]
fn the_next_check_sees_it() {
    let running = Running::company();
    let client = &mut running.client();
    let token = token("tMember");
    let headers = [("X-Auth-Token", token.as_str())];
    assert_eq!(client.get("/v1/authorize?permission=traces:view", &headers).status, 200);
    running.keeper.revoke_key(Key("kAdmin"), "orgA", "tMember", &Origin::COMMAND).unwrap();
    assert_eq!(client.get("/v1/authorize?permission=traces:view", &headers).status, 401);
    // It is stored by now, and the next process that opens the database finds it.
    let stored = SqliteStore::read(&running.database).unwrap();
    assert!(stored.keys.iter().any(|key| &*key.id == "tMember" && key.revoked_at.is_some()));
}

#[test]
fn last_use_is_written_behind_and_not_lost_on_a_clean_stop() {
    let mut running = Running::company();
    let token = token("tMember");
    let headers = [("X-Auth-Token", token.as_str())];
    let client = &mut running.client();
    let used = |running: &Running| running.keeper.last_used("tMember");
    assert_eq!(client.get("/v1/authorize?permission=project:delete", &headers).status, 403);
    assert_eq!(used(&running), None, "refused");
    assert_eq!(client.get("/v1/authorize?permission=traces:view", &headers).status, 200);
    let last = used(&running).unwrap();
    running.stop().unwrap();
    let stored = SqliteStore::read(&running.database).unwrap();
    let stored = stored.keys.iter().find(|key| &*key.id == "tMember").unwrap();
    assert_eq!(stored.last_used_at, Some(last));
}
