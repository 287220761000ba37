//! The lists of optional attributes follow the domain's records: one that is missing there would survive
//! the change that drops it.

use std::collections::BTreeSet;

use domain::{
    external_id::ExternalId,
    link::{AccessMode, Claim, LinkRecord, LinkState, LinkStatus, QuarantineReason, QuarantinedLink},
    session::{LinkSession, Outcome, OutcomeKind, Purpose},
    user::User,
    values::{Institution, InstitutionName, InstitutionUserId, LinkId, SessionId},
};
use jiff::Timestamp;

use super::*;
use crate::dynamo::index;

fn owner() -> ExternalId {
    ExternalId::parse("user_ana").expect("valid")
}

fn institution() -> Institution {
    Institution::parse("erebor_mx_retail").expect("valid")
}

fn session() -> LinkSession {
    LinkSession {
        id: SessionId::mint([1; 16]),
        owner: owner(),
        purpose: Purpose::Create,
        issued_at: Timestamp::UNIX_EPOCH,
        expires_at: Timestamp::UNIX_EPOCH,
        link_id: None,
        outcome: None,
        due_at: None,
        revision: 1,
    }
}

fn full_link() -> LinkRecord {
    LinkRecord {
        access_mode: Some(AccessMode::Recurrent),
        status: Some(LinkStatus::Valid),
        state: LinkState::Superseded,
        institution_user_id: Some(InstitutionUserId::parse("someone").expect("valid")),
        created_at: Some(Timestamp::UNIX_EPOCH),
        institution_name: Some(InstitutionName::of(&institution())),
        accounts: Some(Vec::new()),
        superseded_by: Some(LinkId::nil()),
        missing_since: Some(Timestamp::UNIX_EPOCH),
        consent_ends_at: Some(Timestamp::UNIX_EPOCH),
        ..LinkRecord::pending(LinkId::nil(), &session(), institution(), Timestamp::UNIX_EPOCH)
    }
}

fn full_session() -> LinkSession {
    let kind = OutcomeKind::Exit;
    let outcome = Outcome { kind, code: None, institution: None, step: None, at: Timestamp::UNIX_EPOCH };
    LinkSession {
        link_id: Some(LinkId::nil()),
        outcome: Some(outcome),
        due_at: Some(Timestamp::UNIX_EPOCH),
        ..session()
    }
}

fn names(kind: &'static Kind, content: &impl Serialize) -> BTreeSet<String> {
    body(kind, content, &WriterId::mint([1; 16])).expect("serializable").into_keys().collect()
}

/// With what its item carries for the indexes.
fn names_of_link(record: &LinkRecord) -> BTreeSet<String> {
    names(&LINK, record).into_iter().chain(index::of_record(record).into_keys()).collect()
}

fn listed(kind: &'static Kind) -> BTreeSet<String> {
    kind.optional.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn the_optional_attributes_of_a_link_are_all_listed() {
    let bare = LinkRecord {
        state: LinkState::Gone,
        session_id: None,
        ..LinkRecord::pending(LinkId::nil(), &session(), institution(), Timestamp::UNIX_EPOCH)
    };
    let optional: BTreeSet<_> = &names_of_link(&full_link()) - &names_of_link(&bare);
    assert_eq!(optional, listed(&LINK));
}

#[test]
fn the_optional_attributes_of_a_user_are_all_listed() {
    let bare = User::new(owner(), Timestamp::UNIX_EPOCH);
    let known = User { alias: Some(owner()), ..bare.clone() };
    let optional: BTreeSet<_> = &names(&USER, &known) - &names(&USER, &bare);
    assert_eq!(optional, listed(&USER));
}

#[test]
fn the_optional_attributes_of_a_session_are_all_listed() {
    let full = names(&SESSION, &full_session());
    let full: BTreeSet<_> = full.into_iter().chain(index::of_session(&full_session()).into_keys()).collect();
    let optional: BTreeSet<_> = &full - &names(&SESSION, &session());
    assert_eq!(optional, listed(&SESSION));
}

#[test]
fn an_owner_drops_everything_that_a_quarantined_link_has_more() {
    let quarantined = QuarantinedLink {
        link_id: LinkId::nil(),
        reason: QuarantineReason::NoSession,
        claim: Claim::Absent,
        institution: institution(),
        status: LinkStatus::Valid,
        created_at: Timestamp::UNIX_EPOCH,
        first_seen_at: Timestamp::UNIX_EPOCH,
        revision: 1,
    };
    let owner = super::super::record::Owner { link_id: LinkId::nil(), external_id: owner() };
    let of_indexes = index::of_quarantined(&quarantined).into_keys();
    let all: BTreeSet<_> = names(&QUARANTINE, &quarantined).into_iter().chain(of_indexes).collect();
    let more = &all - &names(&OWNER, &owner);
    assert_eq!(more, listed(&OWNER));
}

#[test]
fn an_item_of_another_kind_or_of_none_is_not_read() {
    let mut item = body(&SESSION, &session(), &WriterId::mint([1; 16])).expect("serializable");
    assert!(read::<LinkSession>(&SESSION, item.clone()).is_ok());
    assert!(matches!(
        read::<LinkSession>(&LINK, item.clone()),
        Err(StoreError::Corrupt { kind: "link", .. })
    ));
    item.remove(KIND);
    assert!(matches!(read::<LinkSession>(&SESSION, item), Err(StoreError::Corrupt { .. })));
}

#[test]
fn an_error_names_a_missing_field_and_quotes_no_value() {
    let mut item = body(&SESSION, &session(), &WriterId::mint([1; 16])).expect("serializable");
    item.insert("rev".to_owned(), AttributeValue::S("secret".to_owned()));
    let wrong = read::<LinkSession>(&SESSION, item.clone()).expect_err("no number");
    assert!(!format!("{wrong:?}").contains("secret"), "{wrong:?}");
    item.remove("rev");
    let missing = read::<LinkSession>(&SESSION, item).expect_err("no number");
    assert!(format!("{missing:?}").contains("missing field `rev`"), "{missing:?}");
}
