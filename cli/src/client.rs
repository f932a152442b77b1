//! Speaking to a server.

use std::{net::IpAddr, time::Duration};

use anyhow::{Context, anyhow, bail};
use clearance_store::{Inspection, Token, inspect};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use ureq::{
    Agent,
    http::{Response, Uri},
    tls::{RootCerts, TlsConfig},
};

use crate::{refused::Refused, report, secret};

const VARIABLE: &str = "CLEARANCE_OPERATOR";

/// The longest answer that is read. No answer of a server is nearly as long.
const MAX_ANSWER_BYTES: u64 = 64 * 1024 * 1024;

/// A server, and the credential that is sent to it.
pub(crate) struct Client {
    agent: Agent,
    /// Without a slash at the end.
    server: String,
    operator: Token,
}

/// The answer of a server that refuses or fails.
#[derive(Deserialize)]
struct Problem {
    detail: String,
    /// Present exactly when the policy refuses.
    code: Option<Box<str>>,
    #[serde(flatten)]
    members: Map<String, Value>,
}

impl Client {
    /// Nothing is sent yet.
    pub(crate) fn new(server: &str) -> anyhow::Result<Self> {
        let address: Option<Uri> = server.parse().ok();
        let parts = address.as_ref().and_then(|address| Some((address.scheme_str()?, address.authority()?, address.query())));
        let (scheme, host) = match parts {
            Some((scheme @ ("http" | "https"), authority, None)) if !authority.as_str().contains('@') => {
                (scheme, authority.host())
            }
            _ => bail!("`--server`: this is not the address of a server: write one such as `http://127.0.0.1:7300`"),
        };
        let here = is_here(host);
        if scheme == "http" && !here {
            report::print_warning(&format!("the token of the operator goes to {host} without encryption: use `https`"));
        }
        let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
        let config = Agent::config_builder()
            .http_status_as_error(false)
            // A credential follows nobody to another place.
            .max_redirects(0)
            .timeout_connect(Some(Duration::from_secs(5)))
            .timeout_global(Some(Duration::from_secs(30)))
            .tls_config(tls);
        // What stays on this machine goes through no proxy.
        let config = if here { config.proxy(None) } else { config }.build();
        Ok(Self { agent: config.into(), server: server.trim_end_matches('/').to_owned(), operator: operator()? })
    }

    pub(crate) fn server(&self) -> &str {
        &self.server
    }

    pub(crate) fn get<T: DeserializeOwned>(&self, path: &str, query: &[(&str, &str)]) -> anyhow::Result<T> {
        let request = self.agent.get(self.url(path)).header("authorization", self.authorization());
        self.answer(request.query_pairs(query.iter().copied()).call(), false)
    }

    pub(crate) fn delete<T: DeserializeOwned>(&self, path: &str, query: &[(&str, &str)]) -> anyhow::Result<T> {
        let request = self.agent.delete(self.url(path)).header("authorization", self.authorization());
        self.answer(request.query_pairs(query.iter().copied()).call(), true)
    }

    pub(crate) fn post<T: DeserializeOwned>(&self, path: &str, body: &Value) -> anyhow::Result<T> {
        let request = self.agent.post(self.url(path)).header("authorization", self.authorization());
        self.answer(request.content_type("application/json").send(body.to_string()), true)
    }

    /// As [`post`](Self::post), for a request that takes long: the server answers when it is done.
    pub(crate) fn post_and_wait<T: DeserializeOwned>(&self, path: &str, body: &Value, time: Duration) -> anyhow::Result<T> {
        let request = self.agent.post(self.url(path)).header("authorization", self.authorization());
        let request = request.config().timeout_global(Some(time)).build();
        self.answer(request.content_type("application/json").send(body.to_string()), true)
    }

    pub(crate) fn patch<T: DeserializeOwned>(&self, path: &str, body: &Value) -> anyhow::Result<T> {
        let request = self.agent.patch(self.url(path)).header("authorization", self.authorization());
        self.answer(request.content_type("application/json").send(body.to_string()), true)
    }

