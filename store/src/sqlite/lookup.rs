//! What the rules for changes ask about the data, answered by queries.

use clearance_directory::{Lookup, PairKind, ParentKind, RowKind};
use rusqlite::{Connection, Error, Params};

use super::read::one;

/// The tables of the directory, as the transaction of this connection sees them: with what it wrote before.
pub(super) struct Tables<'c>(pub(super) &'c Connection);

impl Lookup for Tables<'_> {
    type Error = Error;

    fn has_row(&self, kind: RowKind, id: &str) -> Result<bool, Error> {
        let sql = match kind {
            RowKind::Organization => "SELECT 1 FROM organizations WHERE id = ?1",
            RowKind::User => "SELECT 1 FROM users WHERE id = ?1",
            RowKind::Team => "SELECT 1 FROM teams WHERE id = ?1",
            RowKind::Project => "SELECT 1 FROM projects WHERE id = ?1",
            RowKind::Group => "SELECT 1 FROM groups WHERE id = ?1",
            RowKind::Role => "SELECT 1 FROM roles WHERE id = ?1",
            RowKind::Key => "SELECT 1 FROM keys WHERE id = ?1",
            RowKind::Binding => "SELECT 1 FROM bindings WHERE id = ?1",
        };
        exists(self.0, sql, [id])
    }

    fn has_pair(&self, kind: PairKind, id: &str, user: &str) -> Result<bool, Error> {
        let sql = match kind {
            PairKind::Member => "SELECT 1 FROM members WHERE organization = ?1 AND user = ?2",
            PairKind::TeamMembership => "SELECT 1 FROM team_memberships WHERE team = ?1 AND user = ?2",
            PairKind::GroupMember => "SELECT 1 FROM group_members WHERE of_group = ?1 AND user = ?2",
        };
        exists(self.0, sql, [id, user])
    }

    fn first_child(&self, kind: ParentKind, id: &str) -> Result<Option<Box<str>>, Error> {
        let sql = match kind {
            ParentKind::Organization => "SELECT id FROM teams WHERE organization = ?1 ORDER BY id LIMIT 1",
            ParentKind::Team => "SELECT id FROM projects WHERE team = ?1 ORDER BY id LIMIT 1",
        };
        one(self.0, sql, [id], |row| row.get(0))
    }
}

/// Whether a question has an answer.
pub(super) fn exists(connection: &Connection, sql: &str, params: impl Params) -> Result<bool, Error> {
    connection.prepare_cached(sql)?.exists(params)
}

#[cfg(test)]
mod tests {
    use clearance_directory::Change;

    use super::super::stop::Stop;
    use super::*;

    #[test]
    fn a_database_that_cannot_be_asked_is_a_fault_and_not_a_refusal() {
        let without_tables = Connection::open_in_memory().unwrap();
        for change in ["removeUser", "removeTeam", "removeRole"] {
            let change: Change = serde_json::from_value(serde_json::json!({ change: "x" })).unwrap();
            let judged = change.validate(&Tables(&without_tables)).map_err(Stop::from);
            assert!(matches!(judged, Err(Stop::Fault(_))), "{judged:?}");
        }
    }
}
