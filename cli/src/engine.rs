//! The embedded DynamoDB: real DynamoDB semantics on a file, inside this process, without a socket.
//!
//! The store speaks to it through the very SDK it uses in the cloud; only the SDK's HTTP client is
//! ours ([`Engine::http_client`]). This is the only place that names the crate behind it, so leaving
//! that crate means rewriting this file and the folder beside it, and nothing else.
//!
//! What it does not do, and a test has to put in front of it ([`client_over`]): throttling, stale
//! reads, transaction conflicts and lost answers. Idempotency tokens live in memory and are forgotten
//! at a restart. Expired items stay until [`Engine::sweep_expired`].

mod connector;
mod failure;
mod meter;
mod open;
mod operations;
mod usage;

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::HttpClient;
use dynoxide::Database;

pub use connector::{DEV_ACCESS_KEY, DEV_REGION, DEV_SECRET_KEY, client_over};
pub use failure::EngineError;
pub use meter::{Meter, Units};
pub use usage::Usage;

/// A handle on one database. Cheap to clone; all clones share the data and the [`Meter`].
#[derive(Clone)]
pub struct Engine {
    database: Database,
    meter: Arc<Mutex<Meter>>,
    /// Nothing, unless somebody wants to know: it takes reading every request once more.
    usage: Arc<Mutex<Option<Usage>>>,
}

/// What DynamoDB would have sent back over HTTP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// A JSON document: the operation's answer, or an error with its `__type`.
    pub body: Vec<u8>,
}

impl Engine {
    /// An empty database that ends with its last handle.
    pub fn in_memory() -> Result<Self, EngineError> {
        let database = Database::memory().map_err(EngineError::memory)?;
        Ok(Self::over(database))
    }

    /// The database in this file, which is created with its directory when it is not there. What was
    /// acknowledged survives `SIGKILL`. Several handles and several processes may share one file.
    pub fn open(path: &Path) -> Result<Self, EngineError> {
        Ok(Self::over(open::database(path)?))
    }

    fn over(database: Database) -> Self {
        Self { database, meter: Arc::default(), usage: Arc::default() }
    }

    /// The SDK, talking to this database. Must be used inside a tokio runtime.
    #[must_use]
    pub fn client(&self) -> Client {
        client_over(self.http_client())
    }

    /// The SDK for streams, talking to this database: what changed since the table has a stream, all of it.
    #[must_use]
    pub fn streams(&self) -> aws_sdk_dynamodbstreams::Client {
        connector::streams_over(self.http_client())
    }

    /// The way in for the SDK. Public so that tests can wrap it with faults before [`client_over`].
    #[must_use]
    pub fn http_client(&self) -> impl HttpClient + 'static {
        connector::InProcess::new(self.clone())
    }

    /// Answers one DynamoDB request. Blocks on SQLite: async callers go through `spawn_blocking`.
    #[must_use]
    pub fn dispatch(&self, target: &str, body: &[u8]) -> Answer {
        let Some(call) = operations::call(&self.database, target, body) else {
            return operations::unknown();
        };
        self.measure().record(call.name, call.units);
        call.answer
    }

    /// Removes the items whose time to live has passed and says how many. DynamoDB does this by
    /// itself, within days; here somebody has to ask.
    pub fn sweep_expired(&self) -> Result<usize, EngineError> {
        self.database.sweep_ttl().map_err(EngineError::sweep)
    }

    /// What was asked of this database so far, and what DynamoDB would have billed.
    #[must_use]
    pub fn meter(&self) -> Meter {
        self.measure().clone()
    }

    /// From now on notes which function asks for what.
    pub fn note_usage(&self) {
        self.used().get_or_insert_default();
    }

    /// Which function asked for what, since somebody wanted to know.
    #[must_use]
    pub fn usage(&self) -> Usage {
        self.used().clone().unwrap_or_default()
    }

    fn note(&self, user_agent: &str, target: &str, body: &[u8]) {
        if let (Some(usage), Some(function)) = (self.used().as_mut(), usage::asking(user_agent)) {
            usage.entry(function.to_owned()).or_default().extend(usage::checked(target, body));
        }
    }

    /// A note is never half written, as with the count.
    fn used(&self) -> MutexGuard<'_, Option<Usage>> {
        self.usage.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts counting from nothing again.
    pub fn reset_meter(&self) {
        *self.measure() = Meter::default();
    }

    /// A count is never half written, so a thread that panicked elsewhere spoils nothing.
    fn measure(&self) -> MutexGuard<'_, Meter> {
        self.meter.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
