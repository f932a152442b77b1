//! `/v1/policy` and `/v1/policy/activate`.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use base64ct::Encoding as _;
use clearance::Digest;
use clearance_host::{Engine, LANGWATCH, Limits as PolicyLimits, STRICT};
use clearance_keeper::{Origin, Versions};
use clearance_rollout::{Exceptions, Shadow, Trust, TrustedKey, VersionStore};
use clearance_server::{Limits, Settings};
use clearance_store::Purpose;
use serde_json::{Value, json};

use crate::client::Reply;
use crate::running::{Running, token, vector};

/// A server with a folder that has the strict policy, which nobody signed.
struct Folder {
    running: Running,
    store: VersionStore,
    _folder: tempfile::TempDir,
}

fn engine() -> Engine {
    Engine::new(PolicyLimits::default()).unwrap()
}

impl Folder {
    fn new() -> Self {
        Self::with(Trust::unsigned(Vec::new()), Limits::default())
    }

    fn with(trust: Trust, limits: Limits) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = VersionStore::create(folder.path().join("versions")).unwrap();
        let _ = store.add(&engine(), &Trust::unsigned(Vec::new()), STRICT, None).unwrap();
        Self::start(folder, store, trust, limits)
    }

    /// Another server, which finds the folder as this one left it.
    fn restart(self) -> Self {
        let Self { store, _folder, .. } = self;
        Self::start(_folder, store, Trust::unsigned(Vec::new()), Limits::default())
    }

    fn start(folder: tempfile::TempDir, store: VersionStore, trust: Trust, limits: Limits) -> Self {
        let versions = Some(Versions::new(store.clone(), trust, engine()));
        let running = Running::with(&vector("management/directory.json"), Settings { versions, limits, ..Settings::default() });
        Self { running, store, _folder: folder }
    }

    fn activate(&self, body: &Value) -> Reply {
        let operator = self.running.operator(&[Purpose::Policy]);
        self.running.client().post("/v1/policy/activate", &[("Authorization", &operator)], body)
    }

    fn live(&self) -> String {
        let operator = self.running.operator(&[Purpose::Policy]);
        let reply = self.running.client().get("/v1/policy", &[("Authorization", &operator)]);
        assert_eq!(reply.status, 200);
        let digest = reply.json()["digest"].as_str().unwrap().to_owned();
        assert_eq!(digest, self.running.keeper.authorizer().unwrap().live_version().digest().to_string());
        digest
    }

    /// `PUT` of a body, or `DELETE` without one.
    fn pin(&self, organization: &str, body: Option<&Value>) -> Reply {
        let operator = self.running.operator(&[Purpose::Policy]);
        let method = if body.is_some() { "PUT" } else { "DELETE" };
        let bytes = body.map(ToString::to_string).unwrap_or_default();
        let headers = [("Authorization", &*operator)];
        self.running.client().send(method, &format!("/v1/policy/pins/{organization}"), &headers, bytes.as_bytes())
    }

    fn pins(&self) -> Value {
        let operator = self.running.operator(&[Purpose::Policy]);
        self.running.client().get("/v1/policy", &[("Authorization", &operator)]).json()["pins"].clone()
    }

    /// The version that answers whether a key of an organization may do something at a project of it.
    fn answers(&self, key: &str, project: &str) -> String {
        let headers = [("X-Auth-Token", &*token(key)), ("X-Project-Id", project)];
        let reply = self.running.client().get("/v1/authorize?permission=traces:view", &headers);
        reply.header("x-clearance-policy").unwrap().to_owned()
    }

    fn recorded(&self) -> Option<String> {
        self.store.history().unwrap().live().map(|live| live.version.digest.to_string())
    }
}

fn strict() -> String {
    Digest::of(STRICT).to_string()
}

fn langwatch() -> String {
    Digest::of(LANGWATCH).to_string()
}

