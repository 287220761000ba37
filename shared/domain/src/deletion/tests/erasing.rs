//! Erasure: what is left of a user, and that nothing of it comes back.

use super::{on, run, run_for, with_links};
use crate::{
    callbacks::{Ingested, Success, ingest},
    change::{Action, Change, Source, carry_out},
    deletion::{
        Intent, Tally, Why,
        disconnect::disconnect,
        erasure::{Certificate, Erasure, erase},
    },
    external_id::ExternalId,
    failure::StoreError,
    link::{Claim, LinkState, Marker, ProviderLink, QuarantineReason},
    policy::Policy,
    ports::{Erasures, FollowUps, Ledgers, Registered, Tombstones},
    register::{register, register_reference},
    session::LinkSession,
    sweep::{Order, Scope, Sweeper},
    testing::{
        Belvo, Call, Fault, Hand, Table, ana, bank, bia, bound, finished, in_state, ledger, link_id, minute,
        pending, session, session_id, set_aside, shown,
    },
};

fn asked(table: &Table, hand: &Hand, user: &ExternalId) -> Option<Erasure> {
    finished(erase(table, hand, user)).expect("nothing fails")
}

fn certificates(table: &Table) -> Vec<Certificate> {
    finished(table.certificates(10)).expect("read")
}

fn swept(table: &Table, belvo: &Belvo, hand: &Hand) {
    let (policy, order) = (Policy::default(), Order { scope: Some(Scope::Full), ..Order::default() });
    let sweeper = Sweeper { store: table, provider: belvo, ambient: hand, policy: &policy, watcher: &() };
    finished(sweeper.tick(&order)).expect("swept");
}

#[test]
fn nobody_reads_or_changes_a_user_from_the_moment_that_erasure_is_asked_for() {
    let ((table, belvo), hand) = (with_links(2), Hand::at(minute(5)));
    let erasure = asked(&table, &hand, &ana()).expect("begun");
    assert_eq!(finished(table.ledger(&ana())).expect("read"), None);
    assert_eq!(asked(&table, &hand, &ana()), Some(erasure), "asking again changes nothing");
    assert_eq!(asked(&table, &hand, &bia()), None, "nobody");
    let success = Success { user: ana(), session: session_id(1), link: link_id(1), institution: bank() };
    let told = finished(ingest(&table, &belvo, &hand, &on(), &success)).expect("answered");
    assert_eq!((told.ingested, belvo.calls().len()), (Ingested::NotYours, 0));
}

#[test]
fn everything_goes_what_waits_and_what_was_never_bound_included() {
    let waits = session(3, &ana(), 0);
    let set = |number| shown(number, &ana(), -60);
    let held = vec![bound(&set(1), &ana(), None), bound(&set(2), &ana(), None), pending(3, &waits, 1)];
    let bias = bound(&shown(9, &bia(), 0), &bia(), None);
    let table = Table::holding([ledger(&ana(), held, vec![waits]), ledger(&bia(), vec![bias], vec![])]);
    let quarantined = |number| Marker::Quarantined(set_aside(&set(number), QuarantineReason::NoSession));
    table.mark(link_id(5), quarantined(5)); // Belvo lists it
    table.mark(link_id(6), quarantined(6)); // Belvo has it no more
    table.mark(link_id(8), Marker::Owned(bia())); // names ana, and was given to bia
    let belvo = Belvo::showing([1, 2, 3, 4, 5, 8].map(set).into_iter().chain([shown(9, &bia(), 0)]));
    let hand = Hand::at(minute(5));
    asked(&table, &hand, &ana());
    run_for(120, &table, &belvo, &hand, &on());

    let [certificate] = certificates(&table).try_into().expect("one certificate");
    assert_eq!((certificate.requested_at, certificate.links_deleted), (minute(5), 6));
    assert_eq!(belvo.size(), 2, "bia's own, and the one that was given to her");
    assert_eq!(table.things(), 4, "bia, her link, and who has it and the other");
    assert!(table.audit().iter().all(|event| event.external_id != Some(ana())));
    assert_eq!(run(&table, &belvo, &hand, &on()), Tally::default());
}

