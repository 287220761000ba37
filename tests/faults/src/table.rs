//! The store's model: one table in memory that keeps the contract of `tests::contract`, with indexes that can lag behind
//! and a switch for each condition, so that it can be shown what happens without.
//!
//! Plain data and plain functions: who waits, fails or dies on the way here is decided by [`crate::here`].

mod census;
mod commit;
mod deletions;
mod follow_ups;
mod sweeps;
mod trail;
mod users;

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    budget::Window,
    change::{Filed, WriterId},
    deletion::{
        Intent,
        erasure::{Certificate, Erasure},
    },
    external_id::ExternalId,
    follow_up::Agenda,
    link::{LinkRecord, Marker},
    plan::Markers,
    session::LinkSession,
    sweep::{Plan, PlanId, Report, SweepState},
    user::{Ledger, User},
    values::{LinkId, SessionId},
    webhooks::{Webhook, WebhookId, WebhookState},
};
use jiff::Timestamp;

use crate::planted::Bug;

/// The key of a link's record.
pub type Key = (ExternalId, LinkId);

/// What can tell of people: all of it is the same after a sweep that changes nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Records {
    /// Who is registered, with the writer's mark.
    pub users: BTreeMap<ExternalId, (User, WriterId)>,
    /// Ids that stand for a user.
    pub aliases: BTreeMap<ExternalId, (ExternalId, WriterId)>,
    /// Links.
    pub links: BTreeMap<Key, LinkRecord>,
    /// Link sessions.
    pub sessions: BTreeMap<(ExternalId, SessionId), LinkSession>,
    /// Who holds which link.
    pub markers: Markers,
    /// Deletions.
    pub intents: BTreeMap<LinkId, Intent>,
    /// Tombstones.
    pub tombstones: BTreeMap<ExternalId, Erasure>,
    /// Webhooks.
    pub webhooks: BTreeMap<WebhookId, Webhook>,
}

/// The calls of one window.
#[derive(Clone, Debug, Default)]
struct Counted {
    by: BTreeMap<&'static str, u32>,
    shut: bool,
}

/// What an index still shows in place of what is there.
#[derive(Clone, Debug, Default)]
struct Lag {
    links: BTreeMap<Key, Option<LinkRecord>>,
    markers: BTreeMap<LinkId, Option<Marker>>,
    sessions: BTreeMap<(ExternalId, SessionId), Option<LinkSession>>,
    intents: BTreeMap<LinkId, Option<Intent>>,
}

/// The table.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// The records.
    pub records: Records,
    /// The trail.
    pub trail: Vec<Filed>,
    /// Who sweeps.
    pub state: Option<SweepState>,
    /// Withheld plans.
    pub plans: BTreeMap<PlanId, Plan>,
    /// Whether deletions are stopped.
    pub stopped: bool,
    /// The condition that is left out, to see that somebody notices.
    pub bug: Option<Bug>,
    /// How many members of groups one answer has: few, so that groups are cut.
    pub members: Option<usize>,
    /// How many readings of an index told what is no longer so.
    pub stale_readings: u64,
    reports: BTreeMap<Timestamp, Report>,
    certificates: Vec<Certificate>,
    writers: BTreeSet<WriterId>,
    again: BTreeMap<ExternalId, WriterId>,
    looked_through: Option<Timestamp>,
    agenda: Agenda,
    windows: BTreeMap<(String, Window), Counted>,
    lag: Option<Lag>,
    requests: u64,
}

impl Table {
    /// From now on the indexes show what is written only after [`Table::catch_up`].
    pub fn fall_behind(&mut self) {
        self.lag.get_or_insert_default();
    }

    /// The indexes show what is there.
    pub fn catch_up(&mut self) {
        self.lag = None;
    }

    /// Whether somebody or something is being deleted.
    pub fn is_deleting(&self) -> bool {
        let erasing = || self.records.tombstones.values().any(|erasure| erasure.due_at.is_some());
        self.records.intents.values().any(Intent::is_open) || erasing()
    }

    /// Whether a session or a webhook waits for a follow-up.
    pub fn is_followed(&self) -> bool {
        let waits = || self.records.webhooks.values().any(|webhook| webhook.state == WebhookState::Waiting);
        self.records.sessions.values().any(|session| session.due_at.is_some()) || waits()
    }

    /// Whether the indexes lag behind.
    pub fn lags(&self) -> bool {
        self.lag.is_some()
    }

    /// One more request.
    pub(crate) fn asked(&mut self) {
        self.requests += 1;
    }

    /// The user of this id, or the one whom it stands for.
    pub(crate) fn user(&self, id: &ExternalId) -> Option<&(User, WriterId)> {
        self.records.users.get(self.records.aliases.get(id).map_or(id, |(user, _)| user))
    }

    /// The links of a user, whoever that is by now.
    pub fn links_of(&self, owner: &ExternalId) -> impl Iterator<Item = &LinkRecord> {
        let from = (owner.clone(), LinkId::nil());
        self.records.links.range(from..).take_while(move |((of, _), _)| of == owner).map(|(_, record)| record)
    }

    /// The sessions of a user, whoever that is by now.
    pub fn sessions_of(&self, owner: &ExternalId) -> Vec<LinkSession> {
        let theirs = self.records.sessions.values().filter(|session| session.owner == *owner);
        let mut sessions: Vec<_> = theirs.cloned().collect();
        sessions.sort_by_key(|session| session.issued_at);
        sessions
    }

    /// Everything of one user.
    pub(crate) fn ledger(&self, id: &ExternalId) -> Option<Ledger> {
        let (user, _) = self.user(id)?.clone();
        let links = self.links_of(&user.external_id).cloned().collect();
        let sessions = self.sessions_of(&user.external_id);
        Some(Ledger { user, links, sessions })
    }

    /// The links of one user.
    pub(crate) fn links(&self, id: &ExternalId) -> Option<Vec<LinkRecord>> {
        let owner = &self.user(id)?.0.external_id;
        Some(self.links_of(owner).cloned().collect())
    }

    /// Who holds these.
    pub(crate) fn markers(&self, ids: &[LinkId]) -> Markers {
        ids.iter().filter_map(|id| Some((*id, self.records.markers.get(id)?.clone()))).collect()
    }

    /// The record of a link, by its owner.
    pub fn record(&self, owner: &ExternalId, id: LinkId) -> Option<&LinkRecord> {
        self.records.links.get(&(owner.clone(), id))
    }

    fn is_planted(&self, bug: Bug) -> bool {
        self.bug == Some(bug)
    }
}
