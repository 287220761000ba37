//! Deletions over the table in memory, at a Belvo in memory.

mod back;
mod deaths;
mod disconnecting;
mod erasing;
mod erasing_slowly;
mod superseded;
mod told;

use crate::{
    deletion::{Deleter, Tally, WorkError},
    link::{LinkRecord, LinkState},
    policy::Policy,
    testing::{Belvo, Hand, Table, ana, bia, bound, finished, ledger, link_id, minute, shown},
    values::LinkId,
};

/// Deletion is on.
fn on() -> Policy {
    Policy { provider_deletion: true, ..Policy::default() }
}

fn tried(table: &Table, belvo: &Belvo, hand: &Hand, policy: &Policy) -> Result<Tally, WorkError> {
    let deleter = Deleter { store: table, provider: belvo, ambient: hand, policy, account: "belvo" };
    finished(deleter.run(None))
}

fn run(table: &Table, belvo: &Belvo, hand: &Hand, policy: &Policy) -> Tally {
    tried(table, belvo, hand, policy).expect("nothing fails")
}

/// Runs once a minute for so long.
fn run_for(minutes: i64, table: &Table, belvo: &Belvo, hand: &Hand, policy: &Policy) {
    for _ in 0..minutes {
        run(table, belvo, hand, policy);
        hand.pass(1);
    }
}

/// Ana has so many links, each of its own login.
fn with_links(links: u8) -> (Table, Belvo) {
    let belvo = Belvo::showing((1..=links).map(|number| shown(number, &ana(), 0)));
    let records = (1..=links).map(|number| bound(&shown(number, &ana(), 0), &ana(), None)).collect();
    (Table::holding([ledger(&ana(), records, vec![])]), belvo)
}

fn record(table: &Table, number: u8) -> LinkRecord {
    table.link(&ana(), link_id(number)).expect("a record")
}

fn state(table: &Table, number: u8) -> LinkState {
    record(table, number).state
}

fn disconnected(table: &Table, hand: &Hand, id: LinkId) -> Option<LinkRecord> {
    finished(super::disconnect::disconnect(table, hand, &ana(), id)).expect("nothing fails")
}

#[test]
fn a_disconnected_link_is_deleted_at_belvo_and_its_end_is_confirmed() {
    let ((table, belvo), hand) = (with_links(2), Hand::at(minute(5)));
    disconnected(&table, &hand, link_id(1));
    let first = run(&table, &belvo, &hand, &on());
    assert_eq!((first.asked, first.confirmed, belvo.size()), (1, 0, 1));
    assert_eq!(state(&table, 1), LinkState::Deleting);
    hand.pass(1);
    let second = run(&table, &belvo, &hand, &on());
    assert_eq!((second.asked, second.confirmed), (0, 1));
    assert_eq!((state(&table, 1), state(&table, 2)), (LinkState::Gone, LinkState::Active));
    hand.pass(1);
    assert_eq!(run(&table, &belvo, &hand, &on()), Tally::default(), "nothing is left to do");
}

#[test]
fn nothing_is_asked_of_belvo_while_deletion_is_off_or_stopped() {
    let ((table, belvo), hand) = (with_links(1), Hand::at(minute(5)));
    disconnected(&table, &hand, link_id(1));
    let off = run(&table, &belvo, &hand, &Policy::default());
    assert_eq!((off.held_back, belvo.calls().len()), (1, 0));
    finished(crate::ports::Deletions::stop(&table, true)).expect("stopped");
    let stopped = run(&table, &belvo, &hand, &on());
    assert_eq!((stopped.held_back, belvo.calls().len()), (1, 0));
    finished(crate::ports::Deletions::stop(&table, false)).expect("let go");
    assert_eq!(run(&table, &belvo, &hand, &on()).asked, 1);
}

