//! Crash points: each request of a base story, before its effect and after, as the end of the process that made it; one
//! at a time, or two.

use crate::{
    bases::Base,
    stage::Stage,
    story::Story,
    world::{Death, Violation, World},
};

/// What a story with its deaths came to.
#[derive(Clone, Debug)]
pub struct Survived {
    /// The deaths.
    pub deaths: Vec<Death>,
    /// Requests of the story itself.
    pub requests: u64,
    /// Requests, clean days included.
    pub operations: u64,
    /// What must never be.
    pub violations: Vec<Violation>,
    /// The history, if it was asked for.
    pub history: Vec<String>,
}

/// What all deaths of a story came to.
#[derive(Clone, Debug, Default)]
pub struct Points {
    /// Requests of the story.
    pub requests: u64,
    /// How often it was played.
    pub played: u64,
    /// Requests of all that.
    pub operations: u64,
    /// What failed.
    pub failed: Vec<Survived>,
}

/// Plays a story with these deaths.
pub fn survive(stage: &Stage, base: Base, deaths: &[Death], told: bool) -> Survived {
    let _within = stage.within();
    let mut world = World::new(11, told);
    world.deaths = deaths.to_vec();
    stage.here.begin(world);
    let mut story = Story::new(stage, base.policy);
    story.by_the_book();
    (base.tell)(&mut story);
    let requests = stage.here.with(|world| world.trace.operations);
    story.converge();
    drop(story);
    let world = stage.here.begin(World::new(0, false));
    Survived {
        deaths: deaths.to_vec(),
        requests,
        operations: world.trace.operations,
        history: world.trace.lines().to_vec(),
        violations: world.violations,
    }
}

/// Every death of a story, one at a time; or every so many.
pub fn singly(stage: &Stage, base: Base, every: usize) -> Points {
    let requests = survive(stage, base, &[], false).requests;
    let mut points = Points { requests, ..Points::default() };
    for death in all(requests).step_by(every) {
        points.add(survive(stage, base, &[death], false));
    }
    points
}

/// Every two deaths of a story: the second while what the first left is being gone on with.
pub fn in_pairs(stage: &Stage, base: Base) -> Points {
    let requests = survive(stage, base, &[], false).requests;
    let mut points = Points { requests, ..Points::default() };
    for first in all(requests) {
        let left = survive(stage, base, &[first], false).requests;
        for second in all(left).filter(|second| second.at > first.at) {
            points.add(survive(stage, base, &[first, second], false));
        }
    }
    points
}

fn all(requests: u64) -> impl Iterator<Item = Death> {
    (0..requests).flat_map(|at| [false, true].map(|after| Death { at, after }))
}

impl Points {
    fn add(&mut self, survived: Survived) {
        self.played += 1;
        self.operations += survived.operations;
        if !survived.violations.is_empty() {
            self.failed.push(survived);
        }
    }
}
