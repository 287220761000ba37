//! What Belvo remembers of its links beside the links themselves: logins that wait for a code,
//! failures, refreshes, and what falls due later. Kept by link id, so that a link costs nothing
//! until something happens to it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::book::{Book, Record};
use crate::consents;
use crate::link::{Link, Status};

/// A login that waits for its code: where the 428 pointed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Resumption {
    pub(crate) link_id: String,
    pub(crate) expires_at: Timestamp,
}

/// Age first: the oldest falls due first.
type Age = (Timestamp, String);

/// Everything beside the book.
#[derive(Debug, Default)]
pub(crate) struct Upkeep {
    /// By the session of the 428.
    pub(crate) resumptions: BTreeMap<String, Resumption>,
    /// Failed retrievals in a row, by link.
    pub(crate) failures: BTreeMap<String, u32>,
    /// The latest refresh, by link.
    pub(crate) refreshed: BTreeMap<String, Timestamp>,
    /// Links whose stored login the institution refuses.
    pub(crate) broken: BTreeSet<String>,
    /// Accounts that were deleted one by one, by link.
    pub(crate) dropped_accounts: BTreeMap<String, BTreeSet<String>>,
    /// The pseudonyms of links that do not show theirs until they are finished.
    pub(crate) withheld: BTreeMap<String, String>,
    /// Links to be deleted, by moment, with the `request_id` that asked for it.
    pub(crate) deletions: BTreeMap<Age, String>,
    /// Links that were never finished.
    pub(crate) unfinished: BTreeSet<Age>,
    /// Links that have a consent.
    pub(crate) consented: BTreeSet<Age>,
    /// Links whose consent has not been announced to end.
    pub(crate) consents_to_announce: BTreeSet<Age>,
    /// Links whose consent has not ended.
    pub(crate) consents_to_end: BTreeSet<Age>,
    /// The month of the latest look at the calendar: year and month.
    pub(crate) month: Option<(i16, i8)>,
}

impl Upkeep {
    /// What a book from a file needs. Deletions that were pending are forgotten with the process.
    pub(crate) fn of(book: &Book) -> Self {
        let mut upkeep = Self::default();
        for record in book.newest_first() {
            upkeep.watch(&record.link);
        }
        upkeep
    }

    /// Notes what will fall due for a link that is new.
    pub(crate) fn watch(&mut self, link: &Link) {
        let age = || (link.created_at, link.id.clone());
        if link.status == Status::Unconfirmed {
            self.unfinished.insert(age());
        }
        if consents::needed(&link.institution) {
            self.consented.insert(age());
            self.consents_to_announce.insert(age());
            self.consents_to_end.insert(age());
        }
    }

    /// Forgets a link that is gone.
    pub(crate) fn forget(&mut self, record: &Record) {
        let id = &record.link.id;
        let age = (record.link.created_at, id.clone());
        self.resumptions.retain(|_, resumption| resumption.link_id != *id);
        self.failures.remove(id);
        self.refreshed.remove(id);
        self.broken.remove(id);
        self.dropped_accounts.remove(id);
        self.withheld.remove(id);
        self.unfinished.remove(&age);
        self.consented.remove(&age);
        self.consents_to_announce.remove(&age);
        self.consents_to_end.remove(&age);
    }
}
