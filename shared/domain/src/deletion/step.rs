//! What to do next about one deletion: pure decisions over what we hold and what Belvo answered.

use jiff::Timestamp;

use crate::{
    deletion::{Intent, Stage},
    policy::{Policy, after},
};

/// What Belvo answered to a deletion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deleted {
    /// It will be deleted; a webhook tells when.
    Accepted,
    /// It is deleted.
    Done,
    /// Belvo has no such link.
    NotFound,
}

/// What there is to do about an intent that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Arm it, then ask Belvo to delete.
    Arm,
    /// Ask Belvo to delete: it was armed, and perhaps asked for.
    Ask,
    /// Ask Belvo whether the link is still there.
    Look,
    /// Nothing, for ever.
    Nothing,
}

/// What an intent that is due wants.
#[must_use]
pub fn next(intent: &Intent) -> Next {
    match intent.stage {
        Stage::Marked => Next::Arm,
        Stage::Armed => Next::Ask,
        Stage::Requested | Stage::Unknown => Next::Look,
        Stage::Done | Stage::Cancelled => Next::Nothing,
    }
}

/// The intent just before Belvo is asked: counted first, so that whoever comes after a crash knows that it may have
/// been. Should this be the last that is heard of it, the next run asks again a minute later.
#[must_use]
pub fn armed(intent: &Intent, now: Timestamp, policy: &Policy) -> Intent {
    let due = after(now, policy.deletion_every);
    Intent { asked: intent.asked + 1, asked_at: Some(now), ..intent.next(Stage::Armed, Some(due)) }
}

/// The intent after Belvo answered. `not_found` proves nothing yet (I7), however often it was asked before: an earlier
/// request may have died on its way, or have gone to another account. It wants a second, a grace later.
#[must_use]
pub fn answered(intent: &Intent, answer: Deleted, now: Timestamp, policy: &Policy) -> Intent {
    match answer {
        Deleted::Accepted | Deleted::Done => {
            intent.next(Stage::Requested, Some(after(now, policy.deletion_every)))
        }
        Deleted::NotFound => intent.next(Stage::Unknown, Some(after(now, policy.ghost_grace))),
    }
}

/// What a look at the link came to. `found`: whether Belvo still has it. `trusted`: whether these keys show us the
/// account that we know.
#[must_use]
pub fn looked(intent: &Intent, found: bool, trusted: bool, now: Timestamp, policy: &Policy) -> Intent {
    let asked_at = intent.asked_at.unwrap_or(intent.marked_at);
    let patient = after(asked_at, policy.deletion_patience) > now;
    let soon = Some(after(now, policy.deletion_every));
    match (found, intent.stage) {
        (true, Stage::Requested) if patient => intent.next(Stage::Requested, soon), // visible for a while is normal
        (true, _) => intent.next(Stage::Armed, soon),
        (false, Stage::Unknown) if !trusted => {
            intent.next(Stage::Unknown, Some(after(now, policy.ghost_grace)))
        }
        (false, _) => intent.next(Stage::Done, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        deletion::Why,
        testing::{ana, link_id, minute},
    };

    fn marked() -> Intent {
        Intent::mark(link_id(1), ana(), Why::Disconnect, minute(0))
    }

    fn sent(answer: Deleted, before: &Intent) -> Intent {
        let policy = Policy::default();
        answered(&armed(before, minute(1), &policy), answer, minute(1), &policy)
    }

    #[test]
    fn a_deletion_that_belvo_took_is_done_when_the_link_is_gone() {
        let policy = Policy::default();
        for answer in [Deleted::Accepted, Deleted::Done] {
            let requested = sent(answer, &marked());
            assert_eq!((requested.stage, next(&requested)), (Stage::Requested, Next::Look));
            let done = looked(&requested, false, true, minute(2), &policy);
            assert_eq!((done.stage, done.due_at, next(&done)), (Stage::Done, None, Next::Nothing));
        }
    }

    #[test]
    fn a_link_that_is_still_there_is_waited_for_and_then_asked_for_again() {
        let policy = Policy::default();
        let requested = sent(Deleted::Accepted, &marked());
        let waiting = looked(&requested, true, true, minute(2), &policy);
        assert_eq!((waiting.stage, next(&waiting)), (Stage::Requested, Next::Look));
        let patient = looked(&waiting, true, true, minute(10), &policy);
        assert_eq!(next(&patient), Next::Look, "ten minutes are not over");
        let again = looked(&waiting, true, true, minute(11), &policy);
        assert_eq!((again.stage, next(&again)), (Stage::Armed, Next::Ask));
    }

    #[test]
    fn not_found_proves_nothing_until_a_grace_later_under_trusted_keys() {
        let policy = Policy::default();
        let unknown = sent(Deleted::NotFound, &marked());
        assert_eq!((unknown.stage, unknown.due_at), (Stage::Unknown, Some(minute(21))));
        let distrusted = looked(&unknown, false, false, minute(21), &policy);
        assert_eq!((distrusted.stage, distrusted.due_at), (Stage::Unknown, Some(minute(41))));
        assert_eq!(looked(&distrusted, false, true, minute(41), &policy).stage, Stage::Done);
        assert_eq!(
            looked(&unknown, true, true, minute(21), &policy).stage,
            Stage::Armed,
            "it is there after all"
        );
    }

    #[test]
    fn not_found_proves_no_more_after_a_request_of_which_nothing_was_heard() {
        let lost = armed(&marked(), minute(1), &Policy::default());
        let again = sent(Deleted::NotFound, &lost);
        assert_eq!((again.stage, again.asked), (Stage::Unknown, 2), "who knows where the first one went");
    }

    #[test]
    fn only_what_is_marked_may_be_taken_back_and_no_erasure() {
        assert!(marked().can_be_cancelled());
        assert!(!Intent { why: Why::Erasure, ..marked() }.can_be_cancelled());
        assert!(!armed(&marked(), minute(1), &Policy::default()).can_be_cancelled());
    }

    #[test]
    fn what_is_open_for_long_is_overdue_until_it_is_done() {
        let policy = Policy::default();
        assert!(!marked().is_overdue(minute(60), &policy) && marked().is_overdue(minute(61), &policy));
        assert!(!marked().next(Stage::Done, None).is_overdue(minute(61), &policy));
    }
}
