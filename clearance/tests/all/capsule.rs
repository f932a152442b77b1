//! Decisions that are kept and made again.

use clearance::{
    Authorizer, Capsule, Digest,
    PlaceId::{Organization, Project, Team},
    PrincipalId::{Key, ProjectKey, User},
    capsule::{CapsuleError, Part},
};
use clearance_host::STRICT;

use crate::company::{PLACES, PRINCIPALS, VERSION, all_answers, cached, directory, load, now, other, uncached};

const PERMISSIONS: [&str; 4] = ["prompts:view", "traces:create", "project:delete", "no:such"];

/// The example company's `ci`, kept by an earlier state of this crate.
const KEPT: &[u8] = include_bytes!("capsules/ci.capsule");

fn capsule() -> Capsule {
    uncached().view_at(now()).capsule(Key("ci"), "team:manage", Team("web")).unwrap()
}

#[test]
fn a_capsule_holds_what_was_decided_and_why() {
    let authorizer = uncached();
    for principal in PRINCIPALS.into_iter().chain([User("nobody"), ProjectKey("lake")]) {
        for place in PLACES {
            for permission in PERMISSIONS {
                let capsule = authorizer.view_at(now()).capsule(principal, permission, place).unwrap();
                assert_eq!(capsule.decision(), authorizer.view_at(now()).check(principal, permission, place).unwrap());
                assert_eq!(capsule.explanation(), authorizer.view_at(now()).explain(principal, permission, place).unwrap());
                assert_eq!(
                    (capsule.permission(), capsule.now(), capsule.policy()),
                    (permission, now().millis(), VERSION.digest())
                );
                let known = authorizer.read_directory(|directory| {
                    (directory.principal(principal).map(|_| principal), directory.place(place).map(|_| place))
                });
                assert_eq!((capsule.principal(), capsule.place()), known);
                let read = Capsule::from_bytes(&capsule.to_bytes()).unwrap();
                assert!(read == capsule);
                assert!(read.replay(&VERSION).unwrap().differences.is_empty());
            }
        }
    }
}

/// Whatever the version, a capsule answers under it as the directory would.
#[test]
fn another_version_answers_as_it_would_have() {
    for version in [load(STRICT), other()] {
        let authorizer = Authorizer::builder(version.clone(), directory()).cached_questions(0).build().unwrap();
        let (mut same, mut others) = (0, 0);
        for principal in PRINCIPALS {
            for place in PLACES {
                for permission in PERMISSIONS {
                    let replay =
                        uncached().view_at(now()).capsule(principal, permission, place).unwrap().replay(&version).unwrap();
                    let answer = authorizer.view_at(now()).explain(principal, permission, place).unwrap();
                    assert_eq!(replay.explanation, answer, "{principal:?} {permission} {place:?}");
                    *if replay.differences.is_empty() { &mut same } else { &mut others } += 1;
                }
            }
        }
        assert!(same > 0 && others > 0, "{same} {others}");
    }
}

#[test]
fn a_replay_says_what_differs() {
    let capsule = cached().view_at(now()).capsule(Key("ci"), "prompts:view", Project("shop")).unwrap();
    let differences = capsule.replay(&other()).unwrap().differences;
    let find = |field: &str| {
        let difference = differences.iter().find(|difference| difference.field == field);
        difference.map(|difference| (difference.recorded.as_deref(), difference.replayed.as_deref()))
    };
    assert_eq!(find("allow"), Some((Some("true"), Some("false"))));
    assert_eq!(find("reason"), Some((Some("binding"), Some("permission-unknown"))));
    assert_eq!(find("binding"), Some((Some("b04"), None)));
    assert_eq!(find("since"), None);
    // The walk as well.
    let verdict = "principal.steps[0].verdict";
    assert_eq!(find(verdict), Some((Some("grants"), Some("not-listed"))));
}

