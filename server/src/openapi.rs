//! What the routes say of themselves: OpenAPI.

use utoipa::OpenApi as _;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{Components, OpenApi, Server};
use utoipa_axum::router::OpenApiRouter;

use crate::routes::routes;
use crate::session;

/// The description of the whole API.
#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Clearance",
        description = "Decides what API keys may do. It has a gate for reverse proxies, the life of keys, changes of the directory, and the policy versions \
            that decide."
    ),
    paths(crate::health::liveness, crate::health::json_text),
    tags(
        (name = "gate", description = "For reverse proxies, which ask about each request, and for the clients behind them. A request has the credential of the client."),
        (name = "langwatch", description = "The routes that clients of LangWatch call. They ignore unknown fields, and their errors are `{\"error\", \"message\"}`."),
        (name = "backend", description = "For programs that ask questions, change the directory, or manage policy versions and operators. Each route requires an operator with a certain purpose."),
        (name = "keys", description = "The life of keys, for an operator with the purpose `keys` that acts as a user. The policy decides whether that user may."),
        (name = "session", description = "The life of keys, for an application that asks on behalf of its signed-in users. These routes are on a listener of their own. \
            A request must come from a configured address, with the secret of the application, and name exactly one user."),
        (name = "health", description = "Whether the server works, and its metrics. These routes take no credential."),
    )
)]
struct Document;

/// What the routes of both listeners say of themselves.
pub fn openapi() -> OpenApi {
    let mut document = OpenApiRouter::with_openapi(Document::openapi()).merge(routes()).into_openapi();
    let mut session = session::routes().into_openapi();
    for item in session.paths.paths.values_mut() {
        let mut listener = Server::new("http://127.0.0.1:7301");
        listener.description = Some(
            "The listener for signed-in users, at the address that is configured. The other listener does not have these routes."
                .into(),
        );
        item.servers = Some(vec![listener]);
    }
    document.merge(session);
    let components = document.components.get_or_insert_with(Components::new);
    for (name, scheme) in schemes() {
        components.add_security_scheme(name, scheme);
    }
    document
}

fn schemes() -> [(&'static str, SecurityScheme); 6] {
    let header =
        |name: &str, description: &str| SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::with_description(name, description)));
    let http = |scheme, description: &str| {
        let mut http = Http::new(scheme);
        http.description = Some(description.to_owned());
        SecurityScheme::Http(http)
    };
    [
        (
            "basic",
            http(
                HttpAuthScheme::Basic,
                "The user name is the id of a project, the password the token of a key or a project key.",
            ),
        ),
        ("bearer", http(HttpAuthScheme::Bearer, "The token of a key, or a project key. `X-Project-Id` names the project.")),
        ("token", header("X-Auth-Token", "The token of a key, or a project key. `X-Project-Id` names the project.")),
        ("operator", http(HttpAuthScheme::Bearer, "The token of an operator that has the purpose of the route.")),
        ("session", header("X-Clearance-Session-Secret", "The secret that the application and the server share.")),
        ("user", header("X-Clearance-User", "The id of the user who is signed in.")),
    ]
}
