//! Playing one seed, and making what fails small.

use crate::{
    planted::Bug,
    rare::{Rare, Seen},
    stage::Stage,
    story::{Omitted, Story},
    world::{Violation, World},
};

/// What a schedule came to.
#[derive(Clone, Debug)]
pub struct Played {
    /// Its seed.
    pub seed: u64,
    /// The hash of its trace.
    pub hash: u64,
    /// Requests to the table and calls to Belvo.
    pub operations: u64,
    /// What must never be.
    pub violations: Vec<Violation>,
    /// What rarely happens.
    pub seen: Seen,
    /// How many deeds were drawn.
    pub deeds: usize,
    /// The history, if it was asked for.
    pub history: Vec<String>,
}

/// How a seed is played.
#[derive(Clone, Debug, Default)]
pub struct Playing {
    /// What is left out.
    pub omitted: Omitted,
    /// Whether the history is told.
    pub told: bool,
    /// A bug that is planted.
    pub bug: Option<Bug>,
}

/// Plays the schedule of a seed.
pub fn play(stage: &Stage, seed: u64, playing: &Playing) -> Played {
    let _within = stage.within();
    let mut world = World::new(seed, playing.told);
    world.table.bug = playing.bug;
    world.table.members = Some(2);
    let policy = [0, 0, 0, 1, 1, 1, 2, 3][world.chance.usize(0..8)];
    stage.here.begin(world);
    let mut story = Story::new(stage, policy);
    let deeds = story.draw_all(&playing.omitted);
    story.play();
    story.converge();
    drop(story);
    let mut world = stage.here.begin(World::new(0, false));
    world.seen.saw_often(Rare::StaleIndex, world.table.stale_readings);
    Played {
        seed,
        hash: world.trace.hash(),
        operations: world.trace.operations,
        deeds,
        history: world.trace.lines().to_vec(),
        violations: std::mem::take(&mut world.violations),
        seen: std::mem::take(&mut world.seen),
    }
}

/// The least that fails in the same way: deeds and kinds of faults are left out while it still does.
pub fn shrink(stage: &Stage, failed: &Played, bug: Option<Bug>) -> Playing {
    let mut playing = Playing { bug, ..Playing::default() };
    let wanted = failed.violations.first().map(|violation| violation.invariant);
    let fails = |playing: &Playing| {
        play(stage, failed.seed, playing).violations.first().map(|violation| violation.invariant) == wanted
    };
    for kind in crate::weather::KINDS {
        let mut less = playing.clone();
        less.omitted.kinds.insert(kind);
        if fails(&less) {
            playing = less;
        }
    }
    for deed in (0..failed.deeds).rev() {
        let mut less = playing.clone();
        less.omitted.deeds.insert(deed);
        if fails(&less) {
            playing = less;
        }
    }
    Playing { told: true, ..playing }
}
