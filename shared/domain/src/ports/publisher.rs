//! Telling the rest of the company.

use crate::{failure::Cause, published::Published};

/// Some events were not taken, as far as is known.
#[derive(Debug, thiserror::Error)]
#[error("an event was not taken")]
pub struct Unpublished {
    /// The first of them. Those before it were taken; some behind it may have been.
    pub first: usize,
    /// Why.
    #[source]
    pub cause: Cause,
}

/// Whoever takes events: EventBridge, or what stands for it.
pub trait Publisher: Sync {
    /// Tells these events: [`MOST_IN_A_CALL`](crate::published::MOST_IN_A_CALL) at most, in one call.
    fn publish(&self, events: &[Published]) -> impl Future<Output = Result<(), Unpublished>> + Send;
}
