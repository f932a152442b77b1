//! What a shadow or a watch answered otherwise, kept by the command that activates.

use std::{
    fs,
    path::Path,
    thread::{self, ScopedJoinHandle},
};

use serde_json::json;

use crate::{
    policies::{Bench, digest_of},
    run::{Run, clearance, command, database, file, finish},
    server::Server,
};

/// A permission that ben's keys have in the project `lake` by his membership of a team, and under the strict policy not.
const PERMISSION: &str = "datasets:view";

/// A server over a folder that has the strict policy, and an operator who may activate it.
struct Activating {
    bench: Bench,
    server: Server,
    strict: String,
    operator: String,
}

impl Activating {
    fn new(name: &str) -> Self {
        let bench = Bench::new(name);
        let (database, first) = database(&format!("{name}.db"));
        assert_eq!(bench.add(&["--allow-unsigned"]).code, 0);
        let made = ["operator", "create", "--database", &*database, "--name", "pipeline", "--for", "policy", "--json"];
        let operator = clearance(&made).json()["token"].as_str().expect("the token is there").to_owned();
        let versions = bench.path("versions");
        let mut serve = command(&["serve", "--database", &database, "--listen", "127.0.0.1:0", "--policies", &versions]);
        serve.arg("--allow-unsigned");
        let server = Server::run(serve, database, first);
        Self { strict: digest_of(&bench.component), bench, server, operator }
    }

    /// The token of a new key of ben.
    fn key(&self) -> String {
        let create = ["key", "create", "--json", "--as", "ben", "--organization", "acme", "--name", "x", "--project", "lake"];
        self.server.ask(&create).json()["token"].as_str().expect("it is there").to_owned()
    }

    fn activate(&self, rest: &[&str]) -> Run {
        let url = self.server.url();
        let start = ["policy", "activate", &*self.strict, "--server", &*url, "--allow-other-name"];
        let mut run = command(&[&start[..], rest].concat());
        run.env("CLEARANCE_OPERATOR", &self.operator);
        finish(run)
    }

    /// The same, while something is done again and again.
    fn activate_while(&self, rest: &[&str], again: impl Fn()) -> Run {
        thread::scope(|threads| {
            let running: ScopedJoinHandle<'_, Run> = threads.spawn(|| self.activate(rest));
            while !running.is_finished() {
                again();
            }
            running.join().expect("it ends")
        })
    }

    /// The files of a stage. Each replays by itself, and is answered otherwise by the version that was not live then.
    fn replayed(&self, folder: &str, stage: &str) -> Vec<String> {
        let other = if stage == "shadow" { "strict" } else { "langwatch" };
        let mut names: Vec<String> = fs::read_dir(folder)
            .expect("the folder is there")
            .map(|entry| entry.expect("it can be read").file_name().into_string().expect("it is text"))
            .filter(|name| name.starts_with(stage))
            .collect();
        names.sort();
        for name in names.iter().take(3) {
            let capsule = Path::new(folder).join(name).display().to_string();
            let same = clearance(&["replay", &capsule]);
            assert_eq!((same.code, &*same.err), (0, ""), "{}", same.out);
            let answer = clearance(&["replay", &capsule, "--policy", other, "--json"]);
            assert_eq!((answer.code, &*answer.err), (1, ""), "{}", answer.out);
            let answer = answer.json();
            assert_eq!((&answer["permission"], &answer["at"]["project"]), (&json!(PERMISSION), &json!("lake")));
            assert_eq!(answer["recorded"]["allow"], other == "strict");
            assert_eq!(answer["replayed"]["allow"], other != "strict");
        }
        names
    }
}

