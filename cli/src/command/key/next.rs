//! What to do with a new token.

use std::fmt::Write;

use clearance::document::Scope;
use clearance_server::KeyView;
use clearance_store::Token;
use serde_json::json;

use crate::{
    power,
    report::{FAINT, HEAD},
    shell,
};

/// Where a server listens if nothing else is said.
const HERE: &str = "http://127.0.0.1:7300";

/// The token, this once, and how clients come to use it. What follows the token names its variable alone.
pub(super) fn write(out: &mut String, key: &KeyView, token: &Token, server: Option<&str>) -> std::fmt::Result {
    let projects = power::scopes_of(key).into_iter().filter_map(|scope| match scope {
        Scope::Project(id) => Some(id),
        Scope::Organization(_) | Scope::Team(_) => None,
    });
    let project = projects.map(String::from).next();
    let server = server.unwrap_or(HERE);

    writeln!(out, "\n{HEAD}.env{HEAD:#}  {FAINT}the token is shown this once{FAINT:#}")?;
    writeln!(out, "LANGWATCH_API_KEY={}", token.expose())?;
    match &project {
        Some(project) => writeln!(out, "LANGWATCH_PROJECT_ID={}", shell::word(project))?,
        None => writeln!(out, "LANGWATCH_PROJECT_ID=  # the id of a project that the key applies to")?,
    }
    writeln!(out, "LANGWATCH_ENDPOINT={}", shell::word(server))?;

    writeln!(out, "\n{HEAD}curl{HEAD:#}  {FAINT}after `set -a; . ./.env`; each asks what the key may do{FAINT:#}")?;
    let me = "\"$LANGWATCH_ENDPOINT/v1/me\"";
    let project_header = "-H \"X-Project-Id: $LANGWATCH_PROJECT_ID\"";
    writeln!(out, "curl -u \"$LANGWATCH_PROJECT_ID:$LANGWATCH_API_KEY\" {me}")?;
    writeln!(out, "curl -H \"Authorization: Bearer $LANGWATCH_API_KEY\" {project_header} {me}")?;
    writeln!(out, "curl -H \"X-Auth-Token: $LANGWATCH_API_KEY\" {project_header} {me}")?;

    let variables = ["LANGWATCH_API_KEY", "LANGWATCH_PROJECT_ID", "LANGWATCH_ENDPOINT"];
    let environment: serde_json::Map<_, _> =
        variables.iter().map(|name| ((*name).to_owned(), format!("${{{name}}}").into())).collect();
    let started = |more: (&str, serde_json::Value)| {
        let mut server = json!({ "command": "npx", "args": ["-y", "@langwatch/mcp-server"] });
        server[more.0] = more.1;
        json!({ "langwatch": server })
    };
    let claude = json!({ "mcpServers": started(("env", environment.into())) });
    writeln!(out, "\n{HEAD}MCP, Claude Code{HEAD:#}  {FAINT}.mcp.json, with the variables of .env set{FAINT:#}\n{claude:#}")?;
    let file = ("envFile", json!("${workspaceFolder}/.env"));
    let cursor = json!({ "mcpServers": started(file) });
    let where_to = ".cursor/mcp.json; in .vscode/mcp.json `servers` stands for `mcpServers`";
    writeln!(out, "\n{HEAD}MCP, Cursor and VS Code{HEAD:#}  {FAINT}{where_to}{FAINT:#}\n{cursor:#}")
}
