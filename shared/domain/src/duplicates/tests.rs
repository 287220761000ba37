//! Which of several links to one login stays.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::{
    link::ProviderLink,
    testing::{ana, bound, in_state, link_id, records, shown, with_login, with_status},
};

const ARTICLES: &str = "ooE7XJWEKypZJR603ecaWYk-8Ap0oD8Nr1pBQ4eG9c=";

fn same_login(number: u8, created: i64, status: &str) -> LinkRecord {
    let link = with_login(shown(number, &ana(), created), ARTICLES);
    bound(&with_status(link, LinkStatus::from(status.to_owned())), &ana(), None)
}

fn parked(record: LinkRecord, by: u8) -> LinkRecord {
    LinkRecord { superseded_by: Some(link_id(by)), ..in_state(record, LinkState::Superseded) }
}

/// The numbers of the records that change, with what becomes of them.
fn settled_as(links: &[LinkRecord]) -> Vec<(LinkId, LinkState, Option<LinkId>)> {
    settle(links).into_iter().map(|record| (record.link_id, record.state, record.superseded_by)).collect()
}

#[test]
fn the_articles_link_id_2_takes_the_place_of_link_id_1() {
    let (first, second) = (same_login(1, 0, "valid"), same_login(2, 30, "valid"));
    assert_eq!(settled_as(&[first, second]), [(link_id(1), LinkState::Superseded, Some(link_id(2)))]);
}

#[test]
fn a_usable_link_stays_before_a_newer_one_that_is_not() {
    for (better, worse) in
        [("valid", "token_required"), ("token_required", "invalid"), ("invalid", "some_new_word")]
    {
        let links = [same_login(1, 0, better), same_login(2, 30, worse)];
        let expected = [(link_id(2), LinkState::Superseded, Some(link_id(1)))];
        assert_eq!(settled_as(&links), expected, "{better} before {worse}");
    }
}

#[test]
fn of_two_that_work_the_newer_stays_whatever_its_id() {
    let links = [same_login(1, 30, "valid"), same_login(2, 0, "valid")];
    assert_eq!(settled_as(&links), [(link_id(2), LinkState::Superseded, Some(link_id(1)))]);
}

#[test]
fn of_two_made_at_once_the_greater_id_stays() {
    let links = [same_login(2, 0, "valid"), same_login(1, 0, "valid")];
    assert_eq!(settled_as(&links), [(link_id(1), LinkState::Superseded, Some(link_id(2)))]);
}

#[test]
fn each_link_of_a_group_tells_the_same_survivor_and_a_link_alone_tells_none() {
    let alone = bound(&shown(4, &ana(), 0), &ana(), None);
    let gone = in_state(same_login(5, 90, "valid"), LinkState::Gone);
    let links =
        [same_login(3, 30, "valid"), same_login(1, 0, "valid"), same_login(2, 60, "invalid"), alone, gone];
    let expected = Duplicate { survivor: link_id(3), superseded: vec![link_id(1), link_id(2)] };
    for number in 1..=3 {
        assert_eq!(group_of(&links, link_id(number)).as_ref(), Some(&expected));
    }
    for number in 4..=6 {
        assert_eq!(group_of(&links, link_id(number)), None);
    }
}

#[test]
fn links_to_other_logins_or_institutions_or_without_a_login_are_no_duplicates() {
    let other_login = bound(&shown(2, &ana(), 0), &ana(), None);
    let institution = Institution::parse("gringotts_br_retail").expect("valid");
    let elsewhere = LinkRecord { institution, ..same_login(3, 0, "valid") };
    let old = LinkRecord { institution_user_id: None, ..same_login(4, 0, "valid") };
    let older = LinkRecord { institution_user_id: None, ..same_login(5, 0, "valid") };
    assert_eq!(settled_as(&[same_login(1, 0, "valid"), other_login, elsewhere, old, older]), []);
}