#[test]
fn every_damage_is_seen() {
    let bytes = capsule().to_bytes();
    for length in 0..bytes.len() {
        assert!(Capsule::from_bytes(&bytes[..length]).is_err(), "{length} bytes are enough");
    }
    for index in 0..bytes.len() {
        for bit in 0..8 {
            let mut damaged = bytes.clone();
            damaged[index] ^= 1 << bit;
            assert!(Capsule::from_bytes(&damaged).is_err(), "bit {bit} of byte {index} does not count");
        }
    }
    let error = |bytes: &[u8]| Capsule::from_bytes(bytes).unwrap_err();
    assert_eq!(error(b""), CapsuleError::NoCapsule);
    assert_eq!(error(b"{\"allow\": true}"), CapsuleError::NoCapsule);
    assert_eq!(error(&bytes[..20]), CapsuleError::CutOff { found: 20 });
    assert_eq!(error(&bytes[..bytes.len() - 1]), CapsuleError::CutOff { found: bytes.len() - 1 });
    let mut later = bytes.clone();
    later[17] = 2;
    assert_eq!(error(&later), CapsuleError::Layout { found: 2 });
    let mut damaged = bytes.clone();
    damaged[40] ^= 1;
    assert_eq!(error(&damaged), CapsuleError::Damaged);
    assert_eq!(error(&[&*bytes, b"\xff"].concat()), CapsuleError::Content(Part::Signature));
    let large = [&*bytes, &vec![b' '; 17 << 20]].concat();
    assert_eq!(error(&large), CapsuleError::TooLarge { found: large.len() });
    // What stands behind the content is the signature, whatever it is.
    let largest = [&*bytes, &vec![b' '; (16 << 20) - bytes.len()]].concat();
    assert!(Capsule::from_bytes(&largest).is_ok());
}

/// A sum protects from accidents, and anybody can write one: what is read must still make sense.
#[test]
fn what_is_written_on_purpose_is_read_whole_or_refused() {
    let bytes = capsule().to_bytes();
    let content = 22..bytes.len() - 32;
    let mut seed = 11_u64;
    let mut below = |end: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % end
    };
    let (mut read, mut refused) = (0, 0);
    for _ in 0..20_000 {
        let mut forged = bytes[..content.end].to_vec();
        for _ in 0..=below(2) {
            forged[content.start + below(content.len())] = below(256) as u8;
        }
        let sum = Digest::of(&forged);
        forged.extend_from_slice(sum.as_bytes());
        match Capsule::from_bytes(&forged) {
            Ok(capsule) => {
                // One content has one encoding.
                assert_eq!(capsule.to_bytes(), forged);
                let _ = (capsule.explanation(), serde_json::to_value(capsule.facts()).unwrap());
                read += 1;
                if read % 50 == 0 {
                    let _ = capsule.replay(&VERSION);
                }
            }
            Err(CapsuleError::Content(_)) => refused += 1,
            Err(error) => panic!("{error}"),
        }
    }
    assert!(read > 1_000 && refused > 1_000, "{read} read, {refused} refused");
}

#[test]
fn a_list_that_is_not_what_was_judged_is_seen() {
    let capsule = uncached().view_at(now()).capsule(Key("ingest"), "traces:create", Project("shop")).unwrap();
    assert!(capsule.decision().allow);
    let forged = replace(&capsule, b"\x01\x0dtraces:create", b"\x01\x0dtraces:delete");
    let replay = forged.replay(&VERSION).unwrap();
    let fields: Vec<&str> = replay.differences.iter().map(|difference| &*difference.field).collect();
    assert!(fields.contains(&"the permissions of custom role `ingest-only`"), "{fields:?}");
    assert!(fields.contains(&"allow"), "{fields:?}");
}

/// The same with other bytes of the same length in its content, and with the sum that belongs to them.
fn replace(capsule: &Capsule, from: &[u8], to: &[u8]) -> Capsule {
    let mut bytes = capsule.to_bytes();
    bytes.truncate(bytes.len() - 32);
    let at = bytes.windows(from.len()).position(|at| at == from).expect("it is there");
    bytes[at..at + to.len()].copy_from_slice(to);
    let sum = Digest::of(&bytes);
    bytes.extend_from_slice(sum.as_bytes());
    Capsule::from_bytes(&bytes).unwrap()
}

/// The sum and the encoding are right, and a name too many stands for nothing that was judged.
#[test]
fn names_of_what_is_not_in_the_facts_are_refused() {
    let capsule = uncached().view_at(now()).capsule(ProjectKey("shop"), "traces:create", Project("shop")).unwrap();
    let bytes = capsule.to_bytes();
    let content = &bytes[22..bytes.len() - 32];
    // It ends with three empty lists: of bindings, of those of an owner, and of roles.
    let (rest, lists) = content.split_at(content.len() - 3);
    assert_eq!(lists, [0, 0, 0]);
    let (binding, role) = ([1, 1, b'x', 0, 0], [1, 1, b'x', 0]);
    for lists in [[&binding[..], &[0], &[0]], [&[0], &binding, &[0]], [&[0], &[0], &role]] {
        let content = [rest, &lists.concat()].concat();
        let length = u32::try_from(content.len()).unwrap().to_le_bytes();
        let mut forged = [&bytes[..18], &length, &content].concat();
        let sum = Digest::of(&forged);
        forged.extend_from_slice(sum.as_bytes());
        assert_eq!(Capsule::from_bytes(&forged).unwrap_err(), CapsuleError::Content(Part::Names));
    }
}

