//! Links that gave way: deleted only by policy, late, and for the sake of a survivor that stands.

use jiff::SignedDuration;

use super::{on, run, run_for, state};
use crate::{
    change::{Change, carry_out},
    deletion::{Intent, Stage, Why, step::armed},
    link::{LinkRecord, LinkState, LinkStatus},
    policy::Policy,
    ports::Deletions,
    testing::{
        Belvo, Hand, Table, ana, bound, finished, in_state, ledger, link_id, minute, shown, with_login,
        with_status,
    },
};

const DAY: i64 = 24 * 60;

fn weekly() -> Policy {
    Policy { superseded_kept: Some(SignedDuration::from_hours(7 * 24)), ..on() }
}

fn duplicates() -> (Table, Belvo) {
    let same = |number| with_login(shown(number, &ana(), 0), "same");
    let gave_way = in_state(bound(&same(1), &ana(), None), LinkState::Superseded);
    let gave_way = LinkRecord { superseded_by: Some(link_id(2)), ..gave_way };
    let table = Table::holding([ledger(&ana(), vec![gave_way, bound(&same(2), &ana(), None)], vec![])]);
    (table, Belvo::showing([same(1), same(2)]))
}

/// Two links that gave way to a third.
pub(super) fn three() -> (Table, Belvo) {
    let same = |number| with_login(shown(number, &ana(), 0), "same");
    let gave_way = |number| LinkRecord {
        superseded_by: Some(link_id(3)),
        ..in_state(bound(&same(number), &ana(), None), LinkState::Superseded)
    };
    let records = vec![gave_way(1), gave_way(2), bound(&same(3), &ana(), None)];
    (Table::holding([ledger(&ana(), records, vec![])]), Belvo::showing([same(1), same(2), same(3)]))
}

/// Runs once an hour for so many days.
fn days(days: i64, table: &Table, belvo: &Belvo, hand: &Hand, policy: &Policy) {
    for _ in 0..days * 24 {
        run(table, belvo, hand, policy);
        hand.pass(60);
    }
}

#[test]
fn without_a_policy_they_stay_for_ever() {
    let ((table, belvo), hand) = (duplicates(), Hand::at(minute(5)));
    days(30, &table, &belvo, &hand, &on());
    assert_eq!((belvo.size(), state(&table, 1)), (2, LinkState::Superseded));
}

#[test]
fn by_policy_they_go_after_its_time_and_not_before() {
    let ((table, belvo), hand) = (duplicates(), Hand::at(minute(5)));
    days(7, &table, &belvo, &hand, &weekly());
    assert_eq!((belvo.size(), state(&table, 1)), (2, LinkState::Superseded));
    assert_eq!(table.intent(link_id(1)).map(|intent| intent.stage), Some(Stage::Marked));
    days(1, &table, &belvo, &hand, &weekly());
    assert_eq!((belvo.size(), state(&table, 1), state(&table, 2)), (1, LinkState::Gone, LinkState::Active));
}

#[test]
fn a_survivor_that_does_not_work_any_more_keeps_the_others() {
    let ((table, belvo), hand) = (duplicates(), Hand::at(minute(5)));
    days(3, &table, &belvo, &hand, &weekly());
    belvo.show(with_status(with_login(shown(2, &ana(), 0), "same"), LinkStatus::Invalid));
    hand.pass(5 * DAY);
    let late = run(&table, &belvo, &hand, &weekly());
    assert_eq!((late.asked, late.taken_back, belvo.size()), (0, 1, 2));
    belvo.remove(link_id(2));
    days(9, &table, &belvo, &hand, &weekly());
    assert_eq!(belvo.size(), 1, "one that is gone as well");
}

#[test]
fn they_are_looked_for_once_a_day_and_each_is_marked_once() {
    let ((table, belvo), hand) = (three(), Hand::at(minute(5)));
    assert_eq!(run(&table, &belvo, &hand, &weekly()).marked, 2);
    let looked_through = || finished(table.looked_through()).expect("read");
    hand.pass(DAY - 1);
    assert_eq!((run(&table, &belvo, &hand, &weekly()).marked, looked_through()), (0, Some(minute(5))));
    hand.pass(1);
    assert_eq!((run(&table, &belvo, &hand, &weekly()).marked, looked_through()), (0, Some(minute(5 + DAY))));
}

#[test]
fn a_link_that_gives_way_no_more_stays_though_its_sibling_goes() {
    let ((table, belvo), hand) = (three(), Hand::at(minute(5)));
    days(1, &table, &belvo, &hand, &weekly());
    let kept = super::record(&table, 2);
    let kept =
        LinkRecord { superseded_by: None, revision: kept.revision + 1, ..in_state(kept, LinkState::Active) };
    finished(carry_out(&table, &hand, vec![Change::Link(kept)], vec![])).expect("made");
    days(9, &table, &belvo, &hand, &weekly());
    let states = [1, 2, 3].map(|number| state(&table, number));
    assert_eq!(states, [LinkState::Gone, LinkState::Active, LinkState::Active]);
}

/// The survivor gave way itself and was deleted, before Belvo was asked again for the link that gave way to it.
#[test]
fn an_armed_deletion_is_asked_for_again_though_its_survivor_is_gone() {
    let ((table, belvo), hand) = (three(), Hand::at(minute(5)));
    let mark =
        |link, survivor| Intent::mark(link_id(link), ana(), Why::SupersededBy(link_id(survivor)), minute(0));
    let (one, three) = (mark(1, 3), mark(3, 2));
    let later = [armed(&one, minute(1), &weekly()), three.next(Stage::Done, None)];
    for intents in [[one, three], later] {
        let changes = intents.map(Change::Intent).to_vec();
        finished(carry_out(&table, &hand, changes, vec![])).expect("written");
    }
    run_for(30, &table, &belvo, &hand, &weekly());
    assert_eq!((state(&table, 1), belvo.size()), (LinkState::Gone, 2));
}

#[test]
fn of_two_duplicates_never_both_are_deleted_for_each_others_sake() {
    let ((table, belvo), hand) = (duplicates(), Hand::at(minute(5)));
    run(&table, &belvo, &hand, &weekly());
    // the roles change behind the deleter's back
    let turned = |record: LinkRecord, state, by| LinkRecord {
        superseded_by: by,
        revision: record.revision + 1,
        ..in_state(record, state)
    };
    let one = turned(super::record(&table, 1), LinkState::Active, None);
    let two = turned(super::record(&table, 2), LinkState::Superseded, Some(link_id(1)));
    let changes = vec![Change::Link(one), Change::Link(two)];
    finished(carry_out(&table, &hand, changes, vec![])).expect("made");
    days(20, &table, &belvo, &hand, &weekly());
    assert_eq!((belvo.size(), state(&table, 1)), (1, LinkState::Active), "the one that stands");
}
