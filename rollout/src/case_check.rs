//! Asks a version cases, and compares its answers with the expected ones.

use clearance::{Authorizer, EvalError, document::Timestamp};
use thiserror::Error;

use crate::Case;

/// Why a version does not pass its cases.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CaseCheckError {
    /// The version cannot compile the custom roles.
    #[error("the version cannot compile the custom roles")]
    Compile(#[source] EvalError),
    /// The case with this id has no expected answer.
    #[error("case `{0}` proves nothing: write what it expects, `allow` or `permissions`")]
    NoExpectation(String),
    /// The version answers a case otherwise than the case says.
    #[error("case `{id}` is answered with {found}")]
    Wrong {
        /// The id of the case.
        id: String,
        /// What the version answered.
        found: String,
    },
    /// The version does not answer a case.
    #[error("case `{id}` is not answered")]
    Unanswered {
        /// The id of the case.
        id: String,
        /// What the version did instead.
        #[source]
        error: EvalError,
    },
    /// The version gives two answers to the same case.
    #[error("case `{id}` is answered with {first}, and asked again with {then}: the version is not a function of its facts")]
    Unsteady {
        /// The id of the case.
        id: String,
        /// What the version answered the first time.
        first: String,
        /// What the version answered later.
        then: String,
    },
}

/// Asks every case twice, and then all of them in the opposite order by instances that were asked nothing before: a function of its
/// facts answers alike each time.
pub(crate) fn check_cases(authorizer: &Authorizer, cases: &[Case], now: Timestamp) -> Result<(), CaseCheckError> {
    let ask = |case: &Case| {
        let answer = case.answer(authorizer.view_at(case.now.unwrap_or(now)));
        answer.map_err(|error| CaseCheckError::Unanswered { id: case.id.clone(), error })
    };
    let again = |case: &Case, first: String| match ask(case)?.to_string() {
        then if then == first => Ok(first),
        then => Err(CaseCheckError::Unsteady { id: case.id.clone(), first, then }),
    };
    let mut answers = Vec::with_capacity(cases.len());
    for case in cases {
        if !case.expects() {
            return Err(CaseCheckError::NoExpectation(case.id.clone()));
        }
        let first = ask(case)?;
        if !case.is_answered_by(&first) {
            return Err(CaseCheckError::Wrong { id: case.id.clone(), found: first.to_string() });
        }
        answers.push(again(case, first.to_string())?);
    }
    if answers.is_empty() {
        return Ok(());
    }
    authorizer.swap(authorizer.live_version().with_fresh_instances()).map_err(CaseCheckError::Compile)?;
    for (case, first) in cases.iter().zip(answers).rev() {
        again(case, first)?;
    }
    Ok(())
}
