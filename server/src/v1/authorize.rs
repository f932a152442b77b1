//! The gate for reverse proxies.

use std::borrow::Cow;

use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Uri};
use axum::response::{IntoResponse, Response};

use clearance_keeper::Caller;

use crate::gate::Aim;
use crate::marks::{DecidedBy, Used};
use crate::problem::{Problem, ProblemBody};
use crate::server::Server;

/// The route.
const PATH: &str = "/v1/authorize";

const KEY: HeaderName = HeaderName::from_static("x-clearance-key");
const OWNER: HeaderName = HeaderName::from_static("x-clearance-owner");
const PROJECT: HeaderName = HeaderName::from_static("x-clearance-project");

/// What the proxy asks.
struct Question<'a> {
    permission: Cow<'a, str>,
    aim: Aim,
}

/// Tells a reverse proxy whether the client that sent these credentials has a permission.
///
/// Reads the credential headers of the client as they are: `Authorization: Basic`, `Authorization: Bearer` or `X-Auth-Token`, with
/// `X-Project-Id`. A question that cannot be understood, such as one for two permissions, is refused like an unknown permission.
/// Every 200 always has all four headers. So a proxy that copies them overwrites what a client sent under these names.
///
/// Any method asks the same, and a body is not read. A path behind this one asks the same too, for proxies that append the path
/// and the query of the client: there the question stands in the first part of the path, as in
/// `/v1/authorize/permission=traces:create/api/otel/v1/traces`, and the query, which the client chooses, is not read.
#[utoipa::path(
    get,
    path = "/v1/authorize",
    tag = "gate",
    params(
        ("permission" = String, Query, description = "The permission, such as `traces:create`."),
        ("at" = Option<String>, Query, description = "Where the permission is asked: `project` (the default), or `organization` for the organization of the key."),
    ),
    responses(
        (status = 200, description = "The client has the permission.", headers(
            ("X-Clearance-Key" = String, description = "The id of the key; `-` for a project key."),
            ("X-Clearance-Owner" = String, description = "The id of the user who owns the key; `-` when nobody does."),
            ("X-Clearance-Project" = String, description = "The id of the project; `-` at an organization."),
            ("X-Clearance-Policy" = String, description = "The digest of the policy version that decided."),
        )),
        (status = 401, description = "The request has no valid credential.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The client does not have the permission. The body says which rule decided.", body = ProblemBody, content_type = "application/problem+json", headers(
            ("X-Clearance-Policy" = String, description = "The digest of the policy version that decided."),
        )),
        (status = 500, description = "The server failed. Its log has the reason.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "The server cannot answer now. Send the request again later.", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("basic" = []), ("bearer" = []), ("token" = []))
)]
pub(crate) async fn authorize(State(server): State<Server>, request: Request) -> Result<Response, Problem> {
    // The body is the client's, and nobody waits for it.
    let (Parts { headers, uri, .. }, _) = request.into_parts();
    let asked = question_part(&uri);
    let Question { permission, aim } = question(form_urlencoded::parse(asked.as_bytes()));
    let (caller, decision) = server.authorize(&headers, aim, &permission)?;
    let mut response = (Used::by(&caller), identity_headers(&caller)).into_response();
    response.extensions_mut().insert(DecidedBy(decision.policy));
    Ok(response)
}

/// What the proxy asks: in the first part of the path behind the route where that is a question, else in the query.
fn question_part(uri: &Uri) -> Cow<'_, str> {
    let behind = uri.path().strip_prefix(PATH).and_then(|rest| rest.strip_prefix('/')).unwrap_or_default();
    // A misspelt question is one as well: it is refused, and the query, which may be the client's, does not take its place.
    match behind.split('/').next().filter(|first| first.contains('=')) {
        // What follows is the client's. What no query can hold asks nothing.
        Some(first) => {
            let uri = Uri::try_from(format!("/?{first}")).unwrap_or_default();
            uri.query().unwrap_or_default().to_owned().into()
        }
        None => uri.query().unwrap_or_default().into(),
    }
}

