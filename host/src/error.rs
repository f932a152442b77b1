//! Why a policy cannot be loaded.

use clearance_question::{EvalError, PACKAGE, SelfCheckError};
use thiserror::Error;

/// What a policy exports, for messages.
const WANTED: &str = "clearance:policy/{types,catalog,evaluation,wire}@0.1";

/// Why bytes cannot be loaded as a policy version.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The bytes are not a WebAssembly component.
    #[error("this is {found}, not a WebAssembly component")]
    NotAComponent {
        /// What they are, as far as their first bytes show.
        found: &'static str,
    },
    /// The bytes begin like a component, but are malformed, or use a part of WebAssembly that policies do without: threads,
    /// SIMD, 64-bit or several memories, tail calls, garbage collection, exceptions.
    #[error("this component cannot be compiled: {0}")]
    Invalid(String),
    /// The component has imports. A policy may have none, not even imports of types: it gets nothing but facts.
    #[error("a policy imports nothing, this component imports {}", names(.0))]
    Imports(
        /// The names of all imports.
        Vec<String>,
    ),
    /// The component does not export everything that a policy must export.
    #[error("a policy exports all of `{}`, this component lacks {} and exports {}", WANTED, names(.missing), names(.found))]
    Contract {
        /// The interfaces that it lacks.
        missing: Vec<String>,
        /// The names of everything that it exports.
        found: Vec<String>,
    },
    /// The component exports interfaces of several versions of the contract.
    #[error("a policy exports interfaces of one version of `{}`, this component exports {}", PACKAGE, names(.0))]
    Mixed(
        /// The names of everything that it exports.
        Vec<String>,
    ),
    /// The component exports something besides the contract.
    #[error("a policy exports nothing but interfaces of `{}`, this component also exports {}", WANTED, names(.0))]
    Exports(
        /// The names of these further exports.
        Vec<String>,
    ),
    /// A function of the contract is missing or has another type.
    #[error("a policy exports `{function}` as `{wanted}`, this component has no such function")]
    Signature {
        /// The function, as `interface.function`.
        function: &'static str,
        /// Its type in the contract.
        wanted: &'static str,
    },
    /// The component carries cases that are too long, not UTF-8, or in more than one section.
    #[error("the cases that the component carries cannot be read: {0}")]
    Cases(
        /// What is wrong with them.
        String,
    ),
    /// No instance of the component could be made.
    #[error("the component cannot be started")]
    Start(#[source] EvalError),
    /// The component does not answer the questions whose answers the contract fixes for every policy.
    #[error(transparent)]
    Check(#[from] SelfCheckError),
}

impl LoadError {
    /// Its name, the same in every language.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::NotAComponent { .. } => "not-a-component",
            Self::Invalid(_) => "invalid",
            Self::Imports(_) => "imports",
            Self::Contract { .. } => "contract",
            Self::Mixed(_) => "mixed",
            Self::Exports(_) => "exports",
            Self::Signature { .. } => "signature",
            Self::Cases(_) => "cases",
            Self::Start(error) => error.name(),
            Self::Check(error) => error.name(),
        }
    }
}

fn names(names: &[String]) -> String {
    match names {
        [] => "nothing".into(),
        names => names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "),
    }
}