#[test]
fn no_certificate_while_a_token_may_still_make_a_link_and_the_link_it_makes_goes_too() {
    let table = Table::holding([ledger(&ana(), vec![], vec![session(1, &ana(), 4)])]);
    let (belvo, hand) = (Belvo::default(), Hand::at(minute(5)));
    asked(&table, &hand, &ana());
    run_for(10, &table, &belvo, &hand, &on());
    assert_eq!(certificates(&table), []);
    belvo.show(shown(1, &ana(), 15));
    run_for(60, &table, &belvo, &hand, &on());
    let links: Vec<_> = certificates(&table).iter().map(|certificate| certificate.links_deleted).collect();
    assert_eq!((links, belvo.size(), table.things()), (vec![1], 0, 0));
}

#[test]
fn sessions_of_an_erased_user_keep_no_others_waiting_to_be_looked_up() {
    let due = |number, user: &ExternalId| {
        let session = session(number, user, 4);
        LinkSession { due_at: Some(minute(16)), ..session }
    };
    let table = Table::holding([
        ledger(&ana(), vec![], vec![due(1, &ana()), due(2, &ana())]),
        ledger(&bia(), vec![], vec![due(3, &bia())]),
    ]);
    let (belvo, hand) = (Belvo::default(), Hand::at(minute(5)));
    let waiting = || finished(table.due_sessions(minute(500), 9)).expect("read").len();
    assert_eq!(waiting(), 3);
    asked(&table, &hand, &ana());
    run(&table, &belvo, &hand, &Policy::default());
    assert_eq!(waiting(), 1, "bia's, though deletion is off");
}

#[test]
fn what_is_written_by_a_request_that_read_the_user_before_goes_too() {
    let ((table, belvo), hand) = (with_links(1), Hand::at(minute(5)));
    asked(&table, &hand, &ana());
    run_for(3, &table, &belvo, &hand, &on());
    let late = bound(&shown(7, &ana(), 5), &ana(), None);
    let changes = vec![Change::Link(late), Change::Own(link_id(7), ana())];
    finished(carry_out(&table, &hand, changes, vec![])).expect("written");
    belvo.show(shown(7, &ana(), 5));
    run_for(60, &table, &belvo, &hand, &on());
    assert_eq!((certificates(&table).len(), belvo.size(), table.things()), (1, 0, 0));
}

#[test]
fn while_deletion_is_off_links_are_parked_and_no_certificate_is_given() {
    let ((table, belvo), hand) = (with_links(3), Hand::at(minute(5)));
    asked(&table, &hand, &ana());
    run_for(200, &table, &belvo, &hand, &Policy::default());
    assert_eq!((belvo.calls().len(), certificates(&table).len()), (0, 0));
    assert_eq!([1, 2, 3].map(|number| super::state(&table, number)), [LinkState::Deleting; 3]);
    run_for(30, &table, &belvo, &hand, &on());
    assert_eq!((certificates(&table).len(), belvo.size()), (1, 0));
}

#[test]
fn no_sweep_brings_anything_back_and_what_belvo_shows_after_all_is_deleted() {
    let ((table, belvo), hand) = (with_links(2), Hand::at(minute(5)));
    asked(&table, &hand, &ana());
    run_for(60, &table, &belvo, &hand, &on());
    assert_eq!(certificates(&table).len(), 1);
    belvo.show(shown(40, &ana(), 0));
    hand.pass(2 * 24 * 60);
    swept(&table, &belvo, &hand);
    assert_eq!(table.things(), 0, "neither bound nor set aside");
    run_for(60, &table, &belvo, &hand, &on());
    assert_eq!((belvo.size(), table.things(), certificates(&table).len()), (0, 0, 2));
}

#[test]
fn whoever_comes_back_is_somebody_new() {
    let ((table, belvo), hand) = (with_links(1), Hand::at(minute(5)));
    asked(&table, &hand, &ana());
    let again =
        || finished(register_reference(&table, &hand, ana(), Source::Registration)).expect("registered");
    let Registered::New(fresh) = again() else { panic!("somebody new") };
    assert!(fresh.external_id != ana() && fresh.alias == Some(ana()));
    let registered = table.audit().into_iter().find(|event| event.action == Action::Register);
    assert_eq!(registered.and_then(|event| event.external_id), Some(fresh.external_id.clone()));
    assert_eq!(again(), Registered::Known(fresh.clone()), "and known from then on");
    run_for(60, &table, &belvo, &hand, &on());
    let led = finished(table.ledger(&ana())).expect("read").expect("the reference leads to them");
    assert_eq!((led.user.external_id, led.links.len()), (fresh.external_id.clone(), 0));

    asked(&table, &hand, &ana());
    assert_eq!(finished(table.ledger(&ana())).expect("read"), None);
    let Registered::New(third) = again() else { panic!("somebody new") };
    assert!(third.external_id != fresh.external_id && third.external_id != ana());
}

