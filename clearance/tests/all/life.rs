//! Whatever is asked for keys, by whomever: what is stored stays sound, and the cache never shows.

use std::collections::HashMap;

use clearance::{
    Authorizer, Change, Directory,
    PrincipalId::{self, Key, User},
    document::{BindingRole, Document, Holder, Mode, RoleKind, Scope},
    key::{KeyChange, KeyDraft, KeyError, Kind, NewKey, TextChange},
};
use proptest::{collection::vec, prelude::*};

use crate::{
    company::{PLACES, all_answers, cached, now, uncached},
    keys::{mint, wanted},
};

/// Turns random bytes into a question. Few ids, so that most things exist.
struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    fn next(&mut self) -> usize {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        usize::from(*first)
    }

    fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.next() % from.len()].clone()
    }

    fn permissions(&mut self) -> Vec<String> {
        let names = ["traces:view", "prompts:manage", "project:delete", "organization:view", "traces:rotate"];
        (0..1 + self.next() % 2).map(|_| self.pick(&names).to_owned()).collect()
    }

    fn bindings(&mut self) -> Vec<clearance::key::WantedBinding> {
        let scopes = [
            Scope::Organization("acme".into()),
            Scope::Team("web".into()),
            Scope::Team("ben-personal".into()),
            Scope::Project("shop".into()),
            Scope::Project("lake".into()),
            Scope::Project("attic".into()),
        ];
        let roles = [BindingRole::Viewer, BindingRole::Member, BindingRole::Admin, BindingRole::Custom, BindingRole::Custom];
        (0..self.next() % 4).map(|_| wanted(self.pick(&roles), self.pick(&scopes))).collect()
    }

    /// Restricted exactly when that is what the bindings say, most times.
    fn sides(&mut self, bindings: &[clearance::key::WantedBinding]) -> (Option<Mode>, Vec<String>) {
        let custom = bindings.iter().any(|binding| binding.role == BindingRole::Custom);
        match (self.next().is_multiple_of(8), custom) {
            (true, _) => (self.pick(&[None, Some(Mode::All), Some(Mode::Restricted)]), Vec::new()),
            (false, true) => (Some(Mode::Restricted), self.permissions()),
            (false, false) => (self.pick(&[None, Some(Mode::All), Some(Mode::Readonly)]), Vec::new()),
        }
    }

    fn draft(&mut self) -> KeyDraft {
        let bindings = self.bindings();
        let (mode, permissions) = self.sides(&bindings);
        let assignee = self.pick(&[None, None, Some("ben"), Some("cleo"), Some("eve"), Some("dan")]);
        KeyDraft {
            kind: self.pick(&[None, Some(Kind::Personal), Some(Kind::Service)]),
            name: Some("made".into()),
            mode,
            assignee: assignee.map(Into::into),
            permissions,
            bindings,
            ..KeyDraft::default()
        }
    }

    fn change(&mut self) -> KeyChange {
        let bindings = Some(self.bindings()).filter(|bindings| !bindings.is_empty());
        let (mode, permissions) = self.sides(bindings.as_deref().unwrap_or_default());
        let name = self.pick(&[None, Some("renamed".to_owned()), Some("Langy session".to_owned())]);
        KeyChange { name, mode, permissions, bindings, description: TextChange::Keep, unreadable: Vec::new() }
    }
}

