//! What can be wrong in a catalog file.

use thiserror::Error;

use crate::{
    catalog::MAX_PERMISSIONS,
    limits::{MAX_LIST_ITEMS, MAX_NAME_BYTES, MAX_TEXT_BYTES},
};

/// A mistake in a catalog file.
#[derive(Debug, PartialEq, Eq, Error)]
#[error("line {line}: {mistake}")]
#[non_exhaustive]
pub struct Problem {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong there, and what to do.
    pub mistake: Mistake,
}

impl Problem {
    /// A mistake at a byte of a text.
    pub(crate) fn at(text: &str, byte: usize, mistake: Mistake) -> Self {
        let line = text.bytes().take(byte).filter(|&byte| byte == b'\n').count() + 1;
        Self { line, mistake }
    }
}

/// What can be wrong in a catalog file.
#[derive(Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Mistake {
    /// The text is not TOML, or a field is unknown, missing or of another kind.
    #[error("{0}")]
    Form(String),
    /// A name that cannot be one.
    #[error("{what} `{name}` is not a name: use ASCII letters, digits, `-` and `_`, at least one")]
    Name {
        /// What it would name.
        what: &'static str,
        /// What stands there.
        name: String,
    },
    /// A name that is too long.
    #[error("{what} `{name}` has {bytes} characters: make it {MAX_NAME_BYTES} at the most")]
    LongName {
        /// What it names.
        what: &'static str,
        /// The name.
        name: String,
        /// How long it is.
        bytes: usize,
    },
    /// The policy's version is not a semantic one.
    #[error("policy version `{0}` is not a semantic version: write major.minor.patch, as in 1.0.0")]
    Version(String),
    /// Something stands there for the second time.
    #[error("{what} `{name}` stands here for the second time: take one of the two away")]
    Repeated {
        /// What is named so.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// More bytes than a component can take.
    #[error("{what} has {bytes} bytes: make it {MAX_TEXT_BYTES} at the most")]
    TooLong {
        /// What it is.
        what: &'static str,
        /// How long it is.
        bytes: usize,
    },
    /// More items than a component can take.
    #[error("{what} of `{of}` are {count}: make them {MAX_LIST_ITEMS} at the most")]
    TooManyOf {
        /// What there is too much of.
        what: &'static str,
        /// What has them.
        of: String,
        /// How many there are.
        count: usize,
    },
    /// Rules that do not exist.
    #[error("rules `{0}` do not exist: use `langwatch` or `strict`")]
    Rules(String),
    /// Nothing where something is needed.
    #[error("{what} of `{of}` is empty: name at least one, or take `{of}` away")]
    Empty {
        /// What is needed.
        what: &'static str,
        /// What needs it.
        of: String,
    },
    /// More permissions than bits.
    #[error("the catalog has {0} permissions: a permission set has room for {MAX_PERMISSIONS}, so take some away")]
    TooMany(usize),
    /// A tier that does not exist.
    #[error("tier `{0}` does not exist: use `organization`, `any` or `platform`")]
    Tier(String),
    /// A level that does not exist.
    #[error("level `{0}` does not exist: use `read` or `write`")]
    Level(String),
    /// A permission that no resource has.
    #[error("permission `{0}` is not in the catalog: correct it, or add the action to its resource")]
    Permission(String),
    /// A resource that the catalog does not have.
    #[error("resource `{0}` is not in the catalog: correct it, or add a [[resource]] of that name")]
    Resource(String),
    /// An implied action that implies others.
    #[error("`{action}` implies `{implied}`, which implies others: list here what it should imply, for one step is all there is")]
    Chained {
        /// The action that implies.
        action: String,
        /// The implied action that implies others.
        implied: String,
    },
    /// An action of an implication that no resource has.
    #[error("no resource has the action `{0}`: correct it, or take it away")]
    Action(String),
    /// A category with the level `read` over resources that nobody can view.
    #[error("category `{0}` has the level `read`, but none of its resources has the action `view`: take the level away")]
    NothingToRead(String),
}
