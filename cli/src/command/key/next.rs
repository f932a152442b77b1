//! What to do with a new token.

use std::fmt::Write;

use clearance::document::Scope;
use clearance_keeper::KeyView;
use clearance_store::Token;

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

    writeln!(out, "\n{HEAD}MCP, Claude Code{HEAD:#}  {FAINT}.mcp.json, with the variables of .env set{FAINT:#}\n{CLAUDE_CODE}")?;
    let file = ".cursor/mcp.json; in .vscode/mcp.json `servers` stands for `mcpServers`";
    writeln!(out, "\n{HEAD}MCP, Cursor and VS Code{HEAD:#}  {FAINT}{file}{FAINT:#}\n{CURSOR}")
}

// Both name the variables and not the token, so that they can be shared.

const CLAUDE_CODE: &str = r#"{"mcpServers": {"langwatch": {
  "command": "npx",
  "args": ["-y", "@langwatch/mcp-server"],
  "env": {
    "LANGWATCH_API_KEY": "${LANGWATCH_API_KEY}",
    "LANGWATCH_PROJECT_ID": "${LANGWATCH_PROJECT_ID}",
    "LANGWATCH_ENDPOINT": "${LANGWATCH_ENDPOINT}"
  }
}}}"#;

const CURSOR: &str = r#"{"mcpServers": {"langwatch": {
  "command": "npx",
  "args": ["-y", "@langwatch/mcp-server"],
  "envFile": "${workspaceFolder}/.env"
}}}"#;
