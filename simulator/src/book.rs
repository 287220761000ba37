//! The book: every link and every widget token, with the indexes that keep a question about one
//! user from reading all of it. Knows nothing of HTTP, of time, or of rules.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::link::Link;
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

/// Age first, so that walking backwards is newest first.
type Age = (Timestamp, String);

/// Links by id, with two ways in, and widget tokens by digest.
#[derive(Debug, Default)]
pub(crate) struct Book {
    links: BTreeMap<String, Record>,
    by_age: BTreeSet<Age>,
    by_external_id: BTreeMap<String, BTreeSet<Age>>,
    /// Digest of the access token to what it is good for.
    pub(crate) sessions: BTreeMap<String, Session>,
}

impl Book {
    /// Puts a link in, in place of one with the same id.
    pub(crate) fn put(&mut self, record: Record) {
        self.remove(&record.link.id);
        let age = age(&record.link);
        if let Some(external_id) = &record.link.external_id {
            self.by_external_id.entry(external_id.clone()).or_default().insert(age.clone());
        }
        self.by_age.insert(age);
        self.links.insert(record.link.id.clone(), record);
    }

    /// Takes a link out.
    pub(crate) fn remove(&mut self, id: &str) -> Option<Record> {
        let record = self.links.remove(id)?;
        let age = age(&record.link);
        self.by_age.remove(&age);
        if let Some(external_id) = &record.link.external_id
            && let Some(ages) = self.by_external_id.get_mut(external_id)
        {
            ages.remove(&age);
            if ages.is_empty() {
                self.by_external_id.remove(external_id);
            }
        }
        Some(record)
    }

    /// Finds a link.
    pub(crate) fn get(&self, id: &str) -> Option<&Record> {
        self.links.get(id)
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
    pub(crate) fn newest_first(&self) -> impl Iterator<Item = &Record> {
        self.by_age.iter().rev().filter_map(|age| self.get(&age.1))
    }

    /// The links made in a stretch of time, newest first.
    pub(crate) fn made_between(&self, from: Timestamp, before: Timestamp) -> impl Iterator<Item = &Record> {
        let before = before.max(from);
        self.by_age
            .range((from, String::new())..(before, String::new()))
            .rev()
            .filter_map(|age| self.get(&age.1))
    }

    /// The links that carry one of these `external_id`s, newest first.
    pub(crate) fn of_users<'a>(
        &'a self,
        external_ids: &[&str],
    ) -> impl Iterator<Item = &'a Record> + use<'a> {
        let ages: BTreeSet<&Age> = external_ids
            .iter()
            .filter_map(|external_id| self.by_external_id.get(*external_id))
            .flatten()
            .collect();
        ages.into_iter().rev().filter_map(|age| self.get(&age.1))
    }
}

fn age(link: &Link) -> Age {
    (link.created_at, link.id.clone())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::link::{AccessMode, Status};

    pub(crate) fn record(id: &str, second: i64, external_id: Option<&str>) -> Record {
        Record {
            link: Link {
                id: id.to_owned(),
                institution: "erebor_mx_retail".to_owned(),
                access_mode: AccessMode::Recurrent,
                status: Status::Valid,
                refresh_rate: None,
                created_by: "us".to_owned(),
                last_accessed_at: None,
                external_id: external_id.map(str::to_owned),
                created_at: Timestamp::from_second(second).unwrap(),
                institution_user_id: None,
                credentials_storage: "store".to_owned(),
                stale_in: None,
                fetch_resources: Vec::new(),
            },
            person: "p".to_owned(),
            made_at: None,
        }
    }

    fn ids<'a>(records: impl Iterator<Item = &'a Record>) -> Vec<&'a str> {
        records.map(|record| record.link.id.as_str()).collect()
    }

    #[test]
    fn what_is_not_there_cannot_be_removed_or_changed() {
        let mut book = Book::default();
        assert_eq!(book.remove("a"), None);
        assert!(!book.change("a", |link| link.status = Status::Invalid));
    }

    #[test]
    fn the_indexes_follow_every_change() {
        let mut book = Book::default();
        book.put(record("a", 1, Some("ana")));
        book.put(record("b", 3, Some("ana")));
        book.put(record("c", 2, None));
        assert_eq!(ids(book.newest_first()), ["b", "c", "a"]);
        assert_eq!(ids(book.of_users(&["ana", "bia"])), ["b", "a"]);

        book.put(record("a", 4, Some("bia")));
        assert_eq!(ids(book.newest_first()), ["a", "b", "c"]);
        assert_eq!(ids(book.of_users(&["ana"])), ["b"]);

        book.change("b", |link| link.external_id = None);
        book.remove("a");
        assert_eq!(ids(book.of_users(&["ana", "bia"])), [""; 0]);
        assert_eq!(ids(book.newest_first()), ["b", "c"]);
    }

    #[test]
    fn a_stretch_of_time_includes_its_start_and_not_its_end() {
        let mut book = Book::default();
        for second in 1..=4 {
            book.put(record(&second.to_string(), second, None));
        }
        let at = |second| Timestamp::from_second(second).unwrap();
        assert_eq!(ids(book.made_between(at(2), at(4))), ["3", "2"]);
        assert_eq!(ids(book.made_between(at(4), at(2))), [""; 0]);
    }
}