#[test]
fn a_version_of_the_folder_is_made_live_and_taken_back() {
    let folder = Folder::new();
    assert_eq!((folder.live(), folder.recorded()), (langwatch(), None));
    let reply = folder.activate(&json!({ "digest": strict(), "allowOtherName": true, "allowGain": 0 }));
    let body = reply.json();
    assert_eq!((reply.status, &body["activated"], &body["gains"]), (200, &json!(true), &json!(0)), "{}", reply.text());
    assert_eq!((&body["digest"], &body["before"]), (&json!(strict()), &json!(langwatch())));
    assert!(body["losses"].as_u64().unwrap() > 0);
    assert_eq!((folder.live(), folder.recorded()), (strict(), Some(strict())));

    // Every answer names it, and the audit says who did it.
    let client = &mut folder.running.client();
    let reply = client.get("/v1/authorize?permission=traces:view", &[("X-Auth-Token", &token("kAdmin")), ("X-Project-Id", "p1")]);
    assert_eq!((reply.status, reply.header("x-clearance-policy")), (200, Some(&*strict())));
    let rows = folder.running.keeper.store().audit_tail(50).unwrap();
    let row = rows.iter().find(|row| *row.entry.verb == *"policy.activate").unwrap();
    assert_eq!(*row.entry.subject, *strict());
    assert!(matches!(row.entry.who, clearance_store::Who::Operator(_)), "{:?}", row.entry.who);

    // A second time changes nothing.
    let reply = folder.activate(&json!({ "digest": strict(), "allowOtherName": true }));
    assert_eq!((reply.status, &reply.json()["activated"]), (200, &json!(false)));
    let again = folder.running.keeper.store().audit_tail(50).unwrap();
    assert_eq!(again.iter().filter(|row| *row.entry.verb == *"policy.activate").count(), 1);

    // Where a command has made another version live in the folder, the next start would find that one.
    let label = |bytes| engine().load(bytes).unwrap().label();
    let exceptions = Exceptions { other_name: true, ..Exceptions::default() };
    folder.store.record(&label(LANGWATCH), &label(STRICT), exceptions, 1).unwrap();
    assert_eq!((folder.live(), folder.recorded()), (strict(), Some(langwatch())));
    let reply = folder.activate(&json!({ "digest": strict(), "allowOtherName": true }));
    assert_eq!((reply.status, &reply.json()["activated"]), (200, &json!(false)), "{}", reply.text());
    assert_eq!((folder.live(), folder.recorded()), (strict(), Some(strict())));
    let again = folder.running.keeper.store().audit_tail(50).unwrap();
    assert_eq!(again.iter().filter(|row| *row.entry.verb == *"policy.activate").count(), 2);

    // The built-in version is always there to come back.
    let reply = folder.activate(&json!({ "digest": langwatch(), "allowOtherName": true }));
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!((folder.live(), folder.recorded()), (langwatch(), Some(langwatch())));
}

#[test]
fn what_is_refused_changes_nothing() {
    let folder = Folder::new();
    let kind = |reply: &Reply| reply.json()["type"].as_str().unwrap().rsplit(':').next().unwrap().to_owned();
    let case = |allow: bool| json!({ "id": "must", "key": "kAdmin", "permission": "traces:view", "at": { "project": "p1" }, "allow": allow });
    let unknown = format!("sha256:{}", "0".repeat(64));
    for (body, status, word, detail) in [
        (json!({ "digest": strict() }), 409, "activation-refused", "say `--allow-other-name`, over HTTP `allowOtherName`"),
        (
            json!({ "digest": strict(), "allowOtherName": true, "allowLoss": 0 }),
            409,
            "activation-refused",
            "would be lost, 0 may be",
        ),
        (json!({ "digest": unknown }), 409, "activation-refused", "folder of versions has no version sha256:000"),
        (json!({ "digest": "../versions/strict.wasm" }), 422, "invalid", "digest: expected `sha256:` and 64"),
        (json!({ "digest": "https://example.com/strict.wasm" }), 422, "invalid", "digest: expected `sha256:` and 64"),
        (json!({ "digest": strict()[..20] }), 422, "invalid", "digest: expected `sha256:` and 64"),
        (json!({ "digest": STRICT[..100] }), 422, "invalid", "digest: expected a string"),
        (json!({}), 422, "invalid", "digest: "),
        (json!({ "digest": strict(), "bytes": "AGFzbQ==" }), 422, "invalid", "bytes: "),
        (
            json!({ "digest": strict(), "allowOtherName": true, "cases": [case(false)] }),
            409,
            "activation-refused",
            "case `must` is answered with allowed",
        ),
        (json!({ "digest": strict(), "cases": [case(true), {}] }), 422, "invalid", "cases.1: "),
        (
            json!({ "digest": strict(), "shadow": { "decisions": 1, "seconds": 601 } }),
            422,
            "invalid",
            "shadow.seconds: expected at most 600",
        ),
        (json!({ "digest": strict(), "watch": { "decisions": 1 } }), 422, "invalid", "watch: "),
        (json!({ "digest": strict(), "watch": { "decisions": 1, "seconds": 1, "every": 0 } }), 422, "invalid", "watch.every: "),
    ] {
        let reply = folder.activate(&body);
        let text = reply.text();
        let shown: String = body.to_string().chars().take(200).collect();
        assert_eq!((reply.status, &*kind(&reply)), (status, word), "{shown}: {text}");
        assert!(reply.json()["detail"].as_str().unwrap().contains(detail), "{shown}: {text}");
        assert_eq!((folder.live(), folder.recorded()), (langwatch(), None));
    }
    let rows = folder.running.keeper.store().audit_tail(200).unwrap();
    assert!(!rows.iter().any(|row| *row.entry.verb == *"policy.activate"));
}

