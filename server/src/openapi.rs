//! What the routes say of themselves: OpenAPI.

use utoipa::OpenApi as _;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{Components, OpenApi, Server};
use utoipa_axum::router::OpenApiRouter;

use crate::routes::routes;
use crate::session;

/// What is said of the whole.
#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Clearance",
        description = "Permissions of API keys: a gate for reverse proxies, the keys API, and questions from backends."
    ),
    paths(crate::health::alive, crate::health::json_text),
    tags(
        (name = "gate", description = "For reverse proxies and for the clients behind them."),
        (name = "langwatch", description = "For clients written for LangWatch."),
        (name = "backend", description = "For backends with the credential of an operator."),
        (name = "keys", description = "Keys, for operators who act as a signed-in user."),
        (name = "session", description = "Keys, for an application that asks on behalf of signed-in users: on the listener for them alone, \
            from an address that is configured, with its secret, for exactly one user, and without the credential of a key."),
        (name = "health", description = "For whoever runs the server."),
    )
)]
struct Document;

/// What the routes of both listeners say of themselves.
pub fn openapi() -> OpenApi {
    let mut document = OpenApiRouter::with_openapi(Document::openapi()).merge(routes()).into_openapi();
    let mut session = session::routes().into_openapi();
    for item in session.paths.paths.values_mut() {
        let mut listener = Server::new("http://127.0.0.1:7301");
        listener.description =
            Some("The listener for signed-in users, wherever it is configured. The other one has no such routes.".into());
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
        ("basic", http(HttpAuthScheme::Basic, "The id of a project and the token of a key, or a project key.")),
        ("bearer", http(HttpAuthScheme::Bearer, "The token of a key or a project key; the project stands in `X-Project-Id`.")),
        ("token", header("X-Auth-Token", "The token of a key or a project key; the project stands in `X-Project-Id`.")),
        ("operator", http(HttpAuthScheme::Bearer, "The token of an operator, which is for what the route does.")),
        ("session", header("X-Clearance-Session-Secret", "Shows that the application asks.")),
        ("user", header("X-Clearance-User", "The id of the user who is signed in.")),
    ]
}
