//! What a sweep that must take nothing away plans, and what somebody's word and news of one moment do.

use super::*;

/// Plans what a sweep finds at minute 90 that began at minute 50, and must take nothing away.
fn cautious(held: &Ledger, seen: &[ProviderLink]) -> UserPlan {
    let markers = Markers::new();
    let at = notice(Source::Sweep, 90);
    let news = News { seen, missing: &[], named: None, markers: &markers, notice: at };
    plan_user(held, &news, &Policy { negatives: Negatives::Since(minute(50)), ..Policy::default() })
}

#[test]
fn what_a_cautious_sweep_just_bound_it_may_supersede_and_nothing_older() {
    let one = |number, created| with_login(shown(number, &ana(), created), "one");
    let observed = |record: LinkRecord, at| LinkRecord { last_observed_at: minute(at), ..record };
    let state = |held: &Ledger, seen: &[ProviderLink]| {
        let after = held.clone().with(&cautious(held, seen).changes);
        after.link(link_id(1)).map(|record| (record.state, record.superseded_by))
    };
    let with_newer = |older| holding(vec![older], vec![opened(2, 10)]);
    let seen = [one(1, 5), one(2, 12)];
    let superseded = Some((LinkState::Superseded, Some(link_id(2))));
    let bound_now = observed(bound(&one(1, 5), &ana(), None), 60);
    assert_eq!(state(&with_newer(bound_now.clone()), &seen), superseded);
    let stays = Some((LinkState::Active, None));
    assert_eq!(state(&with_newer(observed(bound_now.clone(), 49)), &seen), stays, "bound before it began");
    assert_eq!(state(&with_newer(LinkRecord { revision: 2, ..bound_now }), &seen), stays, "and changed");
    let waiting = holding(vec![pending(1, &opened(1, 0), 6)], vec![opened(1, 0), opened(2, 10)]);
    assert_eq!(state(&waiting, &seen), superseded, "one that nobody had takes nothing away");
    let gave_way = in_state(observed(bound(&one(1, 5), &ana(), None), 6), LinkState::Superseded);
    let gave_way = LinkRecord { superseded_by: Some(link_id(3)), ..gave_way };
    assert_eq!(state(&with_newer(gave_way), &seen), superseded, "it learns by which link");
}

#[test]
fn a_link_that_is_vouched_for_and_was_the_users_before_is_refreshed_and_keeps_its_session() {
    let held = holding(vec![bound(&shown(1, &ana(), 5), &ana(), Some(1))], vec![]);
    let needy = with_status(shown(1, &ana(), 5), LinkStatus::Invalid);
    let plan = plan_vouched(&held, &[needy], notice(Source::Operator, 90), &Policy::default());
    assert_eq!(actions(&plan), [Action::Refresh]);
    let after = held.with(&plan.changes);
    assert_eq!(after.link(link_id(1)).expect("held").session_id, Some(session_id(1)));
}

#[test]
fn what_is_missed_at_the_moment_of_the_last_news_is_noted() {
    let link = shown(1, &ana(), 5);
    let held = holding(vec![bound(&link, &ana(), None)], vec![]);
    assert_eq!(actions(&planned(&held, &[], &[link.id], 5)), [Action::NoteMissing]);
    assert_eq!(actions(&planned(&held, &[], &[link.id], 4)), [], "older evidence is none");
}
