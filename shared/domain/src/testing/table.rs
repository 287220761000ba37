//! A table in memory that keeps the promises of [`crate::change`] and [`crate::ports`] to the letter.

mod census;
mod deletions;
mod follow_ups;
mod sweeps;
mod users;

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Mutex,
};

use jiff::Timestamp;

use crate::{
    budget::Window,
    change::{AuditEvent, Change, Commit, WriterId},
    deletion::{
        Intent, Stage,
        erasure::{Certificate, Erasure},
    },
    external_id::ExternalId,
    failure::{CommitError, StoreError},
    link::{LinkRecord, Marker, QuarantinedLink},
    plan::Markers,
    ports::Ledgers,
    session::LinkSession,
    sweep::{Plan, PlanId, Report, SweepState},
    user::{Ledger, User},
    values::{LinkId, SessionId},
};

/// What goes wrong with one commit.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fault {
    /// Nothing.
    None,
    /// Somebody was quicker.
    Stale,
    /// Throttled.
    Busy,
    /// The table does not take it.
    Refused,
}

#[derive(Default)]
struct Items {
    users: BTreeMap<ExternalId, (User, WriterId)>,
    aliases: BTreeMap<ExternalId, (ExternalId, WriterId)>,
    links: BTreeMap<(ExternalId, LinkId), LinkRecord>,
    sessions: BTreeMap<(ExternalId, SessionId), LinkSession>,
    markers: Markers,
    intents: BTreeMap<LinkId, Intent>,
    tombstones: BTreeMap<ExternalId, Erasure>,
    certificates: Vec<Certificate>,
    stopped: bool,
    erases_nobody: bool,
    turns: BTreeMap<(String, Window), u32>,
    looked_through: Option<Timestamp>,
    audit: Vec<AuditEvent>,
    state: Option<SweepState>,
    late: BTreeSet<LinkId>,
    damaged: BTreeSet<ExternalId>,
    reports: BTreeMap<Timestamp, Report>,
    plans: BTreeMap<PlanId, Plan>,
    follow_ups: follow_ups::Kept,
    writers: Vec<WriterId>,
    faults: VecDeque<Fault>,
}

/// The table.
#[derive(Default)]
pub(crate) struct Table(Mutex<Items>);

impl Table {
    /// A table that holds these ledgers, and owns what they hold.
    pub(crate) fn holding(ledgers: impl IntoIterator<Item = Ledger>) -> Self {
        let mut items = Items::default();
        for Ledger { user, links, sessions } in ledgers {
            for record in links {
                if record.holds_link() {
                    items.markers.insert(record.link_id, Marker::Owned(record.owner.clone()));
                }
                items.links.insert((record.owner.clone(), record.link_id), record);
            }
            items.sessions.extend(sessions.into_iter().map(|s| ((s.owner.clone(), s.id.clone()), s)));
            items.users.insert(user.external_id.clone(), (user, WriterId::mint([0; 16])));
        }
        Self(Mutex::new(items))
    }

    fn with<T>(&self, act: impl FnOnce(&mut Items) -> T) -> T {
        act(&mut self.0.lock().expect("one thread"))
    }

    /// What goes wrong with the next commits, one after the other.
    pub(crate) fn fail(&self, faults: impl IntoIterator<Item = Fault>) {
        self.with(|items| items.faults = faults.into_iter().collect());
    }

    /// One of the user's records cannot be read any more.
    pub(crate) fn damage(&self, user: ExternalId) {
        self.with(|items| items.damaged.insert(user));
    }

    /// Puts a holder in place that somebody else left there.
    pub(crate) fn mark(&self, id: LinkId, marker: Marker) {
        self.with(|items| items.markers.insert(id, marker));
    }

    pub(crate) fn marker(&self, id: LinkId) -> Option<Marker> {
        self.with(|items| items.markers.get(&id).cloned())
    }

    pub(crate) fn quarantined(&self, id: LinkId) -> Option<QuarantinedLink> {
        match self.marker(id) {
            Some(Marker::Quarantined(link)) => Some(link),
            Some(Marker::Owned(_)) | None => None,
        }
    }

    pub(crate) fn link(&self, owner: &ExternalId, id: LinkId) -> Option<LinkRecord> {
        self.with(|items| items.links.get(&(owner.clone(), id)).cloned())
    }

    pub(crate) fn read(&self, owner: &ExternalId) -> Option<Ledger> {
        self.with(|items| items.read(owner))
    }

    pub(crate) fn audit(&self) -> Vec<AuditEvent> {
        self.with(|items| items.audit.clone())
    }

    pub(crate) fn commits(&self) -> usize {
        self.with(|items| items.writers.len())
    }

    pub(crate) fn filed(&self) -> usize {
        self.with(|items| items.reports.len())
    }
}

impl Items {
    /// The user of this id, or the one whom it stands for.
    fn user(&self, id: &ExternalId) -> Option<&(User, WriterId)> {
        self.users.get(self.aliases.get(id).map_or(id, |(user, _)| user))
    }

    fn read(&self, id: &ExternalId) -> Option<Ledger> {
        let (user, _) = self.user(id)?.clone();
        let owner = &user.external_id.clone();
        let links = self.links.values().filter(|record| record.owner == *owner).cloned().collect();
        let mut sessions: Vec<_> = self.sessions.values().filter(|s| s.owner == *owner).cloned().collect();
        sessions.sort_by_key(|session| session.issued_at);
        Some(Ledger { user, links, sessions })
    }

