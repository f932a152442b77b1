//! All vectors of requests, over HTTP.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::client::Reply;
use crate::running::{Running, lines};

fn worlds() -> impl Iterator<Item = String> {
    (1..=45).map(|number| format!("random/w{number:04}"))
}

/// Who a reply says it was, in the words of the vectors.
fn who(reply: &Reply) -> Value {
    // The gate says `-` where there is no id.
    let header = |name| reply.header(name).filter(|id| *id != "-");
    match (header("x-clearance-key"), header("x-clearance-owner"), header("x-clearance-project")) {
        (Some(key), owner, project) => json!({ "key": key, "owner": owner, "project": project }),
        (None, None, Some(project)) => json!({ "projectKey": project, "project": project }),
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_request_is_answered_as_the_vectors_say() {
    let mut count = 0;
    let mut statuses = BTreeSet::new();
    for world in worlds() {
        let running = Running::on_vector(&world);
        let keys: Vec<String> = running
            .keeper
            .authorizer()
            .unwrap()
            .read_directory(|directory| directory.document().keys.into_iter().map(|key| key.id.into()).collect());
        let mut client = running.client();
        for case in lines(&format!("{world}/requests.jsonl")) {
            let headers = case["headers"].as_object().unwrap();
            let headers: Vec<(&str, &str)> =
                headers.iter().map(|(name, value)| (name.as_str(), value.as_str().unwrap())).collect();
            let before: Vec<_> = keys.iter().map(|key| running.keeper.last_used(key)).collect();
            // A second use within a millisecond would not show.
            std::thread::sleep(std::time::Duration::from_millis(1));
            let reply = client.get(&format!("/v1/authorize?permission={}", case["permission"].as_str().unwrap()), &headers);

            let expected = &case["expected"];
            assert_eq!(json!(reply.status), expected["status"], "{case} {}", reply.text());
            if reply.status == 200 {
                assert_eq!(who(&reply), expected["principal"], "{case}");
                assert!(reply.header("x-clearance-policy").unwrap().starts_with("sha256:"));
                assert!(reply.body.is_empty());
            } else {
                // Who it was is told of nobody who is refused, and which version refused of nobody who is unknown.
                let told = reply.headers.iter().map(|(name, _)| name.as_str()).filter(|name| name.starts_with("x-clearance"));
                let policy: &[&str] = if reply.status == 403 { &["x-clearance-policy"] } else { &[] };
                assert_eq!(told.collect::<Vec<_>>(), policy, "{case}");
            }
            let used = keys.iter().zip(before).filter(|(key, before)| running.keeper.last_used(key) != *before);
            let used: Vec<&String> = used.map(|(key, _)| key).collect();
            assert_eq!(json!(used), expected["usedKeys"], "{case}");
            statuses.insert(reply.status);
            count += 1;
        }
    }
    assert_eq!((count, statuses), (1452, BTreeSet::from([200, 401, 403])));
}
