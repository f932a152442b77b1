//! The body of a denial, as JSON. A denial is as frequent as an answer, and must not cost more.

use axum::body::Bytes;
use clearance::{Decision, Digest};
use clearance_keeper::Caller;
use serde::{Serialize, Serializer};

/// The longest body of a denial with ids of an ordinary length, in bytes.
const ORDINARY_BYTES: usize = 512;

/// What stands beside the message, in the order of the names.
#[derive(Serialize)]
struct Members<'a> {
    key: Option<&'a str>,
    owner: Option<&'a str>,
    permission: &'a str,
    #[serde(serialize_with = "text")]
    policy: Digest,
    project: Option<&'a str>,
    reason: &'static str,
}

fn text<S: Serializer>(digest: &Digest, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(digest)
}

/// The body of a denial: `message`, an object that says in the way of the route that it is one, with what is known of the caller and the
/// decision behind its last member.
pub(crate) fn body(message: &[u8], caller: &Caller, permission: &str, decision: &Decision) -> Bytes {
    let mut body = Vec::with_capacity(ORDINARY_BYTES);
    body.extend_from_slice(message.strip_suffix(b"}").unwrap_or(message));
    let seam = body.len();
    let members = Members {
        key: caller.identity.key(),
        owner: caller.identity.owner(),
        permission,
        policy: decision.policy,
        project: caller.project.as_deref(),
        reason: decision.reason.as_str(),
    };
    // Writing to memory does not fail, and neither does anything that is written here.
    let _ = serde_json::to_writer(&mut body, &members);
    // One object goes on where the other began.
    if let Some(brace) = body.get_mut(seam) {
        *brace = b',';
    }
    body.into()
}

#[cfg(test)]
mod tests {
    use clearance::Reason;
    use clearance_keeper::Identity;
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn the_members_stand_behind_the_message() {
        let identity = Identity::Key { key: "k\"1".into(), organization: "o".into(), owner: None };
        let caller = Caller { identity, project: Some("p".into()) };
        let policy = Digest::of(b"a policy");
        let decision = Decision { allow: false, reason: Reason::Lacks, binding: None, policy };
        let body = body(br#"{"error":"Forbidden","message":"no"}"#, &caller, "a:b", &decision);
        let whole = json!({
            "error": "Forbidden", "message": "no", "key": "k\"1", "owner": null, "permission": "a:b",
            "policy": policy.to_string(), "project": "p", "reason": "lacks",
        });
        assert_eq!(serde_json::from_slice::<Value>(&body).unwrap(), whole);
        assert!(body.starts_with(
            br#"{"error":"Forbidden","message":"no","key":"k\"1","owner":null,"permission":"a:b","policy":"sha256:"#
        ));
        assert!(body.ends_with(br#"","project":"p","reason":"lacks"}"#));
    }
}
