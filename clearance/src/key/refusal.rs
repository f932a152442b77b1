//! Why a key cannot be made, seen, edited or revoked.

use clearance_policy::types::lifecycle::{Fault, Field, Flaw, Refusal, Spot, Violation};
use clearance_question::EvalError;

use super::name::{field_name, spot_name};

/// Why a question about a key is not answered with a yes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The policy refuses.
    #[error(transparent)]
    Refused(#[from] KeyRefusal),
    /// The policy gave no answer: refuse, and look for the cause.
    #[error(transparent)]
    Eval(#[from] EvalError),
    /// The policy says that the question is malformed, which says nothing about the principal that asks: refuse, and report it.
    #[error("the policy says that the facts are malformed: this is a defect of this program, please report it")]
    BadFacts,
}

/// Why the policy refuses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyRefusal {
    /// The principal that asks lacks the permission for this, or is not an organization admin.
    #[error("{}", forbidden(.permission.as_deref()))]
    Forbidden {
        /// The name of the permission that is missing. Absent where no permission would do: it takes an organization admin or, to
        /// look at what keys can be made from, a signed-in user.
        permission: Option<Box<str>>,
    },
    /// What was sent has mistakes. All of them are listed.
    #[error("{}", faults(.0))]
    Validation(Vec<Fault>),
    /// Something that was asked for lies out of reach.
    #[error(transparent)]
    ScopeViolation(#[from] OutOfReach),
    /// The name is reserved for the platform.
    #[error("the name is reserved, choose another one")]
    ReservedName,
    /// The key or project does not exist, or the principal that asks may not see it.
    #[error("there is no such key or project")]
    NotFound,
    /// The key is somebody else's, or a service key, and no organization admin asks.
    #[error("the key is not yours: only its owner and organization admins may do that")]
    NotOwned,
    /// The key is revoked already.
    #[error("the key is revoked already, which is for good")]
    AlreadyRevoked,
    /// The scope lies in a personal workspace, which is for keys of the user who owns it.
    #[error("{}: the scope lies in somebody's personal workspace, which is for their own keys only", spot_name(*.0))]
    PersonalWorkspace(Spot),
}

/// Something that a key cannot have, or that its maker cannot name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OutOfReach {
    /// The user who asks is not a member of the organization, or was deactivated.
    #[error("you are not a member of the organization")]
    Caller,
    /// The assignee is not a member of the organization, or was deactivated.
    #[error("{}: the user is not a member of the organization", field_name(Field::Assignee))]
    Assignee,
    /// A personal key was asked for without bindings.
    #[error("{}: a personal key needs at least one", field_name(Field::Bindings))]
    NoBindings,
    /// The scope is not the organization of the key, nor a team or project of it, or it is an archived project.
    #[error("{}: the scope is not the organization of the key, nor a team or a project in use there", spot_name(*.0))]
    Scope(Spot),
    /// The binding would give more than the owner of the key has there.
    #[error("{}: the owner of the key does not have `{permission}` there, and a key never has more than its owner", spot_name(*.spot))]
    Ceiling {
        /// The binding, or the project that stands for one, as it was sent.
        spot: Spot,
        /// The name of a permission that is missing.
        permission: Box<str>,
    },
}

impl KeyRefusal {
    /// The code for programs, such as `api_key_not_found`, as the routes under `/api` write it.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Forbidden { .. } => "Forbidden",
            Self::Validation(_) => "validation_error",
            Self::ScopeViolation(_) => "api_key_scope_violation",
            Self::ReservedName => "api_key_reserved_name",
            Self::NotFound => "api_key_not_found",
            Self::NotOwned => "api_key_not_owned",
            Self::AlreadyRevoked => "api_key_already_revoked",
            Self::PersonalWorkspace(_) => "personal_workspace_not_managed_here",
        }
    }

    /// Where the mistakes of a [`KeyRefusal::Validation`] are, by names in JSON such as `bindings` and `permissions.0`. Empty for
    /// every other refusal.
    #[must_use]
    pub fn fields(&self) -> Vec<String> {
        match self {
            Self::Validation(faults) => faults.iter().map(|fault| spot_name(fault.spot)).collect(),
            _ => Vec::new(),
        }
    }
}

impl KeyError {
    /// `bindings`: how many of them were sent, because projects count on from there.
    pub(super) fn from_refusal(refusal: Refusal, bindings: usize) -> Self {
        let spot = |index: u32| {
            let first_project = u32::try_from(bindings).unwrap_or(u32::MAX);
            match index.checked_sub(first_project) {
                None => Spot { field: Field::Bindings, index: Some(index) },
                Some(project) => Spot { field: Field::Projects, index: Some(project) },
            }
        };
        let refusal = match refusal {
            Refusal::BadFacts => return Self::BadFacts,
            Refusal::Forbidden(permission) => KeyRefusal::Forbidden { permission: permission.map(String::into_boxed_str) },
            Refusal::Validation(faults) => KeyRefusal::Validation(faults),
            Refusal::ScopeViolation(violation) => KeyRefusal::ScopeViolation(match violation {
                Violation::NotMember => OutOfReach::Caller,
                Violation::AssigneeNotMember => OutOfReach::Assignee,
                Violation::NoBindings => OutOfReach::NoBindings,
                Violation::Scope(index) => OutOfReach::Scope(spot(index)),
                Violation::Ceiling(excess) => {
                    OutOfReach::Ceiling { spot: spot(excess.binding), permission: excess.permission.into() }
                }
            }),
            Refusal::ReservedName => KeyRefusal::ReservedName,
            Refusal::NotFound => KeyRefusal::NotFound,
            Refusal::NotOwned => KeyRefusal::NotOwned,
            Refusal::AlreadyRevoked => KeyRefusal::AlreadyRevoked,
            Refusal::PersonalWorkspace(index) => KeyRefusal::PersonalWorkspace(spot(index)),
        };
        Self::Refused(refusal)
    }
}

fn forbidden(permission: Option<&str>) -> String {
    match permission {
        Some(permission) => format!("it takes the permission `{permission}`"),
        None => "only an organization admin may do that".to_owned(),
    }
}

fn faults(faults: &[Fault]) -> String {
    let faults: Vec<String> =
        faults.iter().map(|fault| format!("{} ({})", spot_name(fault.spot), describe_fault(fault))).collect();
    format!("refused: {}", faults.join(", "))
}

/// What is wrong in one spot: the word of the contract, and for a time the form that is wanted as well.
#[must_use]
pub fn describe_fault(Fault { spot, flaw }: &Fault) -> String {
    let word = flaw.as_str();
    match (spot.field, flaw) {
        (Field::Expires, Flaw::Unreadable) => format!("{word}: write an RFC 3339 time such as `2026-01-02T00:00:00Z`"),
        _ => word.to_owned(),
    }
}
