//! The words of what is answered: promises to those who read them.

use std::fmt::Debug;

use clearance::{
    Reason,
    document::{BindingRole, Mode, Scope},
    explanation::{Reading, RoleFault, Verdict},
    key::{Field, Flaw, KeyStatus, Kind, Spot, Warning, field_name, scope_type, spot_name},
    repair::{Maker, Obstacle},
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
    are_those_of_the_contract(Reason::as_str, &Reason::ALL);
    are_those_of_the_contract(Reading::as_str, &Reading::ALL);
    are_those_of_the_contract(RoleFault::as_str, &RoleFault::ALL);
    are_those_of_the_contract(Verdict::as_str, &Verdict::ALL);
    are_those_of_the_contract(Kind::as_str, &Kind::ALL);
    are_those_of_the_contract(KeyStatus::as_str, &KeyStatus::ALL);
    are_those_of_the_contract(Flaw::as_str, &Flaw::ALL);
    are_those_of_the_contract(Warning::as_str, &Warning::ALL);
    are_those_of_the_contract(Maker::as_str, &Maker::ALL);
    are_those_of_the_contract(Obstacle::as_str, &Obstacle::ALL);
    are_those_of_the_contract(Mode::as_str, &Mode::ALL);
}

#[test]
fn the_words_of_json_are_those_of_the_keys_api() {
    assert_eq!(BindingRole::Custom.as_str(), "CUSTOM");
    let scopes = [Scope::Organization("o".into()), Scope::Team("t".into()), Scope::Project("p".into())];
    assert_eq!(scopes.each_ref().map(scope_type), ["ORGANIZATION", "TEAM", "PROJECT"]);
    assert_eq!((field_name(Field::Assignee), field_name(Field::Projects)), ("assignedToUserId", "projectIds"));
    assert_eq!(spot_name(Spot { field: Field::Permissions, index: Some(0) }), "permissions.0");
    assert_eq!(spot_name(Spot { field: Field::Name, index: None }), "name");
}