    pub(crate) fn put<T: DeserializeOwned>(&self, path: &str, body: &Value) -> anyhow::Result<T> {
        let request = self.agent.put(self.url(path)).header("authorization", self.authorization());
        self.answer(request.content_type("application/json").send(body.to_string()), true)
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.server)
    }

    fn authorization(&self) -> String {
        format!("Bearer {}", self.operator.expose())
    }

    /// `writes`: whether the request changes something.
    fn answer<T: DeserializeOwned>(&self, answer: Result<Response<ureq::Body>, ureq::Error>, writes: bool) -> anyhow::Result<T> {
        let server = &self.server;
        let mut response = answer.map_err(|error| {
            let unsure = if writes && may_be_done(&error) {
                "; the server may have done it all the same: look before you try again"
            } else {
                ""
            };
            anyhow::Error::from(error).context(format!("no answer from {server}{unsure}"))
        })?;
        let status = response.status();
        let body = response.body_mut().with_config().limit(MAX_ANSWER_BYTES).read_to_vec();
        let body = body.with_context(|| format!("the answer of {server} ended too early"))?;
        if status.is_success() {
            return serde_json::from_slice(&body).with_context(|| format!("the answer of {server} is not what it should be"));
        }
        let said: Option<Problem> = serde_json::from_slice(&body).ok();
        match (status.as_u16(), said) {
            (401, _) => bail!(
                "{server} does not know the operator in `{VARIABLE}`, or it is revoked: give the token of another one, such as \
                 `clearance operator create` makes"
            ),
            (_, Some(Problem { detail, code: Some(code), members })) => Err(Refused { code, message: detail, members }.into()),
            (_, Some(Problem { detail, code: None, .. })) => Err(anyhow!("{server} says: {detail}")),
            (_, None) => {
                Err(anyhow!("{server} answers with {status}: it is not a server of Clearance, or a proxy answers in its place"))
            }
        }
    }
}

/// The token of the operator that the environment gives.
fn operator() -> anyhow::Result<Token> {
    let Some(text) = secret::from_environment(VARIABLE)? else {
        bail!("`--server` takes an operator: set `{VARIABLE}` to its token, or `{VARIABLE}_FILE` to a file that holds it");
    };
    if text.starts_with(['"', '\'', '`']) || text.ends_with(['"', '\'', '`']) {
        bail!("the operator token in the environment stands in quotation marks, which are not part of the token: take them away");
    }
    let Inspection { prefix, malformed, .. } = inspect(&text);
    if prefix != Some("op-cl-") {
        bail!("the environment does not give the token of an operator: such a token is one word that begins with `op-cl-`");
    }
    if let Some(problem) = malformed {
        bail!("the operator token in the environment is not whole: {problem}");
    }
    Ok(Token::new(text))
}

/// Whether the request may have arrived.
fn may_be_done(error: &ureq::Error) -> bool {
    use ureq::{Error, Timeout};
    match error {
        Error::Timeout(Timeout::Resolve | Timeout::Connect) | Error::HostNotFound | Error::ConnectionFailed | Error::Tls(_) => {
            false
        }
        Error::Io(error) => error.kind() != std::io::ErrorKind::ConnectionRefused,
        _ => true,
    }
}

/// Whether a host is this machine.
fn is_here(host: &str) -> bool {
    let address: Option<IpAddr> = host.trim_matches(['[', ']']).parse().ok();
    host == "localhost" || address.is_some_and(|address| address.is_loopback())
}

/// All but the characters that a part of a path may have as they are.
const OUTSIDE_PATH_PART: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// One part of a path.
pub(crate) fn part(text: &str) -> String {
    let part = utf8_percent_encode(text, OUTSIDE_PATH_PART).to_string();
    // Two dots would lead elsewhere.
    if part.bytes().all(|byte| byte == b'.') { part.replace('.', "%2E") } else { part }
}

#[cfg(test)]
mod tests {
    #[test]
    fn this_machine_is_known_by_its_names() {
        for host in ["127.0.0.1", "127.8.9.1", "[::1]", "localhost"] {
            assert!(super::is_here(host), "{host}");
        }
        for host in ["10.0.0.1", "[::2]", "localhost.example", "127.0.0.1.example"] {
            assert!(!super::is_here(host), "{host}");
        }
    }

    #[test]
    fn an_id_is_one_part_of_a_path() {
        assert_eq!(super::part("key_1.a~b-c"), "key_1.a~b-c");
        assert_eq!(super::part("a/b?c#d%e f"), "a%2Fb%3Fc%23d%25e%20f");
        assert_eq!(super::part(".."), "%2E%2E");
    }
}
