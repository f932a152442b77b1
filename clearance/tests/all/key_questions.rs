//! What the policy is asked about keys with, and what becomes of an answer when the data is replaced meanwhile.

use std::{
    sync::mpsc,
    thread::{self, ScopedJoinHandle},
};

use clearance::{
    Authorizer, Change, Directory, EvalError, PolicyVersion,
    PrincipalId::User,
    document::{BindingRole, Document, Scope},
    key::{KeyDraft, KeyError, NewKey},
};

use crate::{
    company::{directory, now},
    guest::{Deed, about_keys, load},
    keys::{mint, wanted},
};

/// The bindings name roles by their position among those of the facts.
#[test]
fn the_roles_of_ones_own_bindings_are_among_the_facts() {
    // The facts begin with the number of their roles, in the upper half of the first word.
    let without_roles = "(i32.eqz (i32.load offset=12 (local.get $question)))";
    let authorizer = Authorizer::new(load(&about_keys(Deed::Trap, without_roles)).unwrap(), directory()).unwrap();
    let own = |user| authorizer.view_at(now()).own_bindings(User(user), "acme");
    // Cleo has a custom role at a project, which says nothing of what she may at the organization. Ana has none.
    assert_eq!(own("cleo").unwrap().into_iter().map(|binding| binding.id).collect::<Vec<_>>(), ["b03".into()]);
    assert!(matches!(own("ana"), Err(KeyError::Eval(EvalError::Trap { .. }))));
}

/// A policy that takes some milliseconds for a question about keys.
fn slow() -> PolicyVersion {
    load(&about_keys(Deed::Dawdle, "(i32.const 1)")).unwrap()
}

/// The example company with every slot another one, and a key revoked.
fn other_data() -> Document {
    let mut document = directory().document();
    document.users.reverse();
    document.keys.reverse();
    document.projects.reverse();
    document.keys.iter_mut().filter(|key| *key.id == *"ci").for_each(|key| key.revoked_at = Some(now()));
    document
}

/// Answers a question many times, while all data is replaced once during each.
fn asked_while_data_is_replaced<T: Send>(ask: impl Fn(&Authorizer) -> T + Sync) -> Vec<T> {
    let authorizer = Authorizer::new(slow(), directory()).unwrap();
    let (documents, authorizer, ask) = ([other_data(), directory().document()], &authorizer, &ask);
    (0..20)
        .map(|round| {
            let next = Directory::from_stored(documents[round % 2].clone()).unwrap();
            thread::scope(|threads| {
                let (begin, begun) = mpsc::channel();
                let asking: ScopedJoinHandle<'_, T> = threads.spawn(move || {
                    begin.send(()).unwrap();
                    ask(authorizer)
                });
                begun.recv().unwrap();
                authorizer.replace_directory(next);
                asking.join().unwrap()
            })
        })
        .collect()
}

#[test]
fn a_plan_names_what_it_was_asked_about_though_all_data_is_replaced_meanwhile() {
    let wanted = wanted(BindingRole::Viewer, Scope::Project("shop".into()));
    let draft = KeyDraft { name: Some("n".into()), assignee: Some("ben".into()), bindings: vec![wanted], ..KeyDraft::default() };
    let plans = asked_while_data_is_replaced(|authorizer| {
        let plan = authorizer.view_at(now()).create_key(User("ana"), "acme", &draft).unwrap();
        plan.changes(&NewKey { id: "new".into(), at: now(), lookup_id: None, hashed_secret: None }, mint("new"))
    });
    for changes in plans {
        let owner = changes.iter().find_map(|change| match change {
            Change::AddKey(key) => key.owner.as_deref(),
            _ => None,
        });
        let bound = changes.iter().filter_map(|change| match change {
            Change::AddBinding(binding) => Some(&binding.scope),
            _ => None,
        });
        let scopes: Vec<_> = bound.collect();
        assert_eq!((owner, scopes), (Some("ben"), vec![&Scope::Project("shop".into())]), "{changes:?}");
    }
}

#[test]
fn a_list_is_of_one_state_of_the_data_though_all_of_it_is_replaced_meanwhile() {
    let lists = asked_while_data_is_replaced(|authorizer| authorizer.view_at(now()).list_keys(User("ana"), "acme").unwrap());
    let right = [directory().document(), other_data()].map(|document| {
        let authorizer = Authorizer::new(slow(), Directory::from_stored(document).unwrap()).unwrap();
        authorizer.view_at(now()).list_keys(User("ana"), "acme").unwrap()
    });
    assert_ne!(right[0], right[1]);
    for list in lists {
        assert!(right.contains(&list), "{list:?}");
    }
}
