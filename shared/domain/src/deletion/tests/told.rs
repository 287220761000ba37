//! What a run counts, what it leaves on record, and when it ends by itself.

use super::{disconnected, on, record, run, run_for, state, tried, with_links};
use crate::{
    change::{Action, Change, carry_out},
    deletion::{Deleter, Intent, Stage, Tally, Why, WorkError, pace::Mode},
    failure::StoreError,
    link::LinkState,
    testing::{Belvo, Fault, Hand, Table, ana, finished, link_id, minute},
};

fn until(minutes: i64, table: &Table, belvo: &Belvo, hand: &Hand, mode: Mode) -> Tally {
    let policy = crate::policy::Policy { deletion_mode: mode, ..on() };
    let deleter = Deleter { store: table, provider: belvo, ambient: hand, policy: &policy, account: "belvo" };
    finished(deleter.run(Some(minute(minutes)))).expect("nothing fails")
}

#[test]
fn a_run_whose_time_is_over_asks_nothing_more() {
    let ((table, belvo), hand) = (with_links(1), Hand::at(minute(5)));
    disconnected(&table, &hand, link_id(1));
    assert_eq!(until(5, &table, &belvo, &hand, Mode::Asynchronous), Tally::default());
    assert_eq!((state(&table, 1), belvo.calls().len()), (LinkState::Deleting, 0));
    assert_eq!(until(6, &table, &belvo, &hand, Mode::Asynchronous).asked, 1);
}

#[test]
fn whoever_gets_no_turn_in_time_asks_for_no_deletion() {
    let ((table, belvo), hand) = (with_links(9), Hand::at(minute(5)));
    for number in 1..=9 {
        disconnected(&table, &hand, link_id(number));
    }
    let tally = until(6, &table, &belvo, &hand, Mode::Synchronous);
    assert!((1..=5).contains(&tally.asked), "five a minute: {tally:?}");
    assert_eq!((tally.held_back, belvo.size()), (9 - tally.asked, 9 - tally.asked));
}

#[test]
fn an_intent_that_belvo_may_have_heard_of_is_never_begun_anew() {
    let wanted = || Intent::mark(link_id(1), ana(), Why::Disconnect, minute(9));
    let before = |stage| Intent { stage, revision: 4, ..wanted() };
    for stage in [Stage::Armed, Stage::Requested, Stage::Unknown, Stage::Done] {
        assert_eq!(Intent::instead_of(Some(&before(stage)), wanted()), None, "{stage:?}");
    }
    for stage in [Stage::Marked, Stage::Cancelled] {
        let anew = Intent::instead_of(Some(&before(stage)), wanted()).expect("begun anew");
        assert_eq!((anew.stage, anew.revision), (Stage::Marked, 5));
    }
}

#[test]
fn a_deletion_that_came_to_another_account_is_begun_anew_and_none_that_is_under_way() {
    let wanted = || Intent::mark(link_id(1), ana(), Why::Erasure, minute(9));
    let before = |stage| Intent { stage, revision: 4, ..wanted() };
    let anew = Intent::once_more(Some(&before(Stage::Done)), wanted()).expect("begun anew");
    assert_eq!((anew.stage, anew.revision), (Stage::Marked, 5));
    assert_eq!(Intent::once_more(None, wanted()), Some(wanted()));
    for stage in [Stage::Armed, Stage::Requested, Stage::Unknown] {
        assert_eq!(Intent::once_more(Some(&before(stage)), wanted()), None, "{stage:?}");
    }
}

#[test]
fn a_deletion_is_told_once_a_stage_however_often_it_is_asked_for() {
    let ((table, belvo), hand) = (with_links(1), Hand::at(minute(5)));
    belvo.linger(true);
    disconnected(&table, &hand, link_id(1));
    let parked = record(&table, 1).revision;
    run_for(30, &table, &belvo, &hand, &on());
    assert!(table.intent(link_id(1)).expect("open").asked > 1);
    assert_eq!(record(&table, 1).revision, parked, "what is on its way out does not change");
    belvo.remove(link_id(1));
    run_for(15, &table, &belvo, &hand, &on());
    assert_eq!(record(&table, 1).revision, parked + 1, "and changes once, when it is gone");
    let told: Vec<_> = table.audit().iter().map(|event| event.action).collect();
    assert_eq!(told, [Action::Disconnect, Action::ArmDeletion, Action::ConfirmDeletion]);
}

