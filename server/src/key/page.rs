//! Pages of keys: which keys of a list are wanted, and where the next page begins.

use std::cmp::Reverse;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use clearance::document::{Scope, Timestamp};
use clearance::key::{KeyRecord, KeyStatus};

use crate::body::refuse_flaws;
use crate::error::{Error, Flaw};

/// The most keys on one page, and how many there are where nobody says.
pub(crate) const MAX_KEYS_ON_PAGE: usize = 1_000;

/// The parameters that a list of keys takes.
pub(crate) const PARAMETERS: [&str; 5] = ["limit", "cursor", "status", "owner", "scope"];

/// Which keys of a list are wanted.
#[derive(Debug, PartialEq)]
pub(crate) struct PageRequest {
    limit: usize,
    after: Option<Position>,
    status: Option<KeyStatus>,
    owner: Option<String>,
    scope: Option<Scope>,
}

/// Where a key stands in a list: newest first, and by id among those of one moment. It stays where it is, whatever comes and goes around
/// it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Position(Reverse<Option<u64>>, Box<str>);

impl PageRequest {
    /// Reads the values of the [parameters](PARAMETERS).
    pub(crate) fn of([limit, cursor, status, owner, scope]: [Option<String>; 5]) -> Result<Self, Error> {
        let mut flaws = Vec::new();
        let mut flaw = |field: &str, message: String| flaws.push(Flaw { field: field.to_owned(), message });
        let limit = match limit.as_deref().map(str::parse) {
            None => MAX_KEYS_ON_PAGE,
            Some(Ok(limit @ 1..=MAX_KEYS_ON_PAGE)) => limit,
            Some(_) => {
                flaw("limit", format!("expected a number from 1 to {MAX_KEYS_ON_PAGE}"));
                0
            }
        };
        let after = cursor.as_deref().map(Position::parse);
        if after == Some(None) {
            flaw("cursor", "expected what `next` of the page before says".to_owned());
        }
        let of_status = status.as_deref().map(|text| KeyStatus::ALL.into_iter().find(|status| status.as_str() == text));
        if of_status == Some(None) {
            flaw("status", "expected `active`, `expired` or `revoked`".to_owned());
        }
        if owner.as_deref() == Some("") {
            flaw("owner", "expected the id of a user".to_owned());
        }
        let of_scope = scope.as_deref().map(scope_of);
        if of_scope == Some(None) {
            flaw("scope", "expected `organization:ID`, `team:ID` or `project:ID`".to_owned());
        }
        refuse_flaws(flaws)?;
        Ok(Self { limit, after: after.flatten(), status: of_status.flatten(), owner, scope: of_scope.flatten() })
    }

    /// Whether revoked keys are wanted, which lists leave out.
    pub(crate) fn wants_revoked(&self) -> bool {
        self.status == Some(KeyStatus::Revoked)
    }

    /// The wanted ones of a list, and the cursor of the next page if there is one.
    pub(crate) fn cut(&self, mut records: Vec<KeyRecord>) -> (Vec<KeyRecord>, Option<String>) {
        let is_later = |record: &KeyRecord| self.after.as_ref().is_none_or(|after| Position::of(record) > *after);
        records.retain(|record| is_later(record) && self.is_wanted(record));
        records.sort_by_cached_key(Position::of);
        let is_last = records.len() <= self.limit;
        records.truncate(self.limit);
        let next = records.last().filter(|_| !is_last).map(|last| Position::of(last).cursor());
        (records, next)
    }

    fn is_wanted(&self, record: &KeyRecord) -> bool {
        let Self { status, owner, scope, .. } = self;
        status.is_none_or(|status| record.status == status)
            && owner.as_deref().is_none_or(|owner| record.key.owner.as_deref() == Some(owner))
            && scope.as_ref().is_none_or(|scope| record.bindings.iter().any(|binding| binding.scope == *scope))
    }
}

impl Position {
    fn of(record: &KeyRecord) -> Self {
        Self(Reverse(record.key.created_at.map(Timestamp::millis)), record.key.id.clone())
    }

    fn cursor(&self) -> String {
        let Self(Reverse(created), id) = self;
        let created = created.map_or_else(|| "-".to_owned(), |created| created.to_string());
        Base64UrlUnpadded::encode_string(format!("{created}:{id}").as_bytes())
    }

    fn parse(cursor: &str) -> Option<Self> {
        let text = String::from_utf8(Base64UrlUnpadded::decode_vec(cursor).ok()?).ok()?;
        let (created, id) = text.split_once(':')?;
        let created = if created == "-" { None } else { Some(created.parse().ok()?) };
        Some(Self(Reverse(created), id.into()))
    }
}

fn scope_of(text: &str) -> Option<Scope> {
    let (kind, id) = text.split_once(':').filter(|(_, id)| !id.is_empty())?;
    match kind {
        "organization" => Some(Scope::Organization(id.into())),
        "team" => Some(Scope::Team(id.into())),
        "project" => Some(Scope::Project(id.into())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_leads_back_to_where_it_was_made() {
        for (created, id) in [(Some(7), "a"), (None, "b:c"), (Some(0), "")] {
            let position = Position(Reverse(created), id.into());
            assert_eq!(Position::parse(&position.cursor()), Some(position));
        }
        for cursor in ["", "x", "=", "Og", "eDp5"] {
            assert!(Position::parse(cursor).is_none_or(|position| position.0 == Reverse(None)), "{cursor}");
        }
    }

    #[test]
    fn newer_ones_come_first_and_those_without_a_time_last() {
        let position = |created, id: &str| Position(Reverse(created), id.into());
        let order = [position(Some(2), "b"), position(Some(1), "a"), position(Some(1), "c"), position(None, "a")];
        assert!(order.is_sorted());
    }

    #[test]
    fn every_parameter_that_is_wrong_is_named() {
        let wrong = ["0", "!", "gone", "", "project:"].map(|value| Some(value.to_owned()));
        let Err(Error::Invalid(flaws)) = PageRequest::of(wrong) else { panic!("it is refused") };
        assert_eq!(flaws.iter().map(|flaw| flaw.field.as_str()).collect::<Vec<_>>(), PARAMETERS);
    }
}
