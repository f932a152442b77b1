//! Answers that no policy may give.

use clearance_host::{EvalError, PolicyVersion};
use clearance_policy::{
    types::*,
    wire::{Words, decision_to_word},
};

use crate::{
    facts::{MARK, key, marked, member, nobody, nowhere},
    guest::{LACKS, all, guest},
};

const UNKNOWN: &str = "something unknown is not refused as such, or something known is";
const BINDING: Decision = Decision { allow: true, reason: Reason::Binding, binding: Some(0) };

#[test]
fn a_word_that_is_no_answer_is_wrong() {
    let word = |allow, reason, binding| decision_to_word(Decision { allow, reason, binding });
    let cases = [
        (u64::MAX, member(), "the word is not a decision"),
        // A reason that there is not, a field that there is not, an index although no binding is named.
        (0xff00, member(), "the word is not a decision"),
        (0xa04, member(), "the word is not a decision"),
        (0xa00 | 1 << 32, member(), "the word is not a decision"),
        (word(true, Reason::Lacks, None), member(), "a reason to allow denies, or a reason to deny allows"),
        (word(false, Reason::Floor, None), member(), "a reason to allow denies, or a reason to deny allows"),
        (word(true, Reason::Binding, None), member(), "a binding is named exactly when the reason is `binding`"),
        (word(true, Reason::Floor, Some(0)), member(), "a binding is named exactly when the reason is `binding`"),
        (word(true, Reason::Binding, Some(1)), member(), "the binding that is named does not exist"),
        // The key has two bindings, its owner one.
        (word(true, Reason::Binding, Some(2)), key(), "the binding that is named does not exist"),
        (word(true, Reason::Binding, Some(0)), nobody(), "the binding that is named does not exist"),
        // The number asked about is in no catalog of a guest.
        (word(true, Reason::Floor, None), member(), UNKNOWN),
        (word(false, Reason::Lacks, None), member(), UNKNOWN),
        (word(false, Reason::PlaceUnknown, None), nowhere(), UNKNOWN),
    ];
    for (word, facts, wrong) in cases {
        let mut guest = guest("word");
        guest.word = word;
        let error = guest.fails(|policy| policy.decide(&facts, MARK));
        assert_eq!(error, EvalError::WrongAnswer { policy: error.policy(), question: "decide", what: wrong }, "{word:#x}");
    }
}

/// Asks a guest that gives this answer, which must be found wrong for this reason.
fn wrong<T: std::fmt::Debug>(answer: &impl Words, ask: impl FnOnce(&PolicyVersion) -> Result<T, EvalError>, what: &'static str) {
    let error = guest_with(answer).fails(ask);
    assert!(matches!(&error, EvalError::WrongAnswer { what: found, .. } if *found == what), "wanted `{what}`: {error}");
}

fn guest_with(answer: &impl Words) -> crate::guest::Guest {
    let mut guest = guest("answer");
    guest.answer = vec![0; 8];
    answer.put(&mut guest.answer);
    guest
}

fn set_of(outcomes: &[(Decision, PermissionSet)]) -> EffectiveSet {
    let outcomes: Vec<_> = outcomes.iter().map(|&(decision, permissions)| Outcome { decision, permissions }).collect();
    let allowed = outcomes.iter().filter(|outcome| outcome.decision.allow);
    let permissions = allowed.fold(PermissionSet::EMPTY, |set, outcome| set.union(outcome.permissions));
    EffectiveSet { permissions, outcomes, since: 0, until: u64::MAX }
}

