//! Rules of [`Sweeps`](domain::ports::Sweeps) and of the fence: one sweeper at a time gets on, and whoever was
//! overtaken changes nothing (I9).

use domain::{
    census::{Group, Member},
    change::{Change, Commit},
    failure::CommitError,
    sweep::{Report, Scope, Stage, SweepState, Walk},
};
use jiff::civil::date;

use super::{
    Store,
    samples::{
        at, at_rest, binding, commit, id, link_id, next, plan, quarantined, registered, report, under_way,
        writer,
    },
};

/// Every form that a state can have.
fn states(token: u64) -> Vec<SweepState> {
    let walk = Walk { settled: date(2019, 1, 31), until: date(2026, 3, 2), last: date(2026, 3, 3), span: 7 };
    let place = |group| Member { group, owner: id("ana"), link_id: link_id(3), superseded: true };
    let all = [
        Stage::Named,
        Stage::Days(walk),
        Stage::Unusable,
        Stage::Groups(None),
        Stage::Groups(Some(place(Group::Login([7; 16])))),
        Stage::Groups(Some(place(Group::Unnamed([255; 16])))),
        Stage::Conclusion,
    ];
    let mut states: Vec<_> = all.into_iter().map(|stage| under_way(token, stage)).collect();
    let scopes =
        [Scope::Full, Scope::Days { from: date(2026, 1, 1), to: date(2026, 1, 2) }, Scope::User(id("ana"))];
    states.extend(scopes.into_iter().map(|scope| {
        let mut state = under_way(token, Stage::Named);
        state.progress.as_mut().expect("under way").scope = scope;
        state
    }));
    states.extend([at_rest(token), SweepState { token, ..SweepState::default() }]);
    states
}

/// Nobody ever swept.
pub async fn a_state_that_nobody_wrote_is_the_first(store: &impl Store) {
    assert_eq!(store.state().await.expect("up"), SweepState::default());
    assert_eq!(store.reports(9).await.expect("up"), []);
    assert_eq!(store.plan(&plan(1).id).await.expect("up"), None);
}

/// Whoever goes on knows what the one before knew.
pub async fn a_state_is_read_as_it_was_written(store: &impl Store) {
    assert!(store.put_state(&at_rest(1), 0).await.expect("up"));
    for state in states(1) {
        assert!(store.put_state(&state, 1).await.expect("up"), "a checkpoint keeps the token");
        assert_eq!(store.state().await.expect("up"), state);
    }
}

/// The token tells, and it rises.
pub async fn a_state_is_replaced_only_by_who_holds_its_token(store: &impl Store) {
    assert!(!store.put_state(&at_rest(2), 1).await.expect("up"), "nobody gave out 1");
    assert!(store.put_state(&at_rest(1), 0).await.expect("up"));
    assert!(store.put_state(&at_rest(2), 1).await.expect("up"));
    for (token, held) in [(1, 0), (1, 1), (2, 1), (4, 3)] {
        let late = under_way(token, Stage::Named);
        assert!(!store.put_state(&late, held).await.expect("up"), "{token} {held}");
        assert!(!store.finish(&late, held, &report(0), Some(&plan(1))).await.expect("up"), "{token} {held}");
    }
    assert_eq!(store.state().await.expect("up"), at_rest(2));
}

/// Two ticks at the same moment want to write the very same.
pub async fn of_two_who_take_the_lease_at_once_one_gets_it(store: &impl Store) {
    for held in 0..5 {
        let taken = under_way(held + 1, Stage::Named);
        let (one, two) = tokio::join!(store.put_state(&taken, held), store.put_state(&taken, held));
        let got = [one, two].map(|answer| answer.expect("up"));
        assert!(got == [true, false] || got == [false, true], "{got:?}");
    }
}

/// State, report and plan are there together.
pub async fn a_sweep_ends_with_all_that_it_leaves_or_not_at_all(store: &impl Store) {
    assert!(store.put_state(&under_way(1, Stage::Conclusion), 0).await.expect("up"));
    assert!(!store.finish(&at_rest(0), 0, &report(0), Some(&plan(1))).await.expect("up"));
    assert_eq!(store.state().await.expect("up"), under_way(1, Stage::Conclusion));
    assert_eq!(
        (store.reports(9).await.expect("up"), store.plan(&plan(1).id).await.expect("up")),
        (vec![], None)
    );
    assert!(store.finish(&at_rest(1), 1, &report(0), Some(&plan(1))).await.expect("up"));
    assert_eq!(store.state().await.expect("up"), at_rest(1));
    assert_eq!(store.reports(9).await.expect("up"), [report(0)]);
    assert_eq!(store.plan(&plan(1).id).await.expect("up"), Some(plan(1)));
}

/// The answer may have been lost, and the next may have begun since (I4).
pub async fn a_report_filed_again_is_filed_and_one_of_who_was_overtaken_is_not(store: &impl Store) {
    assert!(store.put_state(&under_way(1, Stage::Conclusion), 0).await.expect("up"));
    for _ in 0..2 {
        assert!(store.finish(&at_rest(1), 1, &report(0), Some(&plan(1))).await.expect("up"));
    }
    assert!(store.put_state(&under_way(2, Stage::Named), 1).await.expect("up"));
    assert!(store.finish(&at_rest(1), 1, &report(0), Some(&plan(1))).await.expect("up"), "ours was in time");
    let another = Report { withheld: 7, ..report(0) };
    assert!(!store.finish(&at_rest(1), 1, &another, None).await.expect("up"));
    assert!(!store.finish(&at_rest(1), 1, &report(60), None).await.expect("up"));
    assert_eq!(store.state().await.expect("up"), under_way(2, Stage::Named));
    assert_eq!(store.reports(9).await.expect("up"), [report(0)]);
}

