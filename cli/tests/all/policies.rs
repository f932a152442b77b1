//! Versions that are signed, kept in a folder, and run.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    run::{Run, clearance, command, database, file, finish},
    server::Server,
    wait::wait_until,
};

/// What a test of versions needs: a component in a folder of its own.
pub(crate) struct Bench {
    pub(crate) folder: PathBuf,
    pub(crate) component: String,
}

impl Bench {
    pub(crate) fn new(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("policies-{name}"));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir(&folder).expect("a folder can be made");
        let component = folder.join("strict.wasm");
        fs::copy(file("policy/dist/strict.wasm"), &component).expect("the component is there");
        Self { component: component.display().to_string(), folder }
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.folder.join(name).display().to_string()
    }

    /// A pair of keys without a password.
    fn keygen(&self, name: &str) -> String {
        let key = self.path(name);
        let run = clearance(&["policy", "keygen", "--out", &key, "--no-password"]);
        assert_eq!(run.code, 0, "{}", run.err);
        assert!(run.err.starts_with("warning: the secret key is not encrypted"), "{}", run.err);
        key
    }

    pub(crate) fn signed(&self) -> String {
        let key = self.keygen("team.key");
        let run = clearance(&["policy", "sign", &self.component, "--key", &key]);
        assert_eq!((run.code, &*run.err), (0, ""));
        format!("{key}.pub")
    }

    pub(crate) fn add(&self, rest: &[&str]) -> Run {
        clearance(&[&["policy", "add", &self.component, "--policies", &self.path("versions")], rest].concat())
    }

    pub(crate) fn list(&self, rest: &[&str]) -> serde_json::Value {
        clearance(&[&["policy", "list", "--json", "--policies", &self.path("versions")], rest].concat()).json()
    }

    /// As the host leaves it when it made the component live.
    pub(crate) fn make_live(&self, digest: &str) {
        let row = format!(r#"{{"at":"2026-01-02T00:00:00.000Z","digest":"{digest}","name":"strict","version":"1.0.0"}}"#);
        let text = format!(r#"{{"format":1,"activations":[{row}]}}"#);
        fs::write(self.folder.join("versions/history.json"), text).expect("the folder is there");
    }
}

pub(crate) fn digest_of(component: &str) -> String {
    clearance(&["policy", "inspect", component, "--json"]).json()["digest"].as_str().expect("it has one").to_owned()
}

#[test]
fn a_version_is_signed_added_listed_and_removed() {
    let bench = Bench::new("life");
    let public = bench.signed();
    let digest = digest_of(&bench.component);
    let signature = fs::read_to_string(format!("{}.minisig", bench.component)).expect("it is beside the component");
    assert!(signature.contains(&format!("trusted comment: strict 1.0.0 {digest}\n")), "{signature}");

    let run = bench.add(&["--trust", &public]);
    assert_eq!((run.code, &*run.err), (0, ""));
    assert!(run.out.contains(&format!("strict 1.0.0, {digest}")) && run.out.contains("team.key.pub`"), "{}", run.out);

    let rows = bench.list(&["--trust", &public]);
    let row = &rows[0];
    assert_eq!((row["digest"].as_str(), row["live"].as_str()), (Some(&*digest), Some("never")));
    assert_eq!((row["signature"].as_str(), row["signedBy"].as_str()), (Some("trusted"), Some(&*public)));
    assert_eq!((row["name"].as_str(), row["version"].as_str()), (Some("strict"), Some("1.0.0")));
    assert_eq!(row["permissions"], 126);
    assert_eq!(bench.list(&[])[0]["signature"], "unchecked");
    let stranger = format!("{}.pub", bench.keygen("stranger.key"));
    assert_eq!(bench.list(&["--trust", &stranger])[0]["signature"], "stranger");

    let versions = bench.path("versions");
    let short = &digest[..15];
    let shown = clearance(&["policy", "inspect", short, "--policies", &versions, "--trust", &public, "--json"]).json();
    assert_eq!((shown["digest"].as_str(), shown["signature"].as_str()), (Some(&*digest), Some("trusted")));
    assert_eq!(shown["catalog"]["permissions"], 126);

    bench.make_live(&digest);
    assert_eq!(bench.list(&[])[0]["live"], "now");
    let run = clearance(&["policy", "remove", short, "--policies", &versions]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("is live: activate another version"), "{}", run.err);
    fs::remove_file(bench.folder.join("versions/history.json")).expect("it is there");
    let run = clearance(&["policy", "remove", short, "--policies", &versions, "--json"]).json();
    assert_eq!((run["digest"].as_str(), run["removed"].as_bool()), (Some(&*digest), Some(true)));
    assert_eq!(bench.list(&[]), serde_json::json!([]));
}

#[test]
fn what_is_not_signed_by_a_trusted_key_is_refused_with_its_digest() {
    let bench = Bench::new("refused");
    let digest = digest_of(&bench.component);
    let stranger = format!("{}.pub", bench.keygen("stranger.key"));
    let refused = |run: Run, reason: &str| {
        assert_eq!((run.code, &*run.out), (2, ""));
        assert!(run.err.contains(&digest) && run.err.contains(reason), "{}", run.err);
        assert!(!bench.folder.join("versions").exists(), "nothing is made");
    };
    refused(bench.add(&["--trust", &stranger]), "is not signed");
    let public = bench.signed();
    refused(bench.add(&[]), "no key is trusted");
    refused(bench.add(&["--trust", &stranger]), "a key that is not trusted");
    let signature = format!("{}.minisig", bench.component);
    let text = fs::read_to_string(&signature).expect("it is there");
    fs::write(&signature, text.replace("strict 1.0.0", "strict 9.0.0")).expect("it can be written");
    refused(bench.add(&["--trust", &public]), "is wrong");
    fs::write(&signature, b"\xff\xfe").expect("it can be written");
    refused(bench.add(&["--trust", &public]), "cannot be read");

    let run = bench.add(&["--trust", &public, "--allow-unsigned"]);
    assert_eq!(run.code, 0);
    assert!(run.err.starts_with("warning: ") && run.err.contains(&digest), "{}", run.err);
    // The secret key instead of the public one: it is not repeated.
    let key = bench.path("team.key");
    let run = bench.add(&["--trust", &key]);
    let secret = fs::read_to_string(&key).expect("it is there");
    assert!(run.code == 2 && run.err.contains("is not a public key of minisign"), "{}", run.err);
    assert!(!run.err.contains(secret.lines().last().expect("it has two lines")));
}

#[test]
fn keys_are_private_and_never_written_over() {
    let bench = Bench::new("keys");
    let key = bench.keygen("team.key");
    let before = [fs::read(&key).expect("it is there"), fs::read(format!("{key}.pub")).expect("it is there")];
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(&key).expect("it is there").permissions().mode() & 0o777, 0o600);
    }
    for name in ["team.key", "other.key"] {
        fs::write(bench.path("other.key.pub"), "somebody's").expect("it can be written");
        let run = clearance(&["policy", "keygen", "--out", &bench.path(name), "--no-password"]);
        assert!(run.code == 2 && run.err.contains("is there already"), "{}", run.err);
    }
    assert!(!bench.folder.join("other.key").exists());
    assert_eq!(before, [fs::read(&key).expect("it is there"), fs::read(format!("{key}.pub")).expect("it is there")]);
    // Nobody is there to be asked.
    let run = clearance(&["policy", "keygen", "--out", &bench.path("third.key")]);
    assert!(run.code == 2 && !bench.folder.join("third.key").exists(), "{}", run.err);
}

