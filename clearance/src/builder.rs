//! How an authorizer is made.

use clearance_directory::Directory;
use clearance_question::{EvalError, PolicyVersion};

use crate::{Authorizer, roles::CompiledRoles};

/// How many answers an authorizer keeps unless its builder says otherwise. One takes some 300 bytes.
const DEFAULT_CACHED_QUESTIONS: usize = 100_000;

/// Makes an [`Authorizer`] where [`Authorizer::new`] does not fit: with another size of cache, or on stored data.
///
/// ```
/// use clearance::{Authorizer, Directory};
/// use clearance_host::{Engine, LANGWATCH, Limits};
///
/// let directory = Directory::from_json(include_str!("../../examples/company/directory.json"))?;
/// let policy = Engine::new(Limits::default())?.load(LANGWATCH)?;
///
/// // Asks the policy every time, and starts even if the policy cannot compile a stored role.
/// let authorizer = Authorizer::builder(policy, directory).cached_questions(0).build_on_stored();
/// assert!(authorizer.unusable_roles().is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use = "nothing is made yet"]
pub struct AuthorizerBuilder {
    version: PolicyVersion,
    directory: Directory,
    cached_questions: usize,
}

impl Authorizer {
    /// An authorizer with a policy version, the data, and a cache of the answers to 100,000 questions.
    ///
    /// # Errors
    ///
    /// [`EvalError`] where the version fails to compile a custom role of the directory.
    pub fn new(version: PolicyVersion, directory: Directory) -> Result<Self, EvalError> {
        Self::builder(version, directory).build()
    }

    /// Begins to make an authorizer where [`new`](Self::new) does not fit.
    pub fn builder(version: PolicyVersion, directory: Directory) -> AuthorizerBuilder {
        AuthorizerBuilder { version, directory, cached_questions: DEFAULT_CACHED_QUESTIONS }
    }
}

impl AuthorizerBuilder {
    /// The most questions whose answers are kept, one for each principal and place. With 0 the policy is asked every time.
    pub fn cached_questions(self, most: usize) -> Self {
        Self { cached_questions: most, ..self }
    }

    /// Makes the authorizer.
    ///
    /// # Errors
    ///
    /// [`EvalError`] where the version fails to compile a custom role of the directory.
    pub fn build(self) -> Result<Authorizer, EvalError> {
        self.build_tolerating(|_| false)
    }

    /// Makes the authorizer on data that is stored already. A custom role that the version cannot compile stops only the questions
    /// that depend on it: see [`unusable_roles`](Authorizer::unusable_roles).
    #[must_use]
    pub fn build_on_stored(self) -> Authorizer {
        let roles = CompiledRoles::tolerant(&self.version, &self.directory);
        self.build_with(roles)
    }

    /// Makes the authorizer, where the version may fail at some roles, by their ids.
    pub(crate) fn build_tolerating(self, tolerated: impl Fn(&str) -> bool) -> Result<Authorizer, EvalError> {
        let roles = CompiledRoles::of(&self.version, &self.directory, tolerated)?;
        Ok(self.build_with(roles))
    }

    fn build_with(self, roles: CompiledRoles) -> Authorizer {
        Authorizer::with_roles(self.version, self.directory, self.cached_questions, roles)
    }
}
