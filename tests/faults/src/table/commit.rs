//! Commits: all conditions hold and everything is written, or nothing is.

use domain::{
    change::{Change, Commit, EventId, Filed},
    deletion::Stage,
    failure::{CommitError, StoreError},
    link::Marker,
    values::LinkId,
};

use super::Table;
use crate::planted::Bug;

impl Table {
    /// Makes it; false when the same writer made it before.
    pub(crate) fn commit(&mut self, commit: &Commit) -> Result<bool, CommitError> {
        if self.writers.contains(&commit.writer) || (commit.changes.is_empty() && commit.audit.is_empty()) {
            return Ok(false);
        }
        if written_twice(&commit.changes) {
            return Err(StoreError::Refused("a transaction writes each item once".into()).into());
        }
        let token = self.state.as_ref().map_or(0, |state| state.token);
        if let Some(lost) = commit.changes.iter().find_map(|change| self.lost(change)) {
            return Err(CommitError::OwnedByAnother(lost)); // whatever else does not hold
        }
        if commit.fence.is_some_and(|fence| fence != token) && !self.is_planted(Bug::NoFence) {
            return Err(CommitError::Stale);
        }
        commit.changes.iter().try_for_each(|change| self.check(change))?;
        commit.changes.iter().for_each(|change| self.make(change));
        let writer = &commit.writer;
        if !self.is_planted(Bug::NoTrail) {
            self.trail.extend(commit.audit.iter().enumerate().map(|(number, event)| Filed {
                id: EventId { writer: writer.clone(), number },
                event: event.clone(),
            }));
        }
        if !self.is_planted(Bug::NoWritersMark) {
            self.writers.insert(commit.writer.clone());
        }
        Ok(true)
    }

    fn check(&self, change: &Change) -> Result<(), CommitError> {
        let records = &self.records;
        let kept = match change {
            Change::Link(record) => {
                records.links.get(&(record.owner.clone(), record.link_id)).map(|kept| kept.revision)
            }
            Change::Session(session) => {
                records.sessions.get(&(session.owner.clone(), session.id.clone())).map(|kept| kept.revision)
            }
            Change::Quarantine(link) => match records.markers.get(&link.link_id) {
                Some(Marker::Owned(_)) if !self.is_planted(Bug::QuarantineTakes) => {
                    return Err(CommitError::Stale);
                }
                Some(Marker::Quarantined(kept)) => Some(kept.revision),
                Some(Marker::Owned(_)) | None => None,
            },
            Change::Intent(intent) => records.intents.get(&intent.link_id).map(|kept| kept.revision),
            Change::Stands(_) | Change::Unmarked(_) | Change::Own(..) => return self.check_condition(change),
        };
        let unchecked = matches!(
            (change, self.bug),
            (Change::Link(_), Some(Bug::NoLinkRevision))
                | (Change::Session(_), Some(Bug::NoSessionRevision))
                | (Change::Intent(_), Some(Bug::NoIntentRevision))
                | (Change::Quarantine(_), Some(Bug::QuarantineTakes))
        );
        if unchecked || kept.unwrap_or(0) + 1 == revision(change) { Ok(()) } else { Err(CommitError::Stale) }
    }

    /// The link of an ownership that is another's.
    fn lost(&self, change: &Change) -> Option<LinkId> {
        let Change::Own(id, owner) = change else { return None };
        let Some(Marker::Owned(held)) = self.records.markers.get(id) else { return None };
        (held != owner && !self.is_planted(Bug::NoOwner)).then_some(*id)
    }

    /// What is a condition and no record of a revision.
    fn check_condition(&self, change: &Change) -> Result<(), CommitError> {
        let holds = match change {
            Change::Stands(kept) => {
                let now = self.record(&kept.owner, kept.link_id).map(|record| record.revision);
                now == Some(kept.revision) || self.is_planted(Bug::NoStands)
            }
            Change::Unmarked(id) => {
                // one that was carried out counts, too: nothing gives way to a link that is deleted
                let marked = self.records.intents.get(id).is_some_and(|kept| kept.stage != Stage::Cancelled);
                !marked || self.is_planted(Bug::NoUnmarked)
            }
            Change::Own(..)
            | Change::Link(_)
            | Change::Session(_)
            | Change::Quarantine(_)
            | Change::Intent(_) => true,
        };
        if holds { Ok(()) } else { Err(CommitError::Stale) }
    }

    fn make(&mut self, change: &Change) {
        let (records, lag) = (&mut self.records, &mut self.lag);
        match change {
            Change::Link(record) => {
                let key = (record.owner.clone(), record.link_id);
                let old = records.links.insert(key.clone(), record.clone());
                if let Some(lag) = lag {
                    lag.links.entry(key).or_insert(old);
                }
            }
            Change::Session(session) => {
                let key = (session.owner.clone(), session.id.clone());
                let old = records.sessions.insert(key.clone(), session.clone());
                if let Some(lag) = lag {
                    lag.sessions.entry(key).or_insert(old);
                }
            }
            Change::Quarantine(link) => self.mark(Marker::Quarantined(link.clone()), link.link_id),
            Change::Own(id, owner) => self.mark(Marker::Owned(owner.clone()), *id),
            Change::Stands(_) | Change::Unmarked(_) => {}
            Change::Intent(intent) => {
                let old = records.intents.insert(intent.link_id, intent.clone());
                if let Some(lag) = lag {
                    lag.intents.entry(intent.link_id).or_insert(old);
                }
            }
        }
    }

    fn mark(&mut self, marker: Marker, id: LinkId) {
        let old = self.records.markers.insert(id, marker);
        if let Some(lag) = &mut self.lag {
            lag.markers.entry(id).or_insert(old);
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

/// Whether two changes, or a change and a condition, are about one item.
fn written_twice(changes: &[Change]) -> bool {
    changes
        .iter()
        .enumerate()
        .any(|(number, change)| changes[..number].iter().any(|other| same(change, other)))
}

fn same(one: &Change, other: &Change) -> bool {
    let link = |change: &Change| match change {
        Change::Link(record) => Some((record.owner.clone(), record.link_id)),
        Change::Stands(kept) => Some((kept.owner.clone(), kept.link_id)),
        Change::Own(..)
        | Change::Quarantine(_)
        | Change::Session(_)
        | Change::Intent(_)
        | Change::Unmarked(_) => None,
    };
    let holder = |change: &Change| match change {
        Change::Own(id, _) => Some(*id),
        Change::Quarantine(link) => Some(link.link_id),
        Change::Link(_)
        | Change::Stands(_)
        | Change::Session(_)
        | Change::Intent(_)
        | Change::Unmarked(_) => None,
    };
    let intent = |change: &Change| match change {
        Change::Intent(intent) => Some(intent.link_id),
        Change::Unmarked(id) => Some(*id),
        Change::Link(_)
        | Change::Stands(_)
        | Change::Session(_)
        | Change::Own(..)
        | Change::Quarantine(_) => None,
    };
    let session = |change: &Change| match change {
        Change::Session(session) => Some((session.owner.clone(), session.id.clone())),
        Change::Link(_)
        | Change::Stands(_)
        | Change::Intent(_)
        | Change::Unmarked(_)
        | Change::Own(..)
        | Change::Quarantine(_) => None,
    };
    (link(one).is_some() && link(one) == link(other))
        || (holder(one).is_some() && holder(one) == holder(other))
        || (intent(one).is_some() && intent(one) == intent(other))
        || (session(one).is_some() && session(one) == session(other))
}
