//! Questions about what would grant a permission, and their answers, as words.

use alloc::vec::Vec;

use super::{
    lifecycle::{enums, variants},
    words::{Case, Reader, Words, records},
};
use crate::types::{
    Role,
    repair::{Action, Addition, Asker, Change, ChangeSets, Maker, Obstacle, RepairAnswer, RepairQuestion, Side},
};

records! {
    RepairQuestion (3) { permission, offers, asker }
    Addition (4) { side, role, scope }
    Action (2) { change, by }
    ChangeSets (2) { sets, more }
}

enums! { Side Maker Obstacle }

variants! {
    Role { 0 Admin, 1 Member, 2 Viewer, 3 Custom(value), 4 Missing }
    Asker { 0 Keeper, 1 User(value), 2 Key(value) }
    Change { 0 Renew, 1 Reactivate, 2 Membership(value), 3 Bind(value) }
    RepairAnswer { 0 Allowed, 1 Sets(value), 2 Nothing(value) }
}
