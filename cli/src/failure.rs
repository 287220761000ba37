//! What can stop the program: each told in one sentence that says what to do.

use std::{io, path::PathBuf, process::ExitCode};

use crate::{door::DoorError, engine::EngineError};

/// Why the program stopped.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// A port is taken.
    #[error(
        "port {port} for {what} is in use: stop the other program, or choose another with {flag} (0 picks a free one)"
    )]
    PortTaken {
        /// The port.
        port: u16,
        /// What was to listen there.
        what: &'static str,
        /// The flag that chooses another.
        flag: &'static str,
    },
    /// Loopback itself fails.
    #[error("this machine's loopback address cannot be used")]
    Loopback(#[source] io::Error),
    /// The data folder is in use by another local stack.
    #[error("another `linkkeeper local` uses the data in {0}: stop it, or choose another folder with --data")]
    DataInUse(PathBuf),
    /// The data folder cannot be used.
    #[error("the data folder {path} cannot be used ({cause}): choose another with --data")]
    Data {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// There is no data yet.
    #[error("there is no data in {0}: start `linkkeeper local` there first, or name its folder with --data")]
    NoData(PathBuf),
    /// An address is none.
    #[error("the address of {what} must be a URL such as http://127.0.0.1:8000: see {flag}")]
    Url {
        /// Whose address.
        what: &'static str,
        /// The flag that gives it.
        flag: &'static str,
    },
    /// Everything of `local` is invented: it may not meet real data.
    #[error(
        "`local` serves anybody and sweeps against a simulated Belvo, so it takes only a DynamoDB on this machine: use 127.0.0.1 or localhost with --dynamodb-url"
    )]
    NotForRealData,
    /// A user whom nobody registered.
    #[error("no such user here: `linkkeeper users` lists them")]
    NoUser,
    /// A change that was not confirmed.
    #[error(
        "nothing was changed, {why}: type the environment's name when asked, or pass --yes --environment {environment}"
    )]
    Unconfirmed {
        /// Why it does not count as confirmed.
        why: &'static str,
        /// The environment in which it would have happened.
        environment: String,
    },
    /// A link that the operator may not give to this user.
    #[error(
        "nothing was changed: the link must be in quarantine and confirmed at Belvo, and name this user or nobody who is registered here"
    )]
    NotToBeHad,
    /// A deletion that nobody asked for.
    #[error("nothing was changed: the link is not on its way to be deleted")]
    NotMarked,
    /// A deletion that cannot be taken back any more.
    #[error("nothing was changed: Belvo may have been asked already, or the link's user is being erased")]
    TooLate,
    /// Nothing that could be worked again.
    #[error(
        "nothing was changed: there is no such webhook, or none that could be read; `linkkeeper webhooks` lists them"
    )]
    NothingToReplay,
    /// A plan that does not exist.
    #[error("there is no plan of that name: `linkkeeper plan` lists those of the latest sweeps")]
    NoPlan,
    /// A plan that must not be carried out.
    #[error("nothing was changed: {0}")]
    Refused(String),
    /// A restore does not begin or end.
    #[error(transparent)]
    Restore(#[from] domain::sweep::restore::RestoreError),
    /// The table failed in the middle of many changes.
    #[error("what was done so far stays, and the same command goes on from there")]
    Partly(#[source] domain::failure::StoreError),
    /// A value was not understood.
    #[error("{0}")]
    Value(String),
    /// Belvo, or what stands for it, does not answer as it should.
    #[error("{0}")]
    Belvo(String),
    /// A file to bring in does not say how it is written.
    #[error("the file's name does not tell how it is written: say --format csv or --format jsonl")]
    Format,
    /// A file to bring in begins with no header.
    #[error(
        "the first line must name the columns: external_id or reference or both, and link_id if there are links; no others"
    )]
    Header,
    /// A file cannot be read.
    #[error("the file {path} cannot be read ({cause})")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// What is read broke off.
    #[error("the file cannot be read ({0})")]
    Unreadable(io::Error),
    /// How far a file is cannot be noted.
    #[error(
        "how far it is cannot be noted in {path} ({cause}): pipe the file into `backfill -` to do without"
    )]
    Progress {
        /// The note.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// Some lines of a file are bad, and that was to be a failure.
    #[error("{0} of the lines are bad (--strict)")]
    BadLines(u64),
    /// Something is wrong with the environment; what, was told.
    #[error("{0} problem(s): how to mend each is said above")]
    Unwell(usize),
    /// A step of the tour came out wrong.
    #[error("the tour stopped at step {step}: {what}")]
    Tour {
        /// Which step.
        step: usize,
        /// What was seen instead.
        what: String,
    },
    /// The embedded engine.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The door for other processes.
    #[error(transparent)]
    Door(#[from] DoorError),
    /// The table.
    #[error(transparent)]
    Table(#[from] adapters::dynamo::TableError),
    /// The store.
    #[error(transparent)]
    Store(#[from] domain::failure::StoreError),
    /// The table's stream cannot be read.
    #[error("the table's stream cannot be read: {0}")]
    Stream(String),
    /// A secret that is named by ARN.
    #[error(transparent)]
    Secrets(#[from] adapters::secrets::SecretsError),
    /// A sweep.
    #[error(transparent)]
    Sweep(#[from] domain::sweep::SweepError),
    /// A run of the function that deletes links.
    #[error(transparent)]
    Deletions(#[from] delete_links::Failed),
    /// A scheduled sweep.
    #[error(transparent)]
    Reconcile(#[from] reconcile::Failed),
    /// What waits for its time.
    #[error(transparent)]
    FollowUp(#[from] follow_up::Failed),
}

impl Failure {
    /// A failure of loopback.
    #[must_use]
    pub fn loopback(cause: io::Error) -> Self {
        Self::Loopback(cause)
    }

    /// A failure of what is read.
    #[must_use]
    pub fn unreadable(cause: io::Error) -> Self {
        Self::Unreadable(cause)
    }

    /// A failure of the table's stream, by its code.
    #[must_use]
    pub fn stream(cause: &impl aws_sdk_dynamodb::error::ProvideErrorMetadata) -> Self {
        Self::Stream(cause.code().unwrap_or("no answer").to_owned())
    }

    /// The exit code that tells it.
    #[must_use]
    pub fn code(&self) -> ExitCode {
        if matches!(self, Self::BadLines(_)) { ExitCode::from(2) } else { ExitCode::FAILURE }
    }

    /// A request that cannot be made or an answer that cannot be read.
    pub fn request(cause: impl std::fmt::Display) -> Self {
        Self::Value(format!("the request failed: {cause}"))
    }
}

/// Values with rules tell their rule.
macro_rules! rule {
    ($($error:ty),+ $(,)?) => {$(
        impl From<$error> for Failure {
            fn from(rule: $error) -> Self {
                Self::Value(rule.to_string())
            }
        }
    )+};
}

rule!(
    domain::values::ValueError,
    domain::sweep::PlanIdError,
    reconcile::order::OrderError,
    domain::external_id::ExternalIdError,
    domain::external_id::ReferenceKeyError,
    domain::webhooks::WebhookKeysError,
    adapters::widget::WidgetUrlError,
    adapters::belvo::BaseUrlError,
    adapters::belvo::BuildError,
);
