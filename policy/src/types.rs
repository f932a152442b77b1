//! The boundary types, generated from `wit/types.wit`, `wit/lifecycle-types.wit` and `wit/repair-types.wit`, which are their reference.
//!
//! A world that imports these interfaces and no function makes plain types and nothing else.
#![expect(missing_docs, reason = "the generated modules around the types have no text of their own")]

wit_bindgen::generate!({
    inline: "
        package clearance:types-only;
        world types-only {
            import clearance:policy/types@0.1.2;
            import clearance:policy/lifecycle-types@0.1.2;
            import clearance:policy/repair-types@0.1.2;
        }
    ",
    path: "wit",
    generate_all,
    generate_unused_types: true,
    additional_derives: [PartialEq, Eq, Hash],
});

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
