//! A made-up account is what it says it is, and its truth follows the book.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::link::{Link, NewLink, Status};
use crate::testing::World;

fn population(seed: u64) -> Population {
    Population { links: 2_000, users: 600, seed, ..Population::default() }
}

fn populated(seed: u64) -> World {
    let world = World::new();
    world.belvo.populate(&population(seed)).unwrap();
    world
}

#[test]
fn shares_over_a_hundred_links_without_users_and_the_end_of_time_are_refused() {
    let belvo = World::new().belvo;
    for (wrong, expected) in [
        (Population { orphans: 95, ..population(1) }, PopulationError::Shares),
        (Population { users: 0, ..population(1) }, PopulationError::NoUsers),
        (Population { from: Some(Timestamp::MAX), ..population(1) }, PopulationError::From),
    ] {
        assert_eq!(belvo.populate(&wrong), Err(expected));
    }
    assert!(belvo.links().is_empty());
}

#[test]
fn the_same_seed_makes_the_same_account_and_another_seed_another() {
    let (one, same, other) = (populated(7), populated(7), populated(8));
    assert_eq!(one.belvo.links(), same.belvo.links());
    assert!(one.belvo.truth().eq(same.belvo.truth()));
    let ids = |world: &World| world.belvo.truth().map(|truth| truth.link).collect::<BTreeSet<_>>();
    assert_eq!(ids(&one).len(), 2_000);
    assert!(ids(&one).is_disjoint(&ids(&other)));
    // Pinned: another process and another platform make the same.
    assert_eq!(external_id(7, 0), "simodhqrgrrinjaaikmtrrdgtrroz");
}

#[test]
fn external_ids_are_29_letters_and_never_the_same() {
    let ids: BTreeSet<String> = (0..5_000).map(|n| external_id(7, n)).collect();
    assert_eq!(ids.len(), 5_000);
    assert!(ids.iter().all(|id| id.len() == 29 && id.bytes().all(|byte| byte.is_ascii_lowercase())));
}

#[test]
fn the_shares_are_as_stated() {
    let world = populated(7);
    let sum = world.belvo.truth_summary();
    let stated = (sum.links, sum.users, sum.orphans, sum.superseded, sum.quarantined);
    assert_eq!(stated, (2_000, 600, 60, 40, 20));
    assert_eq!(sum.needs_update + sum.unbound, 80);
    assert_eq!(sum.explained, 1_980);
    assert_eq!(sum.active, 2_000 - 40 - 20 - 80);
    let links = world.belvo.links();
    for status in [Status::Invalid, Status::TokenRequired, Status::Unconfirmed] {
        assert!(links.iter().any(|link| link.status == status), "{status:?}");
    }
}

/// Once more, from the public links alone, slowly.
fn naively(links: &[Link], planted: &BTreeSet<&str>, seed: u64) -> BTreeMap<String, Option<String>> {
    let users: BTreeSet<String> = (0..600).map(|n| external_id(seed, n)).collect();
    let bound: Vec<&Link> = links
        .iter()
        .filter(|link| link.status != Status::Unconfirmed && !planted.contains(link.id.as_str()))
        .filter(|link| link.external_id.as_ref().is_some_and(|user| users.contains(user)))
        .collect();
    let order = [Status::Invalid, Status::TokenRequired, Status::Valid];
    let rank = |link: &&&Link| {
        let status = order.iter().position(|status| *status == link.status);
        (status, link.created_at, link.id.clone())
    };
    let survivor = |of: &Link| {
        let group = bound.iter().filter(|link| {
            link.external_id == of.external_id && link.institution_user_id == of.institution_user_id
        });
        group.max_by_key(rank).map(|link| link.id.clone()).filter(|id| *id != of.id)
    };
    bound.iter().map(|link| (link.id.clone(), survivor(link))).collect()
}

#[test]
fn the_truth_follows_the_book_and_agrees_with_a_naive_reckoning() {
    let world = populated(7);
    let before: Vec<Truth> = world.belvo.truth().collect();
    let doubled: Vec<&Truth> = before.iter().filter(|truth| truth.survivor.is_some()).collect();
    // One survivor breaks and another is deleted: the superseded ones take their places again.
    let [broken, gone] = [0, 1].map(|place| doubled[place].survivor.clone().unwrap());
    world.belvo.set_status(&broken, Status::Invalid);
    world.belvo.remove(&gone);
    world.belvo.plant(NewLink { external_id: Some("nobody".to_owned()), ..NewLink::default() });

    let after: Vec<Truth> = world.belvo.truth().collect();
    assert_eq!(after.len(), 2_000);
    let of = |id: &str| after.iter().find(|truth| truth.link == id);
    assert_eq!(of(&broken).unwrap().survivor.as_ref(), Some(&doubled[0].link));
    assert_eq!(of(&doubled[1].link).unwrap().state, Expected::Active);
    assert_eq!(of(&gone), None);

    let unexplained = after.iter().filter(|truth| !truth.explained).map(|truth| truth.link.as_str());
    let bound = |truth: &&Truth| !matches!(truth.state, Expected::Quarantined | Expected::Unbound);
    let told: BTreeMap<_, _> =
        after.iter().filter(bound).map(|truth| (truth.link.clone(), truth.survivor.clone())).collect();
    assert_eq!(told, naively(&world.belvo.links(), &unexplained.collect(), 7));
}

#[tokio::test]
async fn the_truth_is_told_a_page_of_lines_at_a_time_or_summed_up() {
    let world = populated(7);
    assert_eq!(world.get("/_sim/truth?from=x").await.status, 400);
    let answer = world.get("/_sim/truth?from=1990&most=50").await;
    assert_eq!(answer.kind, "application/x-ndjson");
    let lines: Vec<serde_json::Value> =
        answer.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let last: Vec<Truth> = world.belvo.truth_page(1_990, 50);
    assert_eq!(lines, last.iter().map(|truth| serde_json::to_value(truth).unwrap()).collect::<Vec<_>>());
    assert_eq!(lines.len(), 10);
    assert_eq!(world.get("/_sim/truth?from=2000").await.text, "");
    let sum = world.get("/_sim/truth?summary").await.json();
    assert_eq!(sum["superseded"], 40);
}
