//! The model of the store that the simulation stands on answers as the real store does, on the embedded engine: operation
//! by operation, on random operations that meet. And if it did not, this would tell: the same operations on models that
//! lack one guard each.

#[path = "differential/answer.rs"]
mod answer;
#[path = "differential/draw.rs"]
mod draw;
#[path = "differential/look.rs"]
mod look;
#[path = "differential/op.rs"]
mod op;
#[path = "differential/people.rs"]
mod people;
#[path = "differential/play.rs"]
mod play;
#[path = "differential/records.rs"]
mod records;
#[path = "differential/rest.rs"]
mod rest;
#[path = "differential/seen.rs"]
mod seen;
#[path = "differential/told.rs"]
mod told;

use std::{sync::LazyLock, thread, time::Instant};

use faults::planted::BUGS;
use play::{Engine, LENGTH, Story, noticed, play};
use seen::Seen;
use told::history;

/// So many operations are played by the long test, unless this variable says otherwise.
const OPERATIONS: u64 = 100_000;
const OPERATIONS_VARIABLE: &str = "LINKKEEPER_STORE_OPERATIONS";
/// Threads, each with an engine of its own.
const JOBS: usize = 2;
/// Seeds of the short test.
const FEW: u64 = 4;

/// A story without a difference, or a failure that tells how it comes about.
fn agreed(engine: &Engine, seed: u64, counts: &mut Seen) -> Story {
    let story = play(engine, seed, counts);
    assert!(story.differs.is_none(), "{}", history(engine, seed, &story));
    story
}

/// A few stories, told to the engine once for both tests.
static STORIES: LazyLock<Vec<Story>> = LazyLock::new(|| {
    let engine = Engine::new();
    (1..=FEW).map(|seed| agreed(&engine, seed, &mut Seen::default())).collect()
});

#[test]
fn the_model_answers_as_the_store_does() {
    assert_eq!(STORIES.len() as u64, FEW);
}

#[test]
fn a_model_without_one_of_its_guards_answers_otherwise() {
    for bug in BUGS {
        let at = STORIES.iter().find_map(|story| noticed(story, bug));
        let (name, number) = at.unwrap_or_else(|| panic!("{bug:?} is not noticed"));
        println!("{bug:?}: by {name}, operation {number} of its story");
    }
}

#[test]
#[ignore = "takes minutes: CI asks for it, and prints what it saw"]
fn the_model_answers_as_the_store_does_a_hundred_thousand_times() {
    let stories = operations().div_ceil(LENGTH as u64);
    let begun = now();
    let seen: Seen = thread::scope(|scope| {
        let play = |job: usize| {
            let engine = Engine::new();
            let mut seen = Seen::default();
            (1..=stories).skip(job).step_by(JOBS).for_each(|seed| drop(agreed(&engine, seed, &mut seen)));
            seen
        };
        let jobs: Vec<_> = (0..JOBS).map(|job| scope.spawn(move || play(job))).collect();
        jobs.into_iter().map(|job| job.join().expect("a difference is told above")).sum()
    });
    let (drawn, looked) = seen.total();
    let seconds = begun.elapsed().as_secs();
    println!("{seen}{drawn} operations and {looked} looks at what was there in {seconds} s, 0 differences");
    assert_eq!(seen.wanting(), Vec::<String>::new(), "seen too rarely, or never to be seen");
}

#[expect(clippy::disallowed_methods, reason = "how many is told by who runs the tests")]
fn operations() -> u64 {
    let told = std::env::var(OPERATIONS_VARIABLE).ok().filter(|told| !told.is_empty());
    told.map_or(OPERATIONS, |told| told.parse().expect("a number of operations"))
}

#[expect(clippy::disallowed_methods, reason = "how long it takes is told, and decides nothing")]
fn now() -> Instant {
    Instant::now()
}
