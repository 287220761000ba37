//! Which guard carries what: the table that each run is held against.

use crate::{
    explore::{Explored, shortest},
    guards::{
        Guard::{
            self, ArmedFirst, Canary, CancelOnlyMarked, Fence, Grace, IntentRevision, IntentsRead,
            LeaseToken, LinkRevision, RecordsRead, SecondNotFound, StandsAtMark, StandsAtSupersede,
            SurvivorAsked, UnmarkedAtArm, UnmarkedAtMark,
        },
        Guards,
    },
    properties::{ARMED, ENDS, FENCED, GONE, LAST, SHOWN, STANDS, TAKEN_BACK},
    worlds::{Name, Size, game},
};

/// What breaks first when these guards are taken away together.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The guards.
    pub removed: &'static [Guard],
    /// The world in which it shows.
    pub world: Name,
    /// The property, and the length of the shortest way there. `None`: nothing breaks.
    pub breaks: Option<(&'static str, usize)>,
}

const fn row(removed: &'static [Guard], world: Name, property: &'static str, steps: usize) -> Row {
    Row { removed, world, breaks: Some((property, steps)) }
}

const fn masked(removed: &'static [Guard]) -> Row {
    Row { removed, world: Name::Duplicates, breaks: None }
}

/// Guards without which something breaks.
pub const BREAKING: [Row; 16] = [
    row(&[IntentRevision], Name::Wish, TAKEN_BACK, 13),
    row(&[CancelOnlyMarked], Name::Wish, TAKEN_BACK, 13),
    row(&[ArmedFirst], Name::Duplicates, ARMED, 11),
    row(&[ArmedFirst], Name::Wish, ENDS, 4),
    row(&[SurvivorAsked], Name::Duplicates, LAST, 12),
    row(&[LinkRevision], Name::Duplicates, SHOWN, 18),
    row(&[LinkRevision], Name::Sweeps, STANDS, 25),
    row(&[StandsAtSupersede], Name::Sweeps, STANDS, 16),
    row(&[Fence], Name::Sweeps, FENCED, 14),
    row(&[LeaseToken], Name::Sweeps, FENCED, 6),
    row(&[SecondNotFound], Name::Keys, GONE, 12),
    row(&[Grace], Name::Keys, GONE, 20),
    row(&[Grace], Name::Ghosts, GONE, 31),
    row(&[Canary], Name::Keys, GONE, 20),
    row(&[UnmarkedAtMark, UnmarkedAtArm, IntentsRead, RecordsRead], Name::Duplicates, LAST, 27),
    row(&[UnmarkedAtMark, UnmarkedAtArm, StandsAtMark, RecordsRead], Name::Duplicates, LAST, 28),
];

/// Guards that others stand in for: each alone, and the largest sets of them that lack one of the last two rows above.
pub const MASKED: [Row; 9] = [
    masked(&[UnmarkedAtMark]),
    masked(&[UnmarkedAtArm]),
    masked(&[IntentsRead]),
    masked(&[StandsAtMark]),
    masked(&[RecordsRead]),
    masked(&[UnmarkedAtArm, IntentsRead, StandsAtMark, RecordsRead]),
    masked(&[UnmarkedAtMark, IntentsRead, StandsAtMark, RecordsRead]),
    masked(&[UnmarkedAtMark, UnmarkedAtArm, IntentsRead, StandsAtMark]),
    masked(&[UnmarkedAtMark, UnmarkedAtArm, RecordsRead]),
];

impl Row {
    /// Plays the row.
    pub fn play(&self) -> Explored {
        shortest(game(self.world, Size::Small, Guards::without(self.removed)))
    }

    /// What broke first.
    pub fn first(explored: &Explored) -> Option<(&'static str, usize)> {
        explored.broken.first().map(|(property, way)| (*property, way.len()))
    }

    /// The row as Markdown, with what was found.
    pub fn told(&self, explored: &Explored) -> String {
        let guards: Vec<_> = self.removed.iter().map(|guard| guard.meaning()).collect();
        let (property, steps) = match Self::first(explored) {
            Some((property, steps)) => (property, steps.to_string()),
            None => ("-", format!("none in {} states", explored.states)),
        };
        format!("| {} | {} | {property} | {steps} |", guards.join("<br>"), self.world)
    }
}
