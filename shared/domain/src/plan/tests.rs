//! What one user's plan says, case by case.

mod words;

use super::*;
use crate::{
    change::{Action, Evidence, Source, Standing},
    external_id::ExternalId,
    link::{Claim, LinkRecord, LinkState, LinkStatus, QuarantineReason},
    policy::Negatives,
    session::LinkSession,
    testing::{
        ana, bia, bound, in_state, ledger, link_id, minute, notice, pending, session, session_id, set_aside,
        shown, spent, with_login, with_status,
    },
};

/// Plans what a sweep finds at this minute.
fn planned(held: &Ledger, seen: &[ProviderLink], missing: &[LinkId], at: i64) -> UserPlan {
    let markers = Markers::new();
    let news = News { seen, missing, named: None, markers: &markers, notice: notice(Source::Sweep, at) };
    plan_user(held, &news, &Policy::default())
}

fn holding(links: Vec<LinkRecord>, sessions: Vec<LinkSession>) -> Ledger {
    ledger(&ana(), links, sessions)
}

fn actions(plan: &UserPlan) -> Vec<Action> {
    plan.audit.iter().map(|event| event.action).collect()
}

fn opened(number: u8, issued: i64) -> LinkSession {
    session(number, &ana(), issued)
}

#[test]
fn an_orphan_is_bound_owned_once_and_its_session_spent() {
    let plan = planned(&holding(vec![], vec![opened(1, 0)]), &[shown(1, &ana(), 5)], &[], 60);
    let record = LinkRecord {
        session_id: Some(session_id(1)),
        last_observed_at: minute(60),
        ..bound(&shown(1, &ana(), 5), &ana(), None)
    };
    let expected = [
        Change::Own(link_id(1), ana()),
        Change::Link(record),
        Change::Session(LinkSession { revision: 2, ..spent(opened(1, 0), 1) }),
    ];
    assert_eq!(plan.changes, expected);
    let [event] = plan.audit.as_slice() else { panic!("one event: {:?}", plan.audit) };
    assert_eq!((event.action, event.source, event.at), (Action::Bind, Source::Sweep, minute(60)));
    assert_eq!((event.external_id.clone(), event.link_id), (Some(ana()), Some(link_id(1))));
    assert_eq!((event.before, event.after), (None, Some(LinkState::Active)));
    assert_eq!(event.session_id, Some(session_id(1)));
}

#[test]
fn a_pending_link_is_bound_as_the_next_revision_and_then_owned() {
    let session = opened(1, 0);
    let held = holding(vec![pending(1, &session, 6)], vec![session]);
    let plan = planned(&held, &[shown(1, &ana(), 5)], &[], 7);
    assert_eq!(actions(&plan), [Action::Bind]);
    assert!(plan.changes.contains(&Change::Own(link_id(1), ana())));
    let after = held.with(&plan.changes);
    let record = after.link(link_id(1)).expect("bound");
    assert_eq!((record.state, record.revision), (LinkState::Active, 2));
}

#[test]
fn a_pending_link_that_names_another_user_is_dropped_and_never_owned() {
    let session = opened(1, 0);
    let held = holding(vec![pending(1, &session, 6)], vec![session]);
    let plan = planned(&held, &[shown(1, &bia(), 5)], &[], 7);
    assert_eq!(actions(&plan), [Action::Drop]);
    let after = held.with(&plan.changes);
    let record = after.link(link_id(1)).expect("a tombstone");
    assert!(record.state == LinkState::Gone && !record.holds_link());
    assert!(!plan.changes.iter().any(|change| matches!(change, Change::Own(..))));
}

#[test]
fn a_pending_link_without_external_id_is_dropped_and_set_aside() {
    let session = opened(1, 0);
    let held = holding(vec![pending(1, &session, 6)], vec![session]);
    let nobodys = ProviderLink { claim: Claim::Absent, ..shown(1, &ana(), 5) };
    assert_eq!(actions(&planned(&held, &[nobodys], &[], 7)), [Action::Drop, Action::Quarantine]);
}

#[test]
fn a_pending_link_that_is_the_users_but_unexplained_is_set_aside_and_waits_on() {
    let session = opened(1, 0);
    let held = holding(vec![pending(1, &session, 6)], vec![spent(session, 9)]);
    let plan = planned(&held, &[shown(1, &ana(), 5)], &[], 60);
    assert_eq!(actions(&plan), [Action::Quarantine]);
    assert_eq!(plan.audit[0].evidence, Some(Evidence::Unexplained(QuarantineReason::SessionUsed)));
    assert_eq!(held.clone().with(&plan.changes), held);
}

