//! `clearance serve`: over HTTP.

use std::io::{self, Write as _};
use std::time::Duration;

use anyhow::{Context, bail};
use clearance_server::{Limits, Listening, SessionSecret, SessionSettings, Settings, run as serve, start_log};

use crate::{
    arguments::{Connections, Serve},
    input,
    report::Report,
    secret, versions,
};

const SESSION_SECRET: &str = "CLEARANCE_SESSION_SECRET";

pub(crate) fn run(arguments: &Serve) -> anyhow::Result<Report> {
    let Serve {
        database,
        policy,
        policies,
        trusted,
        accept_lost_history,
        audit_head,
        listen,
        session_listen,
        session_peer,
        connections,
    } = arguments;
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
                "{} is not the database that `--audit-head` was noted from, or it is an older one ({verdict}): what was revoked since then \
                 counts again. Restore the newer database, or leave `--audit-head` out if this one is meant",
                input::name(database)
            );
        }
    }
    let _log = start_log();
    let versions = policies.as_ref().map(|folder| versions::of_server(folder, trusted)).transpose()?;
    let accept_lost_history = *accept_lost_history;
    let settings = Settings { listen: listen.clone(), session, versions, accept_lost_history, ..settings(connections) };
    serve(keeper, &settings, |Listening { address, session }| {
        // A process that started the server may wait for this line; clients do not depend on whether it does.
        let mut out = io::stdout().lock();
        let _ = writeln!(out, "listening on {address}");
        if let Some(session) = session {
            let _ = writeln!(out, "listening on http://{session} for signed-in users");
        }
        let _ = out.flush();
    })?;
    Ok(Report::success(String::new()))
}

fn settings(connections: &Connections) -> Settings {
    let Connections { trusted_proxy, connections_per_address, keep_alive, drain } = connections;
    let limits = Limits {
        connections_per_address: Some(*connections_per_address).filter(|most| *most > 0),
        keep_alive: Duration::from_secs(*keep_alive),
        ..Limits::default()
    };
    Settings { trusted_proxies: trusted_proxy.clone(), drain: Duration::from_secs(*drain), limits, ..Settings::default() }
}

fn session(listen: std::net::SocketAddr, peers: &[std::net::IpAddr]) -> anyhow::Result<SessionSettings> {
    let Some(text) = secret::from_environment(SESSION_SECRET)? else {
        bail!("`--session-listen` takes a secret: set `{SESSION_SECRET}`, or `{SESSION_SECRET}_FILE` to a file that holds it");
    };
    let secret = SessionSecret::new(&text).context(SESSION_SECRET)?;
    Ok(SessionSettings { listen, peers: peers.to_vec(), secret })
}
