//! Why the database can't be used, each in one sentence that says what to do.

use std::error::Error;
use std::io;
use std::path::{Path, PathBuf};

use dynoxide::DynoxideError;

type Cause = Box<dyn Error + Send + Sync>;

/// Why the database can't be used.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// Text, an image, or the database of another program. It has not been changed.
    #[error("{} is not a Linkkeeper data file: choose another path, or move that file away", .0.display())]
    Foreign(PathBuf),
    /// The file has been left as it was.
    #[error("{} was written by a newer Linkkeeper: use that version, or choose another path", .0.display())]
    Newer(PathBuf),
    /// Another program keeps the file to itself. Two Linkkeepers don't.
    #[error("{} is locked by another program: close that program, or choose another path", .0.display())]
    Locked(PathBuf),
    /// The file or its directory.
    #[error("{} may not be read and written by you: change its permissions, or choose another path", .0.display())]
    Forbidden(PathBuf),
    /// A directory stands where the file should be.
    #[error("{} is a directory: give the path of a file inside it", .0.display())]
    Directory(PathBuf),
    /// The disk, or the quota.
    #[error("{} has no room left on its disk: free some space, or choose another path", .0.display())]
    NoSpace(PathBuf),
    /// SQLite finds the file inconsistent.
    #[error("{} is damaged: put a copy of it back, or move it away to start afresh", .0.display())]
    Damaged(PathBuf),
    /// SQLite takes paths as text.
    #[error("{} has a name that is not valid Unicode: choose another path", .0.display())]
    Name(PathBuf),
    /// Anything else: the cause knows more.
    #[error("{} can't be opened as a data file: check the path, or choose another one", .path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        cause: Cause,
    },
    /// Not even without a file.
    #[error("no database could be made in memory: free some memory, and start again")]
    Memory(#[source] Cause),
    /// The next sweep tries again.
    #[error("expired items could not be removed: check that the data file is not locked")]
    Sweep(#[source] Cause),
}

impl EngineError {
    pub(super) fn memory(error: DynoxideError) -> Self {
        Self::Memory(error.into())
    }

    pub(super) fn sweep(error: DynoxideError) -> Self {
        Self::Sweep(error.into())
    }

    pub(super) fn from_io(path: &Path, error: io::Error) -> Self {
        let at = path.to_path_buf();
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "the kinds are the system's and grow; the rest is told by the cause"
        )]
        match error.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Self::Forbidden(at),
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::NoSpace(at),
            io::ErrorKind::IsADirectory => Self::Directory(at),
            _ => Self::Unusable { path: at, cause: error.into() },
        }
    }

    /// SQLite's result codes are part of its interface and never change. The engine's own refusals are
    /// known by their words only, which its exact pin keeps true.
    pub(super) fn from_engine(path: &Path, error: DynoxideError) -> Self {
        let at = path.to_path_buf();
        let words = error.to_string();
        match sqlite_code(&error) {
            Some(5 | 6) => Self::Locked(at),
            Some(3 | 8 | 23) => Self::Forbidden(at),
            Some(11) => Self::Damaged(at),
            Some(13) => Self::NoSpace(at),
            Some(26) => Self::Foreign(at),
            None if words.contains("newer version") => Self::Newer(at),
            None if words.contains("not a valid SQLite") => Self::Foreign(at),
            Some(_) | None => Self::Unusable { path: at, cause: error.into() },
        }
    }
}

/// The primary result code, without naming the SQLite crate that the engine has chosen.
fn sqlite_code(error: &DynoxideError) -> Option<i32> {
    let DynoxideError::SqliteError(error) = error else {
        return None;
    };
    error.sqlite_error().map(|told| told.extended_code & 0xff)
}