/// With whatever state it leaves now.
pub async fn who_holds_the_lease_ends_a_sweep_again(store: &impl Store) {
    assert!(store.put_state(&under_way(1, Stage::Conclusion), 0).await.expect("up"));
    assert!(store.finish(&under_way(1, Stage::Conclusion), 1, &report(0), None).await.expect("up"));
    assert!(store.finish(&at_rest(1), 1, &report(0), Some(&plan(1))).await.expect("up"));
    assert_eq!(store.state().await.expect("up"), at_rest(1));
    assert_eq!(store.plan(&plan(1).id).await.expect("up"), Some(plan(1)));
}

/// For people, who want to know of the last one.
pub async fn reports_are_told_latest_first(store: &impl Store) {
    for started in [60, 0, 120] {
        assert!(store.finish(&at_rest(0), 0, &report(started), None).await.expect("up"));
    }
    assert_eq!(store.reports(2).await.expect("up"), [report(120), report(60)]);
    assert_eq!(store.reports(9).await.expect("up"), [report(120), report(60), report(0)]);
    assert_eq!(store.reports(0).await.expect("up"), []);
}

/// And is told who was first.
pub async fn a_plan_is_applied_once(store: &impl Store) {
    assert!(!store.mark_applied(&plan(1), at(9)).await.expect("up"), "there is none");
    assert!(store.finish(&at_rest(0), 0, &report(0), Some(&plan(1))).await.expect("up"));
    assert!(store.mark_applied(&plan(1), at(10)).await.expect("up"));
    assert!(store.mark_applied(&plan(1), at(10)).await.expect("up"), "our own mark");
    assert!(!store.mark_applied(&plan(1), at(11)).await.expect("up"));
    let applied = store.plan(&plan(1).id).await.expect("up").expect("there");
    assert_eq!(applied.applied_at, Some(at(10)));
    assert_eq!(applied.hash, plan(1).hash);
}

/// A sweeper that was thought dead may still be at it.
pub async fn whoever_was_overtaken_takes_nothing_away(store: &impl Store) {
    let ana = registered(store, "ana").await;
    assert!(store.put_state(&at_rest(1), 0).await.expect("up"));
    let held = Commit { fence: Some(1), ..binding(&ana, 1, writer(1)) };
    store.commit(&held).await.expect("it holds the token");
    assert!(store.put_state(&at_rest(2), 1).await.expect("up"));
    store.commit(&held).await.expect("our own, from before");
    let links = store.links(&ana).await.expect("up").expect("registered");
    let changes = vec![Change::Link(next(&links[0])), Change::Quarantine(quarantined(2))];
    for (number, token) in (10..).zip([0, 1, 3]) {
        let late = Commit { fence: Some(token), ..commit(writer(number), changes.clone()) };
        assert!(matches!(store.commit(&late).await, Err(CommitError::Stale)), "{token}");
    }
    assert_eq!(store.links(&ana).await.expect("up"), Some(links));
    assert_eq!(store.quarantine(9).await.expect("up"), []);
    let fresh = Commit { fence: Some(2), ..commit(writer(2), changes) };
    store.commit(&fresh).await.expect("it holds the token");
}

/// A condition costs by the size of what it looks at, and the state grows with what a sweep has listed.
pub async fn a_fence_costs_the_same_however_far_the_sweep_is(store: &impl Store) {
    let ana = registered(store, "ana").await;
    assert!(store.put_state(&at_rest(1), 0).await.expect("up"));
    let cost = async |number: u8| {
        let before = store.spent();
        let fenced = Commit { fence: Some(1), ..binding(&ana, number.into(), writer(number)) };
        store.commit(&fenced).await.expect("it holds the token");
        (store.spent() - before).write_units
    };
    let early = cost(1).await;
    let mut grown = under_way(1, Stage::Conclusion);
    let progress = grown.progress.as_mut().expect("under way");
    progress.negatives = progress.negatives.iter().cycle().take(500).cloned().collect();
    assert!(store.put_state(&grown, 1).await.expect("up"));
    assert!((cost(2).await - early).abs() < f64::EPSILON, "{early}");
}

/// Whatever the store is asked, it knows what it cost.
pub async fn every_request_is_counted_with_its_units(store: &impl Store) {
    let before = store.spent();
    let ana = registered(store, "ana").await;
    let registering = store.spent() - before;
    assert_eq!((registering.table_requests, registering.belvo_calls), (1, 0));
    assert!(registering.write_units >= 4.0, "{registering:?}");
    let before = store.spent();
    store.ledger(&ana).await.expect("up");
    let reading = store.spent() - before;
    assert_eq!(reading.table_requests, 1);
    assert!(reading.read_units >= 1.0 && reading.write_units.abs() < f64::EPSILON, "{reading:?}");
    let before = store.spent();
    store.made_between(date(2026, 1, 31), date(2026, 2, 1)).await.expect("up");
    assert_eq!((store.spent() - before).table_requests, 2, "two months");
}
