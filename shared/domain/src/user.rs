//! Users, and the ledger: everything that we hold of one user, read in one request.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    change::Change,
    external_id::ExternalId,
    link::LinkRecord,
    session::LinkSession,
    values::{LinkId, SessionId},
};

/// A person in the app, registered before any link exists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Our name for the user, at Belvo too.
    pub external_id: ExternalId,
    /// When the user was registered.
    pub created_at: Timestamp,
    /// The id that the app's reference derives to, for a user who was brought in under another: it stands for
    /// this one, so that `me` leads here. At most one, else two people would share one user's links.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alias: Option<ExternalId>,
}

impl User {
    /// A user from now on, who is known by this id alone.
    #[must_use]
    pub fn new(external_id: ExternalId, created_at: Timestamp) -> Self {
        Self { external_id, created_at, alias: None }
    }
}

/// Everything that we hold of one user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ledger {
    /// The user.
    pub user: User,
    /// Links by id, pending ones and tombstones included.
    pub links: Vec<LinkRecord>,
    /// Link sessions that are not forgotten yet, oldest first.
    pub sessions: Vec<LinkSession>,
}

impl Ledger {
    /// The record of a link, if this user has one.
    #[must_use]
    pub fn link(&self, id: LinkId) -> Option<&LinkRecord> {
        self.links.iter().find(|record| record.link_id == id)
    }

    /// A session, if it was issued to this user.
    #[must_use]
    pub fn session(&self, id: &SessionId) -> Option<&LinkSession> {
        self.sessions.iter().find(|session| session.id == *id)
    }

    /// The ledger as it is once `changes` are made.
    #[must_use]
    pub fn with(mut self, changes: &[Change]) -> Self {
        for change in changes {
            match change {
                Change::Link(record) => {
                    self.links.retain(|old| old.link_id != record.link_id);
                    self.links.push(record.clone());
                }
                Change::Session(session) => {
                    self.sessions.retain(|old| old.id != session.id);
                    self.sessions.push(session.clone());
                }
                Change::Own(..)
                | Change::Quarantine(_)
                | Change::Stands(_)
                | Change::Intent(_)
                | Change::Unmarked(_) => {}
            }
        }
        self.links.sort_by_key(|record| record.link_id);
        self.sessions.sort_by_key(|session| session.issued_at);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        link::{LinkState, QuarantineReason},
        testing::{ana, bound, in_state, ledger, link_id, session, session_id, set_aside, shown, spent},
    };

    #[test]
    fn a_ledger_finds_only_what_it_holds() {
        let record = bound(&shown(1, &ana(), 0), &ana(), Some(1));
        let held = ledger(&ana(), vec![record.clone()], vec![session(1, &ana(), 0)]);
        assert_eq!((held.link(link_id(1)), held.link(link_id(2))), (Some(&record), None));
        assert!(held.session(&session_id(1)).is_some() && held.session(&session_id(2)).is_none());
    }

    #[test]
    fn changes_replace_what_they_name_and_keep_the_order_of_the_ledger() {
        let record = |number| bound(&shown(number, &ana(), 0), &ana(), None);
        let sessions = vec![session(1, &ana(), 0), session(2, &ana(), 5)];
        let held = ledger(&ana(), vec![record(1), record(3)], sessions);
        let gone = in_state(record(1), LinkState::Gone);
        let changes = [
            Change::Link(gone.clone()),
            Change::Own(link_id(2), ana()),
            Change::Link(record(2)),
            Change::Session(spent(session(1, &ana(), 0), 2)),
            Change::Quarantine(set_aside(&shown(9, &ana(), 0), QuarantineReason::NoSession)),
        ];
        let after = held.with(&changes);
        assert_eq!(after.links, [gone, record(2), record(3)]);
        assert_eq!(after.sessions, [spent(session(1, &ana(), 0), 2), session(2, &ana(), 5)]);
    }
}