    fn check(&self, change: &Change) -> Result<(), CommitError> {
        let kept = match change {
            Change::Link(record) => {
                self.links.get(&(record.owner.clone(), record.link_id)).map(|kept| kept.revision)
            }
            Change::Session(session) => {
                self.sessions.get(&(session.owner.clone(), session.id.clone())).map(|kept| kept.revision)
            }
            Change::Quarantine(link) => match self.markers.get(&link.link_id) {
                Some(Marker::Owned(_)) => return Err(CommitError::Stale),
                Some(Marker::Quarantined(kept)) => Some(kept.revision),
                None => None,
            },
            Change::Stands(kept) => {
                let now = self.links.get(&(kept.owner.clone(), kept.link_id)).map(|record| record.revision);
                return if now == Some(kept.revision) { Ok(()) } else { Err(CommitError::Stale) };
            }
            Change::Intent(intent) => self.intents.get(&intent.link_id).map(|kept| kept.revision),
            Change::Unmarked(id) => {
                // one that was carried out counts, too: nothing gives way to a link that is deleted
                let marked = self.intents.get(id).is_some_and(|kept| kept.stage != Stage::Cancelled);
                return if marked { Err(CommitError::Stale) } else { Ok(()) };
            }
            Change::Own(id, owner) => match self.markers.get(id) {
                Some(Marker::Owned(held)) if held != owner => return Err(CommitError::OwnedByAnother(*id)),
                Some(Marker::Owned(_) | Marker::Quarantined(_)) | None => return Ok(()),
            },
        };
        if kept.unwrap_or(0) + 1 == revision(change) { Ok(()) } else { Err(CommitError::Stale) }
    }

    fn make(&mut self, change: Change) {
        match change {
            Change::Link(record) => {
                self.links.insert((record.owner.clone(), record.link_id), record);
            }
            Change::Session(session) => {
                self.sessions.insert((session.owner.clone(), session.id.clone()), session);
            }
            Change::Quarantine(link) => {
                self.markers.insert(link.link_id, Marker::Quarantined(link));
            }
            Change::Stands(_) | Change::Unmarked(_) => {}
            Change::Intent(intent) => {
                self.intents.insert(intent.link_id, intent);
            }
            Change::Own(id, owner) => {
                self.markers.insert(id, Marker::Owned(owner));
            }
        }
    }
}

fn revision(change: &Change) -> u64 {
    match change {
        Change::Link(record) => record.revision,
        Change::Session(session) => session.revision,
        Change::Quarantine(link) => link.revision,
        Change::Intent(intent) => intent.revision,
        Change::Own(..) | Change::Stands(_) | Change::Unmarked(_) => 0,
    }
}

/// The item that a change writes: a transaction may write each only once.
fn item(change: &Change) -> String {
    match change {
        Change::Link(record) => format!("link {} {}", record.owner.as_str(), record.link_id),
        Change::Session(session) => format!("session {}", session.id),
        Change::Stands(kept) => format!("link {} {}", kept.owner.as_str(), kept.link_id),
        Change::Quarantine(link) => format!("holder {}", link.link_id),
        Change::Own(id, _) => format!("holder {id}"),
        Change::Intent(Intent { link_id: id, .. }) | Change::Unmarked(id) => format!("intent {id}"),
    }
}

impl Ledgers for Table {
    async fn ledger(&self, user: &ExternalId) -> Result<Option<Ledger>, StoreError> {
        if self.with(|items| items.damaged.contains(user)) {
            return Err(StoreError::Corrupt { kind: "link", cause: "damaged".into() });
        }
        Ok(self.read(user))
    }

    async fn links(&self, user: &ExternalId) -> Result<Option<Vec<LinkRecord>>, StoreError> {
        Ok(self.read(user).map(|ledger| ledger.links))
    }

    async fn markers(&self, ids: &[LinkId]) -> Result<Markers, StoreError> {
        let held = |items: &mut Items| {
            ids.iter().filter_map(|id| Some((*id, items.markers.get(id)?.clone()))).collect()
        };
        Ok(self.with(held))
    }

    async fn commit(&self, commit: &Commit) -> Result<(), CommitError> {
        let written: BTreeSet<_> = commit.changes.iter().map(item).collect();
        assert_eq!(written.len(), commit.changes.len(), "a transaction writes each item once");
        self.with(|items| {
            match items.faults.pop_front().unwrap_or(Fault::None) {
                Fault::None => {}
                Fault::Stale => return Err(CommitError::Stale),
                Fault::Busy => return Err(StoreError::Busy("throttled".into()).into()),
                Fault::Refused => return Err(StoreError::Refused("too large".into()).into()),
            }
            if items.writers.contains(&commit.writer) {
                return Ok(());
            }
            let token = items.state.as_ref().map_or(0, |state| state.token);
            if commit.fence.is_some_and(|fence| fence != token) {
                return Err(CommitError::Stale);
            }
            commit.changes.iter().try_for_each(|change| items.check(change))?;
            commit.changes.iter().cloned().for_each(|change| items.make(change));
            items.audit.extend(commit.audit.iter().cloned());
            items.writers.push(commit.writer.clone());
            Ok(())
        })
    }
}