#[test]
fn the_record_tells_whose_link_went_and_from_which_state_to_which() {
    let ((table, belvo), hand) = (with_links(1), Hand::at(minute(5)));
    disconnected(&table, &hand, link_id(1));
    run_for(2, &table, &belvo, &hand, &on());
    assert!(table.audit().iter().all(|event| event.external_id == Some(ana())));
    assert!(table.audit().iter().all(|event| event.link_id == Some(link_id(1))));
    let states: Vec<_> = table.audit().iter().map(|event| (event.before, event.after)).collect();
    let from_to = |before, after| (Some(before), Some(after));
    let asked = (None, None); // the link is as it was
    let (active, deleting) = (LinkState::Active, LinkState::Deleting);
    assert_eq!(states, [from_to(active, deleting), asked, from_to(deleting, LinkState::Gone)]);
}

#[test]
fn a_step_that_somebody_else_was_quicker_with_is_left_to_them_and_counted() {
    let quicker = |faults: &[Fault]| {
        let ((table, belvo), hand) = (with_links(1), Hand::at(minute(5)));
        disconnected(&table, &hand, link_id(1));
        table.fail(faults.to_vec());
        let first = run(&table, &belvo, &hand, &on());
        hand.pass(1);
        (first.asked, first.skipped, belvo.size(), run(&table, &belvo, &hand, &on()))
    };
    let (asked, skipped, left, next) = quicker(&[Fault::Stale]);
    assert_eq!((asked, skipped, left, next.asked), (0, 1, 1, 1), "before Belvo was asked");
    let (asked, skipped, left, _) = quicker(&[Fault::None, Fault::Stale]);
    assert_eq!((asked, skipped, left), (1, 1, 0), "after it was");
    let (asked, _, left, next) = quicker(&[Fault::None, Fault::None, Fault::Stale]);
    assert_eq!((asked, left, next.confirmed, next.skipped), (1, 0, 0, 1), "when it was looked for");
}

#[test]
fn a_table_that_is_not_there_ends_the_run_and_a_refused_link_does_not() {
    let ((table, belvo), hand) = (with_links(2), Hand::at(minute(5)));
    for number in 1..=2 {
        disconnected(&table, &hand, link_id(number));
    }
    table.fail([Fault::Busy]);
    let ended = tried(&table, &belvo, &hand, &on());
    assert!(matches!(ended, Err(WorkError::Store(StoreError::Busy(_)))), "{ended:?}");
    belvo.refuse_to_delete(link_id(1));
    let tally = run(&table, &belvo, &hand, &on());
    assert_eq!((tally.refused, tally.asked), (1, 2));
}

/// An intent at this stage, of which something is to be done at this minute.
fn under_way(table: &Table, hand: &Hand, number: u8, stage: Stage, due: i64) {
    disconnected(table, hand, link_id(number));
    let marked = table.intent(link_id(number)).expect("marked");
    let asked_at = Some(minute(5));
    let intent = Intent { stage, asked_at, due_at: Some(minute(due)), revision: 2, ..marked };
    finished(carry_out(table, hand, vec![Change::Intent(intent)], vec![])).expect("written");
}

#[test]
fn what_was_asked_for_and_went_vouches_for_no_other_not_found() {
    let ((table, _), hand) = (with_links(3), Hand::at(minute(5)));
    under_way(&table, &hand, 1, Stage::Requested, 6);
    under_way(&table, &hand, 2, Stage::Unknown, 7);
    hand.pass(10);
    let elsewhere = Belvo::default();
    run(&table, &elsewhere, &hand, &on());
    assert_eq!(state(&table, 2), LinkState::Deleting, "link 3, which stands, was asked for and is not there");
}

#[test]
fn one_run_asks_once_whether_belvo_shows_our_account() {
    let ((table, belvo), hand) = (with_links(4), Hand::at(minute(5)));
    for number in 1..=3 {
        under_way(&table, &hand, number, Stage::Unknown, 5 + i64::from(number));
        belvo.remove(link_id(number));
    }
    hand.pass(10);
    assert_eq!(run(&table, &belvo, &hand, &on()).confirmed, 3);
    assert_eq!(belvo.calls().len(), 3 + 1);
}
