//! Why a policy cannot be loaded, and why a question has no answer.

use std::time::Duration;

use clearance_policy::types::Reason;
use thiserror::Error;

use crate::{Digest, contract};

/// Why bytes are no policy version.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The bytes are something else.
    #[error("this is {found}, not a WebAssembly component")]
    NotAComponent {
        /// What they are, as well as their first bytes tell.
        found: &'static str,
    },
    /// The bytes begin like a component, but are malformed, or use a part of WebAssembly that policies do without: threads,
    /// SIMD, 64-bit or several memories, tail calls, garbage collection, exceptions.
    #[error("this is no component that can be compiled: {0}")]
    Invalid(String),
    /// The component wants something from its host. A policy gets nothing but facts, not even types.
    #[error("a policy imports nothing, this component imports {}", names(.0))]
    Imports(
        /// The names of all imports.
        Vec<String>,
    ),
    /// The component does not export what a policy must.
    #[error("a policy exports all of `{}`, this component lacks {} and exports {}", contract::WANTED, names(.missing), names(.found))]
    Contract {
        /// The interfaces that it lacks.
        missing: Vec<String>,
        /// The names of all that it exports.
        found: Vec<String>,
    },
    /// The interfaces of the component are of several versions of the contract.
    #[error("a policy exports interfaces of one version of `{}`, this component exports {}", contract::PACKAGE, names(.0))]
    Mixed(
        /// The names of all that it exports.
        Vec<String>,
    ),
    /// The component exports something besides the contract.
    #[error("a policy exports nothing but interfaces of `{}`, this component also exports {}", contract::WANTED, names(.0))]
    Exports(
        /// The names of what it exports besides.
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
    /// What the component carries as its cases is no text of a bounded size.
    #[error("the cases that the component carries cannot be read: {0}")]
    Cases(
        /// What is wrong with them.
        String,
    ),
    /// No instance of the component could be made.
    #[error("the component cannot be started")]
    Start(#[source] EvalError),
    /// A question that every policy can answer was not answered.
    #[error("the component fails at `{question}`, the first time that it is asked")]
    SelfCheck {
        /// The question.
        question: &'static str,
        /// How it failed.
        #[source]
        error: EvalError,
    },
    /// What the component says of itself cannot be true.
    #[error("the component describes itself wrongly: {0}")]
    Description(
        /// The part, what it is and what it should be.
        String,
    ),
    /// The answer to a question is not the one that the contract demands of every policy.
    #[error("the component answers {question} with {found}, the contract demands `{wanted:?}`")]
    Answer {
        /// The question.
        question: &'static str,
        /// The reason that every policy must give.
        wanted: Reason,
        /// What it answered.
        found: String,
    },
}

fn names(names: &[String]) -> String {
    match names {
        [] => "nothing".into(),
        names => names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "),
    }
}

/// Why a question has no answer.
///
/// This is not a denial: the policy did not say no, it said nothing that could be understood. Refuse, and tell the two apart.
/// The instance that failed is dropped, so the next question is answered as if this one had not been asked.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum EvalError {
    /// The component gave up, or broke the rules by which values are passed; or the machine could not give it an instance.
    #[error("policy {policy} trapped: {message}")]
    Trap {
        /// The policy version.
        policy: Digest,
        /// What the runtime says of it.
        message: String,
    },
    /// The component used more processor time than [`Limits::deadline`](crate::Limits::deadline).
    #[error("policy {policy} missed its deadline of {limit:?}")]
    Deadline {
        /// The policy version.
        policy: Digest,
        /// The limit.
        limit: Duration,
    },
    /// The call was not done within [`Limits::timeout`](crate::Limits::timeout), and the component had used less processor time
    /// than its deadline allows: the machine has too much to do, and the component need not be at fault. Ask again later.
    #[error("policy {policy} was not done within {limit:?}, in which this machine gave it too little processor time")]
    Timeout {
        /// The policy version.
        policy: Digest,
        /// The limit.
        limit: Duration,
    },
    /// The component asked for more memory than [`Limits::memory`](crate::Limits::memory).
    #[error("policy {policy} wants more than {limit} bytes of memory")]
    Memory {
        /// The policy version.
        policy: Digest,
        /// The limit in bytes.
        limit: usize,
    },
    /// The component used more stack than [`Limits::stack`](crate::Limits::stack).
    #[error("policy {policy} wants more than {limit} bytes of stack")]
    Stack {
        /// The policy version.
        policy: Digest,
        /// The limit in bytes.
        limit: usize,
    },
    /// An answer has more bytes than [`Limits::answer`](crate::Limits::answer). Ask fewer questions at once.
    #[error("policy {policy} answers with more than {limit} bytes")]
    AnswerTooLarge {
        /// The policy version.
        policy: Digest,
        /// The limit in bytes.
        limit: usize,
    },
    /// An answer that no policy may give.
    #[error("policy {policy} gives a wrong answer to `{question}`: {what}")]
    WrongAnswer {
        /// The policy version.
        policy: Digest,
        /// The question.
        question: &'static str,
        /// What is wrong with the answer.
        what: &'static str,
    },
    /// The component was built for a contract that does not have the interface `lifecycle`. It answers everything else.
    #[error(
        "policy {policy} cannot be asked `{question}`: it was built for `{contract}`, and questions about keys need one that was \
         built for `{}@0.1.1` or later",
        contract::PACKAGE
    )]
    NoLifecycle {
        /// The policy version.
        policy: Digest,
        /// The contract that it was built for.
        contract: String,
        /// The question.
        question: &'static str,
    },
    /// The component was built for a contract that does not have the interface `repair`. It answers everything else.
    #[error(
        "policy {policy} cannot be asked `repair`: it was built for `{contract}`, and what would grant a permission needs one that \
         was built for `{}@0.1.2` or later",
        contract::PACKAGE
    )]
    NoRepair {
        /// The policy version.
        policy: Digest,
        /// The contract that it was built for.
        contract: String,
    },
    /// The component could not compile the list of a custom role that the question depends on, or the list is longer than any that is
    /// accepted. Others are answered.
    #[error("policy {policy} cannot use the custom role `{role}`, on which the question depends: edit or remove the role")]
    UnusableRole {
        /// The policy version.
        policy: Digest,
        /// The id of the role.
        role: String,
    },
    /// The component says that it cannot read a question that is written as the contract wants it.
    #[error("policy {policy} cannot read the question `{question}`")]
    Unread {
        /// The policy version.
        policy: Digest,
        /// The question.
        question: &'static str,
    },
}

impl EvalError {
    /// The policy version that failed.
    #[must_use]
    pub fn policy(&self) -> Digest {
        match self {
            Self::Trap { policy, .. }
            | Self::Deadline { policy, .. }
            | Self::Timeout { policy, .. }
            | Self::Memory { policy, .. }
            | Self::Stack { policy, .. }
            | Self::AnswerTooLarge { policy, .. }
            | Self::WrongAnswer { policy, .. }
            | Self::NoLifecycle { policy, .. }
            | Self::NoRepair { policy, .. }
            | Self::UnusableRole { policy, .. }
            | Self::Unread { policy, .. } => *policy,
        }
    }
}