#[test]
fn a_link_that_stays_is_asked_for_again_and_told_to_people_after_an_hour() {
    let ((table, belvo), hand) = (with_links(1), Hand::at(minute(5)));
    belvo.linger(true);
    disconnected(&table, &hand, link_id(1));
    run_for(61, &table, &belvo, &hand, &on());
    let late = run(&table, &belvo, &hand, &on());
    assert_eq!(late.overdue, 1);
    let asked = table.intent(link_id(1)).expect("open").asked;
    assert!((4..=7).contains(&asked), "patiently: {asked}");
    belvo.remove(link_id(1));
    run_for(2, &table, &belvo, &hand, &on());
    assert_eq!(state(&table, 1), LinkState::Gone);
}

#[test]
fn a_link_that_belvo_refuses_to_delete_does_not_keep_others_waiting() {
    let ((table, belvo), hand) = (with_links(3), Hand::at(minute(5)));
    belvo.refuse_to_delete(link_id(1));
    for number in 1..=3 {
        disconnected(&table, &hand, link_id(number));
    }
    run_for(3, &table, &belvo, &hand, &on());
    let states = [1, 2, 3].map(|number| state(&table, number));
    assert_eq!(states, [LinkState::Deleting, LinkState::Gone, LinkState::Gone]);
}

#[test]
fn records_that_cannot_be_read_do_not_keep_others_waiting() {
    let ((table, belvo), hand) = (with_links(2), Hand::at(minute(5)));
    let bias = bound(&shown(9, &bia(), 0), &bia(), None);
    let both = Table::holding([table.read(&ana()).expect("there"), ledger(&bia(), vec![bias], vec![])]);
    belvo.show(shown(9, &bia(), 0));
    finished(super::erasure::erase(&both, &hand, &bia())).expect("begun");
    both.damage(bia());
    disconnected(&both, &hand, link_id(1));
    let tally = run(&both, &belvo, &hand, &on());
    assert_eq!((tally.skipped, tally.asked), (1, 1), "bia's erasure, and ana's link");
}

#[test]
fn keys_that_belvo_does_not_take_end_the_run_and_prove_nothing() {
    let ((table, belvo), hand) = (with_links(2), Hand::at(minute(5)));
    belvo.refuse_with(401, [link_id(1), link_id(2)]);
    for number in 1..=2 {
        disconnected(&table, &hand, link_id(number));
    }
    for _ in 0..3 {
        assert!(tried(&table, &belvo, &hand, &on()).is_err());
        hand.pass(2);
    }
    assert_eq!([1, 2].map(|number| state(&table, number)), [LinkState::Deleting; 2]);
}

#[test]
fn not_found_from_the_wrong_environment_ends_no_deletion_that_was_asked_for_in_vain_before() {
    let ((table, belvo), hand) = (with_links(2), Hand::at(minute(5)));
    belvo.refuse_with(401, [link_id(1)]);
    disconnected(&table, &hand, link_id(1));
    assert!(tried(&table, &belvo, &hand, &on()).is_err(), "nobody knows whether it was carried out");
    let elsewhere = Belvo::default();
    run_for(60, &table, &elsewhere, &hand, &on());
    assert_eq!(state(&table, 1), LinkState::Deleting, "link 2, which stands, is not there either");
}

#[test]
fn not_found_from_the_wrong_environment_ends_no_deletion() {
    let ((table, belvo), hand) = (with_links(2), Hand::at(minute(5)));
    disconnected(&table, &hand, link_id(1));
    let elsewhere = Belvo::default();
    run_for(60, &table, &elsewhere, &hand, &on());
    assert_eq!(state(&table, 1), LinkState::Deleting, "link 2, which stands, is not there either");
    run_for(45, &table, &belvo, &hand, &on());
    assert_eq!((state(&table, 1), belvo.size()), (LinkState::Gone, 1));
}

#[test]
fn a_link_that_was_gone_already_is_confirmed_by_two_not_found_a_grace_apart() {
    let ((table, belvo), hand) = (with_links(2), Hand::at(minute(5)));
    belvo.remove(link_id(1));
    disconnected(&table, &hand, link_id(1));
    run_for(20, &table, &belvo, &hand, &on());
    assert_eq!(state(&table, 1), LinkState::Deleting);
    run_for(2, &table, &belvo, &hand, &on());
    assert_eq!(state(&table, 1), LinkState::Gone);
}