/// What was typed in place of an id may be the secret of a key.
#[test]
fn what_nobody_knows_is_not_written_down() {
    let token = "sk-lw-AAAAAAAAAAAAAAAA_BBBBBBBBBBBBBBBBBBBBBBBB";
    for (principal, place) in [
        (Key(token), Project("shop")),
        (User(token), Organization("acme")),
        (ProjectKey(token), Project("shop")),
        (Key("ci"), Project(token)),
    ] {
        let capsule = uncached().view().capsule(principal, "prompts:view", place).unwrap();
        let found = capsule.to_bytes().windows(12).any(|bytes| bytes == &token.as_bytes()[..12]);
        assert!(!found, "{principal:?} {place:?}");
        assert!(!format!("{capsule:?}").contains(token));
    }
    // The hash of a key's secret and the key of a project are of no use here.
    let capsule = uncached().view().capsule(ProjectKey("shop"), "traces:create", Project("shop")).unwrap();
    assert!(!String::from_utf8_lossy(&capsule.to_bytes()).contains("sk-lw"));
}

#[test]
fn facts_are_shown_with_names() {
    let shown = serde_json::to_value(capsule().facts()).unwrap();
    let expected = serde_json::json!({
        "now": "2026-06-01T12:00:00.000Z",
        "place": {"organization": "acme", "team": "web"},
        "principal": {"key": {
            "id": "ci", "organization": "acme", "mode": "all", "revoked": false, "creatorDeactivated": false,
            "bindings": [{"id": "b04", "organization": "acme", "key": "ci", "role": "ADMIN", "scope": {"team": "web"}}],
            "owner": {"id": "ben", "membership": "MEMBER", "deactivated": false,
                "bindings": [{"id": "b02", "organization": "acme", "group": "developers", "role": "MEMBER",
                    "scope": {"team": "web"}}],
                "teamMemberships": []},
        }},
        "roles": [],
    });
    assert_eq!(shown, expected);
    let shown =
        serde_json::to_value(uncached().view().capsule(User("nobody"), "prompts:view", Team("no")).unwrap().facts()).unwrap();
    assert_eq!((shown.get("place"), shown.get("principal")), (None, None));
}

#[test]
fn facts_are_shown_with_their_project() {
    let shown =
        serde_json::to_value(uncached().view_at(now()).capsule(Key("ci"), "prompts:view", Project("attic")).unwrap().facts());
    let place = serde_json::json!({"organization": "acme", "team": "data", "project": "attic", "archived": true});
    assert_eq!(shown.unwrap()["place"], place);
}

#[test]
fn a_capsule_says_what_it_is_of_and_who_signed_it() {
    let plain = capsule();
    assert_eq!((plain.contract(), plain.signature()), (VERSION.contract(), None));
    let shown = format!("{plain:?}");
    for part in [&VERSION.digest().to_string(), "team:manage", "ci", "web"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let signed = plain.clone().with_signature("a signature");
    assert_eq!(signed.signature(), Some("a signature"));
    assert_eq!(signed.signed_bytes(), plain.to_bytes());
    let read = Capsule::from_bytes(&signed.to_bytes()).unwrap();
    assert!(read == signed && read != plain);
    let parts = [Part::Content, Part::Semver, Part::Digest, Part::Facts, Part::Explanation, Part::Names, Part::Signature];
    let named = parts.map(|part| CapsuleError::Content(part).to_string());
    assert!(named[1].starts_with("the version number of this capsule cannot be read"), "{}", named[1]);
    assert!((0..named.len()).all(|at| !named[..at].contains(&named[at])), "{named:?}");
}

/// A capsule of another day can still be read: the layout is a promise, so the file is never made anew.
#[test]
fn a_capsule_from_before_can_be_replayed() {
    let kept = Capsule::from_bytes(KEPT).unwrap();
    assert_eq!((kept.principal(), kept.permission(), kept.place()), (Some(Key("ci")), "team:manage", Some(Team("web"))));
    let replay = kept.replay(&VERSION).unwrap();
    assert!(replay.differences.is_empty(), "{:?}", replay.differences);
    assert_eq!(kept.to_bytes(), KEPT);
}

/// Keeping decisions changes nothing.
#[test]
fn a_capsule_costs_the_cache_nothing() {
    let authorizer = cached();
    let before = all_answers(&authorizer);
    let _ = authorizer.view_at(now()).capsule(Key("ci"), "prompts:view", Project("shop")).unwrap();
    assert_eq!(all_answers(&authorizer), before);
}
