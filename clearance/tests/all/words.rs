//! The words of what is answered: promises to whoever reads them.

use std::fmt::Debug;

use clearance::{
    document::{BindingRole, Mode, Scope},
    explanation::{Reading, RoleFault, Verdict},
    key::{Field, Flaw, KeyStatus, Kind, Spot, Warning},
    repair::{Maker, Obstacle},
    word,
};

/// The name of a variant, as the contract writes it.
fn kebab(variant: &impl Debug) -> String {
    let (shown, mut word) = (format!("{variant:?}"), String::new());
    for letter in shown.rsplit("::").next().unwrap().chars() {
        if letter.is_ascii_uppercase() && !word.is_empty() {
            word.push('-');
        }
        word.push(letter.to_ascii_lowercase());
    }
    word
}

fn are_those_of_the_contract<T: Debug + Copy>(word: impl Fn(T) -> &'static str, variants: &[T]) {
    variants.iter().for_each(|variant| assert_eq!(word(*variant), kebab(variant)));
}

#[test]
fn the_words_are_those_of_the_contract() {
    are_those_of_the_contract(word::reason, &word::REASONS);
    are_those_of_the_contract(
        word::reading,
        &[
            Reading::Everything,
            Reading::OrganizationMember,
            Reading::Viewer,
            Reading::Custom,
            Reading::ProjectKey,
            Reading::Nothing,
        ],
    );
    are_those_of_the_contract(
        word::role_fault,
        &[RoleFault::Missing, RoleFault::OtherOrganization, RoleFault::Empty, RoleFault::Private],
    );
    are_those_of_the_contract(
        word::verdict,
        &[Verdict::Grants, Verdict::OffChain, Verdict::BelowOrganization, Verdict::Archived],
    );
    are_those_of_the_contract(word::kind, &[Kind::Personal, Kind::Service]);
    are_those_of_the_contract(word::status, &[KeyStatus::Active, KeyStatus::Expired, KeyStatus::Revoked]);
    are_those_of_the_contract(word::flaw, &[Flaw::Missing, Flaw::TooLong, Flaw::NotAllowed, Flaw::Unreadable]);
    are_those_of_the_contract(word::warning, &[Warning::WholeOrganization, Warning::BornExpired, Warning::PermissionUnknown]);
    are_those_of_the_contract(word::maker, &[Maker::KeyOwner, Maker::OrganizationAdmin, Maker::Nobody]);
    are_those_of_the_contract(
        word::obstacle,
        &[Obstacle::BadFacts, Obstacle::NotShown, Obstacle::OwnerUnknown, Obstacle::NoRole],
    );
    are_those_of_the_contract(word::mode, &[Mode::All, Mode::Readonly, Mode::Restricted]);
}

#[test]
fn the_words_of_json_are_those_of_the_keys_api() {
    assert_eq!(word::role(BindingRole::Custom), "CUSTOM");
    let scopes = [Scope::Organization("o".into()), Scope::Team("t".into()), Scope::Project("p".into())];
    assert_eq!(scopes.each_ref().map(word::scope_type), ["ORGANIZATION", "TEAM", "PROJECT"]);
    assert_eq!((word::field(Field::Assignee), word::field(Field::Projects)), ("assignedToUserId", "projectIds"));
    assert_eq!(word::spot(Spot { field: Field::Permissions, index: Some(0) }), "permissions.0");
    assert_eq!(word::spot(Spot { field: Field::Name, index: None }), "name");
}
