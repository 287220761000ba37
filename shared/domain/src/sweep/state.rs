//! Who sweeps, how far they are, and what is due: one item, changed only by whoever holds its token.
//!
//! The lease saves work and Belvo's calls; it proves nothing. A holder that was thought dead may still be at it:
//! the token, which rises with each taking, keeps it from moving the checkpoint or taking anything away.

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use crate::policy::{Policy, after};

use super::{Progress, Scope};

/// The one item.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SweepState {
    /// Rises whenever somebody takes the lease. 0: nobody ever did.
    pub token: u64,
    /// Until when the lease is somebody's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lease_until: Option<Timestamp>,
    /// The sweep under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress: Option<Progress>,
    /// A sweep that waits while another one, which was asked for, is made in between.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused: Option<Progress>,
    /// How the last full sweep ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_full: Option<LastFull>,
    /// When the last recent or full sweep that came to its end began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_recent: Option<Timestamp>,
    /// The page of unusable links that the next recent sweep reads.
    #[serde(default)]
    pub unusable_page: u32,
    /// Which of Belvo's environments this table goes with: the one of its first sweep.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// Since when the table, restored from a backup, only adopts. See [`super::restore`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adopting_since: Option<Timestamp>,
}

/// How a full sweep ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastFull {
    /// When.
    pub finished_at: Timestamp,
    /// How many links Belvo listed, when the list was good.
    pub listed: usize,
    /// How many we held.
    pub known: usize,
    /// The first day that had a link: before it there is nothing of ours to be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_day: Option<Date>,
}

/// What a tick is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Order {
    /// What to look at; what is due when nothing is said.
    pub scope: Option<Scope>,
    /// Plan only.
    pub dry_run: bool,
    /// Begin although somebody else holds the lease. Safe, but Belvo is asked twice.
    pub take_over: bool,
    /// When to stop at the latest, with a checkpoint.
    pub until: Option<Timestamp>,
}

/// What a tick is to do.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Duty {
    /// Go on with this sweep, or begin it.
    Sweep(Box<Progress>),
    /// Somebody else is at it.
    Busy(Timestamp),
    /// It was done a moment ago: a tick that came twice.
    Nothing,
}

impl SweepState {
    /// What is to be done now.
    pub(super) fn duty(&self, order: &Order, now: Timestamp, policy: &Policy) -> Duty {
        if let Some(until) =
            self.lease_until.filter(|until| *until > now && !order.take_over && !order.dry_run)
        {
            return Duty::Busy(until);
        }
        let begun = self.progress.as_ref().filter(|progress| {
            let wanted = order.scope.as_ref().is_none_or(|scope| *scope == progress.scope);
            wanted && progress.lives(now, policy)
        });
        match (begun, &order.scope) {
            (Some(progress), _) if !order.dry_run => Duty::Sweep(Box::new(progress.clone())),
            (_, Some(scope)) => Duty::Sweep(Box::new(Progress::new(scope.clone(), now))),
            (_, None) => self.due(now, policy),
        }
    }

    fn due(&self, now: Timestamp, policy: &Policy) -> Duty {
        let full = self.last_full.is_none_or(|last| after(last.finished_at, policy.full_every) <= now);
        let recent = self.last_recent.is_none_or(|last| after(last, policy.recent_every) <= now);
        match (full, recent) {
            (true, _) => Duty::Sweep(Box::new(Progress::new(Scope::Full, now))),
            (false, true) => Duty::Sweep(Box::new(Progress::new(Scope::Recent, now))),
            (false, false) => Duty::Nothing,
        }
    }

    /// Whether this table goes with that environment of Belvo's. One that was never swept goes with any.
    pub(super) fn goes_with(&self, environment: &str) -> bool {
        self.environment.as_deref().is_none_or(|own| own == environment)
    }

