//! Random questions about what would grant a permission, by anyone.

use clearance_policy::types::Role;
use clearance_policy::types::repair::{Asker, RepairQuestion};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::facts;

fn offer() -> impl Strategy<Value = Role> {
    let known = select(&[Role::Viewer, Role::Member, Role::Admin, Role::Custom(0)][..]);
    prop_oneof![40 => known, 1 => Just(Role::Custom(1)), 1 => Just(Role::Missing)]
}

fn asker() -> impl Strategy<Value = Asker> {
    prop_oneof![
        6 => Just(Asker::Keeper),
        2 => facts::user().prop_map(Asker::User),
        1 => facts::handle().prop_map(Asker::Key),
    ]
}

/// A question.
pub(crate) fn question() -> impl Strategy<Value = RepairQuestion> {
    (facts::permission(), vec(offer(), 0..5), asker()).prop_map(|(permission, offers, asker)| RepairQuestion {
        permission,
        offers,
        asker,
    })
}
