//! The credential that a client sends with a request.

use std::borrow::Cow;

use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, HeaderName};
use base64ct::{Base64Unpadded, Encoding as _};
use clearance_store::Token;

const TOKEN: HeaderName = HeaderName::from_static("x-auth-token");
const PROJECT: HeaderName = HeaderName::from_static("x-project-id");

/// A token, and the project that the client named beside it.
#[derive(Clone, Debug)]
pub(crate) struct Credential {
    pub(crate) token: Token,
    /// Absent exactly when the client named none.
    pub(crate) project: Option<Box<str>>,
}

impl Credential {
    /// The credential of a request: `Authorization: Basic` with project and token, else `Authorization: Bearer`, else `X-Auth-Token`,
    /// the first of these that is well formed. Never from the query, which ends up in logs.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        let authorization = text(headers, &AUTHORIZATION);
        let authorization = authorization.as_deref().map(split_scheme);
        if let Some(("basic", encoded)) = authorization.as_ref().map(|(scheme, rest)| (scheme.as_str(), *rest))
            && let Some(basic) = basic(encoded)
        {
            return Some(basic);
        }
        let project = || text(headers, &PROJECT).filter(|project| !project.is_empty()).map(|project| project.as_ref().into());
        if let Some(("bearer", token)) = authorization.as_ref().map(|(scheme, rest)| (scheme.as_str(), *rest))
            && !token.is_empty()
        {
            return Some(Self { token: Token::new(token), project: project() });
        }
        let token = text(headers, &TOKEN).filter(|token| !token.is_empty())?;
        Some(Self { token: Token::new(token.as_ref()), project: project() })
    }
}

/// The token of an operator: `Authorization: Bearer`, and nothing else.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<Token> {
    let authorization = text(headers, &AUTHORIZATION)?;
    let (scheme, token) = split_scheme(&authorization);
    (scheme == "bearer" && !token.is_empty()).then(|| Token::new(token))
}

/// The scheme in small letters, and what follows it.
fn split_scheme(authorization: &str) -> (String, &str) {
    let (scheme, rest) = authorization.split_once([' ', '\t']).unwrap_or((authorization, ""));
    (scheme.to_ascii_lowercase(), rest.trim())
}

/// `projectId:token` in base64. `None` means that the text has another form.
fn basic(encoded: &str) -> Option<Credential> {
    let decoded = Base64Unpadded::decode_vec(encoded.trim_end_matches('=')).ok()?;
    let decoded = String::from_utf8(decoded).ok()?;
    let (project, token) = decoded.split_once(':')?;
    let is_whole = !project.is_empty() && !token.is_empty();
    is_whole.then(|| Credential { token: Token::new(token), project: Some(project.into()) })
}

/// The value of a header. Sent more than once, the values stand side by side and make none that is known; the same goes for bytes
/// that are not text. A header that is there is never read as absent.
fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<Cow<'a, str>> {
    let mut values = headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()));
    let first = values.next()?;
    let joined = values.fold(first, |mut joined, value| {
        joined.to_mut().push_str(", ");
        joined.to_mut().push_str(&value);
        joined
    });
    Some(joined)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use base64ct::Base64;

    use super::*;

    fn of(headers: &[(&'static str, &str)]) -> Option<(Option<String>, String)> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        let Credential { token, project } = Credential::of(&map)?;
        Some((project.map(Into::into), token.expose().to_owned()))
    }

    fn found(project: Option<&str>, token: &str) -> Option<(Option<String>, String)> {
        Some((project.map(Into::into), token.to_owned()))
    }

    fn basic(text: &str) -> String {
        format!("Basic {}", Base64::encode_string(text.as_bytes()))
    }

    #[test]
    fn basic_holds_project_and_token() {
        for text in ["p:t", "p1:tt", "p12:ttt"] {
            let (project, token) = text.split_once(':').unwrap();
            assert_eq!(of(&[("authorization", &basic(text)), ("x-project-id", "other")]), found(Some(project), token));
            assert_eq!(of(&[("authorization", basic(text).trim_end_matches('='))]), found(Some(project), token));
        }
        assert_eq!(of(&[("authorization", &basic("p:t:u"))]), found(Some("p"), "t:u"));
        assert_eq!(of(&[("authorization", &basic("p:t").replace("Basic", "bAsIc"))]), found(Some("p"), "t"));
    }

    #[test]
    fn a_malformed_one_is_passed_over() {
        for malformed in
            [&basic("p"), &basic(":t"), &basic("p:"), "Basic", "Basic !", "Basic \u{ff}", "Bearer", "Bearer  ", "Digest x", ""]
        {
            let headers = [("authorization", malformed), ("x-auth-token", "t"), ("x-project-id", "p")];
            assert_eq!(of(&headers), found(Some("p"), "t"), "{malformed}");
            assert_eq!(of(&headers[..1]), None, "{malformed}");
        }
    }

    #[test]
    fn bearer_comes_before_the_own_header() {
        assert_eq!(of(&[("authorization", "bearer  a "), ("x-auth-token", "b")]), found(None, "a"));
        assert_eq!(of(&[("x-auth-token", "b"), ("x-project-id", "")]), found(None, "b"));
        assert_eq!(of(&[("x-auth-token", "")]), None);
        assert_eq!(of(&[]), None);
    }

    #[test]
    fn what_is_sent_twice_is_not_chosen_from() {
        assert_eq!(of(&[("x-auth-token", "a"), ("x-auth-token", "b")]), found(None, "a, b"));
        assert_eq!(of(&[("x-auth-token", "a"), ("x-project-id", "p"), ("x-project-id", "q")]), found(Some("p, q"), "a"));
        assert_eq!(of(&[("authorization", &basic("p:t")), ("authorization", "Bearer a")]), None);
    }

    #[test]
    fn bytes_that_are_no_text_name_no_project() {
        let (project, _) = of(&[("x-auth-token", "a"), ("x-project-id", "\u{ff}")]).unwrap();
        assert!(project.is_some());
        let mut map = HeaderMap::new();
        map.append("x-auth-token", HeaderValue::from_static("a"));
        map.append("x-project-id", HeaderValue::from_bytes(b"\xff").unwrap());
        assert_eq!(Credential::of(&map).unwrap().project.as_deref(), Some("\u{fffd}"));
    }
}