#[test]
fn only_an_operator_for_policy_may() {
    let folder = Folder::new();
    let client = &mut folder.running.client();
    let body = json!({ "digest": strict(), "allowOtherName": true });
    assert_eq!(client.post("/v1/policy/activate", &[], &body).status, 401);
    let key = format!("Bearer {}", token("kAdmin"));
    assert_eq!(client.post("/v1/policy/activate", &[("Authorization", &key)], &body).status, 401);
    let others = [Purpose::Check, Purpose::Directory, Purpose::Keys];
    let operator = folder.running.operator(&others);
    assert_eq!(client.post("/v1/policy/activate", &[("Authorization", &operator)], &body).status, 403);
    assert_eq!(client.get("/v1/policy", &[("Authorization", &operator)]).status, 403);
    assert_eq!(client.get("/v1/policy", &[]).status, 401);
    assert_eq!(folder.live(), langwatch());
}

#[test]
fn what_nobody_signed_who_is_trusted_stays_out() {
    let key = TrustedKey::parse("RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3", "the team").unwrap();
    let folder = Folder::with(Trust::keys(vec![key]), Limits::default());
    let reply = folder.activate(&json!({ "digest": strict(), "allowOtherName": true }));
    assert_eq!(reply.status, 409);
    assert!(reply.json()["detail"].as_str().unwrap().contains("is not signed"), "{}", reply.text());
    assert_eq!(folder.live(), langwatch());
}

#[test]
fn a_server_without_a_folder_has_no_other_version() {
    let running = Running::company();
    let operator = running.operator(&[Purpose::Policy]);
    let body = json!({ "digest": strict() });
    let reply = running.client().post("/v1/policy/activate", &[("Authorization", &operator)], &body);
    assert_eq!((reply.status, &reply.json()["type"]), (409, &json!("urn:clearance:problem:no-policies")));
}

/// Under traffic, for longer than other requests may take.
#[test]
fn two_versions_run_beside_each_other_while_requests_are_answered() {
    let limits = Limits { request: Duration::from_millis(500), ..Limits::default() };
    let folder = Folder::with(Trust::unsigned(Vec::new()), limits);
    let stop = AtomicBool::new(false);
    std::thread::scope(|threads| {
        let traffic = threads.spawn(|| {
            let client = &mut folder.running.client();
            let key = token("kAdmin");
            let mut policies = Vec::new();
            while !stop.load(Ordering::Relaxed) {
                let reply = client.get("/v1/authorize?permission=traces:view", &[("X-Auth-Token", &key), ("X-Project-Id", "p1")]);
                assert_eq!(reply.status, 200, "{}", reply.text());
                policies.push(reply.header("x-clearance-policy").unwrap().to_owned());
            }
            policies.dedup();
            policies
        });
        let trial = json!({ "decisions": 1_000_000_000, "seconds": 1 });
        let body = json!({ "digest": strict(), "allowOtherName": true, "shadow": trial, "watch": trial });
        let reply = folder.activate(&body);
        // One at a time.
        assert_eq!(reply.status, 200, "{}", reply.text());
        let body = reply.json();
        for stage in ["shadow", "watch"] {
            assert!(body[stage]["compared"].as_u64().unwrap() > 0, "{body}");
            assert_eq!((&body[stage]["unexpected"], &body[stage]["failures"]), (&json!(0), &json!(0)), "{body}");
            assert_eq!(body[stage]["differences"], json!([]), "both answer alike what was asked");
        }
        stop.store(true, Ordering::Relaxed);
        // Every request was answered, first by one version and then by the other.
        assert_eq!(traffic.join().unwrap(), [langwatch(), strict()]);
    });
}

