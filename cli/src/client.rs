//! Speaking to a server.

use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use clearance_store::Token;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use ureq::{
    Agent,
    http::{Response, Uri},
    tls::{RootCerts, TlsConfig},
};

use crate::{refused::Refused, secret};

const VARIABLE: &str = "CLEARANCE_OPERATOR";

/// No answer is nearly as long.
const LONGEST: u64 = 64 * 1024 * 1024;

/// A server, and the credential that it is shown.
pub(crate) struct Client {
    agent: Agent,
    /// Without a slash at the end.
    server: String,
    operator: Token,
}

/// What the server says when it does not do what it was asked.
#[derive(Deserialize)]
struct Problem {
    detail: String,
    /// Present exactly when the policy refuses.
    code: Option<Box<str>>,
}

impl Client {
    /// Nothing is sent yet.
    pub(crate) fn new(server: &str) -> anyhow::Result<Self> {
        let address: Option<Uri> = server.parse().ok();
        let good = address.as_ref().and_then(|address| Some((address.scheme_str()?, address.authority()?, address.query())));
        match good {
            Some(("http" | "https", authority, None)) if !authority.as_str().contains('@') => {}
            _ => bail!("`--server`: this is no address of a server, write one such as `http://127.0.0.1:7300`"),
        }
        let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
        let config = Agent::config_builder()
            .http_status_as_error(false)
            // A credential follows nobody to another place.
            .max_redirects(0)
            .timeout_connect(Some(Duration::from_secs(5)))
            .timeout_global(Some(Duration::from_secs(30)))
            .tls_config(tls)
            .build();
        Ok(Self { agent: config.into(), server: server.trim_end_matches('/').to_owned(), operator: operator()? })
    }

    pub(crate) fn server(&self) -> &str {
        &self.server
    }

    pub(crate) fn get<T: DeserializeOwned>(&self, path: &str, query: &[(&str, &str)]) -> anyhow::Result<T> {
        let request = self.agent.get(self.url(path)).header("authorization", self.authorization());
        self.answer(request.query_pairs(query.iter().copied()).call())
    }

    pub(crate) fn delete<T: DeserializeOwned>(&self, path: &str, query: &[(&str, &str)]) -> anyhow::Result<T> {
        let request = self.agent.delete(self.url(path)).header("authorization", self.authorization());
        self.answer(request.query_pairs(query.iter().copied()).call())
    }

    pub(crate) fn post<T: DeserializeOwned>(&self, path: &str, body: &Value) -> anyhow::Result<T> {
        let request = self.agent.post(self.url(path)).header("authorization", self.authorization());
        self.answer(request.content_type("application/json").send(body.to_string()))
    }

    pub(crate) fn patch<T: DeserializeOwned>(&self, path: &str, body: &Value) -> anyhow::Result<T> {
        let request = self.agent.patch(self.url(path)).header("authorization", self.authorization());
        self.answer(request.content_type("application/json").send(body.to_string()))
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.server)
    }

    fn authorization(&self) -> String {
        format!("Bearer {}", self.operator.expose())
    }

    fn answer<T: DeserializeOwned>(&self, answer: Result<Response<ureq::Body>, ureq::Error>) -> anyhow::Result<T> {
        let server = &self.server;
        let mut response = answer.with_context(|| format!("no answer from {server}"))?;
        let status = response.status();
        let body = response.body_mut().with_config().limit(LONGEST).read_to_vec();
        let body = body.with_context(|| format!("the answer of {server} ended too early"))?;
        if status.is_success() {
            return serde_json::from_slice(&body).with_context(|| format!("the answer of {server} is not what it should be"));
        }
        let said: Option<Problem> = serde_json::from_slice(&body).ok();
        match (status.as_u16(), said) {
            (401, _) => bail!(
                "{server} does not know the operator in `{VARIABLE}`, or it is revoked: make one with `clearance operator create`"
            ),
            (_, Some(Problem { detail, code: Some(code) })) => Err(Refused { code, message: detail }.into()),
            (_, Some(Problem { detail, code: None })) => Err(anyhow!("{server} says: {detail}")),
            (_, None) => {
                Err(anyhow!("{server} answers with {status}: it is no server of Clearance, or something stands before it"))
            }
        }
    }
}

/// The token of the operator that the environment gives.
fn operator() -> anyhow::Result<Token> {
    let Some(text) = secret::from_environment(VARIABLE)? else {
        bail!("`--server` takes an operator: set `{VARIABLE}` to its token, or `{VARIABLE}_FILE` to a file that holds it");
    };
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        bail!("what the environment gives as an operator is no token: it is one word that begins with `op-cl-`");
    }
    Ok(Token::new(text))
}

/// One part of a path.
pub(crate) fn part(text: &str) -> String {
    let mut part = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            part.push(char::from(byte))
        } else {
            part += &format!("%{byte:02X}")
        }
    }
    // Two dots would lead elsewhere.
    if part.bytes().all(|byte| byte == b'.') { part.replace('.', "%2E") } else { part }
}

#[cfg(test)]
mod tests {
    #[test]
    fn an_id_is_one_part_of_a_path() {
        assert_eq!(super::part("key_1.a~b-c"), "key_1.a~b-c");
        assert_eq!(super::part("a/b?c#d%e f"), "a%2Fb%3Fc%23d%25e%20f");
        assert_eq!(super::part(".."), "%2E%2E");
    }
}
