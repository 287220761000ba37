//! How commits are cut, seen on the transactions themselves: no engine is asked.

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};
use domain::{
    change::{Action, AuditEvent, Source, WriterId},
    external_id::ExternalId,
    link::LinkRecord,
    session::{LinkSession, Purpose},
    values::{Institution, SessionId},
};
use jiff::Timestamp;

use super::*;
use crate::{
    dynamo::{Connection, connect},
    tls::Trust,
};

fn store() -> DynamoStore {
    let nowhere = Connection {
        region: "local".to_owned(),
        endpoint: Some("http://nowhere.invalid".to_owned()),
        access_key_id: "test".to_owned(),
        secret_access_key: "test".into(),
        session_token: None,
        trust: Trust::default(),
    };
    DynamoStore::new(connect(&nowhere), "table")
}

fn link_id(number: u32) -> LinkId {
    LinkId::parse(&format!("00000000-0000-4000-8000-{number:012}")).expect("a UUID")
}

fn record(number: u32, state: LinkState, superseded_by: Option<u32>) -> Change {
    let session = LinkSession {
        id: SessionId::mint([1; 16]),
        owner: ExternalId::parse("user_ana").expect("valid"),
        purpose: Purpose::Create,
        issued_at: Timestamp::UNIX_EPOCH,
        expires_at: Timestamp::UNIX_EPOCH,
        link_id: None,
        outcome: None,
        due_at: None,
        revision: 1,
    };
    let institution = Institution::parse("erebor_mx_retail").expect("valid");
    let pending = LinkRecord::pending(link_id(number), &session, institution, Timestamp::UNIX_EPOCH);
    Change::Link(LinkRecord { state, superseded_by: superseded_by.map(link_id), revision: 2, ..pending })
}

fn cut(changes: Vec<Change>) -> Vec<Vec<TransactWriteItem>> {
    cut_fenced(changes, None)
}

/// Each change with an event of its own: two items a link.
fn cut_fenced(changes: Vec<Change>, fence: Option<u64>) -> Vec<Vec<TransactWriteItem>> {
    let event = AuditEvent::new(Timestamp::UNIX_EPOCH, Action::Supersede, Source::Sweep);
    let links = changes.iter().filter_map(link_of);
    let audit = links.map(|link| AuditEvent { link_id: Some(link), ..event.clone() }).collect();
    let commit = Commit { changes, audit, writer: WriterId::mint([1; 16]), fence };
    let parts = store().parts(&commit).expect("serializable");
    parts.into_iter().map(|part| part.into_iter().map(Write::into_item).collect()).collect()
}

fn is_of(key: &std::collections::HashMap<String, AttributeValue>, number: u32) -> bool {
    key.get("sk") == Some(&AttributeValue::S(format!("LINK#{}", link_id(number))))
}

/// How often a part writes or checks the record of this link.
fn touched(part: &[TransactWriteItem], number: u32) -> usize {
    let checked = part.iter().filter_map(|item| item.condition_check()).filter(|c| is_of(c.key(), number));
    let changed = part.iter().filter_map(|item| item.update()).filter(|update| is_of(update.key(), number));
    checked.count() + changed.count()
}

#[test]
fn a_hundred_items_are_one_part_and_more_are_cut_between_links() {
    let links = |count: u32| (1..=count).map(|number| record(number, LinkState::Active, None)).collect();
    let sizes = |count| cut(links(count)).iter().map(Vec::len).collect::<Vec<_>>();
    assert_eq!(sizes(0), [0; 0]);
    assert_eq!(sizes(50), [100]);
    assert_eq!(sizes(51), [100, 2]);
    assert_eq!(sizes(120), [100, 100, 40]);
}

#[test]
fn every_part_that_supersedes_checks_its_survivor_once() {
    let victims = (1..=120).map(|number| record(number, LinkState::Superseded, Some(500)));
    let revision = 7;
    let owner = ExternalId::parse("user_ana").expect("valid");
    let stands = Change::Stands(Standing { owner, link_id: link_id(500), revision });
    for survivor in [stands, record(500, LinkState::Active, None)] {
        let parts = cut(victims.clone().chain([survivor]).collect());
        assert_eq!(parts.len(), 3);
        for part in &parts {
            assert!(part.len() <= 100, "{}", part.len());
            assert_eq!(touched(part, 500), 1);
        }
    }
}

#[test]
fn the_survivor_is_written_before_anything_gives_way_to_it() {
    let others = (1..=60).map(|number| record(number, LinkState::Active, None));
    let changes = [record(700, LinkState::Superseded, Some(600)), record(600, LinkState::Active, None)];
    let parts = cut(changes.into_iter().chain(others).collect());
    let part_of = |number| parts.iter().position(|part| touched(part, number) > 0);
    assert!(part_of(600) <= part_of(700), "{:?} {:?}", part_of(600), part_of(700));
    assert_eq!(part_of(700), Some(1));
}

#[test]
fn a_link_that_gives_way_to_one_that_gives_way_itself_touches_each_record_once() {
    let changes = [
        record(1, LinkState::Superseded, Some(2)),
        record(2, LinkState::Superseded, Some(3)),
        record(3, LinkState::Active, None),
    ];
    let [part] = cut(changes.to_vec()).try_into().expect("one part");
    assert_eq!([1, 2, 3].map(|number| touched(&part, number)), [1; 3]);
}

#[test]
fn every_part_of_a_fenced_commit_has_the_fence_and_none_has_more_than_a_hundred_items() {
    let links = |count: u32| (1..=count).map(|number| record(number, LinkState::Active, None)).collect();
    let parts = cut_fenced(links(120), Some(7));
    assert_eq!(parts.iter().map(Vec::len).collect::<Vec<_>>(), [99, 99, 45]);
    for part in &parts {
        let fences = part.iter().filter_map(|item| item.condition_check());
        let of_the_lease =
            fences.filter(|check| check.key() == &crate::dynamo::key::Key::lease().attributes());
        assert_eq!(of_the_lease.count(), 1);
    }
    assert!(cut_fenced(vec![], Some(7)).is_empty(), "nothing to fence");
}