#[test]
fn what_was_answered_otherwise_is_kept_where_the_version_is_live() {
    let activating = Activating::new("differences");
    let token = activating.key();
    assert_eq!(activating.server.gate(&token, "lake", PERMISSION), 200);
    let folder = activating.bench.path("new/differences");
    let run = activating.activate_while(&["--shadow", "2", "--watch", "2", "--differences", &folder], || {
        activating.server.gate(&token, "lake", PERMISSION);
    });
    assert_eq!((run.code, &*run.err), (0, ""), "{}", run.out);
    let (shadow, watch) = (activating.replayed(&folder, "shadow"), activating.replayed(&folder, "watch"));
    assert_eq!((&*shadow[0], &*watch[0]), ("shadow-001.capsule", "watch-001.capsule"));
    let kept = format!("kept    {} differences in `{folder}`", shadow.len() + watch.len());
    assert!(run.out.contains(&kept), "{}", run.out);
    assert!(run.out.contains(&format!("clearance replay {folder}/shadow-001.capsule --policy ")), "{}", run.out);
    assert!(run.out.contains(&format!("live    {}", activating.strict)), "{}", run.out);
}

/// Keys that were made since the diff are a surprise to it.
#[test]
fn what_was_answered_otherwise_is_kept_where_that_stops_the_version() {
    let activating = Activating::new("differences-refused");
    let folder = activating.bench.path("differences");
    let surprise = || {
        activating.server.gate(&activating.key(), "lake", PERMISSION);
    };
    let run = activating.activate_while(&["--shadow", "30", "--differences", &folder], surprise);
    assert_eq!(run.code, 1, "{}", run.err);
    assert!(run.err.starts_with("error: while it shadowed, "), "{}", run.err);
    let kept = activating.replayed(&folder, "shadow");
    assert_eq!(kept[0], "shadow-001.capsule");
    assert!(run.out.starts_with(&format!("kept    {} differences in `{folder}`; ", kept.len())), "{}", run.out);
    assert!(run.out.contains(&format!("clearance replay {folder}/shadow-001.capsule --policy ")), "{}", run.out);

    // As JSON there is nothing but the error, and the same is kept. An empty folder will do.
    let folder = activating.bench.path("again");
    fs::create_dir(&folder).expect("it can be made");
    let run = activating.activate_while(&["--shadow", "30", "--differences", &folder, "--json"], surprise);
    assert_eq!((run.code, &*run.out), (1, ""), "{}", run.err);
    assert!(!activating.replayed(&folder, "shadow").is_empty());
}

#[test]
fn a_folder_that_has_something_is_refused_before_anything_is_sent() {
    let activating = Activating::new("differences-full");
    let (full, none) = (activating.bench.path("full"), activating.bench.path("none"));
    fs::create_dir(&full).expect("it can be made");
    let mine = Path::new(&full).join("mine");
    fs::write(&mine, "mine").expect("it can be written");
    let path = mine.display().to_string();
    for (rest, message) in [
        (["--watch", "1", "--differences", &*full], "full` is not empty: name a folder"),
        (["--shadow", "1", "--differences", &*path], "cannot read `"),
        (["--allow-gain", "9", "--differences", &*none], "say `--shadow` or `--watch`"),
    ] {
        let run = activating.activate(&rest);
        assert_eq!((run.code, &*run.out), (2, ""), "{rest:?}");
        assert!(run.err.contains(message), "{}", run.err);
    }
    let (versions, company) = (activating.bench.path("versions"), file("examples/company/directory.json").display().to_string());
    let alone = ["policy", "activate", &*activating.strict, "--policies", &*versions, "--directory", &*company];
    let run = clearance(&[&alone[..], &["--differences", &*none]].concat());
    assert!(run.code == 2 && run.err.contains("--server"), "{}", run.err);

    assert!(!Path::new(&none).exists(), "nothing is made");
    assert_eq!(fs::read(&mine).expect("it is there"), b"mine");
    let log = activating.server.log();
    assert!(!log.contains("/v1/policy/activate"), "nothing was sent: {log}");
    // What the server refuses before anything ran beside anything leaves an empty folder.
    let run = activating.activate(&["--allow-loss", "0", "--shadow", "1", "--differences", &none]);
    assert!(run.code == 1 && run.err.contains("would be lost, 0 may be"), "{}", run.err);
    assert!(run.out.starts_with("kept    0 differences in `"), "{}", run.out);
    assert_eq!(fs::read_dir(&none).expect("it is there").count(), 0);
}
