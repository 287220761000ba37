//! What a commit comes to, which changes take something away, and what their events tell.

use super::*;
use crate::{
    link::Marker,
    observe::Notice,
    testing::{Fault, Hand, Table, ana, bia, bound, finished, ledger, link_id, minute, session, shown},
};

fn carried_out(table: &Table, change: Change) -> Result<CarriedOut, StoreError> {
    finished(carry_out(table, &Hand::at(minute(0)), vec![change], vec![]))
}

#[test]
fn to_be_too_late_is_an_answer_and_a_broken_table_is_a_failure() {
    let table = Table::holding([ledger(&ana(), vec![], vec![])]);
    let own = || Change::Own(link_id(1), ana());
    table.fail([Fault::Busy, Fault::Refused, Fault::Stale]);
    assert!(matches!(carried_out(&table, own()), Err(StoreError::Busy(_))));
    assert!(matches!(carried_out(&table, own()), Err(StoreError::Refused(_))));
    assert!(matches!(carried_out(&table, own()), Ok(CarriedOut::Stale)));
    assert!(matches!(carried_out(&table, own()), Ok(CarriedOut::Done)));
    table.mark(link_id(1), Marker::Owned(bia()));
    let lost = carried_out(&table, own()).expect("an answer");
    assert_eq!(lost, CarriedOut::OwnedByAnother(link_id(1)));
}

#[test]
fn a_commit_repeated_by_its_writer_is_made_once_and_one_of_another_is_stale() {
    let table = Table::holding([ledger(&ana(), vec![], vec![])]);
    let by = |writer| Commit {
        changes: vec![Change::Session(session(1, &ana(), 0))],
        audit: vec![AuditEvent::new(minute(0), Action::OpenSession, Source::SessionStart)],
        writer: WriterId::mint([writer; 16]),
        fence: None,
    };
    assert!(finished(table.commit(&by(1))).is_ok());
    assert!(finished(table.commit(&by(1))).is_ok(), "our own repeated write");
    assert!(matches!(finished(table.commit(&by(2))), Err(CommitError::Stale)));
    assert_eq!((table.commits(), table.audit().len()), (1, 1));
}

#[test]
fn what_takes_something_away_obeys_the_breakers_and_what_repairs_does_not() {
    for action in [Action::Supersede, Action::NoteMissing, Action::Retire] {
        assert!(action.is_negative(), "{action:?}");
    }
    let repairs = [Action::Bind, Action::Claim, Action::Refresh, Action::Restore, Action::Drop];
    for action in repairs.into_iter().chain([Action::Quarantine]) {
        assert!(!action.is_negative(), "{action:?}");
    }
}

#[test]
fn an_event_says_who_acted_and_on_what() {
    let seen = |source| Notice { source, asked_at: minute(5) };
    let record = bound(&shown(1, &ana(), 0), &ana(), Some(1));
    let superseded = LinkRecord { superseded_by: Some(link_id(2)), ..record.clone() };
    let unexplained = LinkRecord { session_id: None, ..record.clone() };
    for (action, after, source, actor, evidence) in [
        (Action::Bind, &record, Source::Callback, Actor::User, Evidence::Session),
        (Action::Bind, &unexplained, Source::Sweep, Actor::Schedule, Evidence::ExternalId),
        (Action::Bind, &unexplained, Source::Backfill, Actor::Operator, Evidence::OperatorsWord),
        (Action::Claim, &unexplained, Source::Claim, Actor::User, Evidence::UsersWord),
        (Action::Claim, &unexplained, Source::Operator, Actor::Operator, Evidence::OperatorsWord),
        (Action::Supersede, &superseded, Source::Sweep, Actor::Schedule, Evidence::DuplicateOf(link_id(2))),
        (Action::Refresh, &record, Source::Webhook, Actor::Belvo, Evidence::Record),
        (Action::Retire, &record, Source::Sweep, Actor::Schedule, Evidence::NotFoundTwice),
        (Action::ConfirmDeletion, &record, Source::Deletion, Actor::Schedule, Evidence::NotFound),
        (Action::ConfirmDeletion, &record, Source::Webhook, Actor::Belvo, Evidence::Webhook),
    ] {
        let event = AuditEvent::of_link(action, None, after, seen(source));
        assert_eq!((event.actor(), event.evidence), (actor, Some(evidence)), "{action:?} {source:?}");
    }
    let event = AuditEvent::new(minute(0), Action::Register, Source::Registration);
    let event = AuditEvent { by: Some(Actor::Admin), ..event };
    assert_eq!((event.actor(), event.evidence), (Actor::Admin, Some(Evidence::Request)));
}

#[test]
fn an_event_of_the_first_version_is_read() {
    let old = r#"{"at":"2026-03-02T10:01:00Z","action":"bind","source":"sweep","external_id":"ana",
        "link_id":null,"session_id":null,"before":null,"after":null}"#;
    let event: AuditEvent = serde_json::from_str(old).expect("readable");
    assert_eq!((event.actor(), event.evidence, event.plan_id), (Actor::Schedule, None, None));
}

#[test]
fn an_events_name_is_read_as_it_is_told_and_only_so() {
    let writer = WriterId::mint([7; 16]);
    for number in [0, 41, 12345] {
        let id = EventId { writer: writer.clone(), number };
        assert_eq!(id.to_string().parse(), Ok(id));
    }
    let (told, upper) = (writer.as_str(), writer.as_str().to_uppercase());
    for bad in ["", "-000", told, &format!("{told}-0"), &format!("{told}-+01"), &format!("{upper}-000")] {
        assert!(bad.parse::<EventId>().is_err(), "{bad}");
    }
}
