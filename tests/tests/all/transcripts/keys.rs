//! Questions about keys, and what is stored when their answer is applied.

use serde_json::{Value, json};

use super::{NOW, Player};

/// Makes, changes, lists and revokes keys of the example company, and is refused.
pub(crate) fn steps(player: &mut Player, company: &str) {
    player.answered(json!({"load": {"text": company}}));
    let ask = |player: &mut Player, request: Value| player.answered(json!({"ask": request, "now": NOW}));
    let ben = json!({"user": "ben"});
    let listed = |player: &mut Player| {
        let answer = ask(player, json!({"listKeys": {"as": ben, "organization": "acme"}}));
        answer["keys"].as_array().expect("a list").len()
    };
    let before = listed(player);
    let shop = json!({"role": "VIEWER", "scopeType": "PROJECT", "scopeId": "shop"});
    let draft = json!({"keyType": "personal", "name": "nightly", "bindings": [shop], "permissionMode": "all"});
    let create = |draft: Value| json!({"createKey": {"as": ben, "organization": "acme", "id": "nightly", "draft": draft}});
    let made = ask(player, create(draft.clone()));
    assert_eq!(made["allowed"], true, "{made}");
    player.answered(json!({"apply": made["changes"]}));
    assert_eq!(listed(player), before + 1);
    let held = json!({"check": {"key": "nightly", "permission": "traces:view", "at": {"project": "shop"}}});
    assert_eq!(ask(player, held.clone())["allow"], true);

    for (draft, code) in [
        (json!({}), "validation_error"),
        (json!({"keyType": "personal", "name": 7}), "validation_error"),
        (
            json!({"keyType": "personal", "name": "x", "permissionMode": "all", "bindings": [
                {"role": "ADMIN", "scopeType": "ORGANIZATION", "scopeId": "acme"}
            ]}),
            "api_key_scope_violation",
        ),
    ] {
        let refused = ask(player, create(draft));
        assert_eq!((&refused["allowed"], &refused["code"]), (&json!(false), &json!(code)), "{refused}");
    }

    let one = |verb: &str, who: &Value| json!({verb: {"as": who, "organization": "acme", "id": "nightly"}});
    let renamed = json!({"editKey": {"as": ben, "organization": "acme", "id": "nightly", "change": {"name": "weekly"}}});
    let edited = ask(player, renamed);
    assert_eq!(edited["allowed"], true, "{edited}");
    player.answered(json!({"apply": edited["changes"]}));
    assert_eq!(ask(player, one("readKey", &ben))["key"]["key"]["name"], "weekly");
    assert_eq!(ask(player, one("revokeKey", &json!({"user": "nobody"})))["allowed"], false);
    let revoked = ask(player, one("revokeKey", &ben));
    player.answered(json!({"apply": revoked["changes"]}));
    assert_eq!(ask(player, held)["reason"], "key-revoked");
    assert_eq!(ask(player, one("revokeKey", &ben))["code"], "api_key_already_revoked");

    for request in [
        json!({"createKey": {"organization": "acme", "id": "x", "draft": {}}}),
        json!({"createKey": {"as": {"user": "ben", "key": "ci"}, "organization": "acme", "id": "x", "draft": {}}}),
        json!({"createKey": {"as": ben, "organization": "acme", "id": "x", "draft": []}}),
        json!({"editKey": {"as": ben, "organization": "acme", "id": "ci"}}),
        json!({"listKeys": {"as": "ben", "organization": "acme"}}),
    ] {
        player.refused(json!({"ask": request, "now": NOW}), "malformed");
    }
}
