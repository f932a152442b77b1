//! What the list of a custom role may hold: the one place that says so, for files, changes and any database.
//!
//! A policy compiles every list within its deadline, and everybody waits for that. So a list is bounded before it is stored, and not
//! when a policy fails on it. What an older version stored beyond these bounds loads all the same: see
//! [`Directory::from_stored`](crate::Directory::from_stored).

use std::collections::HashSet;

/// How many names a list may hold, equal ones counted each time.
pub const MAX_ROLE_NAMES: usize = 1_000;

/// How many bytes of UTF-8 a name may have.
pub const MAX_ROLE_NAME_BYTES: usize = 255;

/// Whether a list is within the bounds.
#[must_use]
pub fn is_within_bounds(names: &[Box<str>]) -> bool {
    names.len() <= MAX_ROLE_NAMES && first_long_name(names).is_none()
}

/// The first name that is too long, and where it stands.
pub(crate) fn first_long_name(names: &[Box<str>]) -> Option<(usize, &str)> {
    names.iter().map(|name| &**name).enumerate().find(|(_, name)| name.len() > MAX_ROLE_NAME_BYTES)
}

/// The list without the names that stand there a second time. The order of the others stays.
#[must_use]
pub fn distinct(names: &[Box<str>]) -> Vec<Box<str>> {
    let mut seen = HashSet::with_capacity(names.len());
    names.iter().filter(|name| seen.insert(&***name)).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_stands_there_twice_is_kept_once_at_its_first_place() {
        let list = ["b", "a", "b", "", "a", ""].map(Box::from);
        assert_eq!(distinct(&list), ["b", "a", ""].map(Box::from));
    }
}
