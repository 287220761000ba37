//! The snapshot file: everything worth keeping, written whole after each change (to a temporary file,
//! flushed to the disk, then renamed over the old one), so that a killed process loses nothing that
//! it answered.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::book::{Book, Record};
use crate::tokens::Session;

const FORMAT: &str = "belvo-simulator";
const VERSION: u32 = 1;

/// Why a snapshot file cannot be used, and what to do about it.
#[derive(Debug, Error)]
pub enum OpenError {
    /// The file could not be read or written.
    #[error("cannot use {path}: {source}; name a file in a folder that you may write to", path = path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file has something else in it.
    #[error("{path} is not a snapshot of this simulator (or is damaged); move it away or name another file", path = path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// Another version of the simulator wrote it.
    #[error("{path} was written by another version of the simulator; move it away or name another file", path = path.display())]
    Version {
        /// The file.
        path: PathBuf,
    },
    /// Two simulators would overwrite each other.
    #[error("{path} is in use by another simulator; stop that one or name another file", path = path.display())]
    InUse {
        /// The file.
        path: PathBuf,
    },
}

/// The file, held for as long as the simulator lives.
#[derive(Debug)]
pub(crate) struct SnapshotFile {
    path: PathBuf,
    /// Beside the file and not the file itself, which is replaced all the time.
    _lock: File,
}

#[derive(Serialize, Deserialize)]
struct Heading {
    format: String,
    version: u32,
}

#[derive(Deserialize)]
struct Contents {
    links: Vec<Record>,
    sessions: std::collections::BTreeMap<String, Session>,
}

/// The links, written one after the other.
struct Links<'a>(&'a Book);

impl Serialize for Links<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.newest_first())
    }
}

#[derive(Serialize)]
struct Written<'a> {
    format: &'a str,
    version: u32,
    links: Links<'a>,
    sessions: &'a std::collections::BTreeMap<String, Session>,
}

impl SnapshotFile {
    /// Takes the file and reads what is in it. A file that does not exist is made at once, so that
    /// a wrong path is told at the start and not at the first change.
    pub(crate) fn open(path: &Path) -> Result<(Self, Book), OpenError> {
        let unusable = |source| OpenError::Unusable { path: path.to_owned(), source };
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(beside(path, "lock"))
            .map_err(unusable)?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => OpenError::InUse { path: path.to_owned() },
            TryLockError::Error(source) => unusable(source),
        })?;
        let file = Self { path: path.to_owned(), _lock: lock };
        let book = match std::fs::read(path) {
            Ok(bytes) => read(path, &bytes)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Book::default(),
            Err(error) => return Err(unusable(error)),
        };
        file.save(&book).map_err(unusable)?;
        Ok((file, book))
    }

    /// Writes the book. When this returns, the disk has it.
    pub(crate) fn save(&self, book: &Book) -> io::Result<()> {
        let written =
            Written { format: FORMAT, version: VERSION, links: Links(book), sessions: &book.sessions };
        let temporary = beside(&self.path, "new");
        let mut file = File::create(&temporary)?;
        file.write_all(&serde_json::to_vec(&written)?)?;
        file.sync_all()?;
        std::fs::rename(&temporary, &self.path)?;
        // The rename is an entry of the folder: without this it could still be lost.
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
    }
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    PathBuf::from(name)
}

fn read(path: &Path, bytes: &[u8]) -> Result<Book, OpenError> {
    let foreign = |_| OpenError::Foreign { path: path.to_owned() };
    let heading: Heading = serde_json::from_slice(bytes).map_err(foreign)?;
    if heading.format != FORMAT {
        return Err(OpenError::Foreign { path: path.to_owned() });
    }
    if heading.version != VERSION {
        return Err(OpenError::Version { path: path.to_owned() });
    }
    let contents: Contents = serde_json::from_slice(bytes).map_err(foreign)?;
    let mut book = Book::default();
    book.sessions = contents.sessions;
    for record in contents.links {
        book.put(record);
    }
    Ok(book)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::book::tests::record;

    #[test]
    fn a_broken_or_foreign_file_is_named_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("belvo.json");
        for contents in [
            "",
            "{",
            "[]",
            "SQLite format 3\0",
            r#"{"format":"another","version":1}"#,
            r#"{"format":"belvo-simulator","version":1}"#,
        ] {
            std::fs::write(&path, contents).unwrap();
            let error = SnapshotFile::open(&path).unwrap_err();
            assert!(matches!(error, OpenError::Foreign { .. }), "{contents}");
            let said = error.to_string();
            assert!(said.contains("belvo.json") && said.contains("move it away"));
            assert_eq!(std::fs::read_to_string(&path).unwrap(), contents);
        }
    }

    #[test]
    fn another_version_a_second_simulator_and_a_missing_folder_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("belvo.json");
        std::fs::write(&path, r#"{"format":"belvo-simulator","version":2}"#).unwrap();
        let error = SnapshotFile::open(&path).unwrap_err();
        assert!(matches!(error, OpenError::Version { .. }));

        std::fs::remove_file(&path).unwrap();
        let first = SnapshotFile::open(&path).unwrap();
        let error = SnapshotFile::open(&path).unwrap_err();
        assert!(matches!(error, OpenError::InUse { .. }));
        drop(first);
        assert!(SnapshotFile::open(&path).is_ok());

        let error = SnapshotFile::open(&folder.path().join("none/belvo.json")).unwrap_err();
        assert!(matches!(error, OpenError::Unusable { .. }));
    }

    #[test]
    fn what_was_saved_is_there_after_opening_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("belvo.json");
        let (file, mut book) = SnapshotFile::open(&path).unwrap();
        book.put(record("a", 1, Some("ana")));
        book.put(record("b", 2, None));
        file.save(&book).unwrap();
        drop(file);

        let (_file, again) = SnapshotFile::open(&path).unwrap();
        let all: Vec<Record> = again.newest_first().collect();
        assert_eq!(all, book.newest_first().collect::<Vec<_>>());
        assert_eq!(again.of_users(&["ana"]).len(), 1);
    }
}