    /// The state once the lease is taken for this sweep, in that environment.
    pub(super) fn taken(&self, progress: Progress, place: &str, now: Timestamp, policy: &Policy) -> Self {
        let other = |begun: &&Progress| begun.scope != progress.scope && begun.lives(now, policy);
        let paused = self.progress.as_ref().filter(other).or(self.paused.as_ref()).cloned();
        Self {
            token: self.token + 1,
            lease_until: Some(after(now, policy.lease)),
            paused: paused.filter(|paused| paused.scope != progress.scope),
            progress: Some(progress),
            environment: Some(place.to_owned()),
            ..self.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::minute;

    fn duty(state: &SweepState, order: &Order, at: i64) -> Duty {
        state.duty(order, minute(at), &Policy::default())
    }

    fn scope_of(duty: Duty) -> Option<Scope> {
        match duty {
            Duty::Sweep(progress) => Some(progress.scope),
            Duty::Busy(_) | Duty::Nothing => None,
        }
    }

    #[test]
    fn a_lease_that_is_held_is_respected_until_it_ends_or_is_taken_over() {
        let state = SweepState { token: 3, lease_until: Some(minute(10)), ..SweepState::default() };
        let take_over = Order { take_over: true, ..Order::default() };
        assert_eq!(duty(&state, &Order::default(), 9), Duty::Busy(minute(10)));
        assert!(scope_of(duty(&state, &Order::default(), 10)).is_some());
        assert!(scope_of(duty(&state, &take_over, 9)).is_some());
        let taken =
            state.taken(Progress::new(Scope::Full, minute(10)), "belvo.test", minute(10), &Policy::default());
        assert_eq!((taken.token, taken.lease_until > Some(minute(10))), (4, true));
    }

    #[test]
    fn a_sweep_is_gone_on_with_unless_it_is_too_old_or_another_is_asked_for() {
        let progress = Progress::new(Scope::Recent, minute(0));
        let state = SweepState { progress: Some(progress.clone()), ..SweepState::default() };
        assert_eq!(duty(&state, &Order::default(), 5), Duty::Sweep(Box::new(progress)));
        assert_eq!(scope_of(duty(&state, &Order::default(), 60 * 24 * 3)), Some(Scope::Full), "too old");
        let full = Order { scope: Some(Scope::Full), ..Order::default() };
        assert_eq!(scope_of(duty(&state, &full, 5)), Some(Scope::Full));
    }

    #[test]
    fn a_sweep_that_is_asked_for_in_between_does_not_undo_the_one_under_way() {
        let (full, policy) = (Progress::new(Scope::Full, minute(0)), Policy::default());
        let state = SweepState { progress: Some(full.clone()), ..SweepState::default() };
        let between = state.taken(Progress::new(Scope::Recent, minute(5)), "belvo.test", minute(5), &policy);
        assert_eq!(between.paused, Some(full.clone()));
        let again = between.taken(Progress::new(Scope::Recent, minute(6)), "belvo.test", minute(6), &policy);
        assert_eq!(again.paused, Some(full.clone()));
        let back = between.taken(full, "belvo.test", minute(7), &policy);
        assert_eq!(back.paused.map(|paused| paused.scope), Some(Scope::Recent));
    }

    #[test]
    fn full_sweeps_are_due_daily_and_recent_ones_between_them() {
        let full = |at| Some(LastFull { finished_at: minute(at), listed: 1, known: 1, first_day: None });
        let state = |last_full, last_recent: Option<i64>| SweepState {
            last_full,
            last_recent: last_recent.map(minute),
            ..SweepState::default()
        };
        let due = |state: &SweepState, at| scope_of(duty(state, &Order::default(), at));
        assert_eq!(due(&state(None, None), 0), Some(Scope::Full));
        assert_eq!(due(&state(full(0), Some(0)), 5), Some(Scope::Recent));
        assert_eq!(due(&state(full(0), Some(1435)), 1440), Some(Scope::Full));
        assert_eq!(due(&state(full(0), Some(5)), 5), None, "the same tick twice");
    }
}
