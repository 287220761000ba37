//! The model in small: what holds, which guard carries it, and what was found. CI explores far more
//! (`cargo run --profile bench -p model`).

use model::{
    explore::whole,
    guards::{Guard, Guards},
    properties::ALL,
    table::{BREAKING, MASKED, Row},
    worlds::{Name, Size, game},
};

/// A world that lost its steps would hold everything.
fn holds(name: Name, at_least: usize) {
    let found = whole(game(name, Size::Small, Guards::ALL), 1);
    assert_eq!(found.broken, [], "{name}");
    assert!(found.states >= at_least, "{name} has {} states only", found.states);
}

#[test]
fn duplicates_are_deleted_and_the_last_link_of_a_login_stays() {
    holds(Name::Duplicates, 50_000);
}

#[test]
fn a_wish_is_carried_out_or_taken_back_whoever_dies() {
    holds(Name::Wish, 75_000);
}

#[test]
fn sweepers_that_overtake_each_other_leave_every_login_its_survivor() {
    holds(Name::Sweeps, 12_000);
}

#[test]
fn keys_of_another_account_prove_nothing() {
    holds(Name::Keys, 73_000);
}

#[test]
fn what_sweeps_miss_is_gone_only_when_that_is_proven() {
    holds(Name::Ghosts, 7_000);
}

/// Longer ways take seconds each: the program, which CI runs, holds the whole table.
const LONGEST: usize = 25;

#[test]
fn without_its_guards_each_property_breaks_as_the_table_says() {
    let soon = |row: &Row| row.breaks.is_some_and(|(_, steps)| steps <= LONGEST);
    for row in BREAKING.into_iter().filter(soon) {
        let found = row.play();
        assert_eq!(Row::first(&found), row.breaks, "{row:?}");
    }
}

#[test]
fn every_guard_and_every_property_is_in_the_table() {
    for guard in Guard::ALL {
        let alone = |row: &Row| row.removed == [guard];
        assert!(BREAKING.iter().chain(&MASKED).any(alone), "{guard:?}");
    }
    for (property, _) in ALL {
        let breaks = |row: &Row| row.breaks.is_some_and(|(broken, _)| broken == property);
        assert!(BREAKING.iter().any(breaks), "{property} cannot fail");
    }
}