#[test]
fn a_key_with_a_password_signs_with_that_password_alone() {
    let bench = Bench::new("password");
    let key = bench.path("team.key");
    let with = |password: &str, arguments: &[&str]| {
        let mut command = command(arguments);
        command.env("CLEARANCE_SIGNING_PASSWORD", password);
        finish(command)
    };
    let run = with("correct horse", &["policy", "keygen", "--out", &key, "--json"]);
    assert_eq!(run.json()["publicKey"].as_str(), Some(&*format!("{key}.pub")));
    let sign = ["policy", "sign", &*bench.component, "--key", &*key];
    let run = with("wrong horse", &sign);
    assert!(run.code == 2 && run.err.contains("the password is wrong") && !run.err.contains("wrong horse"), "{}", run.err);
    assert!(!Path::new(&format!("{}.minisig", bench.component)).exists());
    assert_eq!(with("correct horse", &sign).code, 0);
    assert_eq!(bench.add(&["--trust", &format!("{key}.pub")]).code, 0);
}

#[test]
fn only_a_policy_is_signed() {
    let bench = Bench::new("no-policy");
    let key = bench.keygen("team.key");
    let other = bench.path("other.wasm");
    fs::write(&other, "no policy").expect("it can be written");
    let run = clearance(&["policy", "sign", &other, "--key", &key]);
    assert!(run.code == 2 && run.err.contains("not a WebAssembly component"), "{}", run.err);
    for text in ["", "one line", "untrusted comment: x\nRWQAAAAA", "untrusted comment: x\nRWRTYAAA"] {
        fs::write(bench.path("damaged.key"), text).expect("it can be written");
        let mut command = command(&["policy", "sign", &bench.component, "--key", &bench.path("damaged.key")]);
        command.env("CLEARANCE_SIGNING_PASSWORD", "x");
        let run = finish(command);
        assert!(run.code == 2 && run.err.contains("damaged.key`"), "{text:?}: {}", run.err);
    }
    assert!(!Path::new(&format!("{}.minisig", bench.component)).exists());
}

