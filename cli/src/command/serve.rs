//! `clearance serve`: over HTTP.

use std::io::{self, Write as _};

use clearance_server::{Settings, run as serve, start_log};

use crate::{arguments::Serve, input, report::Report};

pub(crate) fn run(Serve { database, policy, listen }: &Serve) -> anyhow::Result<Report> {
    start_log();
    let keeper = input::keeper(database, policy.policy.as_deref())?;
    let settings = Settings { listen: *listen, ..Settings::default() };
    serve(keeper, &settings, |address| {
        // Whoever started the server may wait for this line; whether anybody does is no concern of the clients.
        let mut out = io::stdout().lock();
        let _ = writeln!(out, "listening on http://{address}").and_then(|()| out.flush());
    })?;
    Ok(Report::good(String::new()))
}