#[test]
fn one_version_is_made_live_at_a_time() {
    let folder = Folder::new();
    // It ends with the first check that both have answered, and there is none before the end of this test.
    let trial = json!({ "decisions": 1, "seconds": 600 });
    let patience = std::time::Instant::now() + Duration::from_secs(300);
    std::thread::scope(|threads| {
        let first =
            threads.spawn(|| folder.activate(&json!({ "digest": strict(), "allowOtherName": true, "shadow": trial })).status);
        while Shadow::of(folder.running.keeper.authorizer().unwrap()).is_none() {
            assert!(!first.is_finished() && std::time::Instant::now() < patience);
            std::thread::sleep(Duration::from_millis(5));
        }
        let second = folder.activate(&json!({ "digest": strict(), "allowOtherName": true }));
        assert_eq!(second.status, 409);
        assert!(second.text().contains("another version is being activated"), "{}", second.text());
        let key = token("kAdmin");
        let mut client = folder.running.client();
        while !first.is_finished() {
            let headers = [("X-Auth-Token", key.as_str()), ("X-Project-Id", "p1")];
            assert_eq!(client.get("/v1/authorize?permission=traces:view", &headers).status, 200);
            std::thread::sleep(Duration::from_millis(5));
        }
        assert_eq!(first.join().unwrap(), 200);
    });
    assert_eq!(folder.live(), strict());
}

/// What a shadow answers otherwise comes back as a capsule, to be looked into. A role that comes after the diff makes it unexpected.
#[test]
fn what_a_shadow_answers_otherwise_can_be_replayed() {
    let folder = Folder::new();
    let keeper = &folder.running.keeper;
    let stop = AtomicBool::new(false);
    std::thread::scope(|threads| {
        threads.spawn(|| {
            let authorizer = keeper.authorizer().unwrap();
            while Shadow::of(authorizer).is_none() {
                std::thread::sleep(Duration::from_millis(1));
            }
            // Under the strict policy nobody has anything through a membership of a team.
            let document: clearance::Document = authorizer.read_directory(clearance::Directory::document);
            let team = document.teams.iter().find(|team| !team.personal).unwrap();
            for change in [
                json!({ "addUser": { "id": "late" } }),
                json!({ "addMember": { "organization": team.organization, "user": "late", "role": "MEMBER" } }),
                json!({ "addTeamMembership": { "team": team.id, "user": "late", "role": "ADMIN" } }),
            ] {
                authorizer.apply(serde_json::from_value(change).unwrap()).unwrap();
            }
            while !stop.load(Ordering::Relaxed) {
                let late = clearance::PrincipalId::User("late");
                let _ = keeper.check(late, "traces:view", clearance::PlaceId::Team(&team.id)).unwrap();
            }
        });
        let trial = json!({ "decisions": 1_000_000_000, "seconds": 20 });
        let reply = folder.activate(&json!({ "digest": strict(), "allowOtherName": true, "shadow": trial }));
        stop.store(true, Ordering::Relaxed);
        assert_eq!(reply.status, 409, "{}", reply.text());
        let body = reply.json();
        assert!(body["detail"].as_str().unwrap().starts_with("while it shadowed, "), "{body}");
        let difference = &body["shadow"]["differences"][0];
        assert_eq!(
            (&difference["answered"], &difference["otherwise"], &difference["unexpected"]),
            (&json!({ "allow": true, "reason": "team-membership" }), &json!({ "allow": false, "reason": "lacks" }), &json!(true)),
            "{body}"
        );
        let capsule = base64ct::Base64::decode_vec(difference["capsule"].as_str().unwrap()).unwrap();
        let capsule = clearance::Capsule::from_bytes(&capsule).unwrap();
        let version = engine().load(STRICT).unwrap();
        assert!(capsule.decision().allow);
        assert!(!capsule.replay(&version).unwrap().explanation.decision.allow);
    });
    assert_eq!((folder.live(), folder.recorded()), (langwatch(), None));
}

