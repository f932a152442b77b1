//! `clearance policy build`: a policy component from a catalog.

use anyhow::{Context, anyhow};
use clearance_catalog::{Catalog, Problem};
use clearance_host::BASE;
use clearance_rollout::CarriedCases;
use serde::Serialize;

use crate::{
    arguments::PolicyBuild,
    file, input,
    report::{self, HEAD, Report},
};

#[derive(Serialize)]
struct Built<'a> {
    digest: String,
    name: &'a str,
    version: &'a str,
    /// In bytes.
    size: usize,
    /// How many cases it carries.
    cases: usize,
}

pub(crate) fn run(PolicyBuild { catalog: source, cases, directory, out }: &PolicyBuild, json: bool) -> anyhow::Result<Report> {
    let mistakes = |problems: Vec<Problem>| {
        // Each on a line of its own, however many there are.
        problems.iter().for_each(|problem| report::print_mistake(&format!("{}: {problem}", input::name(source))));
        anyhow!("{} has {} to correct, nothing was written", input::name(source), count(problems.len()))
    };
    let catalog = Catalog::parse(&input::read_text(source)?).map_err(mistakes)?;
    let bytes =
        clearance_catalog::build(BASE, &catalog).with_context(|| format!("no policy comes of {}", input::name(source)))?;
    let bytes = match (cases, directory) {
        (Some(cases), Some(directory)) => {
            let document = input::document_in_file(directory)?;
            CarriedCases::put(&bytes, document, &input::read_text(cases)?)
                .with_context(|| format!("{} cannot be carried", input::name(cases)))?
        }
        _ => bytes,
    };
    let policy = input::load(&bytes).with_context(|| format!("no policy comes of {}", input::name(source)))?;
    // Read from the component itself, as an activation does.
    let mut carried = 0;
    if let Some(found) = CarriedCases::of(&policy)? {
        carried = found.cases().len();
        found.check(&policy).context("nothing was written")?;
    }
    file::replace(out, &bytes)?;

    let description = policy.description();
    let digest = policy.digest().to_string();
    let built = Built { digest, name: &description.policy, version: &description.version, size: policy.size(), cases: carried };
    if json {
        return Report::json(&built);
    }
    let Built { digest, name, version, size, cases } = built;
    let line = |what: &str, value: &str| format!("{HEAD}{what:7}{HEAD:#} {value}\n");
    let mut lines =
        [line("policy", &format!("{name} {version}")), line("digest", &digest), line("size", &format!("{size} bytes"))].concat();
    if cases > 0 {
        lines.push_str(&line("cases", &format!("{cases} carried, answered as they say")));
    }
    Ok(Report::success(lines))
}

fn count(mistakes: usize) -> String {
    if mistakes == 1 { "a mistake".into() } else { format!("{mistakes} mistakes") }
}
