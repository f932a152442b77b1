//! Why a policy is not accepted, and why a question has no answer.

use std::time::Duration;

use clearance_policy::types::Reason;
use thiserror::Error;

use crate::{CallError, Digest, PACKAGE};

/// Why a guest is not accepted as a policy.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SelfCheckError {
    /// A question that every policy can answer was not answered.
    #[error("the component fails at `{question}`, the first time that it is asked")]
    Unanswered {
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
    #[error("the component answers {question} with {found}, the contract demands `{wanted}`")]
    Answer {
        /// The question.
        question: &'static str,
        /// The reason that every policy must give.
        wanted: Reason,
        /// What it answered.
        found: String,
    },
}

/// Why a question has no answer.
///
/// This is not a denial: the policy did not deny, it gave no answer that could be understood. Refuse, and tell the two apart.
/// The instance that failed is dropped, so the next question is answered as if this one had not been asked.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum EvalError {
    /// The component gave up, or broke the rules by which values are passed; or the machine could not give it an instance.
    #[error("policy {policy} trapped: {message}")]
    Trap {
        /// The policy version.
        policy: Digest,
        /// The message of the runtime.
        message: String,
    },
    /// The component used more processor time than its deadline.
    #[error("policy {policy} missed its deadline of {limit:?}")]
    Deadline {
        /// The policy version.
        policy: Digest,
        /// The limit.
        limit: Duration,
    },
    /// The call was not done in the time that a call may take, and the component had used less processor time than its deadline allows:
    /// the machine has too much to do, and the component need not be at fault. Ask again later.
    #[error("policy {policy} was not done within {limit:?}, in which this machine gave it too little processor time")]
    Timeout {
        /// The policy version.
        policy: Digest,
        /// The limit.
        limit: Duration,
    },
    /// The component asked for more memory than it may have.
    #[error("policy {policy} wants more than {limit} bytes of memory")]
    Memory {
        /// The policy version.
        policy: Digest,
        /// The limit in bytes.
        limit: usize,
    },
    /// The component used more stack than it may have.
    #[error("policy {policy} wants more than {limit} bytes of stack")]
    Stack {
        /// The policy version.
        policy: Digest,
        /// The limit in bytes.
        limit: usize,
    },
    /// An answer has more bytes than one may have. Ask fewer questions at once.
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
        PACKAGE
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
        PACKAGE
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

impl SelfCheckError {
    /// Its name, the same in every language.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Unanswered { .. } => "unanswered",
            Self::Description(_) => "description",
            Self::Answer { .. } => "answer",
        }
    }
}

impl EvalError {
    /// Its name, the same in every language.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Trap { .. } => "trap",
            Self::Deadline { .. } => "deadline",
            Self::Timeout { .. } => "timeout",
            Self::Memory { .. } => "memory",
            Self::Stack { .. } => "stack",
            Self::AnswerTooLarge { .. } => "answer-too-large",
            Self::WrongAnswer { .. } => "wrong-answer",
            Self::NoLifecycle { .. } => "no-lifecycle",
            Self::NoRepair { .. } => "no-repair",
            Self::UnusableRole { .. } => "unusable-role",
            Self::Unread { .. } => "unread",
        }
    }

    /// The error of a policy version whose call was stopped.
    #[cold]
    #[must_use]
    pub fn new(policy: Digest, error: CallError) -> Self {
        match error {
            CallError::Trap(message) => Self::Trap { policy, message },
            CallError::Deadline(limit) => Self::Deadline { policy, limit },
            CallError::Timeout(limit) => Self::Timeout { policy, limit },
            CallError::Memory(limit) => Self::Memory { policy, limit },
            CallError::Stack(limit) => Self::Stack { policy, limit },
            CallError::AnswerTooLarge(limit) => Self::AnswerTooLarge { policy, limit },
        }
    }

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