#[test]
fn an_effective_set_that_contradicts_itself_is_wrong() {
    let (view, rest) = (PermissionSet::only(0), PermissionSet::from_iter([1, 2]));
    let good = set_of(&[(BINDING, view), (LACKS, rest)]);
    assert_eq!(guest_with(&good).load().unwrap().effective(&marked()), Ok(good.clone()));

    let denied = |reason| Decision { reason, ..LACKS };
    let now = marked().now;
    let holds = "it does not hold at the moment that was asked about";
    let cases = [
        (EffectiveSet { since: now + 1, ..good.clone() }, holds),
        (EffectiveSet { until: now - 1, ..good.clone() }, holds),
        (EffectiveSet { permissions: all(), ..good.clone() }, "the permissions are not those that the outcomes allow"),
        (EffectiveSet { permissions: PermissionSet::EMPTY, ..good }, "the permissions are not those that the outcomes allow"),
        (set_of(&[(BINDING, view)]), "the outcomes are not those of the catalog's permissions"),
        (set_of(&[(BINDING, PermissionSet::first(4))]), "the outcomes are not those of the catalog's permissions"),
        (set_of(&[]), "the outcomes are not those of the catalog's permissions"),
        (set_of(&[(BINDING, view), (LACKS, all())]), "a permission is in two outcomes"),
        (set_of(&[(LACKS, view), (LACKS, rest)]), "two outcomes have equal decisions"),
        (set_of(&[(BINDING, all()), (LACKS, PermissionSet::EMPTY)]), "an outcome has no permission"),
        (set_of(&[(denied(Reason::PermissionUnknown), all())]), "a permission of the catalog is unknown"),
        (set_of(&[(denied(Reason::PlaceUnknown), all())]), UNKNOWN),
        (set_of(&[(Decision { allow: true, ..LACKS }, all())]), "a reason to allow denies, or a reason to deny allows"),
        (set_of(&[(Decision { binding: Some(1), ..BINDING }, all())]), "the binding that is named does not exist"),
    ];
    for (set, what) in cases {
        wrong(&set, |policy| policy.effective(&marked()), what);
    }
    let all_denied = |reason| set_of(&[(denied(reason), all())]);
    wrong(&all_denied(Reason::Lacks), |policy| policy.effective(&nobody()), UNKNOWN);
    wrong(&all_denied(Reason::PrincipalUnknown), |policy| policy.effective(&nowhere()), UNKNOWN);
}

#[test]
fn an_explanation_of_other_facts_is_wrong() {
    let step = |source| Step { source, reading: Reading::Member, fault: None, verdict: Verdict::NotListed };
    let side = |decision, steps| Leg { decision, steps };
    let own = side(BINDING, vec![step(Source::Floor), step(Source::Binding(1))]);
    let owner = side(BINDING, vec![step(Source::Binding(0))]);
    let good = Explanation { decision: BINDING, principal: own.clone(), owner: Some(owner), since: 0, until: u64::MAX };
    assert_eq!(guest_with(&good).load().unwrap().explain(&key(), 0), Ok(good.clone()));

    let nothing = "a step looks at something that does not exist";
    let ceiling = |steps| Explanation { owner: Some(side(LACKS, steps)), ..good.clone() };
    let cases = [
        (Explanation { since: u64::MAX, ..good.clone() }, "it does not hold at the moment that was asked about"),
        (Explanation { decision: Decision { reason: Reason::PlaceUnknown, ..LACKS }, ..good.clone() }, UNKNOWN),
        (Explanation { principal: side(LACKS, vec![step(Source::Binding(2))]), ..good.clone() }, nothing),
        (Explanation { principal: side(LACKS, vec![step(Source::TeamMembership(0))]), ..good.clone() }, nothing),
        (ceiling(vec![step(Source::Binding(1))]), nothing),
        (ceiling(vec![step(Source::TeamMembership(0))]), nothing),
        (
            Explanation { owner: Some(side(Decision { binding: Some(1), ..BINDING }, vec![])), ..good.clone() },
            "the binding that is named does not exist",
        ),
    ];
    for (explanation, what) in cases {
        wrong(&explanation, |policy| policy.explain(&key(), 0), what);
    }
    let principal = side(BINDING, vec![]);
    let ceiling = Explanation { principal, ..good };
    wrong(&ceiling, |policy| policy.explain(&member(), 0), "there is a ceiling, but no owner");
}

