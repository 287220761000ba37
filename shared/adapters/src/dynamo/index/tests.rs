//! Entries read as what was written, and nothing else is read.

use domain::{
    external_id::ExternalId,
    link::{Claim, LinkStatus, QuarantineReason},
    values::{Institution, InstitutionUserId},
};

use super::*;

fn at(time: &str) -> Timestamp {
    time.parse().expect("a time")
}

fn ana() -> ExternalId {
    ExternalId::parse("user_ana").expect("valid")
}

fn link_id() -> LinkId {
    LinkId::parse("00000000-0000-4000-8000-000000000001").expect("a UUID")
}

fn institution() -> Institution {
    Institution::parse("erebor_mx_retail").expect("valid")
}

fn record(state: LinkState, created_at: Option<&str>) -> LinkRecord {
    LinkRecord {
        link_id: link_id(),
        owner: ana(),
        institution: institution(),
        access_mode: None,
        status: Some(LinkStatus::Valid),
        state,
        institution_user_id: Some(InstitutionUserId::parse("login").expect("visible")),
        created_at: created_at.map(at),
        last_observed_at: at("2026-04-05T06:07:08Z"),
        institution_name: None,
        accounts: None,
        session_id: None,
        superseded_by: None,
        missing_since: None,
        consent_ends_at: None,
        revision: 1,
    }
}

fn aside() -> QuarantinedLink {
    QuarantinedLink {
        link_id: link_id(),
        reason: QuarantineReason::NoSession,
        claim: Claim::Absent,
        institution: institution(),
        status: LinkStatus::Valid,
        created_at: at("2026-03-01T00:00:00Z"),
        first_seen_at: at("2026-03-01T01:00:00Z"),
        revision: 1,
    }
}

/// The item of a user's link, as far as the indexes have it.
fn indexed(record: &LinkRecord) -> Item {
    let mut item = Key::link(&record.owner, record.link_id).attributes();
    item.extend(of_record(record));
    item
}

#[test]
fn a_bound_link_is_in_the_month_that_belvo_made_it_in() {
    let record = record(LinkState::Active, Some("2026-02-28T23:59:59.999999Z"));
    let item = indexed(&record);
    assert_eq!(text(&item, MONTH), Some("2026-02"));
    let Entry { holder, made, digest, .. } = entry(&item).expect("ours");
    assert_eq!((holder, Some(made)), (Holder::User(ana()), record.created_at));
    assert_eq!(Some(digest), Digest::of_record(&record));
}

#[test]
fn a_link_that_waits_is_under_the_time_that_it_was_named_and_in_no_group() {
    let record = record(LinkState::Pending, None);
    let item = indexed(&record);
    assert_eq!((text(&item, MONTH), text(&item, GROUP)), (Some(PENDING), None));
    assert_eq!(entry(&item).expect("ours").made, record.last_observed_at);
}

#[test]
fn a_tombstone_is_in_no_index() {
    for state in [LinkState::Gone, LinkState::Deleting] {
        assert_eq!(of_record(&record(state, Some("2026-02-28T23:59:59Z"))), Item::new());
    }
}

#[test]
fn a_member_of_a_group_leads_back_to_its_place() {
    for state in [LinkState::Active, LinkState::NeedsUpdate, LinkState::Superseded] {
        for login in [None, InstitutionUserId::parse("login").ok()] {
            let record =
                LinkRecord { institution_user_id: login, ..record(state, Some("2026-03-01T00:00:00Z")) };
            let item = indexed(&record);
            let member = member(&item).expect("ours").expect("a user's");
            assert_eq!(Some(member.group), Group::of(&record));
            assert_eq!((member.superseded, member.link_id), (state == LinkState::Superseded, link_id()));
            let mut expected = item;
            expected.retain(|name, _| ![MONTH, MADE].contains(&name.as_str()));
            assert_eq!(place(&member), expected);
        }
    }
}

#[test]
fn a_link_of_nobody_is_an_entry_and_no_member() {
    let mut item = Key::holder(link_id()).attributes();
    item.extend(of_quarantined(&aside()));
    let Entry { holder, made, digest, .. } = entry(&item).expect("ours");
    assert_eq!((holder, made), (Holder::Nobody, aside().created_at));
    assert_eq!(digest, Digest::of_quarantined(&aside()));
    assert_eq!(member(&item).expect("ours"), None);
    assert_eq!(nobodys(&item).expect("ours"), link_id());
    item.extend(Key::link(&ana(), link_id()).attributes());
    assert!(matches!(nobodys(&item), Err(StoreError::Corrupt { .. })), "a user's is not nobody's");
}

#[test]
fn what_is_no_entry_of_ours_is_damage_and_its_error_quotes_nothing() {
    let good = indexed(&record(LinkState::Active, Some("2026-03-01T00:00:00Z")));
    for (name, value) in [
        (PK, "USER#maria@example.com"),
        (PK, "maria"),
        (SK, "LINK#maria"),
        (SK, "PROFILE"),
        (SK, "LINK#0B6A1F3E-0000-4000-8000-00000000000A"),
        (MADE, "maria"),
        (MADE, "2026-03-01T00:00:00Z"),
        (MADE, "2026-03-01T00:00:00Z#maria"),
        (MADE, "maria#b0123456789abcdef"),
        (GROUP, "maria"),
        (GROUP, "LOGIN#maria"),
        (GROUP, "OTHER#00000000000000000000000000000000"),
        (GROUP, "LOGIN#+0000000000000000000000000000001"),
        (GROUP, "LOGIN#0123456789ABCDEF0123456789ABCDEF"),
        (STANDING, "maria"),
    ] {
        let mut item = good.clone();
        item.insert(name.to_owned(), AttributeValue::S(value.to_owned()));
        let read = if [GROUP, STANDING].contains(&name) { member(&item).err() } else { entry(&item).err() };
        let error = read.unwrap_or_else(|| panic!("{name} {value} is read"));
        assert!(matches!(error, StoreError::Corrupt { kind: "link", .. }));
        assert!(!format!("{error:?}").contains("maria"));
    }
}

#[test]
fn a_range_of_days_holds_every_moment_of_them_and_no_other() {
    let day = |text: &str| text.parse().expect("a date");
    let (first, last) = key::days(day("2026-02-28"), day("2026-03-01"));
    let digest = Digest::of_quarantined(&aside());
    let within = |time: &str| (first.clone()..=last.clone()).contains(&key::made(at(time), digest));
    for inside in ["2026-02-28T00:00:00Z", "2026-02-28T23:59:59.999999Z", "2026-03-01T23:59:59.999999Z"] {
        assert!(within(inside), "{inside}");
    }
    for outside in ["2026-02-27T23:59:59.999999Z", "2026-03-02T00:00:00Z"] {
        assert!(!within(outside), "{outside}");
    }
}
