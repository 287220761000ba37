//! A deleter that dies at any request whatever, before its effect or after, is gone on with by the next.

use jiff::SignedDuration;

use super::{on, with_links};
use crate::{
    deletion::{Deleter, disconnect::disconnect, erasure::erase},
    link::LinkState,
    policy::Policy,
    ports::Erasures,
    testing::{Belvo, Hand, Life, Shaky, Table, ana, finished, link_id, minute},
};

/// One life of a deleter, and a minute. Whether it lived to its end.
fn live(table: &Table, belvo: &Belvo, hand: &Hand, policy: &Policy, life: &Life) -> bool {
    let (store, provider) = (Shaky(table, life), Shaky(belvo, life));
    let deleter = Deleter { store: &store, provider: &provider, ambient: hand, policy, account: "belvo" };
    let ended = finished(deleter.run(None)).is_ok();
    hand.pass(1);
    ended && !life.is_over()
}

fn at_peace(minutes: usize, table: &Table, belvo: &Belvo, hand: &Hand, policy: &Policy) {
    for _ in 0..minutes {
        assert!(live(table, belvo, hand, policy, &Life::of(usize::MAX, false)), "it lives");
    }
}

#[test]
fn a_deletion_is_carried_through_wherever_a_run_dies() {
    let mut deaths = 0;
    for dies_after in [false, true] {
        for runs_before in 0..2 {
            for requests in 1.. {
                let ((table, belvo), hand) = (with_links(3), Hand::at(minute(5)));
                for number in [1, 2] {
                    finished(disconnect(&table, &hand, &ana(), link_id(number))).expect("parked");
                }
                at_peace(runs_before, &table, &belvo, &hand, &on());
                if live(&table, &belvo, &hand, &on(), &Life::of(requests, dies_after)) {
                    break;
                }
                deaths += 1;
                at_peace(40, &table, &belvo, &hand, &on());
                let states = [1, 2, 3].map(|number| super::state(&table, number));
                let expected = [LinkState::Gone, LinkState::Gone, LinkState::Active];
                assert_eq!((states, belvo.size()), (expected, 1), "after {requests} {dies_after}");
            }
        }
    }
    assert!(deaths > 40, "{deaths}");
}

#[test]
fn an_erasure_is_carried_through_wherever_its_runs_die() {
    let mut deaths = 0;
    for dies_after in [false, true] {
        for requests in 1..60 {
            let ((table, belvo), hand) = (with_links(3), Hand::at(minute(5)));
            finished(erase(&table, &hand, &ana())).expect("begun");
            for lives in 0..20 {
                deaths +=
                    usize::from(!live(&table, &belvo, &hand, &on(), &Life::of(requests + lives, dies_after)));
            }
            at_peace(90, &table, &belvo, &hand, &on());
            let certified = finished(table.certificates(9)).expect("read").len();
            assert_eq!((belvo.size(), table.things(), certified), (0, 0, 1), "after {requests} {dies_after}");
        }
    }
    assert!(deaths > 300, "{deaths}");
}

#[test]
fn two_superseded_links_are_deleted_wherever_a_run_dies_and_never_their_survivor() {
    let policy = Policy { superseded_kept: Some(SignedDuration::from_mins(3)), ..on() };
    for dies_after in [false, true] {
        for requests in 1..40 {
            let ((table, belvo), hand) = (super::superseded::three(), Hand::at(minute(5)));
            for lives in 0..8 {
                live(&table, &belvo, &hand, &policy, &Life::of(requests + lives, dies_after));
            }
            hand.pass(25 * 60);
            at_peace(45, &table, &belvo, &hand, &policy);
            let states = [1, 2, 3].map(|number| super::state(&table, number));
            let expected = [LinkState::Gone, LinkState::Gone, LinkState::Active];
            assert_eq!((states, belvo.size()), (expected, 1), "after {requests} {dies_after}");
        }
    }
}
