//! The write-ahead log as it lies on the disk, read without SQLite: which commits it holds.
//!
//! The format is fixed by SQLite (<https://sqlite.org/fileformat2.html#the_write_ahead_log>).

use std::fs::File;
use std::io::{BufReader, ErrorKind, Read};
use std::path::{Path, PathBuf};

use super::fault::io_fault;
use super::lineage::{MARK_BYTES, Mark};
use crate::error::StoreError;

const HEADER_BYTES: usize = 32;
const FRAME_HEADER_BYTES: usize = 24;

/// What a log holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Log {
    /// Whether there is a file that begins as SQLite begins a log.
    pub(super) there: bool,
    /// How many commits SQLite would find in it.
    pub(super) commits: u64,
    /// The marks of these commits, oldest first. A commit of another program leaves none.
    pub(super) marks: Vec<Mark>,
}

/// The path of the log of a database.
pub(super) fn path_of(database: &Path) -> PathBuf {
    beside(database, "-wal")
}

/// A file whose name is that of the database with something behind it.
pub(super) fn beside(database: &Path, end: &str) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(end);
    name.into()
}

/// Reads the log of a database. No log is as good as an empty one.
pub(super) fn read(database: &Path) -> Result<Log, StoreError> {
    match File::open(path_of(database)) {
        Ok(file) => scan(BufReader::with_capacity(1 << 16, file)).map_err(|error| io_fault(&error)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Log::default()),
        Err(error) => Err(io_fault(&error)),
    }
}

fn scan(mut file: impl Read) -> std::io::Result<Log> {
    let mut log = Log::default();
    let mut header = [0; HEADER_BYTES];
    if !fill(&mut file, &mut header)? {
        return Ok(log);
    }
    let [magic, _version, page_bytes, _checkpoint, salt_1, salt_2, sum_1, sum_2] = words(&header);
    let mut sum = Sum { little: magic & 1 == 0, values: (0, 0) };
    sum.add(header.get(..24).unwrap_or_default());
    let sound = magic & !1 == 0x377f_0682 && page_bytes.is_power_of_two() && (512..=65536).contains(&page_bytes);
    if !sound || sum.values != (sum_1, sum_2) {
        // As SQLite takes it: nothing of it counts.
        return Ok(log);
    }
    log.there = true;
    let mut page = vec![0; usize::try_from(page_bytes).unwrap_or_default()];
    let mut frame = [0; FRAME_HEADER_BYTES];
    let mut uncommitted = Vec::new();
    while fill(&mut file, &mut frame)? && fill(&mut file, &mut page)? {
        let [_page, size_after_commit, frame_salt_1, frame_salt_2, sum_1, sum_2] = words(&frame);
        sum.add(frame.get(..8).unwrap_or_default());
        sum.add(&page);
        if (frame_salt_1, frame_salt_2) != (salt_1, salt_2) || sum.values != (sum_1, sum_2) {
            break;
        }
        uncommitted.extend(mark_on(&page));
        if size_after_commit != 0 {
            log.commits += 1;
            log.marks.append(&mut uncommitted);
        }
    }
    Ok(log)
}

/// The mark on a page, if it is the page of the table with the mark: a leaf with one row of one known length.
fn mark_on(page: &[u8]) -> Option<Mark> {
    const LEAF_OF_A_TABLE: u8 = 13;
    // The lengths of row and record header, and the types of the columns: no own value for `row`, and a blob.
    const CELL: [u8; 5] = [44, 1, 3, 0, 94];
    let [LEAF_OF_A_TABLE, _, _, 0, 1, _, _, _, high, low, ..] = *page else { return None };
    let cell = page.get(usize::from(u16::from_be_bytes([high, low]))..)?;
    Mark::from_bytes(cell.strip_prefix(&CELL)?.get(..MARK_BYTES)?)
}

/// The checksum of SQLite, which goes on from frame to frame.
struct Sum {
    little: bool,
    values: (u32, u32),
}

impl Sum {
    fn add(&mut self, bytes: &[u8]) {
        let word = |bytes: [u8; 4]| if self.little { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) };
        let (mut first, mut second) = self.values;
        for pair in bytes.as_chunks::<8>().0 {
            let [a, b, c, d, e, f, g, h] = *pair;
            first = first.wrapping_add(word([a, b, c, d])).wrapping_add(second);
            second = second.wrapping_add(word([e, f, g, h])).wrapping_add(first);
        }
        self.values = (first, second);
    }
}

