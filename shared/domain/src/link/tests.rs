//! What the words for links mean.

use super::*;
use crate::testing::{ana, bound, in_state, pending, session, shown, with_status};

#[test]
fn an_unknown_status_survives_a_round_trip_and_is_never_usable() {
    let status = LinkStatus::from("unconsented".to_owned());
    assert_eq!(LinkState::of(&status), LinkState::NeedsUpdate);
    assert_eq!(String::from(status), "unconsented");
}

#[test]
fn only_a_valid_link_is_active() {
    let active = ["valid", "token_required", "invalid", "unconfirmed", "new"]
        .into_iter()
        .filter(|word| LinkState::of(&LinkStatus::from((*word).to_owned())) == LinkState::Active);
    assert_eq!(active.collect::<Vec<_>>(), ["valid"]);
}

#[test]
fn a_tombstone_of_a_link_that_was_only_named_holds_nothing() {
    let named = pending(1, &session(1, &ana(), 0), 1);
    assert!(!named.holds_link());
    assert!(!in_state(named, LinkState::Gone).holds_link());
    let record = bound(&shown(1, &ana(), 0), &ana(), None);
    for state in [LinkState::Active, LinkState::Superseded, LinkState::Deleting, LinkState::Gone] {
        assert!(in_state(record.clone(), state).holds_link(), "{state:?}");
    }
}

#[test]
fn what_is_pending_unconfirmed_or_final_is_not_live() {
    let record = bound(&shown(1, &ana(), 0), &ana(), None);
    assert!(record.is_live() && in_state(record.clone(), LinkState::Superseded).is_live());
    assert!(!pending(1, &session(1, &ana(), 0), 1).is_live());
    assert!(!in_state(record.clone(), LinkState::Deleting).is_live());
    assert!(!in_state(record, LinkState::Gone).is_live());
    let unconfirmed = with_status(shown(1, &ana(), 0), LinkStatus::Unconfirmed);
    assert!(!bound(&unconfirmed, &ana(), None).is_live());
}
