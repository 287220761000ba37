//! Belvo goes to an institution with the login that it stored: for a retrieval, for a refresh, or
//! when a code arrives. What the link's status becomes is decided here and nowhere else.

use jiff::{Timestamp, ToSpan};

use crate::book::Record;
use crate::creation::person;
use crate::link::{Link, Status};
use crate::sandbox::{self, Answer, CODE, Institution};
use crate::state::State;
use crate::upkeep::Resumption;

/// How long a session waits for its code, in seconds: the 428's `expiry`.
pub(crate) const SESSION_SECONDS: u32 = 9_600;

/// Between two refreshes of a link lie at least so many seconds.
const REFRESH_SECONDS: i64 = 600;

/// After so many failed retrievals in a row a link is invalid.
const MOST_FAILURES: u32 = 6;

/// Why there was no way in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Barred {
    /// There is no such link.
    Unknown,
    /// The link was never finished.
    Unconfirmed,
    /// The link needs new credentials first.
    Invalid,
    /// The stored credentials have aged out.
    Expired,
    /// The institution refused the login or the code.
    Refused,
    /// The institution asks for a code.
    CodeNeeded,
    /// The session is unknown, too old or of another link.
    NoSession,
    /// Only recurrent links are refreshed.
    Single,
    /// It was refreshed less than ten minutes ago.
    TooSoon,
}

impl State {
    /// Fetches anew. Failures are counted, and enough of them make the link invalid.
    pub(crate) fn retrieve(&mut self, id: &str, code: Option<&str>, now: Timestamp) -> Result<(), Barred> {
        let record = self.working(id, now)?;
        if expired(&record.link, now) {
            return Err(Barred::Expired);
        }
        match self.log_in_again(&record, code) {
            Answer::Refused => {
                self.count_failure(id, now);
                Err(Barred::Refused)
            }
            Answer::CodeNeeded => {
                if record.link.status != Status::TokenRequired {
                    self.turn(id, Status::TokenRequired, now);
                }
                Err(Barred::CodeNeeded)
            }
            Answer::Welcome => {
                self.turn(id, Status::Valid, now);
                self.upkeep.dropped_accounts.remove(id);
                Ok(())
            }
        }
    }

    /// Starts a refresh, which is over at once here: the link's status and the webhooks tell its end.
    pub(crate) fn refresh(&mut self, id: &str, now: Timestamp) -> Result<(), Barred> {
        let record = self.working(id, now)?;
        if record.link.refresh_rate.is_none() {
            return Err(Barred::Single);
        }
        if record.link.status == Status::TokenRequired {
            return Err(Barred::CodeNeeded);
        }
        let again = |at: &Timestamp| at.checked_add(REFRESH_SECONDS.seconds()).unwrap_or(Timestamp::MAX);
        if self.upkeep.refreshed.get(id).map(again).is_some_and(|again| now < again) {
            return Err(Barred::TooSoon);
        }
        self.upkeep.refreshed.insert(id.to_owned(), now);
        let status = match self.log_in_again(&record, None) {
            Answer::Refused => Status::Invalid,
            Answer::CodeNeeded => Status::TokenRequired,
            Answer::Welcome => Status::Valid,
        };
        self.turn(id, status, now);
        Ok(())
    }

    /// Takes new credentials for a link.
    pub(crate) fn renew(
        &mut self,
        id: &str,
        password: &str,
        code: Option<&str>,
        now: Timestamp,
    ) -> Result<(), Barred> {
        let record = self.visible(id, now).ok_or(Barred::Unknown)?;
        match sandbox::log_in(institution(&record), "user_valid", password, code) {
            Answer::Refused => Err(Barred::Refused),
            Answer::CodeNeeded => Err(Barred::CodeNeeded),
            Answer::Welcome => {
                self.turn(id, Status::Valid, now);
                Ok(())
            }
        }
    }

    /// Leaves a login waiting for its code.
    pub(crate) fn wait_for_code(&mut self, session: &str, id: &str, now: Timestamp) {
        let expires_at = now.checked_add(i64::from(SESSION_SECONDS).seconds()).unwrap_or(Timestamp::MAX);
        self.upkeep.resumptions.retain(|_, waiting| now < waiting.expires_at);
        let waiting = Resumption { link_id: id.to_owned(), expires_at };
        self.upkeep.resumptions.insert(session.to_owned(), waiting);
    }

    /// The code arrives.
    pub(crate) fn resume(
        &mut self,
        session: &str,
        id: &str,
        code: Option<&str>,
        now: Timestamp,
    ) -> Result<(), Barred> {
        self.visible(id, now).ok_or(Barred::Unknown)?;
        let waits = |waiting: &Resumption| waiting.link_id == id && now < waiting.expires_at;
        if !self.upkeep.resumptions.get(session).is_some_and(waits) {
            return Err(Barred::NoSession);
        }
        match code {
            None => Err(Barred::CodeNeeded),
            Some(CODE) => {
                self.upkeep.resumptions.remove(session);
                self.turn(id, Status::Valid, now);
                Ok(())
            }
            Some(_) => Err(Barred::Refused),
        }
    }

    /// A link that Belvo can try.
    fn working(&self, id: &str, now: Timestamp) -> Result<Record, Barred> {
        let record = self.visible(id, now).ok_or(Barred::Unknown)?;
        match record.link.status {
            Status::Unconfirmed => Err(Barred::Unconfirmed),
            Status::Invalid => Err(Barred::Invalid),
            Status::Valid | Status::TokenRequired => Ok(record),
        }
    }

    fn log_in_again(&self, record: &Record, code: Option<&str>) -> Answer {
        if self.upkeep.broken.contains(&record.link.id) {
            return Answer::Refused;
        }
        sandbox::log_in(institution(record), "user_valid", "pass_valid", code)
    }

    fn count_failure(&mut self, id: &str, now: Timestamp) {
        let failures = self.upkeep.failures.entry(id.to_owned()).or_default();
        *failures += 1;
        if *failures >= MOST_FAILURES {
            self.upkeep.failures.remove(id);
            self.turn(id, Status::Invalid, now);
        }
    }
}

/// Whether Belvo has no credentials for a link any more. Without storing them it keeps them for a
/// quarter of an hour.
pub(crate) fn expired(link: &Link, now: Timestamp) -> bool {
    let kept = match link.credentials_storage.as_str() {
        "nostore" => Some(15.minutes()),
        days => {
            days.strip_suffix('d').and_then(|days| days.parse().ok()).map(|days: i64| (days * 24).hours())
        }
    };
    kept.and_then(|kept| link.created_at.checked_add(kept).ok()).is_some_and(|end| end <= now)
}

/// The institution of a link. It asks for a code if it asks everybody, if it asks this login (which
/// is known by its digest alone), or if it asked already.
fn institution(record: &Record) -> Institution {
    let link = &record.link;
    let known = sandbox::find(&link.institution).unwrap_or(sandbox::UNLISTED);
    let asks_for_code = known.asks_for_code
        || link.status == Status::TokenRequired
        || record.person == person(&link.institution, "mfa_default");
    Institution { asks_for_code, ..known }
}