const ACTORS: [PrincipalId<'static>; 8] =
    [User("ana"), User("ana"), User("ben"), User("ben"), User("cleo"), User("dan"), Key("deploy"), Key("ci")];
const KEYS: [&str; 8] = ["ci", "ingest", "labels", "laptop", "trial", "k0", "k1", "k2"];

/// What the policy answers to a random question, as changes. `count`: how many questions were asked before.
fn ask(authorizer: &Authorizer, bytes: &[u8], count: usize) -> Result<Vec<Change>, KeyError> {
    let mut bytes = Bytes(bytes);
    let at = authorizer.view_at(now());
    let (verb, actor) = (bytes.next() % 8, bytes.pick(&ACTORS));
    let ids = format!("{count}");
    match verb {
        0..=3 => {
            let free = |id: &&&str| authorizer.read_directory(|directory| directory.key(id).is_none());
            let id = KEYS.iter().find(free).copied().unwrap_or("one-more");
            let new = NewKey { id: id.into(), at: now(), lookup_id: None, hashed_secret: None };
            let plan = at.create_key(actor, "acme", &bytes.draft())?;
            if id == "one-more" { Ok(Vec::new()) } else { Ok(plan.changes(&new, mint(&ids))) }
        }
        4..=6 => Ok(at.edit_key(actor, "acme", bytes.pick(&KEYS), &bytes.change())?.changes(mint(&ids))),
        _ => Ok(at.revoke_key(actor, "acme", bytes.pick(&KEYS))?.changes),
    }
}

/// Every private role is named by bindings of one key, which has no other; a CUSTOM binding of a key names one.
fn is_sound(document: &Document) -> bool {
    let mut role_of: HashMap<&str, &str> = HashMap::new();
    let mut named_by: HashMap<&str, &str> = HashMap::new();
    let bindings_are = document.bindings.iter().all(|binding| match (&binding.holder, binding.custom_role.as_deref()) {
        (Holder::Key(key), Some(role)) => {
            *role_of.entry(key).or_insert(role) == role && *named_by.entry(role).or_insert(key) == &**key
        }
        (Holder::User(_) | Holder::Group(_) | Holder::Key(_), _) => true,
    });
    let private = || document.roles.iter().filter(|role| role.kind == RoleKind::Key);
    bindings_are && private().all(|role| named_by.contains_key(&*role.id)) && private().count() == named_by.len()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn what_is_stored_stays_sound(questions in vec(any::<[u8; 24]>(), 1..40)) {
        let (with, without) = (cached(), uncached());
        for (count, bytes) in questions.iter().enumerate() {
            let before = with.read_directory(Directory::document);
            let answer = ask(&with, bytes, count);
            prop_assert_eq!(&answer, &ask(&without, bytes, count));
            prop_assert_eq!(&with.read_directory(Directory::document), &before, "to ask changes nothing");
            match answer {
                Ok(changes) => {
                    with.apply_all(changes.clone()).unwrap();
                    without.apply_all(changes).unwrap();
                }
                Err(KeyError::Refused(_)) => continue,
                Err(error) => prop_assert!(false, "{}", error),
            }
            prop_assert_eq!(all_answers(&with), all_answers(&without));
            let document = with.read_directory(Directory::document);
            prop_assert!(is_sound(&document), "{:?}", document);
            prop_assert!(Directory::from_document(document).is_ok());
        }
        // A key never has more than its owner, whatever was asked for.
        let keys = with.read_directory(Directory::document).keys;
        for (key, owner) in keys.iter().filter_map(|key| Some((&*key.id, key.owner.as_deref()?))) {
            for place in PLACES {
                let held = |principal| -> Vec<String> {
                    let effective = with.view_at(now()).effective(principal, place).unwrap();
                    effective.permissions().map(str::to_owned).collect()
                };
                let owners = held(User(owner));
                prop_assert!(held(Key(key)).iter().all(|permission| owners.contains(permission)), "{} at {:?}", key, place);
            }
        }
    }
}

#[test]
fn most_random_questions_are_worth_asking() {
    let (mut granted, mut asked) = ([0; 3], 0);
    let mut seed = 1_u64;
    for _ in 0..40 {
        let authorizer = cached();
        for count in 0..20 {
            let bytes: Vec<u8> = (0..24)
                .map(|_| {
                    seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    u8::try_from(seed >> 56).unwrap()
                })
                .collect();
            asked += 1;
            if let Ok(changes) = ask(&authorizer, &bytes, count) {
                granted[usize::from(bytes[0] % 8 >= 4) + usize::from(bytes[0] % 8 == 7)] += 1;
                authorizer.apply_all(changes).unwrap();
            }
        }
    }
    assert!(asked == 800 && granted.iter().all(|count| *count > 10), "{granted:?}");
}
