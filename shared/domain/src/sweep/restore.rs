//! After a restore from a backup the table is behind Belvo: sweeps adopt and repair, and take nothing away, until a
//! full sweep has seen everything and an operator says that it is over.
//!
//! The state of sweeps holds this, so it is in force from the next write on: beginning raises the token, and a sweep that is
//! under way can take nothing away any more.

use jiff::Timestamp;

use crate::{
    failure::StoreError,
    ports::{Ambient, Sweeps},
};

use super::{Breaker, Report, Scope, SweepState};

/// How often the state is tried to be changed while sweeps change it, too.
const ATTEMPTS: usize = 10;
/// How many reports are looked through for the last full sweep: ticks make one in five minutes.
const REPORTS: usize = 1_000;

/// Why it did not work.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// The store could not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Sweeps changed the state each time.
    #[error("a sweep is changing its state just now: try again")]
    Busy,
    /// There is nothing to end.
    #[error("the table is not in the mode that only adopts: there is nothing to end")]
    NotRestoring,
    /// Not everything was seen since.
    #[error("no full sweep came to its end since: run `linkkeeper reconcile`, or wait for the schedule")]
    NotSwept,
    /// The last full sweep cannot be believed.
    #[error("the last full sweep cannot be believed ({}): see `linkkeeper report`", .0.meaning())]
    NotBelieved(Breaker),
}

/// From now on sweeps only adopt. The next one is a full one, and the table goes with whichever of Belvo's environments
/// it asks. Beginning again keeps what was begun.
pub async fn begin(store: &impl Sweeps, ambient: &impl Ambient) -> Result<Timestamp, RestoreError> {
    for _ in 0..ATTEMPTS {
        let state = store.state().await?;
        if let Some(since) = state.adopting_since {
            return Ok(since);
        }
        let now = ambient.now();
        let restored =
            SweepState { token: state.token + 1, adopting_since: Some(now), ..SweepState::default() };
        if store.put_state(&restored, state.token).await? {
            return Ok(now);
        }
    }
    Err(RestoreError::Busy)
}

/// From now on sweeps take away again what is to be taken away, under their ordinary breakers.
pub async fn end(store: &impl Sweeps) -> Result<(), RestoreError> {
    for _ in 0..ATTEMPTS {
        let state = store.state().await?;
        let since = state.adopting_since.ok_or(RestoreError::NotRestoring)?;
        believed(&store.reports(REPORTS).await?, since)?;
        let over = SweepState { token: state.token + 1, lease_until: None, adopting_since: None, ..state };
        if store.put_state(&over, over.token - 1).await? {
            return Ok(());
        }
    }
    Err(RestoreError::Busy)
}

