//! Policies that behave until they are trusted.

use std::{fs, mem::take, process::Output};

use anyhow::{Context as _, Result, ensure};

use super::Outcome;
use crate::chaos::{
    ground::Ground,
    http::Client,
    server::{Server, finish},
};

/// The default policy with a guest between it and the host.
const SHELL: &str = include_str!("../../../../clearance/tests/hostile.wat");

/// The default policy.
const LANGWATCH: &[u8] = include_bytes!("../../../../policy/dist/langwatch.wasm");

/// A policy that misbehaves.
struct Hostile {
    /// What it is called here.
    name: &'static str,
    /// What it does in the place of an answer.
    deed: &'static str,
    /// The number of the question at which it does so, and where in it the facts are. `None` means at a single decision.
    question: Option<(u32, u32)>,
    /// After how many questions.
    after: u32,
    /// How it is to be made live.
    options: &'static [&'static str],
}

const TRAP: &str = "unreachable";
const LOOP: &str = "(loop $on (br $on))";
const EFFECTIVE: Option<(u32, u32)> = Some((5, 8));
const EFFECTIVE_MANY: Option<(u32, u32)> = Some((8, 16));
const COMPARED: &[&str] = &["--allow-gain", "0", "--allow-loss", "0"];
const SHADOWED: &[&str] = &["--shadow", "20"];
const WATCHED: &[&str] = &["--watch", "20"];

/// Each is stopped at the stage at which it misbehaves.
const POLICIES: [Hostile; 6] = [
    Hostile { name: "trap-compared", deed: TRAP, question: EFFECTIVE_MANY, after: 0, options: COMPARED },
    Hostile { name: "loop-compared", deed: LOOP, question: EFFECTIVE_MANY, after: 0, options: COMPARED },
    Hostile { name: "trap-shadowed", deed: TRAP, question: None, after: 20, options: SHADOWED },
    Hostile { name: "loop-shadowed", deed: LOOP, question: None, after: 20, options: SHADOWED },
    Hostile { name: "trap-watched", deed: TRAP, question: EFFECTIVE, after: 3, options: WATCHED },
    Hostile { name: "loop-watched", deed: LOOP, question: EFFECTIVE, after: 3, options: WATCHED },
];

/// The folder of versions that the server of a run knows, with the hostile ones in it.
pub(in crate::chaos) fn create_folder(server: &Server) -> Result<()> {
    let guests = server.folder.join("guests");
    fs::create_dir(&guests)?;
    for hostile in &POLICIES {
        let file = guests.join(format!("{}.wasm", hostile.name));
        fs::write(&file, hostile.component()?)?;
        let mut add = server.command(["policy", "add", "--allow-unsigned", "--policies"]);
        let output = finish(add.arg(server.folder.join("versions")).arg(&file))?;
        ensure!(output.status.success(), "the policy {} cannot be added: {}", hostile.name, output_text(&output));
    }
    Ok(())
}

/// Tries to make each live, under load. Every question meanwhile is answered right or not at all.
pub(super) fn activate_hostile(ground: &mut Ground) -> Result<Outcome> {
    let before = live(ground)?;
    for hostile in &POLICIES {
        let digest = digest(&hostile.component()?);
        let url = format!("http://{}", ground.server.address);
        let mut activate = ground.server.command(["policy", "activate", &digest, "--server", &url]);
        let output = finish(activate.args(hostile.options))?;
        if output.status.code() != Some(1) {
            ground.find(format!("the policy {} was to be refused: {}, {}", hostile.name, output.status, output_text(&output)));
        }
        let now = live(ground)?;
        if now != before {
            ground.find(format!("after the policy {}, another one is live: {now}", hostile.name));
        }
    }
    Ok(Outcome::Done)
}

/// What the server says is live.
fn live(ground: &Ground) -> Result<String> {
    let authorization = format!("Bearer {}", ground.server.operator);
    let mut client = Client::new(ground.server.address);
    let answer = client.ask("GET", "/v1/policy", &[("authorization", &authorization)], None)?;
    ensure!(answer.status == 200, "nobody says what is live: {} {}", answer.status, answer.body);
    let live: serde_json::Value = serde_json::from_str(&answer.body)?;
    Ok(live["digest"].as_str().context("what is live has no digest")?.to_owned())
}

fn output_text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr)).trim().to_owned()
}

fn digest(component: &[u8]) -> String {
    use sha2::{Digest as _, Sha256};
    let hash = Sha256::digest(component);
    let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

impl Hostile {
    /// The component: the text of the guest, with the core module of the default policy in the place of its first one.
    fn component(&self) -> Result<Vec<u8>> {
        let (kind, facts) = self.question.unwrap_or((u32::MAX, 0));
        let text = SHELL
            .replace("<when>", &format!("(i32.gt_u (global.get $asked) (i32.const {}))", self.after))
            .replace("<before>", self.deed)
            .replace("<after>", "")
            .replace("<decision>", "")
            .replace("<decide>", if self.question.is_none() { "1" } else { "0" })
            .replace("<kind>", &kind.to_string())
            .replace("<facts>", &facts.to_string());
        let shell = wat::parse_str(text)?;
        let real = sections(LANGWATCH)?.into_iter().find(|(id, _)| *id == MODULE).context("the policy has no module")?.1;
        let mut written = wasm_encoder::Component::new();
        let mut is_first = true;
        for (id, data) in sections(&shell)? {
            let data = if id == MODULE && take(&mut is_first) { real } else { data };
            written.section(&wasm_encoder::RawSection { id, data });
        }
        Ok(written.finish())
    }
}

/// The id of a section that holds a core module.
const MODULE: u8 = 1;

/// The sections of a component, each with its id.
fn sections(component: &[u8]) -> Result<Vec<(u8, &[u8])>> {
    let mut reader = wasmparser::BinaryReader::new(component.get(8..).context("there is no header")?, 0);
    let mut sections = Vec::new();
    while !reader.eof() {
        let id = reader.read_u8()?;
        let length = usize::try_from(reader.read_var_u32()?)?;
        sections.push((id, reader.read_bytes(length)?));
    }
    Ok(sections)
}
