//! Secrets that are named by ARN: read from Secrets Manager when a process starts, kept, and read again by and by, so
//! that none is in an environment value and a replaced one is noticed without a deployment.
//!
//! What a secret's text means is in `text`, when it is read again in `age`: both pure. [`Source`] keeps the value
//! for whoever uses it, [`SecretsManager`] is the way to AWS.

mod age;
mod manager;
mod source;
mod text;

use std::{fmt, pin::Pin, sync::Arc, time::Duration};

use domain::ports::Ambient;

use crate::{ambient::SystemAmbient, metrics};

pub use age::{AGAIN_AFTER, FRESH_FOR};
pub use manager::{Arn, ArnError, Failure, SecretsManager, Versions};
pub use source::Source;
pub use text::{Unreadable, fields, rotated};

/// Something that can be had once its secrets are read.
pub type Unread<T> = Pin<Box<dyn Future<Output = Result<T, SecretsError>> + Send>>;

/// How long reading a secret again may hold a call up. One that takes longer is tried another time.
pub const AGAIN_WITHIN: Duration = Duration::from_secs(1);

/// What goes with values that are read again.
#[derive(Clone)]
pub struct Around {
    /// The clock that tells how old a value is.
    pub clock: Arc<dyn Ambient>,
    /// Where metrics go.
    pub metrics: Arc<dyn Fn(&str) + Send + Sync>,
}

impl Default for Around {
    /// As a function has it.
    fn default() -> Self {
        Self { clock: Arc::new(SystemAmbient), metrics: Arc::new(metrics::emit) }
    }
}

/// Secrets that a process cannot start without, each with what to check. No value is repeated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretsError(Vec<String>);

impl SecretsError {
    /// The secret that this variable names.
    #[must_use]
    pub fn of(variable: &'static str, cause: &Failure) -> Self {
        Self(vec![format!("{variable}: {cause}")])
    }
}

impl fmt::Display for SecretsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "secrets: {}", self.0.join("; "))
    }
}

impl std::error::Error for SecretsError {}

/// A secret: where it is kept, and by which variable it was named.
#[derive(Clone, Debug)]
pub struct Secret {
    /// The way to it.
    pub manager: SecretsManager,
    /// Which it is.
    pub arn: Arn,
    /// The variable that names it, for messages.
    pub variable: &'static str,
}

impl Secret {
    /// Its present value, for the life of the process.
    pub async fn once<T>(self, read: fn(&Versions) -> Result<T, Unreadable>) -> Result<T, SecretsError> {
        let versions = self.manager.present(&self.arn).await;
        let value = versions.and_then(|versions| Ok(read(&versions)?));
        value.map_err(|cause| SecretsError::of(self.variable, &cause))
    }

    /// Its present value and the one before, read again by and by.
    pub async fn kept<T: PartialEq + Send + Sync + 'static>(
        self,
        read: fn(&Versions) -> Result<T, Unreadable>,
        around: Around,
    ) -> Result<Source<T>, SecretsError> {
        let variable = self.variable;
        let feed = move || {
            let Self { manager, arn, .. } = self.clone();
            let read = async move { Ok(read(&manager.both(&arn).await?)?) };
            Box::pin(read) as source::Reading<T>
        };
        let first = feed().await.map_err(|cause| SecretsError::of(variable, &cause))?;
        Ok(Source::fed(first, variable, feed, around))
    }
}

/// Both, read at the same time. If neither can be had, both are told.
pub async fn both<A, B>(
    a: impl Future<Output = Result<A, SecretsError>>,
    b: impl Future<Output = Result<B, SecretsError>>,
) -> Result<(A, B), SecretsError> {
    match tokio::join!(a, b) {
        (Ok(a), Ok(b)) => Ok((a, b)),
        (Err(SecretsError(a)), Err(SecretsError(b))) => Err(SecretsError([a, b].concat())),
        (Err(error), Ok(_)) | (Ok(_), Err(error)) => Err(error),
    }
}

#[cfg(test)]
mod tests;
