//! The book: every link and every widget token, with the indexes that keep a question about one
//! user, one status or one day from reading all of it. Made for a million links. Knows nothing of
//! HTTP, of time, or of rules.

mod entry;
mod index;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub(crate) use entry::{AllTerms, Digest, Entry, Id, Terms};
use index::Index;

use crate::link::{Link, Status};
use crate::tokens::Session;

/// A link and what Belvo knows of it but doesn't show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) link: Link,
    /// Digest of institution and username: whose accounts these are. Not the username itself.
    pub(crate) person: String,
    /// When the API or the widget made it. `None` for a planted link, which is visible at once.
    pub(crate) made_at: Option<Timestamp>,
}

/// The place of a link in the book, for as long as the book isn't changed.
pub(crate) type Slot = u32;

/// Links, with the ways in, and widget tokens by digest.
#[derive(Debug, Default)]
pub(crate) struct Book {
    entries: Vec<Option<Entry>>,
    free: Vec<Slot>,
    terms: AllTerms,
    /// Oldest first, so that the usual new link goes to the end.
    by_age: Vec<Slot>,
    by_status: BTreeMap<&'static str, Vec<Slot>>,
    by_id: Index,
    by_external_id: Index,
    by_pseudonym: Index,
    /// Digest of the access token to what it is good for.
    pub(crate) sessions: BTreeMap<String, Session>,
}

impl Book {
    /// Puts a link in, in place of one with the same id.
    pub(crate) fn put(&mut self, record: Record) {
        self.remove(&record.link.id);
        let entry = Entry::of(record, &mut self.terms);
        let status = entry.status;
        let Some(slot) = self.store(entry) else { return };
        let place = self.place(&self.by_age, slot);
        self.by_age.insert(place, slot);
        let place = self.place(self.order(Some(status)), slot);
        self.by_status.entry(status.as_str()).or_default().insert(place, slot);
    }

    /// Puts in many links at once, without those whose ids are there already: the orders are sorted once instead of each time.
    pub(crate) fn fill(&mut self, entries: impl Iterator<Item = Entry>) {
        self.entries.reserve(entries.size_hint().0);
        for entry in entries {
            if self.find(&entry.id).is_some() {
                continue;
            }
            let status = entry.status;
            if let Some(slot) = self.store(entry) {
                self.by_age.push(slot);
                self.by_status.entry(status.as_str()).or_default().push(slot);
            }
        }
        let entries = &self.entries;
        for order in self.by_status.values_mut().chain([&mut self.by_age]) {
            order.sort_by(|one, other| by_age(entries, *one, *other));
            order.shrink_to_fit();
        }
    }

    /// The one copy of these terms.
    pub(crate) fn share(&mut self, terms: Terms) -> Arc<Terms> {
        self.terms.share(terms)
    }

    /// Everything but the orders.
    fn store(&mut self, mut entry: Entry) -> Option<Slot> {
        let slot = match self.free.pop() {
            Some(slot) => slot,
            // More than four billion links are not kept.
            None => Slot::try_from(self.entries.len()).ok()?,
        };
        if let Some(external_id) = &entry.external_id {
            // Links of one user share the text.
            let known = self.of_user(external_id).next();
            let known = known.and_then(|other| self.entry(other)?.external_id.clone());
            entry.external_id = known.or(entry.external_id);
            self.by_external_id.insert(entry.external_id.as_deref(), slot);
        }
        self.by_id.insert(&entry.id, slot);
        if let Some(pseudonym) = &entry.pseudonym {
            self.by_pseudonym.insert(pseudonym, slot);
        }
        match self.entries.get_mut(slot as usize) {
            Some(place) => *place = Some(entry),
            None => self.entries.push(Some(entry)),
        }
        Some(slot)
    }

    /// Takes a link out.
    pub(crate) fn remove(&mut self, id: &str) -> Option<Record> {
        let slot = self.slot(id)?;
        for status in [None, self.entry(slot).map(|entry| entry.status)] {
            let place = self.place(self.order(status), slot);
            let order = match status {
                None => Some(&mut self.by_age),
                Some(status) => self.by_status.get_mut(status.as_str()),
            };
            if let Some(order) = order {
                order.remove(place);
            }
        }
        let entry = self.entries.get_mut(slot as usize)?.take()?;
        self.by_id.remove(&entry.id, slot);
        self.by_external_id.remove(entry.external_id.as_deref(), slot);
        if let Some(pseudonym) = &entry.pseudonym {
            self.by_pseudonym.remove(pseudonym, slot);
        }
        self.free.push(slot);
        Some(entry.record())
    }

