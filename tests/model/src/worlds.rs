//! The worlds that are explored.

use std::fmt;

use domain::{policy::Policy, sweep::SweepState};
use jiff::SignedDuration;

use crate::{
    evidence::{Broken, Evidence},
    game::{Bounds, Game, Notes},
    guards::{Guard, Guards},
    kept::Kept,
    names::{LINKS, bound, policy},
    world::{AtBelvo, Rules, World},
};

/// One world by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub enum Name {
    /// Two links of one login are deleted by policy while they change places and somebody takes it back.
    Duplicates,
    /// The same with three links.
    Three,
    /// A user disconnects, an operator takes it back, processes die and answers are lost.
    Wish,
    /// Two sweepers take the lease from each other, while session starts come in between.
    Sweeps,
    /// The keys turn to another account and back while a link is to be deleted.
    Keys,
    /// A link is missed by sweeps, truly or because lists leave it out or the keys turn.
    Ghosts,
}

impl Name {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Duplicates, Self::Three, Self::Wish, Self::Sweeps, Self::Keys, Self::Ghosts];
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Duplicates => "duplicates",
            Self::Three => "three",
            Self::Wish => "wish",
            Self::Sweeps => "sweeps",
            Self::Keys => "keys",
            Self::Ghosts => "ghosts",
        })
    }
}

/// How much may happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// Enough for the table of guards, and for a test.
    Small,
    /// What CI explores.
    Large,
}

fn at(login: u8) -> AtBelvo {
    AtBelvo { login, there: true, valid: true, doomed: false, hidden: false }
}

/// Links by their login; those of login 1 but the last give way to it where `settled`.
fn world(logins: &[u8], settled: bool) -> World {
    let last = logins.iter().rposition(|login| *login == 1);
    let survivor = |n: usize| last.filter(|kept| settled && logins[n] == 1 && n != *kept);
    let of = |n: usize| logins.get(n).copied();
    World {
        now: 0,
        belvo: std::array::from_fn(|n| of(n).map(at)),
        elsewhere: false,
        records: std::array::from_fn(|n| Some(Kept::new(bound(n, of(n)?, survivor(n))))),
        intents: [const { None }; LINKS],
        sweeps: Kept::new(SweepState::default()),
        evidence: [Evidence::default(); LINKS],
        broken: Broken::default(),
    }
}

/// The game of this name without these guards.
pub fn game(name: Name, size: Size, guards: Guards) -> Game {
    let large = size == Size::Large;
    let (start, bounds, by_policy) = match name {
        Name::Duplicates => duplicates(large),
        Name::Three => three(),
        Name::Wish => wish(large),
        Name::Sweeps => sweeps(large),
        Name::Keys => keys(large),
        Name::Ghosts => ghosts(large),
    };
    let grace = if guards.has(Guard::Grace) { policy().ghost_grace } else { SignedDuration::ZERO };
    let superseded_kept = by_policy.then_some(SignedDuration::ZERO);
    let policy = Policy { superseded_kept, ghost_grace: grace, ..policy() };
    Game { rules: Rules { guards, policy }, start, bounds, notes: Notes::default() }
}

fn duplicates(large: bool) -> (World, Bounds, bool) {
    let small =
        Bounds { abreast: 2, deletes: 2, starts: 1, flips: 2, cancels: 1, vanishes: 1, ..Bounds::default() };
    let bounds = if large { Bounds { deaths: 1, losses: 1, ..small } } else { small };
    (world(&[1, 1], true), bounds, true)
}

fn three() -> (World, Bounds, bool) {
    let bounds = Bounds { abreast: 2, deletes: 2, starts: 1, flips: 1, ..Bounds::default() };
    (world(&[1, 1, 1], true), bounds, true)
}

fn wish(large: bool) -> (World, Bounds, bool) {
    let small = Bounds {
        abreast: 2,
        deletes: 2,
        disconnects: 1,
        cancels: 1,
        minutes: 1,
        deaths: 1,
        losses: 1,
        ..Bounds::default()
    };
    let bounds = if large { Bounds { deaths: 2, losses: 2, ..small } } else { small };
    (world(&[1, 1], true), bounds, false)
}

fn sweeps(large: bool) -> (World, Bounds, bool) {
    let small = Bounds { abreast: 2, sweeps: 2, starts: 1, flips: 1, ..Bounds::default() };
    let bounds = if large { Bounds { deaths: 1, flips: 2, ..small } } else { small };
    (world(&[1, 1], false), bounds, false)
}

fn keys(large: bool) -> (World, Bounds, bool) {
    let small = Bounds {
        abreast: 1,
        deletes: 3,
        disconnects: 1,
        minutes: 3,
        turns: 2,
        deaths: 1,
        losses: 1,
        ..Bounds::default()
    };
    let bounds = if large { Bounds { deletes: 4, minutes: 4, ..small } } else { small };
    (world(&[1, 2], false), bounds, false)
}

fn ghosts(large: bool) -> (World, Bounds, bool) {
    let small = Bounds {
        abreast: 1,
        sweeps: 2,
        minutes: 2,
        at_rest: true,
        hides: 1,
        turns: 2,
        vanishes: 1,
        ..Bounds::default()
    };
    let bounds = if large { Bounds { sweeps: 3, deaths: 1, ..small } } else { small };
    (world(&[1, 2], false), bounds, false)
}