/// A question that is not understood asks for the empty permission, which no catalog has.
fn question<'a>(pairs: impl Iterator<Item = (Cow<'a, str>, Cow<'a, str>)>) -> Question<'a> {
    let mut permission = None;
    let mut aim = None;
    for (name, value) in pairs {
        let aim_of = |value: &str| match value {
            "project" => Some(Aim::Project),
            "organization" => Some(Aim::Organization),
            _ => None,
        };
        match (&*name, aim_of(&value)) {
            ("permission", _) if permission.is_none() => permission = Some(value),
            ("at", Some(at)) if aim.is_none() => aim = Some(at),
            _ => {
                permission = Some("".into());
                aim = aim.or(Some(Aim::Project));
            }
        }
    }
    Question { permission: permission.unwrap_or_default(), aim: aim.unwrap_or(Aim::Project) }
}

/// The headers that name the caller. A header without an id has a placeholder: a client could fill in a header that is left out.
fn identity_headers(caller: &Caller) -> HeaderMap {
    const NOBODY: HeaderValue = HeaderValue::from_static("-");
    let mut headers = HeaderMap::with_capacity(4);
    let mut tell = |name: HeaderName, id: Option<&str>| {
        let value = id.filter(|id| !id.is_empty()).and_then(|id| HeaderValue::from_str(id).ok());
        headers.insert(name, value.unwrap_or(NOBODY));
    };
    tell(KEY, caller.identity.key());
    tell(OWNER, caller.identity.owner());
    tell(PROJECT, caller.project.as_deref());
    headers
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &[(&str, &str)]) -> (String, Aim) {
        let Question { permission, aim } = question(query.iter().map(|(name, value)| ((*name).into(), (*value).into())));
        (permission.into_owned(), aim)
    }

    #[test]
    fn what_is_not_understood_asks_for_no_permission() {
        assert_eq!(read(&[("permission", "a:b")]), ("a:b".into(), Aim::Project));
        assert_eq!(read(&[("permission", "a:b"), ("at", "project")]), ("a:b".into(), Aim::Project));
        assert_eq!(read(&[("at", "organization"), ("permission", "a:b")]), ("a:b".into(), Aim::Organization));
        for query in [
            &[][..],
            &[("permission", "a:b"), ("permission", "a:b")],
            &[("permission", "a:b"), ("at", "team")],
            &[("permission", "a:b"), ("At", "organization")],
            &[("at", "project"), ("permission", "a:b"), ("at", "organization")],
            &[("permision", "a:b")],
            &[("other", ""), ("permission", "a:b")],
        ] {
            assert_eq!(read(query).0, "", "{query:?}");
        }
    }

    #[test]
    fn behind_the_route_the_client_cannot_choose_the_question() {
        let read = |uri: &str| {
            let uri = uri.parse().unwrap();
            let asked = question_part(&uri);
            let Question { permission, aim } = question(form_urlencoded::parse(asked.as_bytes()));
            (permission.into_owned(), aim)
        };
        assert_eq!(read("/v1/authorize?permission=a:b"), ("a:b".into(), Aim::Project));
        for uri in [
            "/v1/authorize/permission=a:b",
            "/v1/authorize/permission=a:b/",
            "/v1/authorize/permission=a%3Ab/x/y?permission=c:d",
            "/v1/authorize/permission=a:b/permission=c:d?at=organization&x",
        ] {
            assert_eq!(read(uri), ("a:b".into(), Aim::Project), "{uri}");
        }
        assert_eq!(read("/v1/authorize/permission=a:b&at=organization/x"), ("a:b".into(), Aim::Organization));
        for uri in
            ["/v1/authorize/permission=a:b&permission=c:d/x", "/v1/authorize/x", "/v1/authorize/permision=a:b/x?permission=c:d"]
        {
            assert_eq!(read(uri).0, "", "{uri}");
        }
    }
}
