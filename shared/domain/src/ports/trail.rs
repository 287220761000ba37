//! Reading the audit trail.

use jiff::Timestamp;

use crate::{
    change::{EventId, Filed},
    external_id::ExternalId,
    failure::StoreError,
    values::LinkId,
};

/// Of whom or what a trail is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Everything that happened to a user, and to the links while they were the user's.
    User(ExternalId),
    /// What happened to a link, whoever had it. One that only waits for Belvo is known by its user alone.
    Link(LinkId),
}

/// A part of a trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// From this moment on.
    pub from: Option<Timestamp>,
    /// Before this moment.
    pub until: Option<Timestamp>,
    /// Behind this event, which was read already.
    pub behind: Option<Place>,
    /// So many events at most.
    pub most: usize,
}

/// Where an event stands in its trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// When it was decided.
    pub at: Timestamp,
    /// Its name.
    pub id: EventId,
}

impl Place {
    /// Where this event stands.
    #[must_use]
    pub fn of(filed: &Filed) -> Self {
        Self { at: filed.event.at, id: filed.id.clone() }
    }
}

/// The audit trail, to be read.
pub trait Trail: Sync {
    /// The events of a subject, oldest first, those of one moment in the order of their names.
    fn trail(
        &self,
        of: &Subject,
        stretch: &Stretch,
    ) -> impl Future<Output = Result<Vec<Filed>, StoreError>> + Send;
}
