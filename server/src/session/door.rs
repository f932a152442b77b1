//! Who may ask on behalf of signed-in users.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Request, State};
use axum::http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use clearance_keeper::Origin;
use clearance_store::Who;
use serde_json::Map;

use crate::error::Error;
use crate::listener::Peer;
use crate::problem::Problem;
use crate::settings::SessionSettings;

/// Says which user is signed in, by id.
pub(crate) const USER: HeaderName = HeaderName::from_static("x-clearance-user");

/// Shows that the application asks.
pub(crate) const SECRET: HeaderName = HeaderName::from_static("x-clearance-session-secret");

/// Headers that carry the credential of a key.
const CREDENTIALS: [HeaderName; 2] = [AUTHORIZATION, HeaderName::from_static("x-auth-token")];

/// The signed-in user on whose behalf the application asks.
#[derive(Clone)]
pub(crate) struct SignedIn {
    /// The id of the user. Nothing says that there is one: that is for the policy.
    pub(crate) user: String,
    peer: Peer,
}

/// Nobody is let in. Which part was wrong is not said, but to the log.
pub(crate) struct ShutOut;

impl SignedIn {
    /// Who asks for a write, and from where.
    pub(crate) fn origin(&self) -> Origin {
        Peer::origin(Some(axum::Extension(self.peer)), Who::User(self.user.as_str().into()))
    }
}

/// Lets in only the application, before anything is looked up: another client learns of no route and no method.
pub(crate) async fn door(State(settings): State<Arc<SessionSettings>>, mut request: Request, next: Next) -> Response {
    let let_in = match request.extensions().get::<Peer>() {
        Some(&peer) => user_of(request.headers(), peer, &settings).map(|user| SignedIn { user, peer }),
        None => Err("the address is not known"),
    };
    match let_in {
        Ok(signed_in) => {
            request.extensions_mut().insert(signed_in);
            next.run(request).await
        }
        Err(why) => {
            let peer = request.extensions().get::<Peer>().and_then(|peer| peer.connection);
            let peer = peer.map(tracing::field::display);
            tracing::warn!(peer, why, "somebody may not ask on behalf of signed-in users");
            ShutOut.into_response()
        }
    }
}

impl<S: Sync> FromRequestParts<S> for SignedIn {
    type Rejection = ShutOut;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ShutOut> {
        parts.extensions.get::<Self>().cloned().ok_or(ShutOut)
    }
}

/// The user, or what is wrong.
fn user_of(headers: &HeaderMap, peer: Peer, settings: &SessionSettings) -> Result<String, &'static str> {
    // No header says where a request comes from.
    let address = peer.connection.map(|address| address.to_canonical());
    if !settings.peers.iter().any(|peer| Some(peer.to_canonical()) == address) {
        return Err("the address is not configured");
    }
    let secret = single_value(headers, &SECRET).ok_or("the secret is not sent exactly once")?;
    if !settings.secret.is(secret.as_bytes()) {
        return Err("the secret is another one");
    }
    if CREDENTIALS.iter().any(|name| headers.contains_key(name)) {
        return Err("the credential of a key stands beside the user");
    }
    let user = single_value(headers, &USER).ok_or("the user is not sent exactly once")?;
    let user = user.to_str().ok().filter(|user| !user.is_empty());
    user.map(str::to_owned).ok_or("the user is not an id")
}

/// The value of a header that is sent exactly once.
fn single_value<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a HeaderValue> {
    let mut values = headers.get_all(name).iter();
    let value = values.next();
    value.filter(|_| values.next().is_none())
}

impl IntoResponse for ShutOut {
    fn into_response(self) -> Response {
        let message = "only the application may ask on behalf of signed-in users, for exactly one user and without a key";
        let error = Error::Refused {
            status: StatusCode::UNAUTHORIZED,
            code: "unauthorized",
            message: message.into(),
            members: Map::new(),
        };
        let mut response = Problem::from(error).into_response();
        response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static(r#"Clearance-Session realm="clearance""#));
        response
    }
}
