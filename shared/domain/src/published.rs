//! What the rest of the company is told: each audit event that concerns the outside, in a form that lasts.
//!
//! Nothing is written for it: the table's stream carries the audit trail to whoever publishes, so there is no
//! change without its event and no event without its change. It is told at least once, and the first time in the
//! order of each user; whoever listens takes the id to know a repetition by. Its shape is versioned (`events/published/`
//! has a schema of each type) and names nobody but by opaque ids.

mod kind;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Serialize;

use crate::{
    change::{EventId, Filed, Source},
    external_id::ExternalId,
    link::LinkState,
    ports::{Publisher, Unpublished},
    values::{LinkId, SessionId},
};

pub use kind::Kind;

/// The version of every shape.
pub const VERSION: u32 = 1;
/// As many events go out in one call at most: EventBridge's own limit.
pub const MOST_IN_A_CALL: usize = 10;

/// An event as it is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Published {
    /// Its name: the same however often it is told.
    #[serde(serialize_with = "as_text")]
    pub id: EventId,
    /// What happened.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// The version of its shape.
    pub version: u32,
    /// When it was decided. Events of one moment are in the order of their ids.
    pub at: Timestamp,
    /// The user concerned; none while a link is nobody's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id: Option<ExternalId>,
    /// The link concerned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link_id: Option<LinkId>,
    /// The session concerned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_id: Option<SessionId>,
    /// The link's state before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<LinkState>,
    /// The link's state after.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<LinkState>,
    /// What brought it about.
    pub cause: Source,
}

/// Whose events are told in order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Thread {
    User(ExternalId),
    Link(LinkId),
    Nobody,
}

impl Published {
    /// What is told of an event, if it concerns the outside.
    #[must_use]
    pub fn of(Filed { id, event }: &Filed) -> Option<Self> {
        Some(Self {
            id: id.clone(),
            kind: Kind::of(event)?,
            version: VERSION,
            at: event.at,
            external_id: event.external_id.clone(),
            link_id: event.link_id,
            session_id: event.session_id.clone(),
            before: event.before,
            after: event.after,
            cause: event.source,
        })
    }

    fn thread(&self) -> Thread {
        match (&self.external_id, self.link_id) {
            (Some(user), _) => Thread::User(user.clone()),
            (None, Some(link)) => Thread::Link(link),
            (None, None) => Thread::Nobody,
        }
    }
}

/// Tells these events in their order; `may_go_on` is asked before each call. If one is not taken, nothing behind it
/// of the same user is told: one call carries at most one event of a user, and the first that fails is the last.
pub async fn publish(
    publisher: &impl Publisher,
    events: &[Published],
    mut may_go_on: impl FnMut() -> bool,
) -> Result<(), Unpublished> {
    let mut told = 0;
    while let Some(left) = events.get(told..).filter(|left| !left.is_empty()) {
        if !may_go_on() {
            return Err(Unpublished { first: told, cause: "time is up".into() });
        }
        let call = left.get(..together(left)).unwrap_or(left);
        publisher
            .publish(call)
            .await
            .map_err(|missed| Unpublished { first: told + missed.first, ..missed })?;
        told += call.len();
    }
    Ok(())
}

/// How many of the first may go out at once: each of another user.
fn together(events: &[Published]) -> usize {
    let mut threads = BTreeSet::new();
    events.iter().take(MOST_IN_A_CALL).take_while(|event| threads.insert(event.thread())).count()
}

fn as_text<S: serde::Serializer>(id: &EventId, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(id)
}
