//! What is told of which change, and which events go out together. (What becomes of them when the bus fails is tried
//! at the function that publishes them.)

use super::*;
use crate::{
    change::{Action, AuditEvent, WriterId},
    testing::{ana, bia, link_id, minute},
};

fn event(action: Action, source: Source) -> AuditEvent {
    AuditEvent { external_id: Some(ana()), ..AuditEvent::new(minute(1), action, source) }
}

fn filed(number: usize, event: AuditEvent) -> Filed {
    Filed { id: EventId { writer: WriterId::mint([1; 16]), number }, event }
}

fn kind(event: AuditEvent) -> Option<Kind> {
    Published::of(&filed(0, event)).map(|told| told.kind)
}

#[test]
fn a_link_is_recovered_when_nobody_reported_it() {
    let bind = |source| event(Action::Bind, source);
    for reported in [Source::Callback, Source::Backfill] {
        assert_eq!(kind(bind(reported)), Some(Kind::LinkBound));
    }
    for found in [Source::SessionStart, Source::Sweep, Source::Webhook, Source::FollowUp] {
        assert_eq!(kind(bind(found)), Some(Kind::LinkRecovered));
        let awaited = AuditEvent { before: Some(LinkState::Pending), ..bind(found) };
        assert_eq!(kind(awaited), Some(Kind::LinkBound), "its callback came");
    }
}

#[test]
fn a_link_needs_an_update_once_and_not_with_every_change() {
    let refresh = |before, after| AuditEvent {
        before: Some(before),
        after: Some(after),
        ..event(Action::Refresh, Source::Sweep)
    };
    let (active, needy) = (LinkState::Active, LinkState::NeedsUpdate);
    assert_eq!(kind(refresh(active, needy)), Some(Kind::LinkNeedsUpdate));
    for (before, after) in [(needy, needy), (needy, active), (active, active)] {
        assert_eq!(kind(refresh(before, after)), Some(Kind::LinkUpdated));
    }
}

#[test]
fn what_concerns_nobody_outside_is_not_told() {
    for action in [Action::Alias, Action::MarkDeletion, Action::ArmDeletion, Action::CancelDeletion] {
        assert_eq!(kind(event(action, Source::Deletion)), None);
    }
}

#[test]
fn every_kind_has_a_name_of_its_own() {
    let names: BTreeSet<_> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
    assert_eq!(names.len(), Kind::ALL.len());
}

#[test]
fn an_event_is_told_with_what_it_has_and_nothing_else() {
    let bound = AuditEvent {
        link_id: Some(link_id(1)),
        after: Some(LinkState::Active),
        ..event(Action::Bind, Source::Callback)
    };
    let told = Published::of(&filed(7, bound)).expect("it is told");
    let expected = serde_json::json!({
        "id": format!("{}-007", WriterId::mint([1; 16]).as_str()),
        "type": "link.bound",
        "version": 1,
        "at": minute(1).to_string(),
        "external_id": "ana",
        "link_id": link_id(1).to_string(),
        "after": "active",
        "cause": "callback",
    });
    assert_eq!(serde_json::to_value(&told).expect("JSON"), expected);
}

#[test]
fn a_call_carries_ten_events_and_of_no_user_two() {
    let of = |owner: Option<ExternalId>, link| {
        let event =
            AuditEvent { external_id: owner, link_id: link, ..event(Action::Quarantine, Source::Sweep) };
        Published::of(&filed(0, event)).expect("it is told")
    };
    let (anas, bias) = (of(Some(ana()), None), of(Some(bia()), None));
    assert_eq!(together(&[anas.clone(), bias.clone(), anas.clone(), bias]), 2);
    assert_eq!(together(&[of(Some(ana()), Some(link_id(1))), of(Some(ana()), Some(link_id(2)))]), 1);
    let nobodys: Vec<_> = (0..12).map(|number| of(None, Some(link_id(number)))).collect();
    assert_eq!((together(&nobodys), together(&[])), (MOST_IN_A_CALL, 0));
}

/// A bus that does not take the second event of one call.
#[derive(Default)]
struct Bus {
    calls: std::sync::Mutex<Vec<usize>>,
    fails_at_call: Option<usize>,
}

impl Publisher for Bus {
    async fn publish(&self, events: &[Published]) -> Result<(), Unpublished> {
        let mut calls = self.calls.lock().expect("one thread");
        calls.push(events.len());
        if self.fails_at_call == Some(calls.len()) {
            return Err(Unpublished { first: 1, cause: "full".into() });
        }
        Ok(())
    }
}

#[test]
fn what_was_not_taken_is_told_by_its_place_among_all() {
    let of = |number: u8| {
        let event = AuditEvent { link_id: Some(link_id(number)), ..event(Action::Quarantine, Source::Sweep) };
        Published::of(&filed(0, AuditEvent { external_id: None, ..event })).expect("it is told")
    };
    let events: Vec<_> = (0..25).map(of).collect();
    let told = |fails_at_call, calls_in_time: usize| {
        let bus = Bus { fails_at_call, ..Bus::default() };
        let mut asked = 0;
        let in_time = || {
            asked += 1;
            asked <= calls_in_time
        };
        let missed = crate::testing::finished(publish(&bus, &events, in_time)).err();
        (bus.calls.into_inner().expect("one thread"), missed.map(|missed| missed.first))
    };
    assert_eq!(told(None, 9), (vec![10, 10, 5], None));
    assert_eq!(told(Some(3), 9), (vec![10, 10, 5], Some(21)), "the second of the third call");
    assert_eq!(told(None, 2), (vec![10, 10], Some(20)), "time is up");
    assert_eq!(told(None, 0), (vec![], Some(0)));
}
