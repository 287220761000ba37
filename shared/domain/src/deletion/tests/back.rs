//! Links that were taken for gone by keys of another account, and that Belvo lists when the keys are right again.

use super::{disconnected, on, record, run_for, state, with_links};
use crate::{
    change::{Action, Change, carry_out},
    deletion::{Intent, Stage, Why},
    link::LinkState,
    policy::{Policy, after},
    ports::Ambient,
    sweep::{Order, Report, Scope},
    testing::{
        Belvo, Hand, Table, ana, bound, finished, in_state, ledger, link_id, minute, ordered, report, shown,
    },
};

fn swept(table: &Table, belvo: &Belvo, hand: &Hand, dry_run: bool) -> Report {
    let order = Order { scope: Some(Scope::Full), take_over: true, dry_run, ..Order::default() };
    report(ordered(table, belvo, hand, &on(), &order))
}

/// Ana's only link was disconnected, and its deletion ended at another account.
fn taken_for_gone() -> (Table, Belvo, Hand) {
    let ((table, belvo), hand) = (with_links(1), Hand::at(minute(5)));
    disconnected(&table, &hand, link_id(1));
    run_for(23, &table, &Belvo::default(), &hand, &on());
    assert_eq!((state(&table, 1), belvo.size()), (LinkState::Gone, 1));
    (table, belvo, hand)
}

#[test]
fn a_sweep_that_meets_a_disconnected_link_after_all_begins_its_deletion_anew() {
    let (table, belvo, hand) = taken_for_gone();
    hand.pass(60);
    let report = swept(&table, &belvo, &hand, false);
    assert_eq!((report.count(Action::MarkDeletion), state(&table, 1)), (1, LinkState::Deleting));
    run_for(5, &table, &belvo, &hand, &on());
    assert_eq!((state(&table, 1), belvo.size()), (LinkState::Gone, 0));
    hand.pass(60);
    assert_eq!(swept(&table, &belvo, &hand, false).count(Action::MarkDeletion), 0);
}

#[test]
fn a_rehearsal_tells_of_it_and_begins_nothing() {
    let (table, belvo, hand) = taken_for_gone();
    hand.pass(60);
    let report = swept(&table, &belvo, &hand, true);
    assert_eq!((report.count(Action::MarkDeletion), state(&table, 1)), (1, LinkState::Gone));
}

#[test]
fn a_list_that_lags_begins_nothing_anew() {
    let (table, belvo, hand) = taken_for_gone();
    let believed = after(record(&table, 1).last_observed_at, Policy::default().deletion_patience);
    assert!(hand.now() < believed);
    assert_eq!(swept(&table, &belvo, &hand, false).count(Action::MarkDeletion), 0);
}

#[test]
fn what_nobody_wished_gone_or_gave_way_stays_as_it_is() {
    let gone = |number| in_state(bound(&shown(number, &ana(), 0), &ana(), None), LinkState::Gone);
    let table = Table::holding([ledger(&ana(), vec![gone(1), gone(2)], vec![])]);
    let gave_way = Intent {
        stage: Stage::Done,
        due_at: None,
        ..Intent::mark(link_id(2), ana(), Why::SupersededBy(link_id(3)), minute(1))
    };
    let hand = Hand::at(minute(90));
    finished(carry_out(&table, &hand, vec![Change::Intent(gave_way)], vec![])).expect("written");
    let belvo = Belvo::showing([1, 2].map(|number| shown(number, &ana(), 0)));
    swept(&table, &belvo, &hand, false);
    assert_eq!([1, 2].map(|number| state(&table, number)), [LinkState::Gone; 2]);
}