#[test]
fn a_damaged_version_is_listed_with_what_is_wrong() {
    let bench = Bench::new("damaged");
    assert_eq!(bench.add(&["--allow-unsigned"]).code, 0);
    let digest = digest_of(&bench.component);
    let name = format!("{}.wasm", digest.trim_start_matches("sha256:"));
    fs::write(bench.folder.join("versions").join(name), "x").expect("it can be written");
    let rows = bench.list(&[]);
    assert!(rows[0]["problem"].as_str().is_some_and(|problem| problem.contains("is damaged")), "{rows}");
    let run = clearance(&["policy", "list", "--policies", &bench.path("versions")]);
    assert!(run.code == 0 && run.out.contains("cannot be used") && run.out.contains("is damaged"), "{}", run.out);
}

#[test]
fn a_server_starts_with_what_was_live_or_not_at_all() {
    let bench = Bench::new("serve");
    let (database, operator) = database("policies.db");
    let (versions, public) = (bench.path("versions"), bench.signed());
    let serve = |rest: &[&str]| {
        command(&[&["serve", "--database", &database, "--listen", "127.0.0.1:0", "--policies", &versions], rest].concat())
    };
    let refused = |rest: &[&str], reason: &str| {
        let run = finish(serve(rest));
        assert_eq!((run.code, &*run.out), (2, ""));
        assert!(run.err.contains(reason), "{}", run.err);
    };
    refused(&[], "versions`: ");
    assert_eq!(bench.add(&["--trust", &public]).code, 0);
    // Nothing was ever live: the built-in policy runs.
    let server = Server::run(serve(&["--trust", &public]), database.clone(), operator.clone());
    assert_eq!(server.stop().0, Some(0));

    let digest = digest_of(&bench.component);
    bench.make_live(&digest);
    let server = Server::run(serve(&["--trust", &public]), database.clone(), operator.clone());
    let create = ["key", "create", "--json", "--as", "ana", "--organization", "acme", "--name", "x", "--project", "shop"];
    let made = server.ask(&create).json();
    assert_eq!(server.gate(made["token"].as_str().expect("it is there"), "lake", "traces:view"), 403);
    wait_until("the line of the decision", || server.log(), || server.log().contains("/v1/authorize"));
    let log = server.log();
    for (part, of) in [("the policy that is live", "the start"), ("/v1/authorize", "a decision")] {
        let line = log.lines().find(|line| line.contains(part)).unwrap_or_else(|| panic!("{of} is logged: {log}"));
        assert!(line.contains(&digest), "{of} names the version: {line}");
    }
    assert_eq!(server.stop().0, Some(0));
    refused(&[], "no key is trusted");
    let stranger = format!("{}.pub", bench.keygen("stranger.key"));
    refused(&["--trust", &stranger], &digest);
    let stored = bench.folder.join("versions").join(format!("{}.wasm", digest.trim_start_matches("sha256:")));
    fs::write(&stored, "x").expect("it can be written");
    refused(&["--trust", &public], "is damaged");
    fs::remove_file(&stored).expect("it is there");
    refused(&["--trust", &public], "has no version");
    fs::write(bench.folder.join("versions/history.json"), "{}").expect("it can be written");
    refused(&["--trust", &public], "is not a history of versions");

    let alone = ["serve", "--database", &*database, "--listen", "127.0.0.1:0", "--trust", &*public];
    let run = finish(command(&alone));
    assert!(run.code == 2 && run.err.contains("name it with `--policies`"), "{}", run.err);
}

