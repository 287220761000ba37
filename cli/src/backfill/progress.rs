//! How far a file is, noted beside it: `<FILE>.progress`. It belongs to the file, the table and Belvo that it was
//! begun with; for any other the run starts anew, which costs time and nothing else.

use std::{
    fs::{self, File},
    io::{self, ErrorKind, Read},
    path::{Path, PathBuf},
};

use domain::{backfill::Tally, letters};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Position;
use crate::failure::Failure;

/// So much of a file tells it from another one of the same length.
const HEAD: u64 = 64 * 1024;

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reached {
    /// Up to here the file is brought in.
    pub at: Position,
    /// What it came to so far.
    pub tally: Tally,
}

/// What the note holds.
#[derive(Serialize, Deserialize)]
struct Note {
    of: String,
    reached: Reached,
}

/// The note of one file.
#[derive(Debug)]
pub struct Progress {
    path: PathBuf,
    of: String,
}

impl Progress {
    /// The note of this file for a run that is about `what`: the table, Belvo, and how the file is read.
    pub fn of(file: &Path, what: &str) -> Result<Self, Failure> {
        let of = fingerprint(file, what).map_err(Failure::unreadable)?;
        Ok(Self { path: beside(file, "progress"), of })
    }

    /// How far an earlier run came.
    #[must_use]
    pub fn found(&self) -> Option<Reached> {
        let note: Note = serde_json::from_slice(&fs::read(&self.path).ok()?).ok()?;
        (note.of == self.of).then_some(note.reached)
    }

    /// Notes how far it is. The note is there whole or as it was before, whenever the program is killed.
    pub fn note(&self, reached: &Reached) -> Result<(), Failure> {
        let note = Note { of: self.of.clone(), reached: *reached };
        let text = serde_json::to_vec(&note).map_err(Failure::request)?;
        let new = beside(&self.path, "new");
        let written = fs::write(&new, text).and_then(|()| fs::rename(&new, &self.path));
        written.map_err(|cause| Failure::Progress { path: self.path.clone(), cause })
    }

    /// Everything is brought in.
    pub fn end(&self) -> Result<(), Failure> {
        match fs::remove_file(&self.path) {
            Err(cause) if cause.kind() != ErrorKind::NotFound => {
                Err(Failure::Progress { path: self.path.clone(), cause })
            }
            Ok(()) | Err(_) => Ok(()),
        }
    }
}

fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    name.into()
}

/// Tells files and runs apart: by the length and the first lines of the file, and by what the run is about.
fn fingerprint(file: &Path, what: &str) -> io::Result<String> {
    let file = File::open(file)?;
    let length = file.metadata()?.len();
    let mut head = Vec::new();
    file.take(HEAD).read_to_end(&mut head)?;
    let digest = Sha256::new().chain_update(length.to_be_bytes()).chain_update(head).chain_update(what);
    let mut first = [0; 16];
    first.iter_mut().zip(digest.finalize()).for_each(|(to, from)| *to = from);
    Ok(letters::encode(first))
}