#[test]
fn what_was_disconnected_before_goes_though_the_user_has_come_back() {
    let ((table, belvo), hand) = (with_links(2), Hand::at(minute(5)));
    finished(disconnect(&table, &hand, &ana(), link_id(1))).expect("parked");
    asked(&table, &hand, &ana());
    finished(register_reference(&table, &hand, ana(), Source::Registration)).expect("somebody new");
    run_for(60, &table, &belvo, &hand, &on());
    assert_eq!((certificates(&table).len(), belvo.size()), (1, 0));
    assert_eq!(finished(table.remains(&ana())).expect("read").links, []);
}

#[test]
fn what_belvo_shows_after_all_is_deleted_though_the_user_has_come_back() {
    let ((table, belvo), hand) = (with_links(1), Hand::at(minute(5)));
    asked(&table, &hand, &ana());
    run_for(60, &table, &belvo, &hand, &on());
    finished(register_reference(&table, &hand, ana(), Source::Registration)).expect("somebody new");
    belvo.show(shown(40, &ana(), 0));
    hand.pass(2 * 24 * 60);
    swept(&table, &belvo, &hand);
    run_for(60, &table, &belvo, &hand, &on());
    assert_eq!((belvo.size(), certificates(&table).len()), (0, 2));
}

#[test]
fn what_another_run_took_up_when_it_was_certified_already_goes_too() {
    let ((table, belvo), hand) = (with_links(0), Hand::at(minute(5)));
    asked(&table, &hand, &ana());
    run_for(60, &table, &belvo, &hand, &on());
    assert_eq!((certificates(&table).len(), table.things()), (1, 0));
    let late = in_state(bound(&shown(7, &ana(), 5), &ana(), None), LinkState::Deleting);
    let intent = Intent::mark(link_id(7), ana(), Why::Erasure, minute(65));
    let changes = vec![Change::Link(late), Change::Own(link_id(7), ana()), Change::Intent(intent)];
    finished(carry_out(&table, &hand, changes, vec![])).expect("written");
    belvo.show(shown(7, &ana(), 5));
    let confirmed: usize = (0..60)
        .map(|_| {
            hand.pass(1);
            run(&table, &belvo, &hand, &on()).confirmed
        })
        .sum();
    assert_eq!((belvo.size(), table.things(), confirmed), (0, 0, 1));
    assert_eq!(certificates(&table).len(), 2, "it was opened again, so that a purge can break off");
}

#[test]
fn an_id_that_was_brought_along_is_never_used_again() {
    let ((table, _), hand) = (with_links(0), Hand::at(minute(5)));
    asked(&table, &hand, &ana());
    let again = finished(register(&table, &hand, ana(), Source::Backfill)).expect("answered");
    assert_eq!(again, Registered::Erased);
}

#[test]
fn an_outage_of_belvo_puts_an_erasure_off_and_no_other() {
    let ((table, belvo), hand) = (with_links(2), Hand::at(minute(5)));
    asked(&table, &hand, &ana());
    belvo.fail(Call::LinksOf);
    super::tried(&table, &belvo, &hand, &on()).expect_err("Belvo is down");
    belvo.recover();
    run_for(60, &table, &belvo, &hand, &on());
    assert_eq!((certificates(&table).len(), belvo.size(), table.things()), (1, 0, 0));
}

#[test]
fn a_user_who_keeps_changing_is_told_to_try_again() {
    let ((table, _), hand) = (with_links(1), Hand::at(minute(5)));
    table.refuse_to_erase();
    let busy = finished(erase(&table, &hand, &ana()));
    assert!(matches!(busy, Err(StoreError::Busy(_))), "{busy:?}");
    table.fail([Fault::None]);
    assert!(finished(table.erasure(&ana())).expect("read").is_none());
    assert!(table.audit().iter().all(|event| event.action != Action::Erase));
}

#[test]
fn a_link_that_names_nobody_and_was_claimed_goes_as_any_other() {
    let nameless = ProviderLink { claim: Claim::Absent, ..shown(1, &ana(), 0) };
    let table = Table::holding([ledger(&ana(), vec![bound(&nameless, &ana(), None)], vec![])]);
    let (belvo, hand) = (Belvo::showing([nameless]), Hand::at(minute(5)));
    asked(&table, &hand, &ana());
    run_for(60, &table, &belvo, &hand, &on());
    assert_eq!((certificates(&table).len(), belvo.size(), table.things()), (1, 0, 0));
}
