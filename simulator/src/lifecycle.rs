//! What happens to links by itself: deletions that were only accepted, links that were never
//! finished, consents that end, and the monthly wipe of the sandbox. Time moves only when somebody
//! looks, so a clock in a test's hand decides everything; when nothing is due, a look costs nothing.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use crate::accounts::accounts_of;
use crate::book::{Book, Record};
use crate::consents;
use crate::events::{Event, Subject};
use crate::link::{AccessMode, Link, Status};
use crate::state::State;
use crate::switches::LinkAfterConsent;
use crate::upkeep::Upkeep;

/// How long before its end a consent is announced to end: a week.
const ANNOUNCED_DAYS: u32 = 7;

impl State {
    /// Brings everything up to `now`. `true`: links changed.
    pub(crate) fn settle(&mut self, now: Timestamp) -> bool {
        let wiped = self.wipe(now);
        let deleted = self.finish_deletions(now);
        let purged = self.purge(now);
        self.announce_consents(now);
        let ended = self.end_consents(now);
        wiped || deleted || purged || ended
    }

    /// Takes a link out, with all that hangs on it.
    pub(crate) fn delete(&mut self, id: &str) -> Option<Record> {
        let record = self.book.remove(id)?;
        self.upkeep.forget(&record);
        Some(record)
    }

    /// Gives a link another status, and tells what a webhook tells of that.
    pub(crate) fn turn(&mut self, id: &str, status: Status, now: Timestamp) {
        let withheld = if status == Status::Valid { self.upkeep.withheld.remove(id) } else { None };
        self.book.change(id, |link| {
            link.status = status;
            link.institution_user_id = link.institution_user_id.take().or(withheld);
            if status == Status::Valid {
                link.last_accessed_at = Some(now);
            }
        });
        let Some(record) = self.book.get(id) else {
            return;
        };
        match status {
            Status::Invalid => {
                self.events.note(now, Event::InvalidCredentials(Subject::of(&record.link)));
            }
            Status::TokenRequired => {
                self.events.note(now, Event::TokenRequired(Subject::of(&record.link)));
            }
            Status::Valid => {
                self.upkeep.failures.remove(id);
                self.upkeep.broken.remove(id);
                self.fetched(id, now);
            }
            Status::Unconfirmed => {}
        }
    }

    /// Belvo got in and fetched what the link asks for.
    pub(crate) fn fetched(&mut self, id: &str, now: Timestamp) {
        let Some(record) = self.book.get(id) else {
            return;
        };
        let accounts = accounts_of(&record).count();
        let recurrent = record.link.access_mode == AccessMode::Recurrent;
        let mut resources = record.link.fetch_resources.clone();
        if resources.is_empty() && recurrent {
            resources.push("ACCOUNTS".to_owned()); // a single link is told of what was asked for alone
        }
        let link = Subject::of(&record.link);
        for resource in resources {
            let total = if resource == "ACCOUNTS" { accounts } else { 0 };
            self.events.note(now, Event::HistoricalUpdate { link: link.clone(), resource, total });
        }
    }

    fn wipe(&mut self, now: Timestamp) -> bool {
        let today = now.to_zoned(TimeZone::UTC).date();
        let month = (today.year(), today.month());
        let turned = self.upkeep.month.is_some_and(|before| before != month);
        self.upkeep.month = Some(month);
        if !(turned && self.switches.monthly_wipe) {
            return false;
        }
        self.book = Book::default();
        self.upkeep = Upkeep { month: Some(month), ..Upkeep::default() };
        true
    }

    fn finish_deletions(&mut self, now: Timestamp) -> bool {
        let mut changed = false;
        while let Some(entry) = self.upkeep.deletions.first_entry() {
            if entry.key().0 > now {
                break;
            }
            let ((at, id), request_id) = entry.remove_entry();
            if let Some(record) = self.delete(&id) {
                let link = Subject::of(&record.link);
                self.events.note(at, Event::LinkDeleted { link, request_id });
                changed = true;
            }
        }
        changed
    }

    fn purge(&mut self, now: Timestamp) -> bool {
        let Some(kept) = self.switches.unconfirmed_kept_seconds else {
            return false;
        };
        let Ok(before) = now.checked_sub(i64::from(kept).seconds()) else {
            return false;
        };
        let mut changed = false;
        while let Some((_, id)) = pop_until(&mut self.upkeep.unfinished, before) {
            let unfinished = |record: Record| record.link.status == Status::Unconfirmed;
            if self.book.get(&id).is_some_and(unfinished) {
                changed |= self.delete(&id).is_some();
            }
        }
        changed
    }

    fn announce_consents(&mut self, now: Timestamp) {
        let days = self.switches.consent_days;
        let announced = made_before(now, days.saturating_sub(ANNOUNCED_DAYS));
        while let Some((created_at, id)) = pop_until(&mut self.upkeep.consents_to_announce, announced) {
            let Some(record) = self.book.get(&id) else {
                continue;
            };
            if record.link.access_mode != AccessMode::Recurrent {
                continue; // consents are told of for recurrent links only
            }
            let event = Event::ConsentExpiring {
                link: Subject::of(&record.link),
                consent_id: consents::id_of(&id),
                expires_at: consents::end(created_at, days),
            };
            self.events.note(now, event);
        }
    }

    fn end_consents(&mut self, now: Timestamp) -> bool {
        let ended = made_before(now, self.switches.consent_days);
        let mut changed = false;
        while let Some((_, id)) = pop_until(&mut self.upkeep.consents_to_end, ended) {
            let Some(record) = self.book.get(&id) else {
                continue;
            };
            let link = Subject::of(&record.link);
            if record.link.access_mode == AccessMode::Recurrent {
                self.events.note(now, Event::ConsentExpired { link, consent_id: consents::id_of(&id) });
            }
            if self.switches.link_after_consent == LinkAfterConsent::Invalid {
                changed |= self.book.change(&id, |link: &mut Link| link.status = Status::Invalid);
            }
        }
        changed
    }
}

/// Whoever was made then or earlier has had so many days.
fn made_before(now: Timestamp, days: u32) -> Timestamp {
    now.checked_sub((i64::from(days) * 24).hours()).unwrap_or(Timestamp::MIN)
}

fn pop_until(ages: &mut BTreeSet<(Timestamp, String)>, last: Timestamp) -> Option<(Timestamp, String)> {
    if ages.first().is_none_or(|(at, _)| *at > last) {
        return None;
    }
    ages.pop_first()
}

#[cfg(test)]
mod tests;
