//! Questions about keys, and their answers, as words.

use alloc::vec::Vec;

use super::words::{Case, Reader, Words, records};
use crate::types::{
    Membership, Mode, Place, ProjectPlace, Scope, TeamPlace, Tier,
    lifecycle::{
        Assignee, Ceiling, Change, Draft, Edit, Edited, Excess, Fault, Field, Flaw, KeyAnswer, KeyOwner, KeyQuestion, Kind,
        NewBinding, Plan, Power, ProjectKeyUse, Refusal, Sight, Spot, StoredKey, TextChange, Violation, WantedBinding,
        WantedProject, WantedRole, Warning, Workspace,
    },
};

records! {
    TeamPlace (2) { team, organization }
    ProjectPlace (4) { project, team, organization, archived }
    Scope (2) { tier, at }
    Ceiling (3) { facts, names }
    WantedBinding (5) { role, workspace, ceiling }
    WantedProject (2) { place, workspace }
    Assignee (3) { user, membership, deactivated }
    Spot (2) { field, index }
    Draft (10) { unreadable, kind, name, description, expires, mode, assignee, permissions, bindings, projects }
    NewBinding (3) { scope, role }
    Power (2) { bindings, permissions }
    Plan (9) { name, description, expires, mode, owner, creator, power, warnings }
    StoredKey (6) { handle, organization, owner, name, ingestion, revoked }
    Change (6) { unreadable, name, description, mode, permissions, bindings }
    Edited (5) { name, description, mode, power, warnings }
    Fault (3) { spot, flaw }
    Excess (2) { binding, permission }
    Edit (7) { key, change }
}

/// Enums that are the number of their case.
macro_rules! enums {
    ($($enum:ident)*) => { $(
        impl Words for $enum {
            const MIN_WORDS: usize = 1;

            #[inline]
            fn put(&self, out: &mut Vec<u8>) {
                self.number().put(out);
            }

            #[inline]
            fn take(input: &mut Reader<'_>) -> Option<Self> {
                Self::from_number(u64::take(input)?)
            }
        }
    )* };
}

pub(super) use enums;

enums! { Tier Membership Mode Kind WantedRole Field Flaw Warning ProjectKeyUse }

/// Variants that are the number of their case, then what it holds.
macro_rules! variants {
    ($($variant:ident { $($number:literal $case:ident $(($value:ident))?),* })*) => { $(
        impl Words for $variant {
            const MIN_WORDS: usize = 1;

            #[inline]
            fn put(&self, out: &mut Vec<u8>) {
                match self {
                    $(Self::$case $(($value))? => {
                        u64::put(&$number, out);
                        $($value.put(out);)?
                    })*
                }
            }

            #[inline]
            fn take(input: &mut Reader<'_>) -> Option<Self> {
                Some(match u64::take(input)? {
                    $($number => Self::$case $(({ let $value = Words::take(input)?; $value }))?,)*
                    _ => return None,
                })
            }
        }
    )* };
}

pub(super) use variants;

variants! {
    Place { 0 Unknown, 1 Organization(value), 2 Team(value), 3 Project(value) }
    Workspace { 0 Shared, 1 Personal(value) }
    KeyOwner { 0 Nobody, 1 Unknown, 2 User(value) }
    TextChange { 0 Keep, 1 Clear, 2 Set(value) }
    Violation { 0 NotMember, 1 AssigneeNotMember, 2 NoBindings, 3 Scope(value), 4 Ceiling(value) }
    Refusal {
        0 BadFacts, 1 Forbidden(value), 2 Validation(value), 3 ScopeViolation(value), 4 ReservedName, 5 NotFound, 6 NotOwned,
        7 AlreadyRevoked, 8 PersonalWorkspace(value)
    }
    Sight { 0 KeyNames(value), 1 OwnBindings(value), 2 Teams(value), 3 Projects(value), 4 Members(value) }
    KeyQuestion {
        0 Create(value), 1 Edit(value), 2 Revoke(value), 3 List(value), 4 Read(value), 5 Look(value), 6 ProjectKey(value)
    }
    KeyAnswer { 0 Granted, 1 Plan(value), 2 Edited(value), 3 Seen(value) }
}