#[test]
fn an_organization_is_pinned_until_it_is_not() {
    let folder = Folder::new();
    let other_name = json!({ "digest": strict(), "allowOtherName": true });
    let (acme, elsewhere) = (("kAdmin", "p1"), ("tOrgB", "p9"));
    assert_eq!((folder.pins(), folder.answers(acme.0, acme.1)), (json!([]), langwatch()));
    let reply = folder.pin("orgA", Some(&other_name));
    let pinned = json!({ "organization": "orgA", "digest": strict(), "name": "strict", "version": "1.0.0" });
    let mut body = reply.json();
    body.as_object_mut().unwrap().remove("contract").unwrap();
    assert_eq!((reply.status, &body), (200, &pinned), "{}", reply.text());
    assert_eq!(folder.pins()[0], reply.json());
    // Visible in every answer, and nowhere else.
    assert_eq!(folder.answers(acme.0, acme.1), strict());
    assert_eq!(folder.answers(elsewhere.0, elsewhere.1), langwatch());
    assert_eq!((folder.live(), folder.recorded()), (langwatch(), None));
    let rows = folder.running.keeper.store().audit_tail(50).unwrap();
    let row = rows.iter().find(|row| *row.entry.verb == *"policy.pin").unwrap();
    assert_eq!((&*row.entry.subject, row.entry.after.clone().unwrap()), ("orgA", json!({ "policy": strict() })));
    assert!(matches!(row.entry.who, clearance_store::Who::Operator(_)), "{:?}", row.entry.who);

    // It stays so while another version becomes live and goes, and after the next start.
    assert_eq!(folder.activate(&other_name).status, 200);
    assert_eq!(folder.activate(&json!({ "digest": langwatch(), "allowOtherName": true })).status, 200);
    let folder = folder.restart();
    assert_eq!((folder.answers(acme.0, acme.1), folder.answers(elsewhere.0, elsewhere.1)), (strict(), langwatch()));

    let reply = folder.pin("orgA", None);
    assert_eq!((reply.status, &reply.json()["digest"]), (200, &json!(langwatch())), "{}", reply.text());
    assert_eq!((folder.pins(), folder.answers(acme.0, acme.1)), (json!([]), langwatch()));
    let rows = folder.running.keeper.store().audit_tail(50).unwrap();
    let row = rows.iter().find(|row| *row.entry.verb == *"policy.unpin").unwrap();
    assert_eq!(row.entry.before.clone().unwrap(), json!({ "policy": strict() }));
    assert_eq!(folder.restart().answers(acme.0, acme.1), langwatch());
}

#[test]
fn what_cannot_be_pinned_changes_nothing() {
    let folder = Folder::new();
    let unknown = format!("sha256:{}", "0".repeat(64));
    let allowed = |digest: &str| json!({ "digest": digest, "allowOtherName": true });
    for (organization, body, status, word, detail) in [
        ("orgA", Some(json!({ "digest": strict() })), 409, "pin-refused", "over HTTP `allowOtherName`"),
        ("orgA", Some(allowed(&unknown)), 409, "pin-refused", "folder of versions has no version sha256:000"),
        ("nowhere", Some(allowed(&strict())), 409, "pin-refused", "there is no organization `nowhere`"),
        ("orgA", Some(allowed(&strict()[..20])), 422, "invalid", "digest: expected `sha256:` and 64"),
        ("orgA", Some(json!({})), 422, "invalid", "digest: is missing"),
        ("orgA", Some(json!({ "digest": strict(), "watch": {} })), 422, "invalid", "watch: is not a field of this"),
        ("orgA", None, 409, "pin-refused", "no version is pinned for the organization `orgA`"),
    ] {
        let reply = folder.pin(organization, body.as_ref());
        let kind = format!("urn:clearance:problem:{word}");
        assert_eq!((reply.status, &reply.json()["type"]), (status, &json!(kind)), "{organization} {body:?}: {}", reply.text());
        assert!(reply.json()["detail"].as_str().unwrap().contains(detail), "{}", reply.text());
    }
    let client = &mut folder.running.client();
    let operator = folder.running.operator(&[Purpose::Check, Purpose::Directory, Purpose::Keys]);
    for method in ["PUT", "DELETE"] {
        let mut status = |headers: &[(&str, &str)]| client.send(method, "/v1/policy/pins/orgA", headers, b"{}").status;
        assert_eq!((status(&[]), status(&[("Authorization", &operator)])), (401, 403));
    }
    assert_eq!((folder.pins(), folder.store.pins().unwrap()), (json!([]), vec![]));
    let rows = folder.running.keeper.store().audit_tail(200).unwrap();
    assert!(!rows.iter().any(|row| row.entry.verb.contains("pin")));

    let running = Running::company();
    let operator = running.operator(&[Purpose::Policy]);
    let reply = running.client().send("PUT", "/v1/policy/pins/orgA", &[("Authorization", &operator)], strict_body().as_bytes());
    assert_eq!((reply.status, &reply.json()["type"]), (409, &json!("urn:clearance:problem:no-policies")));
}

