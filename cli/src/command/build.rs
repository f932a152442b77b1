//! `clearance policy build`: a policy component from a catalog.

use std::{fs, io::Write as _, path::Path};

use anyhow::{Context, anyhow};
use clearance::BASE;
use clearance_catalog::{Catalog, Problem};
use serde::Serialize;
use tempfile::NamedTempFile;

use crate::{
    arguments::PolicyBuild,
    input,
    report::{self, HEAD, Report},
};

#[derive(Serialize)]
struct Built<'a> {
    digest: String,
    name: &'a str,
    version: &'a str,
    /// In bytes.
    size: usize,
}

pub(crate) fn run(PolicyBuild { catalog: file, out }: &PolicyBuild, json: bool) -> anyhow::Result<Report> {
    let mistakes = |problems: Vec<Problem>| {
        // Each on a line of its own, however many there are.
        problems.iter().for_each(|problem| report::print_mistake(&format!("{}: {problem}", input::name(file))));
        anyhow!("{} has {} to correct, nothing was written", input::name(file), count(problems.len()))
    };
    let catalog = Catalog::parse(&input::read_text(file)?).map_err(mistakes)?;
    let bytes = clearance_catalog::build(BASE, &catalog).with_context(|| format!("no policy comes of {}", input::name(file)))?;
    let policy = input::load(&bytes).with_context(|| format!("no policy comes of {}", input::name(file)))?;
    replace(out, &bytes).with_context(|| format!("cannot write {}", input::name(out)))?;

    let description = policy.description();
    let digest = policy.digest().to_string();
    let built = Built { digest, name: &description.policy, version: &description.version, size: policy.size() };
    if json {
        return Report::json(&built);
    }
    let Built { digest, name, version, size } = built;
    let line = |what: &str, value: &str| format!("{HEAD}{what:7}{HEAD:#} {value}\n");
    let lines = [line("policy", &format!("{name} {version}")), line("digest", &digest), line("size", &format!("{size} bytes"))];
    Ok(Report::good(lines.concat()))
}

fn count(mistakes: usize) -> String {
    if mistakes == 1 { "a mistake".into() } else { format!("{mistakes} mistakes") }
}

/// Writes a file as a whole or not at all.
fn replace(file: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut new = NamedTempFile::new_in(folder)?;
    new.write_all(bytes)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;

        // Nothing in it is a secret, and who runs it may be someone else.
        new.as_file().set_permissions(fs::Permissions::from_mode(0o644))?;
    }
    new.as_file().sync_all()?;
    new.persist(file)?;
    if cfg!(unix) {
        fs::File::open(folder)?.sync_all()?;
    }
    Ok(())
}
