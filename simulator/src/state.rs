//! Everything of a Belvo that changes, and the one rule that needs all of it: when a new link can be
//! seen.

use jiff::{Timestamp, ToSpan};

use crate::book::{Book, Record};
use crate::calls::Calls;
use crate::events::Events;
use crate::faults::Plan;
use crate::limits::Window;
use crate::population::Generated;
use crate::switches::Switches;
use crate::upkeep::Upkeep;
use crate::webhooks::{Outbox, Target};

/// Everything that changes.
pub(crate) struct State {
    pub(crate) book: Book,
    pub(crate) switches: Switches,
    /// Those that it began with.
    pub(crate) first_switches: Switches,
    pub(crate) calls: Calls,
    /// What is known of a made-up account beyond its links.
    pub(crate) generated: Option<Generated>,
    pub(crate) requests: Window,
    pub(crate) deletions: Window,
    pub(crate) upkeep: Upkeep,
    /// What webhooks have not told yet.
    pub(crate) events: Events,
    pub(crate) webhooks: Outbox,
    pub(crate) faults: Plan,
}

impl State {
    pub(crate) fn new(book: Book, switches: Switches, webhooks: Option<Target>) -> Self {
        Self {
            upkeep: Upkeep::of(&book),
            events: Events::default(),
            book,
            first_switches: switches.clone(),
            switches,
            calls: Calls::default(),
            generated: None,
            requests: Window::default(),
            deletions: Window::default(),
            webhooks: Outbox::new(webhooks),
            faults: Plan::default(),
        }
    }

    /// Whether a link can be seen yet.
    pub(crate) fn sees(&self, made_at: Option<Timestamp>, now: Timestamp) -> bool {
        let lag = i64::from(self.switches.visibility_lag_seconds).seconds();
        made_at
            .and_then(|made_at| made_at.checked_add(lag).ok())
            .is_none_or(|visible_from| visible_from <= now)
    }

    /// The link, if there is one and it can be seen yet.
    pub(crate) fn visible(&self, id: &str, now: Timestamp) -> Option<Record> {
        self.book.get(id).filter(|record| self.sees(record.made_at, now))
    }
}
