//! Revocations that the store fails at, and what becomes of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clearance::document::{BindingRole, Document, Holder, Mode, Scope, Timestamp};
use clearance::key::{KeyDraft, KeyRefusal, Kind, WantedBinding};
use clearance::{Change, PlaceId, PrincipalId, Reason};
use clearance_host::LANGWATCH;
use clearance_keeper::{Fault, Keeper, KeyFault, Origin, Target};
use clearance_store::{
    Committed, Head, Loaded, Operator, Purpose, Row, SqliteStore, Step, StepProblem, Store, StoreError, Token, Verdict, Verified,
    Write,
};

use crate::company::{policy, store, token};
use crate::log;

/// A database that can be full, or know no operator.
struct Failing {
    store: SqliteStore,
    is_full: AtomicBool,
    has_no_operators: AtomicBool,
    refuses_rewrites: AtomicBool,
}

impl Store for Failing {
    fn load(&self) -> Result<Loaded, StoreError> {
        self.store.load()
    }

    fn commit(&self, write: &Write) -> Result<Committed, StoreError> {
        if self.is_full.load(Ordering::SeqCst) {
            return Err(StoreError::Full);
        }
        let revokes = |step: &Step| matches!(step, Step::RevokeOperator { .. });
        if self.has_no_operators.load(Ordering::SeqCst) && write.steps.iter().any(revokes) {
            let problem = StepProblem::NoOperator { id: "gone".into() };
            return Err(StoreError::Refused { step: 0, field: "operator".into(), problem });
        }
        let rewrites = |step: &Step| matches!(step, Step::Rewrite(_));
        if self.refuses_rewrites.load(Ordering::SeqCst) && write.steps.iter().any(rewrites) {
            return Err(StoreError::Refused { step: 0, field: "token".into(), problem: StepProblem::Token });
        }
        self.store.commit(write)
    }

    fn touch(&self, uses: &[(Box<str>, Timestamp)]) -> Result<(), StoreError> {
        self.store.touch(uses)
    }

    fn project_key(&self, project: &str) -> Result<Option<Token>, StoreError> {
        self.store.project_key(project)
    }

    fn operators(&self) -> Result<Vec<Operator>, StoreError> {
        self.store.operators()
    }

    fn export(&self) -> Result<Document, StoreError> {
        self.store.export()
    }

    fn audit_head(&self) -> Result<Head, StoreError> {
        self.store.audit_head()
    }

    fn audit_tail(&self, count: usize) -> Result<Vec<Row>, StoreError> {
        self.store.audit_tail(count)
    }

    fn audit_verify(&self, noted: Option<&Head>) -> Result<Verdict, StoreError> {
        self.store.audit_verify(noted)
    }

    fn note_head(&self) -> Result<(), StoreError> {
        if self.is_full.load(Ordering::SeqCst) { Err(StoreError::Full) } else { self.store.note_head() }
    }

    fn ready(&self) -> Result<(), StoreError> {
        self.store.ready()
    }
}

struct Bench {
    store: Arc<Failing>,
    keeper: Keeper,
    _folder: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let [is_full, has_no_operators, refuses_rewrites] = [false; 3].map(AtomicBool::new);
        let store = Arc::new(Failing { store: store(&folder), is_full, has_no_operators, refuses_rewrites });
        let keeper = Keeper::open(Arc::clone(&store) as _, policy(LANGWATCH)).unwrap();
        Self { store, keeper, _folder: folder }
    }

    fn fill(&self, is_full: bool) {
        self.store.is_full.store(is_full, Ordering::SeqCst);
    }

    /// The id and the token of a new key that has a private role.
    fn key(&self) -> (Box<str>, Token) {
        let binding = WantedBinding { role: BindingRole::Custom, scope: Scope::Project("p1".into()) };
        let draft = KeyDraft {
            name: Some("n".into()),
            mode: Some(Mode::Restricted),
            permissions: vec!["traces:view".into()],
            bindings: vec![binding],
            ..KeyDraft::default()
        };
        let made = self.keeper.create_key(PrincipalId::User("admin"), "orgA", &draft, &Origin::COMMAND).unwrap();
        (made.record.key.id, made.token)
    }

    fn revoke(&self, key: &str) -> Result<(), KeyFault> {
        self.keeper.revoke_key(PrincipalId::User("admin"), "orgA", key, &Origin::COMMAND).map(drop)
    }

    fn is_revoked(&self, key: &str) -> bool {
        let Loaded { document, .. } = self.store.load().unwrap();
        document.keys.iter().any(|row| *row.id == *key && row.revoked_at.is_some())
    }

    fn verbs(&self, verb: &str) -> usize {
        self.store.audit_tail(100).unwrap().iter().filter(|row| *row.entry.verb == *verb).count()
    }
}