#[test]
fn a_pending_link_that_belvo_does_not_have_is_dropped_after_the_grace() {
    let session = opened(1, 0);
    let held = holding(vec![pending(1, &session, 6)], vec![session]);
    assert!(planned(&held, &[], &[link_id(1)], 25).is_empty());
    assert_eq!(actions(&planned(&held, &[], &[link_id(1)], 26)), [Action::Drop]);
}

#[test]
fn two_pending_links_of_one_session_do_not_spend_it_twice() {
    let session = opened(1, 0);
    let held = holding(vec![pending(1, &session, 6), pending(2, &session, 7)], vec![session]);
    let plan = planned(&held, &[shown(1, &ana(), 5), shown(2, &ana(), 6)], &[], 60);
    assert_eq!(actions(&plan), [Action::Quarantine, Action::Quarantine]);
}

#[test]
fn a_ghost_is_noted_once_then_retired_after_the_grace() {
    let record = bound(&shown(1, &ana(), 0), &ana(), None);
    let held = holding(vec![record], vec![]);
    let noting = planned(&held, &[], &[link_id(1)], 100);
    assert_eq!(actions(&noting), [Action::NoteMissing]);
    let noted = held.with(&noting.changes);
    assert!(planned(&noted, &[], &[link_id(1)], 119).is_empty(), "within the grace");
    let retiring = planned(&noted, &[], &[link_id(1)], 120);
    assert_eq!(actions(&retiring), [Action::Retire]);
    let retired = noted.with(&retiring.changes);
    assert_eq!(retired.link(link_id(1)).expect("a tombstone").state, LinkState::Gone);
    assert!(planned(&retired, &[shown(1, &ana(), 0)], &[], 200).is_empty(), "I11");
}

#[test]
fn a_ghost_that_reappears_starts_anew() {
    let link = shown(1, &ana(), 0);
    let held = holding(vec![bound(&link, &ana(), None)], vec![]);
    let noted = held.clone().with(&planned(&held, &[], &[link_id(1)], 100).changes);
    let found = planned(&noted, std::slice::from_ref(&link), &[], 110);
    assert_eq!(actions(&found), [Action::Refresh]);
    let back = noted.with(&found.changes);
    assert_eq!(actions(&planned(&back, &[], &[link_id(1)], 130)), [Action::NoteMissing]);
}

#[test]
fn an_old_not_found_does_not_beat_newer_evidence_nor_an_old_sight_a_newer_not_found() {
    let link = shown(1, &ana(), 0);
    let record = LinkRecord { last_observed_at: minute(100), ..bound(&link, &ana(), None) };
    let held = holding(vec![record], vec![]);
    assert!(planned(&held, &[], &[link_id(1)], 99).is_empty());
    let noted = held.clone().with(&planned(&held, &[], &[link_id(1)], 101).changes);
    assert!(planned(&noted, &[link], &[], 100).is_empty());
}

#[test]
fn retiring_the_survivor_restores_the_link_that_it_superseded() {
    let old = with_login(shown(1, &ana(), 0), "same");
    let new = with_login(shown(2, &ana(), 1), "same");
    let parked = LinkRecord {
        superseded_by: Some(link_id(2)),
        ..in_state(bound(&old, &ana(), None), LinkState::Superseded)
    };
    let ghost = LinkRecord { missing_since: Some(minute(10)), ..bound(&new, &ana(), None) };
    let held = holding(vec![parked, ghost], vec![]);
    let plan = planned(&held, &[], &[link_id(2)], 60);
    assert_eq!(actions(&plan), [Action::Restore, Action::Retire]);
    assert_eq!(held.with(&plan.changes).link(link_id(1)).expect("kept").state, LinkState::Active);
}

#[test]
fn a_duplicate_is_superseded_in_the_commit_that_binds_its_survivor() {
    let old = bound(&with_login(shown(1, &ana(), 0), "same"), &ana(), None);
    let held = holding(vec![old], vec![opened(1, 30)]);
    let plan = planned(&held, &[with_login(shown(2, &ana(), 31), "same")], &[], 90);
    assert_eq!(actions(&plan), [Action::Supersede, Action::Bind]);
    assert_eq!(plan.negatives(), 1);
}

#[test]
fn a_worse_duplicate_is_bound_and_superseded_at_once_with_one_event() {
    let old = bound(&with_login(shown(1, &ana(), 0), "same"), &ana(), None);
    let new = with_status(with_login(shown(2, &ana(), 31), "same"), LinkStatus::Invalid);
    let plan = planned(&holding(vec![old], vec![opened(1, 30)]), &[new], &[], 90);
    assert_eq!(actions(&plan), [Action::Bind]);
    assert_eq!(plan.audit[0].after, Some(LinkState::Superseded));
}

