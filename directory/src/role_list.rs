//! What the list of a custom role may hold: the one place that says so, for files, changes and any database.
//!
//! A policy compiles every list within its deadline, and everybody waits for that. So a list is bounded before it is stored, and not
//! when a policy fails on it. What an older version stored beyond these bounds loads all the same: see
//! [`Directory::from_stored`](crate::Directory::from_stored).

use std::collections::HashSet;

use crate::change::Change;
use crate::document::Role;
use crate::error::{ChangeError, Refusal, shortened};

/// How many names a list may hold, equal ones counted each time.
pub const MAX_NAMES: usize = 1_000;

/// How many bytes of UTF-8 a name may have.
pub const MAX_NAME_BYTES: usize = 255;

/// Whether a list is within the bounds.
#[must_use]
pub fn is_within_bounds(names: &[Box<str>]) -> bool {
    check(names).is_ok()
}

/// Refuses a list that is beyond the bounds.
///
/// # Errors
///
/// The field of the role, `permissions` or one name in it, and what is wrong there.
pub fn check(names: &[Box<str>]) -> Result<(), ChangeError> {
    if names.len() > MAX_NAMES {
        return Err(ChangeError::new("permissions", Refusal::TooManyNames { found: names.len() }));
    }
    match names.iter().position(|name| name.len() > MAX_NAME_BYTES) {
        None => Ok(()),
        Some(index) => {
            let name = names.get(index).map_or("", |name| name);
            let refusal = Refusal::LongName { value: shortened(name), bytes: name.len() };
            Err(ChangeError::new(format!("permissions[{index}]"), refusal))
        }
    }
}

/// The list without the names that stand there a second time. The order of the others stays.
#[must_use]
pub fn distinct(names: &[Box<str>]) -> Vec<Box<str>> {
    let mut seen = HashSet::with_capacity(names.len());
    names.iter().filter(|name| seen.insert(&***name)).cloned().collect()
}

/// The same change with the list as it is stored: bounded, and each name once.
pub(crate) fn accepted(change: Change) -> Result<Change, ChangeError> {
    let bounded = |role: Role| {
        check(&role.permissions)?;
        Ok(Role { permissions: distinct(&role.permissions), ..role })
    };
    Ok(match change {
        Change::AddRole(role) => Change::AddRole(bounded(role)?),
        Change::EditRole(role) => Change::EditRole(bounded(role)?),
        other => other,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(count: usize, bytes: usize) -> Vec<Box<str>> {
        (0..count).map(|number| format!("{number:0bytes$}").into()).collect()
    }

    #[test]
    fn a_list_is_bounded_in_names_and_in_bytes() {
        assert_eq!(check(&names(MAX_NAMES, MAX_NAME_BYTES)), Ok(()));
        let error = check(&names(MAX_NAMES + 1, 4)).unwrap_err();
        assert_eq!((error.field(), error.refusal()), ("permissions", &Refusal::TooManyNames { found: 1_001 }));
        let mut long = names(3, 4);
        long.push("ä".repeat(128).into());
        let error = check(&long).unwrap_err();
        assert_eq!(error.field(), "permissions[3]");
        assert!(error.to_string().contains("256 bytes"), "{error}");
        assert!(error.to_string().len() < 300, "{error}");
        assert!(is_within_bounds(&names(MAX_NAMES, MAX_NAME_BYTES)) && !is_within_bounds(&long));
    }

    #[test]
    fn a_name_that_stands_there_twice_is_kept_once_at_its_first_place() {
        let list = ["b", "a", "b", "", "a", ""].map(Box::from);
        assert_eq!(distinct(&list), ["b", "a", ""].map(Box::from));
    }
}
