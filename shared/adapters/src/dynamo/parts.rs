//! Cutting a commit into transactions: DynamoDB takes a hundred items in one.
//!
//! Most commits are one part. A larger one is cut between links, never through one, and what is taken away
//! comes last. So each part stands on its own, and if one fails, the rest is planned again by whoever comes
//! next. A part that supersedes links without writing their survivor checks that the survivor still stands:
//! what held when the first part was made need not hold any more (I6). For the same reason each part of a
//! fenced commit has the fence.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    change::{Change, Commit, Standing},
    failure::StoreError,
    link::LinkState,
    values::LinkId,
};

use super::{DynamoStore, commit::Write};

/// DynamoDB's own limit on the items of one transaction.
const MOST_ITEMS: usize = 100;

/// Writes that go together: a link's, or a whole part's.
#[derive(Default)]
struct Together {
    writes: Vec<Write>,
    /// The links whose records are written or checked here.
    records: BTreeSet<LinkId>,
    /// The links for whose sake others are superseded here.
    survivors: BTreeSet<LinkId>,
}

impl Together {
    fn note(&mut self, change: &Change) {
        match change {
            Change::Link(record) => {
                self.records.insert(record.link_id);
                self.survivors.extend(superseded(change).and(record.superseded_by));
            }
            Change::Stands(kept) => {
                self.records.insert(kept.link_id);
            }
            Change::Own(..)
            | Change::Quarantine(_)
            | Change::Session(_)
            | Change::Intent(_)
            | Change::Unmarked(_) => {}
        }
    }

    /// The survivors that a part of these needs and has neither written nor checked.
    fn unchecked<'a>(
        &self,
        part: &Self,
        standing: &'a BTreeMap<LinkId, Standing>,
    ) -> Vec<(LinkId, &'a Standing)> {
        let missing = self.survivors.iter().filter(|id| !part.records.contains(id));
        missing.filter_map(|id| standing.get(id).map(|kept| (*id, kept))).collect()
    }

    /// The number of items once `group` is added.
    fn size_with(&self, group: &Self, standing: &BTreeMap<LinkId, Standing>) -> usize {
        self.writes.len() + group.writes.len() + group.unchecked(self, standing).len()
    }
}

impl DynamoStore {
    /// The transactions of a commit, in the order in which they are to be made.
    pub(super) fn parts(&self, commit: &Commit) -> Result<Vec<Vec<Write>>, StoreError> {
        let standing: BTreeMap<_, _> = commit.changes.iter().filter_map(stands_after).collect();
        let most = MOST_ITEMS - usize::from(commit.fence.is_some());
        let mut parts: Vec<Together> = Vec::new();
        for group in self.groups(commit)? {
            let fits = |part: &Together| part.size_with(&group, &standing) <= most;
            if !parts.last().is_some_and(fits) {
                parts.push(Together::default());
            }
            if let Some(part) = parts.last_mut() {
                for (id, kept) in group.unchecked(part, &standing) {
                    part.writes.push(self.standing(kept)?);
                    part.records.insert(id);
                }
                part.writes.extend(group.writes);
                part.records.extend(group.records);
            }
        }
        let fenced = |mut part: Together| {
            part.writes.extend(commit.fence.map(|token| self.fence(token)).transpose()?);
            Ok(part.writes)
        };
        parts.into_iter().map(fenced).collect()
    }

    /// What must not be torn apart: first the links that come or stay, then what is of no link, then the
    /// links that are superseded.
    fn groups(&self, commit: &Commit) -> Result<impl Iterator<Item = Together>, StoreError> {
        let taken: BTreeSet<_> = commit.changes.iter().filter_map(superseded).collect();
        let place = |link: Option<LinkId>| (link.is_none_or(|id| taken.contains(&id)), link);
        let mut groups: BTreeMap<(bool, Option<LinkId>), Together> = BTreeMap::new();
        for change in &commit.changes {
            let group = groups.entry(place(link_of(change))).or_default();
            group.writes.push(self.write(change, &commit.writer)?);
            group.note(change);
        }
        for (number, event) in commit.audit.iter().enumerate() {
            let group = groups.entry(place(event.link_id)).or_default();
            group.writes.push(self.audit(event, &commit.writer, number)?);
        }
        Ok(groups.into_values())
    }
}

fn link_of(change: &Change) -> Option<LinkId> {
    match change {
        Change::Link(record) => Some(record.link_id),
        Change::Own(link, _) => Some(*link),
        Change::Quarantine(link) => Some(link.link_id),
        Change::Session(session) => session.link_id,
        Change::Intent(intent) => Some(intent.link_id),
        Change::Stands(_) | Change::Unmarked(_) => None,
    }
}

fn superseded(change: &Change) -> Option<LinkId> {
    match change {
        Change::Link(record) if record.state == LinkState::Superseded => Some(record.link_id),
        Change::Link(_)
        | Change::Own(..)
        | Change::Quarantine(_)
        | Change::Session(_)
        | Change::Stands(_)
        | Change::Intent(_)
        | Change::Unmarked(_) => None,
    }
}

/// How a link's record stands once the change is made, if anything can give way to it. One that gives way itself is no
/// survivor to be checked: its own write has its condition, and an item stands in a transaction once.
fn stands_after(change: &Change) -> Option<(LinkId, Standing)> {
    match change {
        Change::Link(record) if record.state == LinkState::Superseded => None,
        Change::Link(record) => {
            let (owner, link_id, revision) = (record.owner.clone(), record.link_id, record.revision);
            Some((link_id, Standing { owner, link_id, revision }))
        }
        Change::Stands(kept) => Some((kept.link_id, kept.clone())),
        Change::Own(..)
        | Change::Quarantine(_)
        | Change::Session(_)
        | Change::Intent(_)
        | Change::Unmarked(_) => None,
    }
}

#[cfg(test)]
mod tests;
