//! What a commit comes to, and which changes take something away.

use super::*;
use crate::{
    link::Marker,
    testing::{Fault, Hand, Table, ana, bia, finished, ledger, link_id, minute, session},
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
