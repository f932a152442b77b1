//! The boundary types, generated from `wit/types.wit`, `wit/lifecycle-types.wit` and `wit/repair-types.wit`, which are their reference.
#![expect(missing_docs, unsafe_code, unreachable_pub, clippy::allow_attributes, clippy::panic, reason = "generated from WIT")]

// Not a module: its path would stand in the names of all that is compiled.
include!("types/generated.rs");

pub use clearance::policy::types::*;

/// The types of questions about keys, generated from `wit/lifecycle-types.wit`.
pub mod lifecycle {
    // One by one: the generated module also has names of its own for the types that it uses.
    pub use super::clearance::policy::lifecycle_types::{
        Assignee, Ceiling, Change, Draft, Edit, Edited, Excess, Fault, Field, Flaw, KeyAnswer, KeyOwner, KeyQuestion, Kind,
        NewBinding, Plan, Power, ProjectKeyUse, Refusal, Sight, Spot, StoredKey, TextChange, Violation, WantedBinding,
        WantedProject, WantedRole, Warning, Workspace,
    };
}

/// The types of questions about what would grant a permission, generated from `wit/repair-types.wit`.
pub mod repair {
    pub use super::clearance::policy::repair_types::{
        Action, Addition, Asker, Change, ChangeSets, Maker, Obstacle, RepairAnswer, RepairQuestion, Side,
    };
}
