//! Disconnecting: what is parked, and what is not.

use super::{disconnected, on, record, run, state, with_links};
use crate::{
    change::Action,
    deletion::{
        Stage, Why,
        cancel::{Cancelled, cancel},
        disconnect::disconnect,
    },
    link::{LinkRecord, LinkState},
    testing::{
        Belvo, Fault, Hand, Table, ana, bia, bound, finished, in_state, ledger, link_id, minute, pending,
        session, shown, with_login,
    },
};

/// Two links to one account, of which the second stays, and one to another.
fn duplicates() -> (Table, Belvo) {
    let same = |number| with_login(shown(number, &ana(), 0), "same");
    let gave_way = in_state(bound(&same(1), &ana(), None), LinkState::Superseded);
    let gave_way = LinkRecord { superseded_by: Some(link_id(2)), ..gave_way };
    let records = vec![gave_way, bound(&same(2), &ana(), None), bound(&shown(3, &ana(), 0), &ana(), None)];
    let belvo = Belvo::showing([same(1), same(2), shown(3, &ana(), 0)]);
    (Table::holding([ledger(&ana(), records, vec![])]), belvo)
}

#[test]
fn what_is_not_the_users_or_is_gone_or_waits_for_belvo_is_not_there() {
    let waits = pending(3, &session(1, &ana(), 0), 0);
    let gone = in_state(bound(&shown(2, &ana(), 0), &ana(), None), LinkState::Gone);
    let bias = bound(&shown(9, &bia(), 0), &bia(), None);
    let table =
        Table::holding([ledger(&ana(), vec![waits, gone], vec![]), ledger(&bia(), vec![bias], vec![])]);
    let hand = Hand::at(minute(5));
    for number in [2, 3, 4, 9] {
        assert_eq!(disconnected(&table, &hand, link_id(number)), None, "{number}");
    }
    assert_eq!((table.commits(), table.audit().len()), (0, 0));
}

#[test]
fn disconnecting_twice_parks_once() {
    let ((table, _), hand) = (with_links(2), Hand::at(minute(5)));
    let first = disconnected(&table, &hand, link_id(1)).expect("parked");
    let second = disconnected(&table, &hand, link_id(1)).expect("parked");
    assert_eq!((&first, first.state), (&second, LinkState::Deleting));
    assert_eq!((table.commits(), table.audit().len()), (1, 1));
    assert_eq!(state(&table, 2), LinkState::Active, "its sibling stays");
}

#[test]
fn the_links_that_gave_way_go_with_the_one_that_stayed_and_no_other_does() {
    let ((table, _), hand) = (duplicates(), Hand::at(minute(5)));
    disconnected(&table, &hand, link_id(2));
    let states = [1, 2, 3].map(|number| state(&table, number));
    assert_eq!(states, [LinkState::Deleting, LinkState::Deleting, LinkState::Active]);
    assert!(table.audit().iter().all(|event| event.action == Action::Disconnect));
    let gave_way = record(&table, 1);
    assert_eq!(gave_way.superseded_by, None, "it gives way to nobody any more");
    assert_eq!(gave_way.last_observed_at, minute(5));
}

#[test]
fn a_link_that_gave_way_can_be_disconnected_by_itself() {
    let ((table, _), hand) = (duplicates(), Hand::at(minute(5)));
    disconnected(&table, &hand, link_id(1));
    let states = [1, 2, 3].map(|number| state(&table, number));
    assert_eq!(states, [LinkState::Deleting, LinkState::Active, LinkState::Active]);
}

#[test]
fn whoever_is_overtaken_decides_anew_and_says_so_when_it_never_settles() {
    let ((table, _), hand) = (with_links(1), Hand::at(minute(5)));
    table.fail([Fault::Stale, Fault::None]);
    assert!(disconnected(&table, &hand, link_id(1)).is_some());
    let ((table, _), hand) = (with_links(1), Hand::at(minute(5)));
    table.fail([Fault::Stale; 4]);
    let never = finished(disconnect(&table, &hand, &ana(), link_id(1)));
    assert!(matches!(never, Err(crate::failure::StoreError::Busy(_))), "{never:?}");
}

#[test]
fn a_deletion_that_belvo_was_not_asked_for_can_be_taken_back() {
    let ((table, belvo), hand) = (with_links(1), Hand::at(minute(5)));
    let asked = |id| finished(cancel(&table, &hand, id)).expect("nothing fails");
    assert_eq!(asked(link_id(1)), Cancelled::NotMarked);
    disconnected(&table, &hand, link_id(1));
    assert!(matches!(asked(link_id(1)), Cancelled::Done(kept) if kept.state == LinkState::Active));
    run(&table, &belvo, &hand, &on());
    assert_eq!((belvo.size(), state(&table, 1)), (1, LinkState::Active));
    disconnected(&table, &hand, link_id(1));
    let intent = table.intent(link_id(1)).expect("marked anew");
    assert_eq!((intent.stage, intent.why), (Stage::Marked, Why::Disconnect));
    run(&table, &belvo, &hand, &on());
    assert_eq!(asked(link_id(1)), Cancelled::TooLate);
    assert_eq!(record(&table, 1).state, LinkState::Deleting);
}
