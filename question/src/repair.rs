//! The question about what would grant a permission.

use clearance_policy::{
    types::{
        Facts, Question, Reason,
        repair::{ChangeSets, Obstacle, RepairAnswer, RepairQuestion},
    },
    wire,
};

use crate::{EvalError, PolicyVersion, answer::must, ask::Wrong, repair_answer};

const QUESTION: &str = "repair";

/// What would grant a permission: the interface `repair` of the contract, since version 0.1.2.
impl PolicyVersion {
    /// Answers what would grant a permission: the smallest sets of changes after which [`decide`](Self::decide) allows, or why
    /// there is none.
    ///
    /// No answer is passed on that `decide` contradicts: it is asked about the facts as they are and as each set would leave them.
    ///
    /// # Errors
    ///
    /// [`EvalError::NoRepair`] where the component was built for an older contract, any other [`EvalError`] where it gave no answer
    /// or one that no policy may give.
    pub fn repair(&self, facts: &Facts, question: &RepairQuestion) -> Result<RepairAnswer, EvalError> {
        if !self.has_repair() {
            return Err(EvalError::NoRepair { policy: self.digest(), contract: self.contract().into() });
        }
        let answer = self.named_guest().call(
            QUESTION,
            |out| wire::put_repair(facts, question, out),
            |answer| repair_answer::check(answer, facts, question, self.count()),
        )?;
        self.check_against_decide(&answer, facts, question.permission)?;
        Ok(answer)
    }

    /// Whether `decide` says the same.
    fn check_against_decide(&self, answer: &RepairAnswer, facts: &Facts, permission: u32) -> Result<(), EvalError> {
        let wrong = |wrong: Wrong| EvalError::WrongAnswer { policy: self.digest(), question: QUESTION, what: wrong };
        let sets = match answer {
            // It says nothing about the decision.
            RepairAnswer::Nothing(Obstacle::NotShown) => return Ok(()),
            RepairAnswer::Nothing(Obstacle::BadFacts) => return Ok(()),
            RepairAnswer::Nothing(_) => {
                let denied = !self.decide(facts, permission)?.allow;
                return must(denied, "it says that nothing grants what is granted").map_err(wrong);
            }
            RepairAnswer::Allowed => {
                let allowed = self.decide(facts, permission)?.allow;
                return must(allowed, "it says that what is denied is granted").map_err(wrong);
            }
            RepairAnswer::Sets(ChangeSets { sets, .. }) => sets,
        };
        let mut all = vec![facts.clone()];
        all.extend(sets.iter().map(|set| repair_answer::apply_set(facts, set)));
        let questions: Vec<Question> = (0..).zip(&all).map(|(facts, _)| Question { facts, permission }).collect();
        let decisions = self.decide_many(&all, &questions)?;
        let (now, then) = decisions.split_first().ok_or_else(|| wrong("a decision is missing"))?;
        must(!now.allow && now.reason != Reason::BadFacts, "it repairs what is not a denial").map_err(wrong)?;
        must(then.iter().all(|decision| decision.allow), "a set of changes does not lead to an allow").map_err(wrong)
    }
}