#[test]
fn a_revocation_that_is_not_stored_counts_for_its_key_alone() {
    let bench = Bench::new();
    let [(key, token), (other, other_token)] = [bench.key(), bench.key()];
    let check = |key: &str| bench.keeper.check(PrincipalId::Key(key), "traces:view", PlaceId::Project("p1")).unwrap();
    let is_let_in = |token: &Token| bench.keeper.resolve(token, Target::Project(Some("p1"))).is_ok();
    assert!(check(&key).allow && check(&key).binding.is_some() && is_let_in(&token));
    assert_eq!((bench.keeper.unstored_revocations(), bench.keeper.ready().is_ok()), (0, true));
    bench.fill(true);
    assert!(matches!(bench.revoke(&key), Err(KeyFault::Fault(Fault::RevokedNotStored(StoreError::Full)))));
    let refused = check(&key);
    assert_eq!((refused.allow, refused.reason, refused.binding), (false, Reason::KeyRevoked, None));
    assert!(!is_let_in(&token) && check(&other).allow && is_let_in(&other_token));
    assert_eq!(bench.keeper.unstored_revocations(), 1);
    assert!(matches!(bench.keeper.ready(), Err(Fault::RevocationsWait { count: 1 })));
    assert!(matches!(bench.keeper.flush(), Err(Fault::RevocationsWait { count: 1 })));
    assert!(bench.keeper.tend().is_err());
    bench.fill(false);
    bench.keeper.tend().unwrap();
    assert!(bench.is_revoked(&key) && !bench.is_revoked(&other) && !check(&key).allow);
    assert_eq!((bench.keeper.unstored_revocations(), bench.verbs("key.revoke")), (0, 1));
    assert!(bench.keeper.ready().is_ok() && bench.keeper.flush().is_ok());
}

/// The bindings went meanwhile, so that not all of the write can be made any more. The revocation itself must not be lost.
#[test]
fn a_revocation_is_stored_though_the_bindings_of_the_key_are_others_by_then() {
    let bench = Bench::new();
    let (key, _) = bench.key();
    bench.fill(true);
    assert!(bench.revoke(&key).is_err());
    bench.fill(false);
    let holder = Holder::Key(key.clone());
    let bindings = bench.keeper.authorizer().unwrap().read_directory(|directory| directory.bindings_of(&holder));
    let steps = bindings.into_iter().map(|binding| Step::Change(Change::RemoveBinding(binding.id))).collect();
    bench.store.store.commit(&Write { steps, ..Write::default() }).map(drop).unwrap();
    bench.keeper.tend().unwrap();
    assert_eq!((bench.is_revoked(&key), bench.verbs("key.revoke"), bench.keeper.unstored_revocations()), (true, 1, 0));
}

/// Nobody can be let in as an operator that is gone, and the audit does not say that it was revoked.
#[test]
fn a_revocation_of_an_operator_that_is_gone_waits_no_longer() {
    let bench = Bench::new();
    let operator = bench.keeper.create_operator("n", &[Purpose::Check], &Origin::COMMAND).unwrap();
    assert!(bench.keeper.resolve_operator(&operator.token).is_ok());
    bench.fill(true);
    let revoked = bench.keeper.revoke_operator(&operator.id, &Origin::COMMAND);
    assert!(matches!(revoked, Err(Fault::RevokedNotStored(StoreError::Full))), "{revoked:?}");
    assert!(bench.keeper.resolve_operator(&operator.token).is_err());
    bench.fill(false);
    bench.store.has_no_operators.store(true, Ordering::SeqCst);
    bench.keeper.tend().unwrap();
    assert_eq!((bench.keeper.unstored_revocations(), bench.verbs("operator.revoke")), (0, 0));
}

#[test]
fn an_id_can_be_any_of_its_letters() {
    let bench = Bench::new();
    let mut letters: Vec<char> = (0..60).flat_map(|_| bench.key().0["key_".len()..].chars().collect::<Vec<_>>()).collect();
    letters.sort_unstable();
    letters.dedup();
    assert_eq!(letters.len(), 32, "{letters:?}");
    assert!(format!("{:?}", bench.keeper).contains("Authorizer"), "{:?}", bench.keeper);
}

