//! What SQLite reports, in the words of this crate.

use rusqlite::{Error, ErrorCode};

use crate::error::StoreError;

/// The name of a fault. Its text names tables and columns and repeats no value.
#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` calls")]
pub(super) fn fault(error: Error) -> StoreError {
    let detail = || -> Box<str> { error.to_string().into() };
    match &error {
        // A value in a row that is not as this program wrote it. The text would repeat it.
        Error::FromSqlConversionFailure(column, ..) | Error::IntegralValueOutOfRange(column, _) => {
            StoreError::Corrupt { detail: format!("column {column} of a row").into() }
        }
        Error::InvalidColumnType(_, name, _) => StoreError::Corrupt { detail: format!("the column `{name}` of a row").into() },
        Error::SqliteFailure(failure, _) => match failure.code {
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::FileLockingProtocolFailed => StoreError::Busy,
            ErrorCode::DiskFull => StoreError::Full,
            ErrorCode::ReadOnly | ErrorCode::PermissionDenied => StoreError::ReadOnly,
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => StoreError::Corrupt { detail: detail() },
            ErrorCode::SystemIoFailure | ErrorCode::CannotOpen | ErrorCode::NoLargeFileSupport | ErrorCode::OutOfMemory => {
                StoreError::Io { detail: detail() }
            }
            _ => StoreError::Unexpected { detail: detail() },
        },
        _ => StoreError::Unexpected { detail: detail() },
    }
}

/// The name of a fault of the operating system.
pub(super) fn io_fault(error: &std::io::Error) -> StoreError {
    use std::io::ErrorKind;
    match error.kind() {
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => StoreError::ReadOnly,
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => StoreError::Full,
        _ => StoreError::Io { detail: error.to_string().into() },
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::ffi;

    use super::*;

    #[test]
    fn each_fault_has_a_name() {
        let named = |code: i32| fault(Error::SqliteFailure(ffi::Error::new(code), None));
        assert_eq!(named(ffi::SQLITE_BUSY), StoreError::Busy);
        assert_eq!(named(ffi::SQLITE_BUSY_SNAPSHOT), StoreError::Busy);
        assert_eq!(named(ffi::SQLITE_FULL), StoreError::Full);
        assert_eq!(named(ffi::SQLITE_READONLY_DIRECTORY), StoreError::ReadOnly);
        for code in [ffi::SQLITE_CORRUPT, ffi::SQLITE_CORRUPT_INDEX, ffi::SQLITE_NOTADB] {
            assert!(matches!(named(code), StoreError::Corrupt { .. }), "{code}");
        }
        for code in [ffi::SQLITE_IOERR, ffi::SQLITE_IOERR_FSYNC, ffi::SQLITE_CANTOPEN] {
            assert!(matches!(named(code), StoreError::Io { .. }), "{code}");
        }
        assert!(matches!(named(ffi::SQLITE_CONSTRAINT_UNIQUE), StoreError::Unexpected { .. }));
        assert!(matches!(named(ffi::SQLITE_MISUSE), StoreError::Unexpected { .. }));
    }
    #[test]
    fn each_fault_of_the_operating_system_has_a_name() {
        use std::io::ErrorKind;
        let named = |kind: ErrorKind| io_fault(&kind.into());
        for kind in [ErrorKind::PermissionDenied, ErrorKind::ReadOnlyFilesystem] {
            assert_eq!(named(kind), StoreError::ReadOnly, "{kind}");
        }
        for kind in [ErrorKind::StorageFull, ErrorKind::QuotaExceeded] {
            assert_eq!(named(kind), StoreError::Full, "{kind}");
        }
        assert!(matches!(named(ErrorKind::NotADirectory), StoreError::Io { .. }));
    }
}