#[test]
fn many_answers_are_as_many_as_the_questions() {
    let facts = [member(), nobody()];
    let questions = [(0, 0), (1, 1), (2, 0), (0, u32::MAX)].map(|(facts, permission)| Question { facts, permission });
    let denied = |reason| Decision { reason, ..LACKS };
    let good = [BINDING, denied(Reason::PrincipalUnknown), denied(Reason::BadFacts), denied(Reason::PermissionUnknown)];
    let policy = guest_with(&good.to_vec()).load().unwrap();
    assert_eq!(policy.decide_many(&facts, &questions), Ok(good.to_vec()));

    let with = |index: usize, decision| {
        let mut answers = good.to_vec();
        answers[index] = decision;
        answers
    };
    let count = "there are not as many answers as questions";
    let cases = [
        (good[..3].to_vec(), count),
        ([good, good].concat(), count),
        (with(1, BINDING), "the binding that is named does not exist"),
        (with(1, LACKS), UNKNOWN),
        (with(2, LACKS), "a question without facts is not answered with `bad-facts`"),
        (with(3, LACKS), UNKNOWN),
    ];
    for (answers, what) in cases {
        wrong(&answers, |policy| policy.decide_many(&facts, &questions), what);
    }

    let good = vec![all(), PermissionSet::EMPTY];
    assert_eq!(guest_with(&good).load().unwrap().effective_many(&facts), Ok(good));
    let cases = [
        (vec![all()], count),
        (vec![PermissionSet::only(3), PermissionSet::EMPTY], "a permission is not in the catalog"),
        (vec![all(), PermissionSet::only(0)], "something unknown has permissions"),
    ];
    for (sets, what) in cases {
        wrong(&sets, |policy| policy.effective_many(&facts), what);
    }
}

#[test]
fn a_catalog_answers_with_what_it_has() {
    wrong(&PermissionSet::only(3), |policy| policy.compile(&["door:view"]), "a permission is not in the catalog");

    let wanted = [Selection { category: "doors".into(), level: Level::Read }];
    let names = |names: &[&str]| Ok::<_, u32>(names.iter().map(|&name| name.to_owned()).collect::<Vec<String>>());
    let cases = [
        (names(&["door:view", "door:open"]), "the names are not sorted, or one is repeated"),
        (names(&["door:open", "door:open"]), "the names are not sorted, or one is repeated"),
        (names(&["door:close"]), "a permission is not in the catalog"),
        (Err(1), "the selection that fails does not exist"),
    ];
    for (answer, what) in cases {
        wrong(&answer, |policy| policy.selections_to_permissions(&wanted), what);
    }
    assert_eq!(guest_with(&Err::<Vec<String>, u32>(0)).load().unwrap().selections_to_permissions(&wanted), Ok(Err(0)));

    let selection = |category: &str, level| Selection { category: category.into(), level };
    let order = "a category is not in the catalog, is repeated or is out of order";
    let cases = [
        (vec![selection("windows", Level::Read)], order),
        (vec![selection("locks", Level::Write), selection("doors", Level::Read)], order),
        (vec![selection("doors", Level::Write), selection("doors", Level::Read)], order),
        (vec![selection("doors", Level::None)], "a category is selected at level `none`"),
    ];
    for (answer, what) in cases {
        wrong(&answer, |policy| policy.permissions_to_selections(&["door:view"]), what);
    }
}

#[test]
fn bytes_that_are_no_answer_are_wrong() {
    let mut good = vec![0; 8];
    set_of(&[(LACKS, all())]).put(&mut good);
    let mut long = good.clone();
    long.push(0);
    let mut endless = good.clone();
    // The number of outcomes.
    endless[56..64].copy_from_slice(&u64::MAX.to_le_bytes());
    let mut other = good.clone();
    other[0] = 2;
    for answer in [vec![], vec![0], vec![0; 8], good[..good.len() - 1].to_vec(), long, endless, other] {
        let mut guest = guest("answer");
        guest.answer = answer;
        let error = guest.fails(|policy| policy.effective(&marked()));
        let what = "the bytes are not an answer to it";
        assert_eq!(error, EvalError::WrongAnswer { policy: error.policy(), question: "effective", what });
    }

    let mut guest = guest("answer");
    guest.answer = vec![1, 0, 0, 0, 0, 0, 0, 0];
    let error = guest.fails(|policy| policy.effective(&marked()));
    assert_eq!(error, EvalError::Unread { policy: error.policy(), question: "effective" });
}
