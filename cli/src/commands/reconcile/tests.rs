//! A sweep that is asked for by hand: what is asked for, whom it waits for, what it tells.

use std::{collections::BTreeMap, sync::Mutex};

use domain::{
    change::Action,
    ports::{Spent, Sweeps},
    sweep::{Breaker, Canary, Counts, PlanId, SweepState},
};

use super::*;
use crate::world::World;

/// A report of a sweep over this that found nothing.
pub(crate) fn sample(scope: Scope) -> Report {
    let at = |millis: i64| Timestamp::from_millisecond(1_772_445_600_000 + millis).expect("a time");
    Report {
        scope,
        started_at: at(0),
        finished_at: at(1_500),
        dry_run: false,
        remaining_days: 0,
        counts: Counts::default(),
        canary: Canary::NotNeeded,
        withheld: 0,
        breakers: [].into(),
        plan: None,
        left: 0,
        shared: Vec::new(),
        probable: Vec::new(),
        spent: Spent::default(),
    }
}

#[tokio::test]
async fn a_sweep_waits_until_another_ones_lease_ends_and_then_goes_on() {
    let world = World::new(Policy::default()).await.expect("a world");
    let store = &world.stack.store;
    let end = world.clock.now() + SignedDuration::from_secs(12);
    let taken = SweepState { token: 1, lease_until: Some(end), ..SweepState::default() };
    assert!(store.put_state(&taken, 0).await.expect("the store answers"));
    let deps = world.stack.reconcile();
    let sweeper = Sweeper {
        store,
        provider: &deps.provider,
        ambient: &world.clock,
        policy: &deps.policy,
        watcher: &(),
    };
    let order = Order { scope: Some(Scope::Full), ..Order::default() };
    let told = Mutex::new(Vec::new());

    let report = to_its_end(&sweeper, order, |until| told.lock().expect("alone").push(until)).await;

    assert_eq!(report.expect("a sweep").map(|report| report.scope), Some(Scope::Full));
    let told = told.into_inner().expect("alone");
    assert_eq!(told, vec![end; 3], "looked at every five seconds");
}

#[test]
fn a_summary_tells_what_was_withheld_and_the_next_command() {
    let plan = PlanId::parse("plan_0123456789abcdef").ok();
    let report = Report { withheld: 6, breakers: [Breaker::TooMany].into(), plan, ..sample(Scope::Full) };
    let told = told::summary(&report);
    for part in ["6 changes", Breaker::TooMany.meaning(), "`linkkeeper plan plan_0123456789abcdef`"] {
        assert!(told.contains(part), "{part}: {told}");
    }
    let rehearsed = told::summary(&Report { plan: None, dry_run: true, ..report });
    assert!(rehearsed.contains("Without --dry-run") && rehearsed.contains("would change"), "{rehearsed}");
}

#[test]
fn a_summary_tells_what_was_done_what_is_left_and_what_it_cost() {
    let actions = BTreeMap::from([(Action::Bind, 2), (Action::Refresh, 1)]);
    let counts = Counts { listed: 25, known: 22, quarantined: 1, conflicts: 4, actions, ..Counts::default() };
    let spent = Spent { belvo_calls: 9, table_requests: 3, read_units: 1.5, write_units: 2.0 };
    let told = told::summary(&Report { counts, spent, left: 7, ..sample(Scope::Full) });
    for part in [
        "listed 25 links",
        "changed 3: bind 2, refresh 1",
        "4 users changed",
        "7 changes are beyond",
        "9 calls",
        "1.5 read",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
}