/// Whether the latest full sweep that began since then saw the whole account.
fn believed(reports: &[Report], since: Timestamp) -> Result<(), RestoreError> {
    let full = reports.iter().find(|report| report.scope == Scope::Full && report.started_at >= since);
    let doubts = full.ok_or(RestoreError::NotSwept)?.breakers.iter().find(|breaker| match breaker {
        Breaker::EmptyListing | Breaker::ShrunkenListing | Breaker::CanaryFailed => true,
        // how much would be taken away is for `linkkeeper plan` and for the next sweep's own breakers
        Breaker::TooMany | Breaker::AdoptOnly => false,
    });
    doubts.map_or(Ok(()), |breaker| Err(RestoreError::NotBelieved(*breaker)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        change::Action,
        policy::Policy,
        sweep::{Order, Outcome, Plan, PlanId, SweepError, goes_together, tests::actions},
        testing::{
            Belvo, Hand, Life, Shaky, Table, ana, bound, finished, ledger, minute, ordered, shown, swept,
            with_login,
        },
    };

    fn swept_at(table: &Table, belvo: &Belvo, at: i64) -> Report {
        swept(table, belvo, &Hand::at(minute(at)), &Policy::default())
    }

    /// Ana has two links to one login and a third that Belvo has no more.
    fn much_to_take_away() -> (Table, Belvo) {
        let links = [shown(1, &ana(), 0), shown(2, &ana(), 0), shown(3, &ana(), 0)];
        let [one, two, three] = links.map(|link| with_login(link, "login"));
        let other = with_login(three, "other");
        let records = [&one, &two, &other].map(|link| bound(link, &ana(), None)).to_vec();
        (Table::holding([ledger(&ana(), records, vec![])]), Belvo::showing([one, two]))
    }

    fn began(table: &Table, at: i64) -> Timestamp {
        finished(begin(table, &Hand::at(minute(at)))).expect("begun")
    }

    #[test]
    fn what_was_restored_loses_nothing_to_sweeps_until_it_is_over() {
        let (table, belvo) = much_to_take_away();
        began(&table, 60);
        let held = swept_at(&table, &belvo, 61);
        assert!(held.breakers.contains(&Breaker::AdoptOnly) && held.withheld == 2, "{held:?}");
        assert_eq!(actions(&table), []);
        finished(end(&table)).expect("a full sweep saw everything");
        let after = swept_at(&table, &belvo, 90);
        assert_eq!((after.breakers.len(), after.count(Action::Supersede), after.withheld), (0, 1, 0));
    }

    #[test]
    fn it_is_not_over_before_a_full_sweep_that_can_be_believed() {
        let (table, belvo) = much_to_take_away();
        assert!(matches!(finished(end(&table)), Err(RestoreError::NotRestoring)));
        swept_at(&table, &belvo, 30);
        began(&table, 60);
        assert!(matches!(finished(end(&table)), Err(RestoreError::NotSwept)), "the one of before is not it");
        swept_at(&table, &Belvo::showing([]), 61);
        assert!(matches!(finished(end(&table)), Err(RestoreError::NotBelieved(Breaker::EmptyListing))));
        swept_at(&table, &belvo, 62);
        finished(end(&table)).expect("over");
        assert!(matches!(finished(end(&table)), Err(RestoreError::NotRestoring)), "once");
    }

    #[test]
    fn beginning_twice_is_beginning_once_and_overtakes_whoever_is_sweeping() {
        let (table, _) = much_to_take_away();
        let before = finished(table.state()).expect("up").token;
        assert_eq!((began(&table, 60), began(&table, 70)), (minute(60), minute(60)));
        let state = finished(table.state()).expect("up");
        assert_eq!((state.token, state.adopting_since), (before + 1, Some(minute(60))));
        assert!(!finished(table.put_state(&SweepState::default(), before)).expect("up"), "I9");
    }

    #[test]
    fn a_table_is_not_swept_against_another_environment_until_it_is_restored_to_go_with_that() {
        let (table, belvo) = much_to_take_away();
        swept_at(&table, &belvo, 30);
        let state = finished(table.state()).expect("up");
        assert_eq!(state.environment.as_deref(), Some("belvo.test"));
        let other = SweepState { environment: Some("elsewhere.test".to_owned()), ..state.clone() };
        assert!(finished(table.put_state(&other, state.token)).expect("up"));
        let (before, hand) = (actions(&table), Hand::at(minute(90)));
        for dry_run in [true, false] {
            let order = Order { scope: Some(Scope::Full), dry_run, ..Order::default() };
            let refused = ordered(&table, &belvo, &hand, &Policy::default(), &order);
            assert!(matches!(refused, Err(SweepError::OtherEnvironment)), "{refused:?}");
        }
        assert_eq!(actions(&table), before);
        let alone = finished(goes_together(&table, &belvo));
        assert!(matches!(alone, Err(SweepError::OtherEnvironment)), "nor is anything else asked: {alone:?}");
        began(&table, 91);
        finished(goes_together(&table, &belvo)).expect("it goes with any now");
        let tick = ordered(&table, &belvo, &hand, &Policy::default(), &Order::default());
        assert!(matches!(tick, Ok(Outcome::Finished(_))), "{tick:?}");
    }

    /// A table whose state somebody else changes before every write.
    struct Contended<'a>(&'a Table);

    impl Sweeps for Contended<'_> {
        async fn state(&self) -> Result<SweepState, StoreError> {
            self.0.state().await
        }
        async fn put_state(&self, _: &SweepState, _: u64) -> Result<bool, StoreError> {
            Ok(false)
        }
        async fn finish(
            &self,
            _: &SweepState,
            _: u64,
            _: &Report,
            _: Option<&Plan>,
        ) -> Result<bool, StoreError> {
            Ok(false)
        }
        async fn reports(&self, most: usize) -> Result<Vec<Report>, StoreError> {
            self.0.reports(most).await
        }
        async fn plan(&self, id: &PlanId) -> Result<Option<Plan>, StoreError> {
            self.0.plan(id).await
        }
        async fn mark_applied(&self, _: &Plan, _: Timestamp) -> Result<bool, StoreError> {
            Ok(false)
        }
    }

    #[test]
    fn whoever_is_always_overtaken_or_meets_a_table_that_is_down_is_told_and_nothing_is_changed() {
        let (table, belvo) = much_to_take_away();
        let hand = Hand::at(minute(60));
        assert!(matches!(finished(begin(&Contended(&table), &hand)), Err(RestoreError::Busy)));
        let down = |requests| Life::of(requests, false);
        assert!(matches!(finished(begin(&Shaky(&table, &down(1)), &hand)), Err(RestoreError::Store(_))));
        assert!(matches!(finished(begin(&Shaky(&table, &down(2)), &hand)), Err(RestoreError::Store(_))));
        assert_eq!(finished(table.state()).expect("up"), SweepState::default());
        began(&table, 60);
        swept_at(&table, &belvo, 61);
        assert!(matches!(finished(end(&Contended(&table))), Err(RestoreError::Busy)));
        assert!(matches!(finished(end(&Shaky(&table, &down(2)))), Err(RestoreError::Store(_))));
        assert_eq!(finished(table.state()).expect("up").adopting_since, Some(minute(60)), "not over");
    }
}
