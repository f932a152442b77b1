//! `clearance policy pin` and `unpin`: another version than the live one answers for an organization, or no longer.

use anyhow::Context;
use clearance::Digest;
use clearance_rollout::{Exceptions, StoredVersion, VersionStore};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    arguments::{Pinning, Unpinning},
    client::{Client, part},
    code_cache, input,
    report::{GOOD, Report},
    versions,
};

#[derive(Deserialize, Serialize)]
struct Pinned {
    organization: String,
    /// The version that answers for it.
    digest: String,
    name: String,
    version: String,
}

#[derive(Serialize)]
struct Unpinned {
    organization: String,
    /// The version that answered for it.
    unpinned: String,
}

pub(crate) fn pin(arguments: &Pinning, json: bool) -> anyhow::Result<Report> {
    let Pinning { organization, digest, policies, server, trusted, allow_downgrade, allow_other_name } = arguments;
    let pinned = match server {
        Some(server) => {
            let digest: Digest = digest.parse().context("a server takes a whole digest, as of `clearance policy list --json`")?;
            let body = json!({
                "digest": digest.to_string(),
                "allowDowngrade": allow_downgrade,
                "allowOtherName": allow_other_name,
            });
            Client::new(server)?.put(&path(organization), &body)?
        }
        None => {
            let policies = policies.as_deref().context("name the folder with `--policies`")?;
            let exceptions = Exceptions { downgrade: *allow_downgrade, other_name: *allow_other_name };
            let running = versions::live(policies, trusted)?.label();
            let store = VersionStore::open(policies)?;
            let stored = store.get(&code_cache::engine()?, &versions::trust(trusted)?, store.find(digest)?)?;
            let StoredVersion { version, signed, .. } = stored;
            versions::warn(&signed);
            let label = version.label();
            store.pin(organization, &label, &running, exceptions, input::clock()?.millis())?;
            Pinned {
                organization: organization.clone(),
                digest: label.digest.to_string(),
                name: label.name,
                version: label.semver.to_string(),
            }
        }
    };
    if json {
        return Report::json(&pinned);
    }
    let Pinned { organization, digest, name, version } = pinned;
    Ok(Report::success(format!("{GOOD}pinned{GOOD:#}  {organization} to {name} {version}, {digest}\n")))
}

pub(crate) fn unpin(Unpinning { organization, policies, server }: &Unpinning, json: bool) -> anyhow::Result<Report> {
    if let Some(server) = server {
        let live: Pinned = Client::new(server)?.delete(&path(organization), &[])?;
        if json {
            return Report::json(&live);
        }
        let Pinned { organization, digest, name, version } = live;
        let text = format!("{GOOD}unpinned{GOOD:#} {organization}: the live version answers, {name} {version}, {digest}\n");
        return Ok(Report::success(text));
    }
    let policies = policies.as_deref().context("name the folder with `--policies`")?;
    let unpinned = VersionStore::open(policies)?.unpin(organization, input::clock()?.millis())?.to_string();
    if json {
        return Report::json(&Unpinned { organization: organization.clone(), unpinned });
    }
    Ok(Report::success(format!("{GOOD}unpinned{GOOD:#} {organization} from {unpinned}\n")))
}

fn path(organization: &str) -> String {
    format!("/v1/policy/pins/{}", part(organization))
}
