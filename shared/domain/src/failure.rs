//! What can go wrong outside, told by what the caller can do about it. No status codes here.

use crate::values::{Code, LinkId};

/// A cause from a library, kept for the log and never shown to a client.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// The store could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Throttled, slow, unreachable, or a conflict that did not settle: the same call may work in a while.
    #[error("the table did not answer in time")]
    Busy(#[source] Cause),
    /// The table refused: wrong name, missing permission, a request it does not take.
    #[error("the table refused the request")]
    Refused(#[source] Cause),
    /// An item does not read as what its kind says.
    #[error("an item of kind {kind} cannot be read")]
    Corrupt {
        /// The kind that was expected.
        kind: &'static str,
        /// What did not parse.
        #[source]
        cause: Cause,
    },
}

/// Whether a failure concerns one user's records only, so that the others' need not wait for somebody to mend them.
pub(crate) fn is_one_users(error: &StoreError) -> bool {
    match error {
        StoreError::Refused(_) | StoreError::Corrupt { .. } => true,
        StoreError::Busy(_) => false,
    }
}

/// Why a commit changed nothing.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// Somebody changed one of the records meanwhile: read again and decide again.
    #[error("a record changed meanwhile")]
    Stale,
    /// The link is bound to another user.
    #[error("link {0} is bound to another user")]
    OwnedByAnother(LinkId),
    /// The store could not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Belvo could not be asked, or its answer could not be used.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// Belvo understood and said no. Retrying the same call is useless.
    #[error("Belvo refused the call with status {status} and code {}", code.as_ref().map_or("none", Code::as_str))]
    Refused {
        /// The HTTP status.
        status: u16,
        /// Belvo's code, when its body had one.
        code: Option<Code>,
    },
    /// Too many calls from this account or address: back off.
    #[error("Belvo throttled the call")]
    Throttled,
    /// Nothing was sent, so nothing happened.
    #[error("Belvo was not called: {0}")]
    Unsent(&'static str),
    /// A time-out, a 5xx, a cut or foreign body: it may or may not have happened.
    #[error("Belvo's answer is unknown: {0}")]
    Unknown(&'static str),
}

/// Why a use case that needs both came to nothing, though the caller did nothing wrong.
#[derive(Debug, thiserror::Error)]
pub enum Outage {
    /// The store could not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Belvo could not be asked.
    #[error(transparent)]
    Provider(#[from] ProviderError),
}