#[test]
fn unconfirmed_pending_and_final_links_never_count() {
    let pending =
        LinkRecord { state: LinkState::Pending, status: None, created_at: None, ..same_login(3, 9, "valid") };
    let links = [
        same_login(1, 0, "invalid"),
        same_login(2, 9, "unconfirmed"),
        pending,
        in_state(same_login(4, 9, "valid"), LinkState::Gone),
        in_state(same_login(5, 9, "valid"), LinkState::Deleting),
    ];
    assert_eq!(settled_as(&links), []);
}

#[test]
fn a_superseded_link_is_restored_when_its_survivor_is_gone() {
    let gone = in_state(same_login(2, 30, "valid"), LinkState::Gone);
    let links = [parked(same_login(1, 0, "invalid"), 2), gone];
    assert_eq!(settled_as(&links), [(link_id(1), LinkState::NeedsUpdate, None)]);
}

#[test]
fn a_survivor_that_fails_gives_its_place_back_to_a_usable_link() {
    let links = [parked(same_login(1, 0, "valid"), 2), same_login(2, 30, "invalid")];
    let expected =
        [(link_id(1), LinkState::Active, None), (link_id(2), LinkState::Superseded, Some(link_id(1)))];
    assert_eq!(settled_as(&links), expected);
}

#[test]
fn the_third_of_a_group_takes_the_place_of_both() {
    let links =
        [parked(same_login(1, 0, "valid"), 2), same_login(2, 30, "valid"), same_login(3, 60, "valid")];
    let by_third = |id| (id, LinkState::Superseded, Some(link_id(3)));
    assert_eq!(settled_as(&links), [by_third(link_id(1)), by_third(link_id(2))]);
}

#[test]
fn a_link_that_changed_its_login_leaves_its_group() {
    let link: ProviderLink = with_login(shown(1, &ana(), 0), "another");
    let links = [parked(bound(&link, &ana(), None), 2), same_login(2, 30, "valid")];
    assert_eq!(settled_as(&links), [(link_id(1), LinkState::Active, None)]);
}

fn replaced(links: &[LinkRecord], by: Vec<LinkRecord>) -> Vec<LinkRecord> {
    let mut all: BTreeMap<_, _> = links.iter().cloned().map(|record| (record.link_id, record)).collect();
    all.extend(by.into_iter().map(|record| (record.link_id, record)));
    all.into_values().collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// I6.
    #[test]
    fn every_group_has_exactly_one_link_that_is_not_superseded(links in records()) {
        let settled = replaced(&links, settle(&links));
        let live = |record: &&LinkRecord| record.is_live() && record.institution_user_id.is_some();
        let mut standing: BTreeMap<_, usize> = BTreeMap::new();
        for record in settled.iter().filter(live) {
            let group = (record.institution.clone(), record.institution_user_id.clone());
            *standing.entry(group).or_default() += usize::from(record.state != LinkState::Superseded);
        }
        prop_assert!(standing.values().all(|count| *count == 1), "{:?}", standing);
    }

    #[test]
    fn whoever_is_superseded_names_the_survivor_that_stands(links in records()) {
        let settled = replaced(&links, settle(&links));
        for parked in settled.iter().filter(|r| r.state == LinkState::Superseded && r.is_live()) {
            let Some(login) = &parked.institution_user_id else { continue };
            let survivor = settled.iter().find(|r| Some(r.link_id) == parked.superseded_by).expect("named");
            prop_assert!(survivor.is_live() && survivor.state.is_connected());
            prop_assert_eq!(survivor.institution_user_id.as_ref(), Some(login));
        }
    }

    #[test]
    fn order_does_not_matter_and_once_is_enough(links in records()) {
        let mut reversed = links.clone();
        reversed.reverse();
        prop_assert_eq!(settle(&links), settle(&reversed));
        prop_assert_eq!(settle(&replaced(&links, settle(&links))), vec![]);
    }
}
