//! The gate for reverse proxies.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};

use super::{Problem, ProblemBody};
use crate::keeper::Caller;
use crate::query::{Pairs, pairs};
use crate::server::{Aim, DecidedBy, Server, Used};

const KEY: HeaderName = HeaderName::from_static("x-clearance-key");
const OWNER: HeaderName = HeaderName::from_static("x-clearance-owner");
const PROJECT: HeaderName = HeaderName::from_static("x-clearance-project");

/// What the proxy asks.
struct Question {
    permission: String,
    aim: Aim,
}

/// May the client that sent these credentials do this?
///
/// Reads the credential headers of the client as they are: `Authorization: Basic`, `Authorization: Bearer` or `X-Auth-Token`, with
/// `X-Project-Id`. A question that cannot be understood, such as one for two permissions, is refused like an unknown permission.
#[utoipa::path(
    get,
    path = "/v1/authorize",
    tag = "gate",
    params(
        ("permission" = String, Query, description = "Such as `traces:create`."),
        ("at" = Option<String>, Query, description = "`project`, which is meant where it is left out, or `organization`."),
    ),
    responses(
        (status = 200, description = "It may.", headers(
            ("X-Clearance-Key" = String, description = "The id of the key. Absent for a project key."),
            ("X-Clearance-Owner" = String, description = "The id of the user who owns the key. Absent when nobody does."),
            ("X-Clearance-Project" = String, description = "The id of the project. Absent at an organization."),
            ("X-Clearance-Policy" = String, description = "The digest of the policy version that decided."),
        )),
        (status = 401, description = "No valid credential.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "It may not.", body = ProblemBody, content_type = "application/problem+json", headers(
            ("X-Clearance-Policy" = String, description = "The digest of the policy version that decided."),
        )),
        (status = 500, description = "A fault.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "A fault that may pass.", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("basic" = []), ("bearer" = []), ("token" = []))
)]
pub(crate) async fn authorize(State(server): State<Server>, headers: HeaderMap, query: Pairs) -> Result<Response, Problem> {
    let Question { permission, aim } = question(pairs(query));
    let (caller, decision) = server.permitted(&headers, aim, &permission)?;
    let mut response = (Used::by(&caller), told(&caller)).into_response();
    if let Some(policy) = server.policy_header(decision.policy) {
        response.extensions_mut().insert(DecidedBy(policy));
    }
    Ok(response)
}

/// A question that is not understood asks for the empty permission, which no catalog has.
fn question(pairs: Vec<(String, String)>) -> Question {
    let mut permission = None;
    let mut aim = None;
    for (name, value) in pairs {
        let aim_of = |value: &str| match value {
            "project" => Some(Aim::Project),
            "organization" => Some(Aim::Organization),
            _ => None,
        };
        match (name.as_str(), aim_of(&value)) {
            ("permission", _) if permission.is_none() => permission = Some(value),
            ("at", Some(at)) if aim.is_none() => aim = Some(at),
            _ => {
                permission = Some(String::new());
                aim = aim.or(Some(Aim::Project));
            }
        }
    }
    Question { permission: permission.unwrap_or_default(), aim: aim.unwrap_or(Aim::Project) }
}

fn told(caller: &Caller) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(4);
    let mut tell = |name: HeaderName, id: Option<&str>| {
        if let Some(value) = id.and_then(|id| HeaderValue::from_str(id).ok()) {
            headers.insert(name, value);
        }
    };
    tell(KEY, caller.identity.key());
    tell(OWNER, caller.identity.owner());
    tell(PROJECT, caller.project.as_deref());
    headers
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(query: &[(&str, &str)]) -> (String, Aim) {
        let Question { permission, aim } =
            question(query.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect());
        (permission, aim)
    }

    #[test]
    fn what_is_not_understood_asks_for_no_permission() {
        assert_eq!(asked(&[("permission", "a:b")]), ("a:b".into(), Aim::Project));
        assert_eq!(asked(&[("permission", "a:b"), ("at", "project")]), ("a:b".into(), Aim::Project));
        assert_eq!(asked(&[("at", "organization"), ("permission", "a:b")]), ("a:b".into(), Aim::Organization));
        for query in [
            &[][..],
            &[("permission", "a:b"), ("permission", "a:b")],
            &[("permission", "a:b"), ("at", "team")],
            &[("permission", "a:b"), ("At", "organization")],
            &[("at", "project"), ("permission", "a:b"), ("at", "organization")],
            &[("permision", "a:b")],
            &[("other", ""), ("permission", "a:b")],
        ] {
            assert_eq!(asked(query).0, "", "{query:?}");
        }
    }
}