#[test]
fn a_run_that_must_not_take_away_still_binds_and_refreshes() {
    let old = bound(&with_login(shown(1, &ana(), 0), "same"), &ana(), None);
    let ghost = bound(&shown(3, &ana(), 0), &ana(), None);
    let held = holding(vec![old, ghost], vec![opened(1, 30)]);
    let seen = [
        with_status(with_login(shown(1, &ana(), 0), "same"), LinkStatus::Invalid),
        with_login(shown(2, &ana(), 31), "same"),
    ];
    let markers = Markers::new();
    let missing = [link_id(3)];
    let at = notice(Source::Sweep, 90);
    let news = News { seen: &seen, missing: &missing, named: None, markers: &markers, notice: at };
    let policy = Policy { negatives: Negatives::Since(minute(1_000)), ..Policy::default() };
    assert_eq!(actions(&plan_user(&held, &news, &policy)), [Action::Refresh, Action::Bind]);
}

#[test]
fn a_quarantined_item_goes_on_from_its_revision_and_keeps_when_it_was_first_seen() {
    let link = shown(1, &ana(), 0);
    let item = set_aside(&link, QuarantineReason::Ambiguous);
    let markers = Markers::from([(link.id, Marker::Quarantined(item.clone()))]);
    let at = notice(Source::Sweep, 90);
    let news = News { seen: &[link], missing: &[], named: None, markers: &markers, notice: at };
    let plan = plan_user(&holding(vec![], vec![]), &news, &Policy::default());
    let [Change::Quarantine(next)] = plan.changes.as_slice() else { panic!("{:?}", plan.changes) };
    assert_eq!((next.revision, next.first_seen_at), (2, item.first_seen_at));
    assert_eq!(next.reason, QuarantineReason::NoSession);
}

#[test]
fn a_link_that_somebody_else_holds_is_refused() {
    let link = shown(1, &ana(), 5);
    let markers = Markers::from([(link.id, Marker::Owned(bia()))]);
    let at = notice(Source::SessionStart, 6);
    let news = News { seen: &[link], missing: &[], named: None, markers: &markers, notice: at };
    let plan = plan_user(&holding(vec![], vec![opened(1, 0)]), &news, &Policy::default());
    assert!(plan.is_empty());
    assert_eq!(plan.decisions.get(&link_id(1)), Some(&Decision::Refuse));
    assert_eq!(plan.unread(&Markers::new()), []);
}

#[test]
fn who_holds_a_link_is_to_be_read_only_for_those_set_aside() {
    let seen = [shown(1, &ana(), 5), shown(2, &bia(), 5), shown(3, &ana(), 50)];
    let plan = planned(&holding(vec![], vec![opened(1, 0)]), &seen, &[], 90);
    assert_eq!(plan.unread(&Markers::new()), [link_id(3)]);
    let read = Markers::from([(link_id(3), Marker::Owned(ExternalId::parse("else").expect("valid")))]);
    assert_eq!(plan.unread(&read), []);
}

#[test]
fn what_is_superseded_for_a_survivors_sake_is_so_only_while_the_survivor_stands() {
    let survivor = bound(&with_login(shown(2, &ana(), 30), "login"), &ana(), None);
    let held = holding(vec![survivor.clone()], vec![opened(1, 0)]);
    let plan = planned(&held, &[with_login(shown(1, &ana(), 5), "login")], &[], 60);
    let standing = Standing { owner: ana(), link_id: link_id(2), revision: survivor.revision };
    assert!(plan.changes.contains(&Change::Stands(standing)), "{:?}", plan.changes);
    let after = held.with(&plan.changes);
    assert_eq!(after.link(link_id(1)).map(|record| record.state), Some(LinkState::Superseded));
}

#[test]
fn a_link_that_was_only_named_and_dropped_is_adopted_when_belvo_shows_it_after_all() {
    let session = opened(1, 0);
    let dropped = in_state(pending(1, &session, 6), LinkState::Gone);
    let held = holding(vec![dropped.clone()], vec![session]);
    let plan = planned(&held, &[shown(1, &ana(), 5)], &[], 60);
    assert_eq!(actions(&plan), [Action::Bind]);
    assert!(plan.changes.contains(&Change::Own(link_id(1), ana())));
    let after = held.with(&plan.changes);
    let record = after.link(link_id(1)).expect("bound");
    assert_eq!((record.state, record.revision), (LinkState::Active, dropped.revision + 1));
}