#[test]
fn a_version_whose_own_cases_cannot_be_read_is_not_activated() {
    let bench = Bench::new("carried");
    // A section of its own, named, with a text that begins with no directory.
    let section = b"\x0fclearance:cases[]";
    let mut bytes = fs::read(&bench.component).expect("it is there");
    bytes.extend([0, u8::try_from(section.len()).expect("it is short")]);
    bytes.extend(section);
    fs::write(&bench.component, bytes).expect("it can be written");
    assert_eq!(bench.add(&["--allow-unsigned"]).code, 0);
    let digest = bench.list(&[])[0]["digest"].as_str().expect("it is listed").to_owned();
    let (versions, company) = (bench.path("versions"), file("examples/company/directory.json").display().to_string());
    let run = clearance(
        &[
            &["policy", "activate", &*digest, "--policies", &*versions, "--allow-unsigned", "--directory", &*company],
            &["--allow-other-name"][..],
        ]
        .concat(),
    );
    let problem = "refused the cases that the version carries cannot be read: line 1 is not a valid directory";
    assert!(run.code == 1 && run.out.contains(problem), "{} {}", run.out, run.err);
    let run = clearance(&["policy", "inspect", &digest, "--policies", &versions]);
    assert!(run.code == 2 && run.err.contains("the cases that it carries cannot be read"), "{}", run.err);
}

