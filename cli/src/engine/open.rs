//! Opening a data file without harming one that is not ours.
//!
//! The engine would lay its tables into any SQLite file it is given, and wait half a minute for a
//! locked one. So the file is looked at first.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;
use std::thread;
use std::time::Duration;

use dynoxide::storage::Storage;
use dynoxide::{Database, DynoxideError};

use super::EngineError;

/// How long somebody else's lock may last before we say so.
const PATIENCE: Duration = Duration::from_secs(3);
/// Whoever opens a new file first sets its mode, and SQLite refuses all others at that moment without a wait.
const AGAIN: [Duration; 4] = [
    Duration::from_millis(20),
    Duration::from_millis(40),
    Duration::from_millis(80),
    Duration::from_millis(160),
];
/// What every SQLite file begins with.
const MAGIC: &[u8] = b"SQLite format 3\0";

/// The database in the file at `path`, new or old.
pub(super) fn database(path: &Path) -> Result<Database, EngineError> {
    database_within(path, PATIENCE)
}

pub(super) fn database_within(path: &Path, patience: Duration) -> Result<Database, EngineError> {
    // absolute, because SQLite gives names such as ":memory:" and "file:..." a meaning of their own
    let path = &std::path::absolute(path).map_err(|e| EngineError::from_io(path, e))?;
    let name = path.to_str().ok_or_else(|| EngineError::Name(path.clone()))?;
    create_parent(path).map_err(|e| EngineError::from_io(path, e))?;
    if holds_something(path)? && !is_ours(name, patience).map_err(|e| told(path, e))? {
        return Err(EngineError::Foreign(path.clone()));
    }
    let open = || Database::new(name).map_err(|e| told(path, e));
    for pause in AGAIN {
        match open() {
            Err(EngineError::Locked(_)) => thread::sleep(pause),
            opened => return opened,
        }
    }
    open()
}

fn told(path: &Path, error: DynoxideError) -> EngineError {
    EngineError::from_engine(path, error)
}

/// For its owner only: the data of a sandbox is nobody else's business.
fn create_parent(path: &Path) -> io::Result<()> {
    let Some(parent) = path.parent() else {
        return Ok(());
    };
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(parent)
}

/// Whether there is an SQLite file with content. An empty file is as good as none.
fn holds_something(path: &Path) -> Result<bool, EngineError> {
    if path.is_dir() {
        return Err(EngineError::Directory(path.to_path_buf()));
    }
    let mut start = Vec::new();
    match File::open(path) {
        Ok(file) => file.take(MAGIC.len() as u64).read_to_end(&mut start),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(EngineError::from_io(path, error)),
    }
    .map_err(|e| EngineError::from_io(path, e))?;
    if start.is_empty() || start == MAGIC {
        return Ok(!start.is_empty());
    }
    Err(EngineError::Foreign(path.to_path_buf()))
}

/// Whether the SQLite file is the engine's: without any table yet, or with the engine's own two. It
/// is read through a database in memory, so that nothing is written to it.
fn is_ours(name: &str, patience: Duration) -> Result<bool, DynoxideError> {
    let memory = Storage::memory()?;
    let look = memory.conn();
    look.busy_timeout(patience)?;
    look.execute("ATTACH DATABASE ?1 AS given", [name])?;
    let ours = look.query_row(
        "SELECT count(*) = 0 OR sum(name IN ('_config', '_tables')) = 2 FROM given.sqlite_master \
         WHERE type = 'table'",
        [],
        |row| row.get(0),
    )?;
    Ok(ours)
}