/// Whichever request changes it last, the folder and memory say the same, and so does every answer.
#[test]
fn what_is_pinned_at_the_same_time_is_pinned_everywhere_or_nowhere() {
    let folder = Folder::new();
    for round in 0..8 {
        std::thread::scope(|threads| {
            for digest in [strict(), langwatch()] {
                let folder = &folder;
                let body = json!({ "digest": digest, "allowOtherName": true });
                threads.spawn(move || assert_eq!(patiently(|| folder.pin("orgA", Some(&body))).status, 200));
            }
            let folder = &folder;
            threads.spawn(move || assert!([200, 409].contains(&patiently(|| folder.pin("orgA", None)).status)));
        });
        let kept: Vec<_> = folder.store.pins().unwrap().into_iter().map(|pin| pin.version.to_string()).collect();
        let pins = folder.pins();
        let memory: Vec<_> = pins.as_array().unwrap().iter().map(|pin| pin["digest"].as_str().unwrap().to_owned()).collect();
        assert_eq!(kept, memory, "round {round}");
        assert_eq!(folder.answers("kAdmin", "p1"), memory.into_iter().next().unwrap_or_else(langwatch), "round {round}");
    }
}

/// Sends a request again as long as the server or the folder is busy, as both are on a busy machine.
fn patiently(send: impl Fn() -> Reply) -> Reply {
    loop {
        let reply = send();
        if reply.status != 503 && !reply.text().contains("try again") {
            return reply;
        }
    }
}

/// Where the folder is, is nobody's business who is not on this machine.
#[test]
fn no_path_is_told() {
    let folder = Folder::new();
    let path = folder._folder.path().join("versions");
    let reply = folder.pin("orgA", Some(&json!({ "digest": strict(), "allowOtherName": true })));
    assert_eq!(reply.status, 200);
    std::fs::write(path.join("pins.json"), "{").unwrap();
    std::fs::write(path.join("history.json"), "{").unwrap();
    let component = path.join(format!("{}.wasm", &strict()["sha256:".len()..]));
    let body = json!({ "digest": strict(), "allowOtherName": true });
    let langwatch = json!({ "digest": langwatch(), "allowOtherName": true });
    let told = |reply: Reply, what: &str| {
        let text = reply.text();
        assert_eq!(reply.status, 409, "{text}");
        assert!(text.contains(what) && !text.contains(&*path.display().to_string()), "{text}");
    };
    told(folder.pin("orgA", None), "has a list of pins that cannot be understood");
    told(folder.pin("orgA", Some(&body)), "has a history that cannot be understood");
    told(folder.activate(&body), "has a history that cannot be understood");
    std::fs::remove_file(path.join("history.json")).unwrap();
    told(folder.pin("orgA", Some(&langwatch)), "has a list of pins that cannot be understood");
    std::fs::write(&component, "spoilt").unwrap();
    told(folder.activate(&body), "has a damaged version");
}

fn strict_body() -> String {
    json!({ "digest": strict(), "allowOtherName": true }).to_string()
}

#[test]
fn an_operator_that_is_revoked_while_its_request_is_under_way_changes_no_policy() {
    let folder = Folder::new();
    let keeper = &folder.running.keeper;
    let before = folder.live();
    let activation = json!({ "digest": strict(), "allowOtherName": true, "allowGain": 0 }).to_string();
    for (method, path, body) in [("POST", "/v1/policy/activate", activation), ("PUT", "/v1/policy/pins/orgA", strict_body())] {
        let operator = keeper.create_operator("leaked", &[Purpose::Policy], &Origin::COMMAND).unwrap();
        let mut client = folder.running.client();
        client.begin(method, path, operator.token.expose(), body.len());
        keeper.revoke_operator(&operator.id, &Origin::COMMAND).unwrap();
        client.raw(body.as_bytes());
        let reply = client.reply(method);
        assert_eq!(reply.status, 401, "{method} {path}: {}", reply.text());
    }
    assert_eq!(folder.live(), before);
    assert!(keeper.authorizer().unwrap().pins().is_empty() && folder.store.pins().unwrap().is_empty());
    let rows = keeper.store().audit_tail(10).unwrap();
    assert!(rows.iter().all(|row| !row.entry.verb.starts_with("policy.")));
}