/// The big-endian words of a header.
fn words<const WORDS: usize>(bytes: &[u8]) -> [u32; WORDS] {
    let mut words = [0; WORDS];
    words.iter_mut().zip(bytes.as_chunks::<4>().0).for_each(|(word, bytes)| *word = u32::from_be_bytes(*bytes));
    words
}

/// Whether there were enough bytes.
fn fill(file: &mut impl Read, buffer: &mut [u8]) -> std::io::Result<bool> {
    match file.read_exact(buffer) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::super::lineage;
    use super::*;

    /// A database with marks, and as many commits in its log as are asked for.
    fn database(folder: &tempfile::TempDir, commits: usize) -> (PathBuf, Connection) {
        let path = folder.path().join("x.db");
        let connection = Connection::open(&path).unwrap();
        connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(())).unwrap();
        connection.execute_batch(include_str!("schema/lineage.sql")).unwrap();
        for _ in 0..commits {
            let _name = lineage::advance(&connection, true).unwrap();
        }
        (path, connection)
    }

    #[test]
    fn the_marks_of_a_log_are_those_that_were_left() {
        let folder = tempfile::tempdir().unwrap();
        let (path, connection) = database(&folder, 20);
        let log = read(&path).unwrap();
        assert_eq!((log.there, log.commits, log.marks.len()), (true, 21, 20));
        assert_eq!(log.marks.last().copied(), lineage::read(&connection).unwrap());
        assert!(log.marks.windows(2).all(|pair| pair[0].current == pair[1].previous));
        assert_eq!(log.marks[0].previous, lineage::BEGINNING);
        // A log that begins anew holds the commits since then alone.
        connection.query_row("PRAGMA wal_checkpoint(FULL)", [], |_| Ok(())).unwrap();
        let _name = lineage::advance(&connection, true).unwrap();
        let later = read(&path).unwrap();
        assert_eq!((later.commits, later.marks[0].previous), (1, log.marks[19].current));
    }

    #[test]
    fn a_log_ends_where_sqlite_ends_it() {
        let folder = tempfile::tempdir().unwrap();
        let (path, connection) = database(&folder, 5);
        let bytes = std::fs::read(path_of(&path)).unwrap();
        drop(connection);
        let marks = |bytes: &[u8]| scan(bytes).unwrap().marks.len();
        assert_eq!(marks(&bytes), 5);
        assert_eq!(marks(&bytes[..bytes.len() - 1]), 4, "the last commit is not whole");
        for position in [HEADER_BYTES + 10, bytes.len() - 5] {
            let mut damaged = bytes.clone();
            damaged[position] ^= 1;
            assert!(marks(&damaged) < 5, "{position}");
        }
        assert_eq!(scan(&bytes[..HEADER_BYTES]).unwrap(), Log { there: true, ..Log::default() });
        assert_eq!(scan(&bytes[..HEADER_BYTES - 1]).unwrap(), Log::default());
        assert_eq!(scan(&[0xff; 5000][..]).unwrap(), Log::default());
    }
    #[test]
    fn what_is_no_header_of_a_log_begins_none_though_its_sum_is_right() {
        let header = |magic: u32, page_bytes: u32| {
            let mut bytes: Vec<u8> = [magic, 3_007_000, page_bytes, 0, 1, 2].into_iter().flat_map(u32::to_be_bytes).collect();
            let mut sum = Sum { little: magic & 1 == 0, values: (0, 0) };
            sum.add(&bytes);
            bytes.extend([sum.values.0, sum.values.1].into_iter().flat_map(u32::to_be_bytes));
            bytes
        };
        for magic in [0x377f_0682, 0x377f_0683] {
            for page_bytes in [512, 4096, 65536] {
                assert!(scan(&*header(magic, page_bytes)).unwrap().there, "{magic:x} {page_bytes}");
            }
        }
        for (magic, page_bytes) in [(0x377f_0680, 4096), (0x377f_0682, 1000), (0x377f_0682, 256), (0x377f_0682, 131_072)] {
            assert_eq!(scan(&*header(magic, page_bytes)).unwrap(), Log::default(), "{magic:x} {page_bytes}");
        }
    }

    #[test]
    fn a_log_that_cannot_be_read_does_not_count_as_an_empty_one() {
        struct Failing;
        impl Read for Failing {
            fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
                Err(ErrorKind::TimedOut.into())
            }
        }
        assert_eq!(scan(Failing).unwrap_err().kind(), ErrorKind::TimedOut);
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(read(&folder.path().join("x.db")), Ok(Log::default()));
        let file = folder.path().join("file");
        std::fs::write(&file, "").unwrap();
        assert!(matches!(read(&file.join("x.db")), Err(StoreError::Io { .. })));
    }
}