/// The whole way of a version: refused by its stages, made live, taken over by a running server, and taken back.
#[test]
fn a_version_is_activated_taken_over_and_taken_back() {
    let bench = Bench::new("activate");
    let (database, operator) = database("activate.db");
    let (versions, public) = (bench.path("versions"), bench.signed());
    assert_eq!(bench.add(&["--trust", &public]).code, 0);
    let (strict, built_in) = (digest_of(&bench.component), digest_of(&file("policy/dist/langwatch.wasm").display().to_string()));
    let activate = |digest: &str, rest: &[&str]| {
        let company = file("examples/company/directory.json").display().to_string();
        let start = ["policy", "activate", digest, "--policies", &*versions, "--trust", &*public, "--directory", &*company];
        clearance(&[&start[..], rest].concat())
    };
    let history = || fs::read_to_string(bench.folder.join("versions/history.json")).ok();

    let run = activate(&strict, &[]);
    assert!(run.code == 2 && run.err.contains("say `--allow-other-name`"), "{}", run.err);
    let run = activate(&strict, &["--allow-other-name", "--allow-loss", "0"]);
    assert!(run.code == 1 && run.out.contains("would be lost, 0 may be"), "{} {}", run.out, run.err);
    let cases = bench.path("cases.jsonl");
    let case = |line: &str| fs::write(&cases, line).expect("it can be written");
    case(r#"{"id":"must","user":"ana","permission":"organization:manage","at":{"organization":"acme"},"allow":false}"#);
    let run = activate(&strict, &["--allow-other-name", "--cases", &cases, "--json"]);
    assert_eq!(run.code, 1);
    let problem = run.json()["problem"].as_str().expect("there is one").to_owned();
    assert!(problem.starts_with("case `must` is answered with allowed"), "{problem}");
    case("{}");
    let run = activate(&strict, &["--allow-other-name", "--cases", &cases]);
    assert!(run.code == 2 && run.err.contains("cases.jsonl`: line 1"), "{}", run.err);
    assert_eq!(history(), None, "nothing was recorded");

    let mut serve = command(&["serve", "--database", &database, "--listen", "127.0.0.1:0", "--policies", &versions]);
    serve.args(["--trust", &public]);
    let server = Server::run(serve, database.clone(), operator);
    let follows = |digest: &str| {
        server.signal("HUP");
        let is_taken_over = || {
            let log = server.log();
            let mut stages = log.lines().filter(|line| line.contains("ActivationStage") || line.contains("Live {"));
            log.contains("another policy version is live") && stages.any(|line| line.contains(digest))
        };
        wait_until(&format!("the version {digest}"), || server.log(), is_taken_over);
    };
    let run = activate(&strict, &["--allow-other-name"]);
    assert!(run.code == 0 && run.out.contains(&format!("strict 1.0.0, {strict}")), "{} {}", run.out, run.err);
    follows(&strict);
    // What was live by itself can always come back.
    let run = activate(&built_in, &["--allow-other-name", "--json"]).json();
    assert_eq!((run["activated"].as_bool(), run["before"].as_str()), (Some(true), Some(&*strict)));
    follows(&built_in);
    assert_eq!(server.stop().0, Some(0));
    let audit = clearance(&["audit", "tail", "--database", &database, "--json"]);
    assert!(audit.out.contains("policy.activate") && audit.out.contains(&strict), "{} {}", audit.out, audit.err);
}

/// A running server makes a version live under the requests that come, if an operator for that asks.
#[test]
fn a_server_activates_what_an_operator_names() {
    let bench = Bench::new("on-server");
    let (database, operator) = database("on-server.db");
    let (versions, public) = (bench.path("versions"), bench.signed());
    assert_eq!(bench.add(&["--trust", &public]).code, 0);
    let strict = digest_of(&bench.component);
    let made = ["operator", "create", "--database", &*database, "--name", "pipeline", "--for", "policy", "--json"];
    let made = clearance(&made).json();
    let mut serve = command(&["serve", "--database", &database, "--listen", "127.0.0.1:0", "--policies", &versions]);
    serve.args(["--trust", &public]);
    let server = Server::run(serve, database.clone(), operator.clone());
    let url = server.url();
    let activate = |operator: &str, digest: &str, rest: &[&str]| {
        let mut run = command(&[&["policy", "activate", digest, "--server", &*url][..], rest].concat());
        run.env("CLEARANCE_OPERATOR", operator);
        finish(run)
    };
    let pipeline = made["token"].as_str().expect("the token is there");
    let company = file("examples/company/directory.json").display().to_string();
    let nobody = format!("op-cl-{}_{}", "a".repeat(16), "b".repeat(48));
    for (operator, digest, rest, code, message) in [
        (pipeline, &strict[..20], vec![], 2, "a server takes a whole digest"),
        (pipeline, &*strict, vec![], 1, "over HTTP `allowOtherName`"),
        (pipeline, &*strict, vec!["--allow-other-name", "--allow-loss", "0"], 1, "would be lost, 0 may be"),
        (pipeline, &*strict, vec!["--directory", &*company], 2, "cannot be used with"),
        (pipeline, &*strict, vec!["--shadow", "601"], 2, "shadow.seconds: expected at most 600"),
        (&*nobody, &*strict, vec![], 2, "does not know the operator"),
    ] {
        let run = activate(operator, digest, &rest);
        assert_eq!((run.code, &*run.out), (code, ""), "{rest:?}: {}", run.err);
        assert!(run.err.contains(message), "{}", run.err);
    }
    let cases = bench.path("cases.jsonl");
    let case = r#"{"id":"must","user":"ana","permission":"organization:manage","at":{"organization":"acme"},"allow":true}"#;
    fs::write(&cases, case).expect("it can be written");
    let wanted = ["--allow-other-name", "--allow-gain", "0", "--cases", &*cases, "--shadow", "1", "--watch", "1", "--every", "2"];
    let run = activate(pipeline, &strict, &wanted);
    assert_eq!((run.code, &*run.err), (0, ""), "{}", run.out);
    for line in ["cases   1 answered as they say", "diff    0 gained, ", "shadow  0 checks compared", "watch   0 checks compared"]
    {
        assert!(run.out.contains(line), "{}", run.out);
    }
    assert!(run.out.contains(&format!("live    {strict}, instead of sha256:")), "{}", run.out);
    let again = activate(pipeline, &strict, &["--json"]);
    assert_eq!(again.json()["activated"], false);
    assert_eq!(server.stop().0, Some(0));
    // The next start begins with it.
    let list = bench.list(&["--trust", &public]);
    assert_eq!((&list[0]["digest"], &list[0]["live"]), (&serde_json::json!(strict), &serde_json::json!("now")));
    let alone = clearance(&[
        "policy",
        "activate",
        &strict,
        "--policies",
        &versions,
        "--directory",
        &company,
        "--trust",
        &public,
        "--shadow",
        "1",
    ]);
    assert!(alone.code == 2 && alone.err.contains("--server"), "{}", alone.err);
}
