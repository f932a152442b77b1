//! Organizations that another version than the live one answers for.

use std::fs;

use crate::{
    policies::{Bench, digest_of},
    run::{clearance, command, database, finish},
    server::Server,
    wait::wait_until,
};

/// A version answers for one organization, by the folder or by a server, until it does not.
#[test]
fn an_organization_is_pinned() {
    let bench = Bench::new("pinned");
    let (database, operator) = database("pinned.db");
    let (versions, public) = (bench.path("versions"), bench.signed());
    assert_eq!(bench.add(&["--trust", &public]).code, 0);
    let strict = digest_of(&bench.component);
    let pin = |digest: &str, rest: &[&str]| {
        clearance(&[&["policy", "pin", "acme", digest, "--policies", &*versions, "--trust", &*public][..], rest].concat())
    };
    let unpin = || clearance(&["policy", "unpin", "acme", "--policies", &versions]);
    let run = pin(&strict, &[]);
    assert!(run.code == 2 && run.err.contains("say `--allow-other-name`"), "{}", run.err);
    let run = unpin();
    assert!(run.code == 2 && run.err.contains("no version is pinned for the organization `acme`"), "{}", run.err);
    assert!(!bench.folder.join("versions/pins.json").exists());

    let run = pin(&strict["sha256:".len()..][..8], &["--allow-other-name"]);
    assert_eq!((run.code, &*run.err), (0, ""));
    assert!(run.out.contains(&format!("acme to strict 1.0.0, {strict}")), "{}", run.out);
    let list = bench.list(&["--trust", &public]);
    assert_eq!((&list[0]["live"], &list[0]["pinned"]), (&serde_json::json!("never"), &serde_json::json!(["acme"])));
    let table = clearance(&["policy", "list", "--policies", &versions, "--trust", &public]);
    assert!(table.out.contains(" for acme "), "{}", table.out);
    let run = clearance(&["policy", "remove", &strict, "--policies", &versions]);
    assert!(run.code == 2 && run.err.contains("answers for the organization `acme`"), "{}", run.err);

    let serve = || {
        let mut serve = command(&["serve", "--database", &database, "--listen", "127.0.0.1:0", "--policies", &versions]);
        serve.args(["--trust", &public]);
        serve
    };
    let server = Server::run(serve(), database.clone(), operator.clone());
    let says = |said: &str| {
        wait_until(&format!("`{said}` in the log"), || server.log(), || server.log().contains(said));
    };
    says("another version than the live one answers for an organization");
    // The folder is changed by hand, and the server is told.
    let followed = |count: usize| {
        server.signal("HUP");
        let follows = || server.log().matches("the policy version that is to be live is live").count() == count;
        wait_until("what the folder says", || server.log(), follows);
    };
    assert_eq!(unpin().code, 0);
    followed(1);
    assert_eq!(pin(&strict, &["--allow-other-name"]).code, 0);
    followed(2);
    assert_eq!(unpin().code, 0);
    followed(3);
    // What is pinned keeps an organization from what becomes live: where nobody knows it, nothing becomes live.
    let (pins, history) = (bench.folder.join("versions/pins.json"), bench.folder.join("versions/history.json"));
    fs::write(&pins, "{").expect("it can be written");
    bench.make_live(&strict);
    server.signal("HUP");
    says("the policy version stays");
    assert!(!server.log().contains("another policy version is live"), "{}", server.log());
    for file in [pins, history] {
        fs::remove_file(file).expect("it is there");
    }
    assert_eq!(server.stop().0, Some(0));
    let audit = clearance(&["audit", "tail", "--database", &database, "--json"]).out;
    // What was pinned by a command before the start too.
    assert_eq!((audit.matches("\"policy.unpin\"").count(), audit.matches("\"policy.pin\"").count()), (2, 2), "{audit}");

    let made = ["operator", "create", "--database", &*database, "--name", "pipeline", "--for", "policy", "--json"];
    let made = clearance(&made).json();
    let server = Server::run(serve(), database.clone(), operator);
    let url = server.url();
    let ask = |arguments: &[&str]| {
        let mut run = command(&[&["policy"], arguments, &["--server", &*url]].concat());
        run.env("CLEARANCE_OPERATOR", made["token"].as_str().expect("the token is there"));
        finish(run)
    };
    let run = ask(&["pin", "acme", &strict]);
    assert!(run.code == 1 && run.err.contains("over HTTP `allowOtherName`"), "{} {}", run.code, run.err);
    let run = ask(&["pin", "acme", &strict[..20]]);
    assert!(run.code == 2 && run.err.contains("a server takes a whole digest"), "{}", run.err);
    let run = ask(&["pin", "acme", &strict, "--allow-other-name", "--json"]);
    assert_eq!((&run.json()["organization"], &run.json()["digest"]), (&serde_json::json!("acme"), &serde_json::json!(strict)));
    let run = ask(&["unpin", "acme"]);
    assert!(run.code == 0 && run.out.contains("acme: the live version answers, langwatch "), "{} {}", run.out, run.err);
    let run = ask(&["unpin", "acme"]);
    assert!(run.code == 1 && run.err.contains("no version is pinned"), "{}", run.err);
    assert_eq!(ask(&["pin", "acme", &strict, "--allow-other-name"]).code, 0);
    assert_eq!(server.stop().0, Some(0));

    // What is pinned is not there: nothing is guessed, and nothing is answered.
    fs::remove_file(bench.folder.join(format!("versions/{}.wasm", &strict["sha256:".len()..]))).expect("it is there");
    let run = finish(serve());
    assert!(run.code == 2 && run.err.contains("nothing is guessed") && run.err.contains("has no version"), "{}", run.err);
}
