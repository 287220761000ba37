//! What stands here for the program's failures: [`crate::lines`] is the program's own file, taken in without all that the
//! program is built of.

use std::io;

/// Why a file cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The first line names no columns.
    #[error("the first line names no columns")]
    Header,
    /// The file itself.
    #[error("the file cannot be read")]
    Unreadable(#[source] io::Error),
}

impl Failure {
    pub(crate) fn unreadable(cause: io::Error) -> Self {
        Self::Unreadable(cause)
    }
}
