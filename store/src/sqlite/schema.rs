//! The tables, and how older ones become newer ones.

use std::path::Path;

use rusqlite::{Connection, Transaction};

use super::fault::fault;
use crate::error::StoreError;

/// What tells a database of this program from others: `CLRC`.
pub(super) const APPLICATION: i64 = 0x434c_5243;

/// The first version in which credentials have seals.
pub(super) const SEALS: u32 = 4;

/// Each makes its version out of the one before.
pub(super) const MIGRATIONS: &[&str] = &[
    include_str!("schema/1.sql"),
    include_str!("schema/lineage.sql"),
    include_str!("schema/purposes.sql"),
    include_str!("schema/seals.sql"),
];

/// Whose database it is, and which version.
pub(super) fn version(connection: &Connection, path: &Path) -> Result<u32, StoreError> {
    let pragma = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let ours = pragma("application_id").map_err(|error| match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::NotADatabase) => StoreError::NotOurs { path: shown(path) },
        _ => fault(error),
    })?;
    let version = u32::try_from(pragma("user_version").map_err(fault)?).unwrap_or_default();
    if ours == APPLICATION && version > 0 { Ok(version) } else { Err(StoreError::NotOurs { path: shown(path) }) }
}

/// Refuses a database that is newer than this program.
pub(super) fn refuse_newer(found: u32, migrations: &[&str], path: &Path) -> Result<(), StoreError> {
    let known = newest(migrations);
    if found > known { Err(StoreError::NewerDatabase { path: shown(path), found, known }) } else { Ok(()) }
}

/// Refuses a database that must be migrated first.
pub(super) fn refuse_older(found: u32, migrations: &[&str], path: &Path) -> Result<(), StoreError> {
    let known = newest(migrations);
    if found < known { Err(StoreError::OlderDatabase { path: shown(path), found, known }) } else { Ok(()) }
}

/// Brings a database to the newest version, or leaves it as it was.
#[cfg(test)]
pub(super) fn migrate(connection: &mut Connection, found: u32, migrations: &[&str]) -> Result<(), StoreError> {
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).map_err(fault)?;
    migrate_within(&transaction, found, migrations)?;
    transaction.commit().map_err(fault)
}

/// Brings a database to the newest version, as a part of something larger.
pub(super) fn migrate_within(transaction: &Transaction<'_>, found: u32, migrations: &[&str]) -> Result<(), StoreError> {
    if found == newest(migrations) {
        return Ok(());
    }
    for migration in migrations.iter().skip(usize::try_from(found).unwrap_or(usize::MAX)) {
        transaction.execute_batch(migration).map_err(fault)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION).map_err(fault)?;
    transaction.pragma_update(None, "user_version", newest(migrations)).map_err(fault)
}

pub(super) fn newest(migrations: &[&str]) -> u32 {
    u32::try_from(migrations.len()).unwrap_or(u32::MAX)
}

pub(super) fn shown(path: &Path) -> Box<str> {
    path.to_string_lossy().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn migrations_run_once_and_together() {
        let mut connection = Connection::open_in_memory().unwrap();
        let path = Path::new("x");
        let count =
            |connection: &Connection| -> i64 { connection.query_row("SELECT count(*) FROM a", [], |row| row.get(0)).unwrap() };
        let one = ["CREATE TABLE a (b) STRICT".replace(" STRICT", "")];
        let one: Vec<&str> = one.iter().map(String::as_str).collect();
        migrate(&mut connection, 0, &one).unwrap();
        assert_eq!(version(&connection, path), Ok(1));
        migrate(&mut connection, 1, &one).unwrap();

        let two = [one[0], "INSERT INTO a VALUES (1)", "INSERT INTO a VALUES (2)"];
        migrate(&mut connection, 1, &two).unwrap();
        assert_eq!((version(&connection, path), count(&connection)), (Ok(3), 2));

        let failing = [two[0], two[1], two[2], "INSERT INTO a VALUES (3)", "INSERT INTO none VALUES (4)"];
        assert!(migrate(&mut connection, 3, &failing).is_err());
        assert_eq!((version(&connection, path), count(&connection)), (Ok(3), 2), "nothing of a failed migration stays");

        assert!(matches!(refuse_newer(3, &one, path), Err(StoreError::NewerDatabase { found: 3, known: 1, .. })));
        assert!(matches!(refuse_older(1, &two, path), Err(StoreError::OlderDatabase { found: 1, known: 3, .. })));
        assert_eq!((refuse_newer(3, &two, path), refuse_older(3, &two, path)), (Ok(()), Ok(())));
    }

    #[test]
    fn a_database_of_somebody_else_is_refused() {
        let connection = Connection::open_in_memory().unwrap();
        let refused = Err(StoreError::NotOurs { path: "x".into() });
        assert_eq!(version(&connection, Path::new("x")), refused);
        connection.pragma_update(None, "user_version", 1).unwrap();
        assert_eq!(version(&connection, Path::new("x")), refused);
        // This program never leaves one without a version.
        connection.pragma_update(None, "application_id", APPLICATION).unwrap();
        assert_eq!(version(&connection, Path::new("x")), Ok(1));
        for none in [0, -1] {
            connection.pragma_update(None, "user_version", none).unwrap();
            assert_eq!(version(&connection, Path::new("x")), refused, "{none}");
        }
    }

    #[test]
    fn an_operator_of_an_older_database_keeps_its_purposes_and_can_be_for_operators() {
        let own = MIGRATIONS.iter().position(|migration| migration.contains("'operators'")).unwrap();
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection, 0, &MIGRATIONS[..own]).unwrap();
        let rows = "INSERT INTO peppers (name, verifier) VALUES ('p', x'00');
            INSERT INTO operators (id, name, created_at, lookup_id, hash, pepper) VALUES ('first', 'n', 1, 'l', 'h', 'p');
            INSERT INTO operator_purposes (operator, purpose) VALUES ('first', 'check'), ('first', 'keys');";
        connection.execute_batch(rows).unwrap();
        let add = "INSERT INTO operator_purposes (operator, purpose) VALUES ('first', ?1)";
        assert!(connection.execute(add, ["operators"]).is_err());

        migrate(&mut connection, u32::try_from(own).unwrap(), &MIGRATIONS[..=own]).unwrap();
        let purposes = |connection: &Connection| -> Vec<String> {
            let mut statement = connection.prepare("SELECT purpose FROM operator_purposes ORDER BY purpose").unwrap();
            statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
        };
        assert_eq!(purposes(&connection), ["check", "keys"]);
        assert_eq!(connection.execute(add, ["operators"]), Ok(1));
        assert!(connection.execute(add, ["everything"]).is_err());
        connection.execute_batch("DELETE FROM operators").unwrap();
        assert_eq!(purposes(&connection), Vec::<String>::new(), "they go with their operator");
    }
}
