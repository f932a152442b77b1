//! Every guest of the folder `guests` and what becomes of it.

use std::{collections::BTreeSet, fs, time::Duration};

use clearance_host::{EvalError, Limits, LoadError, SelfCheckError};
use clearance_policy::types::{
    repair::{Asker, RepairQuestion},
    *,
};

use crate::{
    facts::{MARK, marked, member},
    guest::{Guest, LACKS, guest},
};

/// Makes a test for each guest, and one that fails where a guest has none.
macro_rules! guests {
    ($($name:ident($guest:ident) $test:block)*) => {
        $(#[test]
        fn $name() {
            let $guest = guest(stringify!($name));
            $test
        })*

        #[test]
        fn no_guest_is_without_a_test() {
            let tested = BTreeSet::from([$(concat!(stringify!($name), ".wat").to_owned()),*]);
            let folder = fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/guests")).unwrap();
            let found = folder.map(|file| file.unwrap().file_name().into_string().unwrap()).collect::<BTreeSet<_>>();
            assert_eq!(found, tested);
        }
    };
}

guests! {
    honest(guest) {
        let policy = guest.load().unwrap();
        assert_eq!(policy.decide(&member(), 0), Ok(LACKS));
        assert_eq!(policy.explain(&member(), 0).unwrap().decision, LACKS);
        assert_eq!(policy.effective(&marked()).unwrap().outcomes.len(), 1);
        let unread = Err(EvalError::Unread { policy: policy.digest(), question: "compile" });
        assert_eq!(policy.compile(&["door:view"]), unread);
    }

    repair(guest) {
        // A component that does not export the interface is not asked. `repair_answers` asks it with the interface.
        let policy = guest.load().unwrap();
        let question = RepairQuestion { permission: 0, offers: vec![], asker: Asker::Keeper };
        assert!(matches!(policy.repair(&member(), &question), Err(EvalError::NoRepair { .. })));
    }

    computing(guest) {
        // How long it may compute is a test of its own.
        assert_eq!(guest.load().unwrap().decide(&member(), 0), Ok(LACKS));
    }

    trap(guest) {
        let error = guest.fails(|policy| policy.decide(&member(), MARK));
        assert!(matches!(&error, EvalError::Trap { message, .. } if message.contains("unreachable")), "{error}");
    }

    endless(guest) {
        let mut guest = guest;
        let limit = Duration::from_millis(100);
        guest.limits.deadline = limit;
        let error = guest.fails(|policy| policy.decide(&member(), MARK));
        assert_eq!(error, EvalError::Deadline { policy: error.policy(), limit });
    }

    memory(guest) {
        let error = guest.fails(|policy| policy.decide(&member(), MARK));
        assert_eq!(error, EvalError::Memory { policy: error.policy(), limit: 64 << 20 });
    }

    table(guest) {
        let error = guest.fails(|policy| policy.decide(&member(), MARK));
        assert_eq!(error, EvalError::Memory { policy: error.policy(), limit: 64 << 20 });
    }

    recursion(guest) {
        let error = guest.fails(|policy| policy.decide(&member(), MARK));
        assert_eq!(error, EvalError::Stack { policy: error.policy(), limit: 512 << 10 });
        let mut guest = guest;
        guest.limits.stack = 3 << 19;
        assert_eq!(guest.load().unwrap().decide(&member(), MARK).unwrap().reason, Reason::PermissionUnknown);
    }

    large_answer(guest) {
        let mut guest = guest;
        let limit = 64 << 10;
        guest.limits.answer = limit;
        let error = guest.fails(|policy| policy.effective(&marked()));
        assert_eq!(error, EvalError::AnswerTooLarge { policy: error.policy(), limit });
    }

    outside_answer(guest) {
        let error = guest.fails(|policy| policy.effective(&marked()));
        assert!(matches!(&error, EvalError::Trap { message, .. } if message.contains("out of bounds")), "{error}");
    }

    outside_question(guest) {
        let facts = Facts { roles: vec![role(); 20], ..member() };
        let error = guest.fails(|policy| policy.decide(&facts, 0));
        assert!(matches!(&error, EvalError::Trap { message, .. } if message.contains("beyond end of memory")), "{error}");
    }

    post_return(guest) {
        let error = guest.fails(|policy| policy.effective(&marked()));
        assert!(matches!(&error, EvalError::Trap { message, .. } if message.contains("unreachable")), "{error}");
    }

    fourth_call(guest) {
        let policy = guest.load().unwrap();
        for round in 0..3 {
            for question in 0..3 {
                let reason = policy.decide(&member(), MARK).map(|decision| decision.reason);
                assert_eq!(reason, Ok(Reason::PermissionUnknown), "question {question} of round {round}");
            }
            // The next instance begins to count anew.
            assert!(matches!(policy.decide(&member(), MARK), Err(EvalError::Trap { .. })), "round {round}");
        }
    }

    word(guest) {
        let mut guest = guest;
        // Its other words are a table of their own.
        guest.word = 0x100;
        let error = guest.fails(|policy| policy.decide(&member(), MARK));
        assert!(matches!(error, EvalError::WrongAnswer { question: "decide", .. }), "{error}");
    }

    answer(guest) {
        let mut guest = guest;
        // Its other answers are a table of their own.
        guest.answer = b"nonsense".into();
        let error = guest.fails(|policy| policy.effective(&marked()));
        assert!(matches!(error, EvalError::WrongAnswer { question: "effective", .. }), "{error}");
    }

    fickle(guest) {
        let error = refused(&guest);
        assert!(matches!(&error, LoadError::Check(SelfCheckError::Description(what)) if what.contains("differently")), "{error}");
    }

    generous(guest) {
        let mut guest = guest;
        let cases = [
            (0x1100, Reason::BadFacts),
            (0x400, Reason::PermissionUnknown),
            (0x500, Reason::PlaceUnknown),
            (0x600, Reason::PrincipalUnknown),
        ];
        for (word, reason) in cases {
            guest.word = word;
            let error = refused(&guest);
            assert!(matches!(&error, LoadError::Check(SelfCheckError::Answer { wanted, .. }) if *wanted == reason), "{error}");
        }
    }

    mute(guest) {
        let error = refused(&guest);
        assert!(matches!(
            error,
            LoadError::Check(SelfCheckError::Unanswered { question: "describe", error: EvalError::Unread { .. } })
        ), "{error}");
    }

    start_trap(guest) {
        let error = refused(&guest);
        assert!(matches!(error, LoadError::Start(EvalError::Trap { .. })), "{error}");
    }

    start_endless(guest) {
        let mut guest = guest;
        guest.limits.deadline = Duration::from_millis(100);
        let error = refused(&guest);
        assert!(matches!(error, LoadError::Start(EvalError::Deadline { .. })), "{error}");
    }

    start_memory(guest) {
        let mut guest = guest;
        let error = refused(&guest);
        assert!(matches!(error, LoadError::Start(EvalError::Memory { .. })), "{error}");
        // It is the size alone that was wrong with it.
        guest.limits = Limits { memory: 2 << 30, ..guest.limits };
        guest.load().unwrap();
    }

    simd(guest) {
        let error = refused(&guest);
        assert!(matches!(&error, LoadError::Invalid(what) if what.to_lowercase().contains("simd")), "{error}");
    }

    core_module(guest) {
        assert_eq!(refused(&guest), LoadError::NotAComponent { found: "a core module" });
    }

    empty(guest) {
        let missing = ["types", "catalog", "evaluation", "wire"].map(String::from).into();
        assert_eq!(refused(&guest), LoadError::Contract { missing, found: vec![] });
    }

    import_function(guest) {
        let error = refused(&guest);
        assert_eq!(error, LoadError::Imports(vec!["clock".into(), "acme:tools/log@1.0.0".into()]));
        assert!(error.to_string().contains("`clock`, `acme:tools/log@1.0.0`"), "{error}");
    }

    import_types(guest) {
        assert_eq!(refused(&guest), LoadError::Imports(vec!["clearance:policy/types@0.1.0".into()]));
    }
}

fn refused(guest: &Guest) -> LoadError {
    guest.load().expect_err("it is not a policy")
}

pub(crate) fn role() -> CustomRole {
    CustomRole { organization: 1, private: None, empty: false, permissions: PermissionSet::EMPTY }
}
