//! Exploring a game to its end, or to the first property that breaks.

use std::time::{Duration, Instant};

use stateright::{Checker, HasDiscoveries, Model, Path};

use crate::{
    game::{Game, State, Step},
    properties,
};

/// What came of it.
#[derive(Debug)]
pub struct Explored {
    /// States that differ.
    pub states: usize,
    /// Steps that were taken between them.
    pub steps: usize,
    /// Steps of the longest way.
    pub depth: usize,
    /// How long it took.
    pub took: Duration,
    /// Properties that break, each with a way there: the shortest one if one thread explored.
    pub broken: Vec<(&'static str, Vec<String>)>,
}

/// Explores all of it.
pub fn whole(game: Game, threads: usize) -> Explored {
    explore(game, threads, HasDiscoveries::All)
}

/// Explores until a property breaks, breadth first.
pub fn shortest(game: Game) -> Explored {
    explore(game, 1, HasDiscoveries::Any)
}

#[expect(clippy::disallowed_methods, reason = "measures how long it takes")]
fn explore(game: Game, threads: usize, until: HasDiscoveries) -> Explored {
    let begun = Instant::now();
    let checker = game.checker().threads(threads).finish_when(until).spawn_bfs().join();
    let mut broken: Vec<_> =
        checker.discoveries().into_iter().map(|(property, path)| (property, told(path))).collect();
    let rank = |name: &str| properties::ALL.iter().position(|(known, _)| *known == name);
    broken.sort_by_key(|(property, way)| (way.len(), rank(property)));
    Explored {
        states: checker.unique_state_count(),
        steps: checker.state_count(),
        depth: checker.max_depth(),
        took: begun.elapsed(),
        broken,
    }
}

/// The way, one line a step.
fn told(path: Path<State, Step>) -> Vec<String> {
    let line = |(state, step): (State, Option<Step>)| {
        let step = step?;
        let who = |number: usize| state.at_work.get(number).map(|worker| worker.0.told()).unwrap_or_default();
        Some(match step {
            Step::Request(number, fate) => format!("{}: {fate:?}", who(number)),
            Step::Die(number) => format!("dies: {}", who(number)),
            Step::Begin(_) | Step::Flip(_) | Step::Minute | Step::Hide(_) | Step::Vanish(_) | Step::Turn => {
                format!("{step:?}")
            }
        })
    };
    path.into_vec().into_iter().filter_map(line).collect()
}
