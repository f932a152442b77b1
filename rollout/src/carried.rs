//! Cases that a policy version carries, and the directory that they are about.
//!
//! They travel inside the component, so they are covered by its digest and its signature, and every host that makes the version live
//! asks them first. The first line is a directory document, each line after it one case.

use clearance::{
    Authorizer, Directory, Document, DocumentError, PolicyVersion,
    document::{Sensitive, Timestamp},
};
use clearance_host::{MAX_CARRIED_BYTES, with_cases};

use crate::{
    Case, CaseError,
    case_check::{CaseCheckError, check_cases},
};

/// How many lines the directory takes, before the cases.
const DIRECTORY_LINES: usize = 1;

/// The cases that a policy version carries, about a directory of its own.
///
/// ```
/// use clearance::Directory;
/// use clearance_host::{Engine, LANGWATCH, Limits};
/// use clearance_rollout::CarriedCases;
///
/// let document = Directory::from_json(include_str!("../../examples/company/directory.json"))?.document();
/// let case =
/// r#"{"id":"1","user":"ana","permission":"prompts:view","at":{"team":"web"},"now":"2026-06-01T12:00:00Z","allow":true}"#; let
/// component = CarriedCases::put(LANGWATCH, document, case)?;
///
/// let version = Engine::new(Limits::default())?.load(&component)?;
/// let carried = CarriedCases::of(&version)?.expect("it carries them");
/// assert_eq!(carried.cases().len(), 1);
/// carried.check(&version)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct CarriedCases {
    directory: Directory,
    cases: Vec<Case>,
}

/// Why a version cannot carry these cases.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CarriedError {
    /// The directory cannot be loaded.
    #[error("line 1 is not a valid directory")]
    Directory(#[source] DocumentError),
    /// A line is not a case.
    #[error(transparent)]
    Case(#[from] CaseError),
    /// The text has a directory and no cases.
    #[error("there is no case")]
    None,
    /// A case does not say what is to be answered.
    #[error("line {line}: case `{id}` proves nothing: write what it expects, `allow` or `permissions`")]
    NoExpectation {
        /// The number of the line.
        line: usize,
        /// The id of the case.
        id: String,
    },
    /// A case does not say when it is asked, so it might be answered otherwise one day.
    #[error("line {line}: case `{id}` is to hold on every day: write when it is asked, as `now`")]
    NoMoment {
        /// The number of the line.
        line: usize,
        /// The id of the case.
        id: String,
    },
    /// Directory and cases have more bytes than a version may carry.
    #[error("the directory and the cases have {found} bytes together, and may have {MAX_CARRIED_BYTES}")]
    TooLarge {
        /// The number of bytes that they have.
        found: usize,
    },
}

impl CarriedCases {
    /// The cases that a version carries. `None` means that it carries none.
    ///
    /// # Errors
    ///
    /// [`CarriedError`] with lines that count from the directory, which is line 1.
    pub fn of(version: &PolicyVersion) -> Result<Option<Self>, CarriedError> {
        version.carried_cases().map(Self::read).transpose()
    }

    /// A copy of the component that carries these cases about this directory. `cases` has one case a line, in JSON. Whatever no
    /// answer depends on is left out of the directory: project keys, public and hidden halves of tokens, mail addresses.
    ///
    /// # Errors
    ///
    /// [`CarriedError`] with lines of `cases`, counted from 1. It does not ask the component: [`check`](Self::check) does that.
    pub fn put(component: &[u8], mut document: Document, cases: &str) -> Result<Vec<u8>, CarriedError> {
        read_cases(cases, 0)?;
        for project in &mut document.projects {
            project.project_key = project.project_key.take().map(|_| Sensitive::new(""));
        }
        for key in &mut document.keys {
            (key.lookup_id, key.hashed_secret) = (None, None);
        }
        document.users.iter_mut().for_each(|user| user.email = None);
        // A document is written without line breaks.
        let mut text = serde_json::to_string(&document).unwrap_or_default();
        for line in cases.lines() {
            text.push('\n');
            text.push_str(line.trim());
        }
        if text.len() > MAX_CARRIED_BYTES {
            return Err(CarriedError::TooLarge { found: text.len() });
        }
        Self::read(&text)?;
        Ok(with_cases(component, &text))
    }

    fn read(text: &str) -> Result<Self, CarriedError> {
        let (directory, cases) = text.split_once('\n').unwrap_or((text, ""));
        let directory = Directory::from_json(directory).map_err(CarriedError::Directory)?;
        Ok(Self { directory, cases: read_cases(cases, DIRECTORY_LINES)? })
    }

    /// The cases.
    #[must_use]
    pub fn cases(&self) -> &[Case] {
        &self.cases
    }

    /// Asks a version all of these cases.
    ///
    /// # Errors
    ///
    /// [`CaseCheckError`] of the first case that it does not answer as the case says.
    pub fn check(self, version: &PolicyVersion) -> Result<(), CaseCheckError> {
        let Self { directory, cases: all } = self;
        let authorizer =
            Authorizer::builder(version.clone(), directory).cached_questions(0).build().map_err(CaseCheckError::Compile)?;
        // Each says when it is asked.
        check_cases(&authorizer, &all, Timestamp::saturating_from_millis(0))
    }
}

/// Reads the cases of these lines, and checks that each has all that it needs. `before` other lines come first.
fn read_cases(text: &str, before: usize) -> Result<Vec<Case>, CarriedError> {
    let cases =
        Case::read_all(text).map_err(|CaseError { line, problem }| CaseError { line: line.saturating_add(before), problem })?;
    if cases.is_empty() {
        return Err(CarriedError::None);
    }
    for (line, case) in (before.saturating_add(1)..).zip(&cases) {
        if !case.expects() {
            return Err(CarriedError::NoExpectation { line, id: case.id.clone() });
        }
        if case.now.is_none() {
            return Err(CarriedError::NoMoment { line, id: case.id.clone() });
        }
    }
    Ok(cases)
}
