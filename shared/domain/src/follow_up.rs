//! What is followed up when its time has come: sessions that ended without a callback, and consents that end soon.
//! (Webhooks are [`crate::webhooks`].)
//!
//! Everything here may be done by any number of ticks at once, and be stopped at any moment: what was not done is
//! still due.

mod consents;
mod sessions;
mod taking_in;
#[cfg(test)]
mod tests;

pub(crate) use consents::note_one;
pub use consents::{Noted, note_consents};
pub use sessions::{LookedUp, look_up};
pub(crate) use taking_in::{Learned, TakenIn, take_in};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    policy::Policy,
    ports::{Ambient, FollowUps, Ledgers},
};

/// What a store must be able to do.
pub trait Store: Ledgers + FollowUps {}

impl<T: Ledgers + FollowUps> Store for T {}

/// Who follows up: with what, by which rules, and until when.
#[derive(Debug)]
pub struct Follower<'a, S, P, A> {
    /// The store.
    pub store: &'a S,
    /// Belvo.
    pub provider: &'a P,
    /// Time and chance.
    pub ambient: &'a A,
    /// The rules' figures.
    pub policy: &'a Policy,
    /// Nothing new is begun from then on.
    pub until: Option<Timestamp>,
}

impl<S, P, A: Ambient> Follower<'_, S, P, A> {
    pub(crate) fn is_late(&self) -> bool {
        self.until.is_some_and(|until| self.ambient.now() >= until)
    }
}

/// How far what is done once a day has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agenda {
    /// The page of consents that is to be read next, counted from 1.
    pub consents_page: u32,
    /// When all of them had been read last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consents_read_at: Option<Timestamp>,
    /// One more with each change; 0 for one that nobody wrote.
    #[serde(rename = "rev")]
    pub revision: u64,
}

impl Default for Agenda {
    fn default() -> Self {
        Self { consents_page: 1, consents_read_at: None, revision: 0 }
    }
}
