//! Organizations that are answered by versions with different catalogs.

use std::sync::atomic::{AtomicBool, Ordering};

use clearance::{PlaceId::Organization, PolicyVersion, PrincipalId::Key};
use clearance_host::{Engine, LANGWATCH, Limits};

use crate::running::{Running, token};

/// The default policy with other names for two permissions: the first one, and one that a key lists.
fn other_catalog() -> PolicyVersion {
    let mut bytes = LANGWATCH.to_vec();
    for (name, renamed) in [("organization:view", "organization:look"), ("datasets:view", "datasets:look")] {
        let (name, renamed) = (name.as_bytes(), renamed.as_bytes());
        let at: Vec<usize> = bytes.windows(name.len()).enumerate().filter(|(_, at)| *at == name).map(|(at, _)| at).collect();
        assert!(!at.is_empty(), "the catalog has no such name");
        for at in at {
            bytes[at..at + name.len()].copy_from_slice(renamed);
        }
    }
    Engine::new(Limits::default()).unwrap().load(&bytes).unwrap()
}

fn status(running: &Running, path: &str) -> u16 {
    let member = token("tMember");
    running.client().get(path, &[("X-Auth-Token", &member)]).status
}

/// The version that answers for an organization is asked about it, and not the live one.
#[test]
fn a_pinned_organization_may_have_another_catalog() {
    let running = Running::company();
    let authorizer = running.keeper.authorizer().unwrap();
    let (live, other) = (authorizer.live_version(), other_catalog());
    assert_ne!(live.permission_name(0), other.permission_name(0));
    for (version, pinned) in [(&other, &live), (&live, &other)] {
        authorizer.swap(version.clone()).unwrap();
        authorizer.pin("orgA", pinned.clone()).unwrap();
        assert_eq!(authorizer.view().place(Organization("orgA")).version().digest(), pinned.digest());
        assert_eq!(status(&running, "/v1/me"), 200);
        assert_eq!(status(&running, "/v1/authorize?permission=traces:view"), 200);
        assert_eq!(status(&running, "/v1/authorize?permission=nothing:known"), 403);
    }

    // So are the categories of its keys: here the live version knows all that the key lists, and the one that answers does not.
    let datasets = [("datasets", "read")];
    let names = |organization: &str| running.keeper.permissions_of(organization, &datasets).unwrap();
    assert_eq!((names("orgA"), names("orgB")), (vec!["datasets:look".to_owned()], vec!["datasets:view".to_owned()]));
    let view = || {
        let record = running.keeper.read_key(Key("kAdmin"), "orgA", "tRestricted").unwrap();
        let view = running.keeper.view(record).unwrap();
        (view.categories.iter().map(|of| of.category.to_string()).collect::<Vec<_>>(), view.other_permissions)
    };
    assert_eq!(view(), (vec!["traces".to_owned()], vec!["datasets:view".into()]));
    authorizer.unpin("orgA").unwrap();
    assert_eq!(view(), (vec!["traces".to_owned(), "datasets".to_owned()], vec![]));
}

/// Nobody is refused because the versions changed while they asked.
#[test]
fn a_swap_to_another_catalog_refuses_nobody() {
    let running = Running::company();
    let authorizer = running.keeper.authorizer().unwrap();
    let versions = [other_catalog(), authorizer.live_version()];
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let clients: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(|| {
                    let (mut client, member) = (running.client(), token("tMember"));
                    let mut asked = 0;
                    while !done.load(Ordering::Relaxed) || asked < 20 {
                        for (path, wanted) in [("/v1/me", 200), ("/v1/authorize?permission=nothing:known", 403)] {
                            let reply = client.get(path, &[("X-Auth-Token", &member)]);
                            assert_eq!(reply.status, wanted, "{path}: {}", reply.text());
                        }
                        asked += 1;
                    }
                })
            })
            .collect();
        for round in 0..600 {
            authorizer.swap(versions[round % 2].clone()).unwrap();
        }
        done.store(true, Ordering::Relaxed);
        clients.into_iter().for_each(|client| client.join().unwrap());
    });
}