    /// Finds a link.
    pub(crate) fn get(&self, id: &str) -> Option<Record> {
        self.entry(self.slot(id)?).map(Entry::record)
    }

    /// Finds the place of a link.
    pub(crate) fn slot(&self, id: &str) -> Option<Slot> {
        self.find(&Id::of(id))
    }

    fn find(&self, id: &Id) -> Option<Slot> {
        self.by_id.find(id).find(|slot| self.entry(*slot).is_some_and(|entry| entry.id == *id))
    }

    /// The link at a place.
    pub(crate) fn entry(&self, slot: Slot) -> Option<&Entry> {
        self.entries.get(slot as usize)?.as_ref()
    }

    /// Changes a link and keeps the indexes right. `false`: there is no such link.
    pub(crate) fn change(&mut self, id: &str, change: impl FnOnce(&mut Link)) -> bool {
        let Some(mut record) = self.remove(id) else {
            return false;
        };
        change(&mut record.link);
        self.put(record);
        true
    }

    /// All links, newest first.
    pub(crate) fn newest_first(&self) -> impl Iterator<Item = Record> + use<'_> {
        self.by_age.iter().rev().filter_map(|slot| self.entry(*slot)).map(Entry::record)
    }

    /// The links of a status (or of any) made in a stretch of time, oldest first.
    pub(crate) fn made_between(&self, status: Option<Status>, from: Timestamp, before: Timestamp) -> &[Slot] {
        let order = self.order(status);
        let until = |time: Timestamp| {
            order.partition_point(|slot| self.entry(*slot).is_some_and(|entry| entry.created_at < time))
        };
        order.get(until(from)..until(before)).unwrap_or_default()
    }

    /// The links that carry one of these `external_id`s, oldest first.
    pub(crate) fn of_users(&self, external_ids: &[&str]) -> Vec<Slot> {
        self.in_order(external_ids.iter().flat_map(|external_id| self.of_user(external_id)))
    }

    /// The links of the persons with these pseudonyms, oldest first.
    pub(crate) fn of_pseudonyms(&self, pseudonyms: &[&str]) -> Vec<Slot> {
        let wanted: Vec<Digest> = pseudonyms.iter().map(|text| Digest::of_pseudonym(text)).collect();
        self.in_order(wanted.iter().flat_map(|wanted| self.of_pseudonym(wanted)))
    }

    /// The links of the person with this pseudonym, in no order.
    pub(crate) fn of_pseudonym(&self, wanted: &Digest) -> impl Iterator<Item = Slot> {
        let same = move |slot: &Slot| {
            self.entry(*slot).is_some_and(|entry| entry.pseudonym.as_ref() == Some(wanted))
        };
        self.by_pseudonym.find(wanted).filter(same)
    }

    /// These links once each, oldest first.
    pub(crate) fn in_order(&self, slots: impl Iterator<Item = Slot>) -> Vec<Slot> {
        let mut slots: Vec<Slot> = slots.collect();
        slots.sort_by(|one, other| by_age(&self.entries, *one, *other));
        slots.dedup();
        slots
    }

    fn of_user(&self, external_id: &str) -> impl Iterator<Item = Slot> {
        let same = move |slot: &Slot| {
            self.entry(*slot).is_some_and(|entry| entry.external_id.as_deref() == Some(external_id))
        };
        self.by_external_id.find(Some(external_id)).filter(same)
    }

    fn order(&self, status: Option<Status>) -> &[Slot] {
        match status {
            None => &self.by_age,
            Some(status) => self.by_status.get(status.as_str()).map_or(&[], Vec::as_slice),
        }
    }

    fn place(&self, order: &[Slot], slot: Slot) -> usize {
        order.partition_point(|other| by_age(&self.entries, *other, slot).is_lt())
    }
}

fn by_age(entries: &[Option<Entry>], one: Slot, other: Slot) -> std::cmp::Ordering {
    let entry = |slot: Slot| entries.get(slot as usize)?.as_ref();
    match (entry(one), entry(other)) {
        (Some(one), Some(other)) => one.by_age(other),
        (one, other) => one.is_some().cmp(&other.is_some()),
    }
}

#[cfg(test)]
pub(crate) mod tests;
