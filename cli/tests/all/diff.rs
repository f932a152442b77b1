//! `clearance policy diff`.

use crate::run::{clearance, company, file, temporary};

#[test]
fn a_policy_does_not_differ_from_itself() {
    let (company, svg) = (company(), temporary("diff.svg", ""));
    let run = clearance(&["policy", "diff", "langwatch", "langwatch", "--directory", &company, "--svg", &svg, "--json"]);
    assert_eq!(run.code, 0);
    let answer = run.json();
    assert_eq!((&answer["gains"], &answer["losses"]), (&0.into(), &0.into()));
    assert_eq!(answer["before"], answer["after"]);
    let drawn = std::fs::read_to_string(svg).unwrap();
    assert!(drawn.starts_with("<svg ") && drawn.ends_with("</svg>\n"), "{drawn}");
    let run = clearance(&["policy", "diff", "langwatch", "nowhere.wasm", "--directory", &company]);
    assert_eq!((run.code, &*run.out), (2, ""));
}

const NOW: &str = "2026-06-01T00:00:00Z";

/// The exit code of a diff over the example company, with what it printed.
fn diff(before: &str, after: &str, rest: &[&str]) -> (i32, String) {
    let run = clearance(&[&["policy", "diff", before, after, "--directory", &company(), "--now", NOW], rest].concat());
    assert_eq!(run.err, "");
    (run.code, run.out)
}

/// A principal that gains anything is a reason to stop, one that loses something only where it is asked for.
#[test]
fn who_gains_decides_how_it_ends() {
    let (code, out) = diff("strict", "langwatch", &["--json"]);
    let answer: serde_json::Value = serde_json::from_str(&out).unwrap();
    let gains = answer["gains"].as_u64().unwrap();
    assert!(gains > 0 && answer["losses"] == 0 && answer["gainers"] != 0, "{answer}");
    assert_eq!(code, 1);
    assert_eq!(diff("strict", "langwatch", &[]).0, 1);
    assert_eq!(diff("strict", "langwatch", &["--allow-gain", &(gains - 1).to_string()]).0, 1);
    assert_eq!(diff("strict", "langwatch", &["--allow-gain", &gains.to_string()]).0, 0);
    assert_eq!(diff("strict", "langwatch", &["--allow-gain", &gains.to_string(), "--allow-loss", "0"]).0, 0);

    assert_eq!(diff("langwatch", "strict", &[]).0, 0);
    assert_eq!(diff("langwatch", "strict", &["--allow-loss", &(gains - 1).to_string()]).0, 1);
    assert_eq!(diff("langwatch", "strict", &["--allow-loss", &gains.to_string()]).0, 0);
    let (_, out) = diff("langwatch", "strict", &[]);
    assert!(out.contains(&format!("0 gained by 0 principals, {gains} lost by")), "{out}");
}

/// The picture of a printshop whose lite members look at designs and whose members print no more. To accept a change of it, run
/// this with `CLEARANCE_BLESS=1`, and look at it.
#[test]
fn the_picture_is_drawn_as_before() {
    let catalog = file("examples/printshop/catalog.toml");
    let text = std::fs::read_to_string(&catalog).unwrap();
    let edited = text
        .replace("lite-member = [\"order:view\"]", "lite-member = [\"order:view\", \"design:view\"]")
        .replace(", \"design:print\"]\nadmin", "]\nadmin");
    assert_ne!(edited, text);
    let build = |name: &str, catalog: String| {
        let out = temporary(name, "");
        let run = clearance(&["policy", "build", "--catalog", &catalog, "--out", &out]);
        assert_eq!((run.code, &*run.err), (0, ""));
        out
    };
    let before = build("drawn-before.wasm", catalog.display().to_string());
    let after = build("drawn-after.wasm", temporary("drawn.toml", edited));
    let (directory, svg) = (file("examples/printshop/directory.json").display().to_string(), temporary("drawn.svg", ""));
    let run = clearance(&["policy", "diff", &before, &after, "--directory", &directory, "--now", NOW, "--svg", &svg]);
    assert_eq!((run.code, &*run.err), (1, ""), "somebody gains something");
    let drawn = std::fs::read_to_string(svg).unwrap();
    assert!(drawn.contains("gained") && drawn.contains("lost"));
    clearance_committed::check("cli/tests/golden/diff.svg", &drawn);
}
