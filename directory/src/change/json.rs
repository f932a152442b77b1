//! The changes that are not rows, as JSON writes them: objects, and nothing else with the same parts.

use serde::{Deserialize, Deserializer};

use crate::document::Timestamp;
use crate::document::object::object;

/// Makes a function that reads an object with these two fields as a pair.
macro_rules! pair {
    ($name:ident: $first:ident: $First:ty, $second:ident: $Second:ty) => {
        pub(super) fn $name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<($First, $Second), D::Error> {
            #[derive(Deserialize)]
            #[serde(deny_unknown_fields)]
            struct Pair {
                $first: $First,
                $second: $Second,
            }
            object(deserializer).map(|Pair { $first, $second }| ($first, $second))
        }
    };
}

pair!(user_at: user: Box<str>, at: Timestamp);
pair!(project_at: project: Box<str>, at: Timestamp);
pair!(key_at: key: Box<str>, at: Timestamp);
pair!(organization_user: organization: Box<str>, user: Box<str>);
pair!(team_user: team: Box<str>, user: Box<str>);
pair!(group_user: group: Box<str>, user: Box<str>);
