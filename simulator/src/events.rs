//! What happens to links and is worth a webhook. Whoever changes a link notes the event; whoever
//! sends webhooks takes it from the queue.

use std::collections::VecDeque;

use jiff::Timestamp;

use crate::link::Link;

/// Events kept for a sender that does not come. The oldest are dropped, as nobody subscribed.
const KEPT: usize = 10_000;

/// Which link it happened to, as webhooks name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Subject {
    pub(crate) link_id: String,
    pub(crate) external_id: Option<String>,
    pub(crate) institution: String,
}

impl Subject {
    /// The link as it is now: a webhook about a deletion still names it later.
    pub(crate) fn of(link: &Link) -> Self {
        Self {
            link_id: link.id.clone(),
            external_id: link.external_id.clone(),
            institution: link.institution.clone(),
        }
    }
}

/// Something a webhook tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// An asynchronous deletion is done. The id is that of the call that asked for it.
    LinkDeleted {
        /// The link that was.
        link: Subject,
        /// The `request_id` of the 202.
        request_id: String,
    },
    /// The institution refuses the login that worked.
    InvalidCredentials(Subject),
    /// The institution asks for a code again.
    TokenRequired(Subject),
    /// A resource was fetched after the link was made, made valid again or refreshed.
    HistoricalUpdate {
        /// The link.
        link: Subject,
        /// Belvo's word for the resource: `ACCOUNTS`.
        resource: String,
        /// How many items were found. Only accounts exist here.
        total: usize,
    },
    /// The consent of a Brazilian open finance link ends within a week.
    ConsentExpiring {
        /// The link.
        link: Subject,
        /// Its consent.
        consent_id: String,
        /// When it ends.
        expires_at: Timestamp,
    },
    /// The consent of a Brazilian open finance link has ended.
    ConsentExpired {
        /// The link.
        link: Subject,
        /// Its consent.
        consent_id: String,
    },
}

/// Events and when they happened, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Events(VecDeque<(Timestamp, Event)>);

impl Events {
    /// Notes an event.
    pub(crate) fn note(&mut self, at: Timestamp, event: Event) {
        self.0.push_back((at, event));
        if self.0.len() > KEPT {
            self.0.pop_front();
        }
    }

    /// Takes all events out.
    pub(crate) fn take(&mut self) -> VecDeque<(Timestamp, Event)> {
        std::mem::take(&mut self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::book::tests::record;

    #[test]
    fn a_queue_that_nobody_reads_stays_bounded_and_keeps_the_latest() {
        let mut events = Events::default();
        let event = Event::InvalidCredentials(Subject::of(&record("a", 1, None).link));
        let at = |second: usize| Timestamp::from_second(i64::try_from(second).unwrap()).unwrap();
        for second in 0..=KEPT {
            events.note(at(second), event.clone());
        }
        let taken = events.take();
        assert_eq!((taken.len(), taken.front().unwrap().0), (KEPT, at(1)));
        assert!(events.take().is_empty());
    }
}
