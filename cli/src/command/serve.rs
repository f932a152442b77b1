//! `clearance serve`: over HTTP.

use std::io::{self, Write as _};

use anyhow::{Context, bail};
use clearance_server::{Listening, SessionSecret, SessionSettings, Settings, run as serve, start_log};

use crate::{arguments::Serve, input, report::Report, secret, versions};

const SESSION_SECRET: &str = "CLEARANCE_SESSION_SECRET";

pub(crate) fn run(arguments: &Serve) -> anyhow::Result<Report> {
    let Serve { database, policy, policies, trusted, accept_lost_history, audit_head, listen, session_listen, session_peer } =
        arguments;
    let session = session_listen.map(|listen| session(listen, session_peer)).transpose()?;
    let keeper = match policies {
        Some(folder) => input::keeper_under(database, || versions::live(folder, trusted))?,
        None => {
            versions::without_folder(trusted)?;
            input::keeper(database, policy.policy.as_deref())?
        }
    };
    if let Some(noted) = audit_head {
        let verdict = keeper.store().audit_holds(noted)?;
        if !verdict.is_whole() {
            bail!(
                "{} is not the database that `--audit-head` was noted of, or an older one ({verdict}): what was revoked since then \
                 counts again. Restore the newer database, or leave `--audit-head` out if this one is meant",
                input::name(database)
            );
        }
    }
    start_log();
    let versions = policies.as_ref().map(|folder| versions::of_server(folder, trusted)).transpose()?;
    let settings =
        Settings { listen: *listen, session, versions, accept_lost_history: *accept_lost_history, ..Settings::default() };
    serve(keeper, &settings, |Listening { address, session }| {
        // Whoever started the server may wait for this; whether anybody does is no concern of the clients.
        let mut out = io::stdout().lock();
        let _ = writeln!(out, "listening on http://{address}");
        if let Some(session) = session {
            let _ = writeln!(out, "listening on http://{session} for signed-in users");
        }
        let _ = out.flush();
    })?;
    Ok(Report::good(String::new()))
}

fn session(listen: std::net::SocketAddr, peers: &[std::net::IpAddr]) -> anyhow::Result<SessionSettings> {
    let Some(text) = secret::from_environment(SESSION_SECRET)? else {
        bail!("`--session-listen` takes a secret: set `{SESSION_SECRET}`, or `{SESSION_SECRET}_FILE` to a file that holds it");
    };
    let secret = SessionSecret::new(&text).context(SESSION_SECRET)?;
    Ok(SessionSettings { listen, peers: peers.to_vec(), secret })
}