/// The policy does not know yet that the key is revoked.
#[test]
fn a_key_whose_revocation_is_not_stored_makes_no_other() {
    let bench = Bench::new();
    let draft = KeyDraft { kind: Some(Kind::Service), name: Some("n".into()), ..KeyDraft::default() };
    let make = |actor| bench.keeper.create_key(actor, "orgA", &draft, &Origin::COMMAND).map(|made| made.record.key.id);
    let key = make(PrincipalId::User("admin")).unwrap();
    let told = bench.store.audit_tail(1).unwrap().remove(0).entry;
    assert_eq!(told.after.unwrap()["bindings"][0]["role"], "ADMIN");
    assert!(make(PrincipalId::Key(&key)).is_ok());
    bench.fill(true);
    assert!(bench.revoke(&key).is_err());
    bench.fill(false);
    let refused = make(PrincipalId::Key(&key));
    assert!(matches!(refused, Err(KeyFault::Refused(KeyRefusal::Forbidden { permission: None }))), "{refused:?}");
}

/// The store says no to it, which is another thing than that it fails: nothing waits.
#[test]
fn a_revocation_that_the_store_refuses_does_not_wait() {
    let bench = Bench::new();
    let operator = bench.keeper.create_operator("n", &[Purpose::Check], &Origin::COMMAND).unwrap();
    bench.store.has_no_operators.store(true, Ordering::SeqCst);
    let refused = bench.keeper.revoke_operator(&operator.id, &Origin::COMMAND);
    assert!(matches!(refused, Err(Fault::Store(StoreError::Refused { .. }))), "{refused:?}");
    assert_eq!(bench.keeper.unstored_revocations(), 0);
}

/// What has time is written later, and goes on waiting while the store fails.
#[test]
fn what_has_time_is_written_once_the_store_can() {
    let bench = Bench::new();
    let token = Token::new(token("kAdmin"));
    let waits = || match bench.store.load().unwrap().credentials.verify(&token) {
        Some(Verified::Key { rewrite, .. }) => rewrite.is_some(),
        other => panic!("{other:?}"),
    };
    let last_used = || {
        let Loaded { document, .. } = bench.store.load().unwrap();
        document.keys.iter().find(|key| *key.id == *"kAdmin").unwrap().last_used_at
    };
    assert!(waits(), "a directory file brought its hash");
    assert!(bench.keeper.resolve(&token, Target::Organization).is_ok());
    let before = last_used();
    bench.keeper.record_use("kAdmin");
    bench.fill(true);
    assert!(matches!(bench.keeper.tend(), Err(Fault::Store(StoreError::Full))));
    assert!(waits());
    bench.fill(false);
    bench.keeper.tend().unwrap();
    assert!(!waits() && last_used() > before && last_used() == bench.keeper.last_used("kAdmin"));
    // A head that cannot be noted is said.
    bench.fill(true);
    assert!(matches!(bench.keeper.tend(), Err(Fault::Store(StoreError::Full))));
    assert!(matches!(bench.keeper.flush(), Err(Fault::Store(StoreError::Full))));
}

/// Its credential verifies as it is.
#[test]
fn a_credential_that_the_store_does_not_take_again_is_let_be() {
    let bench = Bench::new();
    let token = Token::new(token("kAdmin"));
    bench.store.refuses_rewrites.store(true, Ordering::SeqCst);
    for _ in 0..2 {
        assert!(bench.keeper.resolve(&token, Target::Organization).is_ok());
        bench.keeper.tend().unwrap();
    }
}

/// A restart revives the key, and the operator who watches the log can act before.
#[test]
fn a_revocation_that_is_not_stored_is_said_once() {
    let bench = Bench::new();
    let (key, _) = bench.key();
    let said = |words: &str| log::lines().iter().filter(|line| line.contains(words)).count();
    assert_eq!(said("not yet stored"), 0);
    bench.fill(true);
    for _ in 0..2 {
        assert!(matches!(bench.revoke(&key), Err(KeyFault::Fault(Fault::RevokedNotStored(_)))));
        assert_eq!((said("not yet stored"), said(&key)), (1, 1));
    }
}

#[test]
fn the_log_says_that_the_store_fails_and_not_that_it_refuses() {
    let bench = Bench::new();
    let operator = bench.keeper.create_operator("n", &[Purpose::Check], &Origin::COMMAND).unwrap();
    let said = || log::lines().iter().filter(|line| line.contains("nothing was written")).count();
    assert_eq!(said(), 0);
    bench.store.has_no_operators.store(true, Ordering::SeqCst);
    assert!(matches!(bench.keeper.revoke_operator(&operator.id, &Origin::COMMAND), Err(Fault::Store(_))));
    assert_eq!(said(), 0);
    bench.fill(true);
    assert!(matches!(
        bench.keeper.create_operator("n", &[Purpose::Check], &Origin::COMMAND),
        Err(Fault::Store(StoreError::Full))
    ));
    assert_eq!(said(), 1);
}
