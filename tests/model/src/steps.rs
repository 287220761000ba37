//! What may happen next, beside a process's beginning.

use crate::{
    errand::Process,
    evidence::Armed,
    game::{Bounds, Fate, State, Step},
    names::LINKS,
    request::Request,
};

/// What may become of a process's request.
pub(crate) fn requests(process: &Process, number: usize, left: Bounds, steps: &mut Vec<Step>) {
    let mut may = |fate| steps.push(Step::Request(number, fate));
    may(Fate::Answered);
    if left.losses > 0 && process.wanted.has_effect() {
        may(Fate::AnswerLost);
        if matches!(process.wanted, Request::Delete(_)) {
            may(Fate::NeverArrived);
            may(Fate::Unsent);
        }
    }
    if left.deaths > 0 && process.wrote {
        steps.push(Step::Die(number)); // before its first effect it might as well not have begun
    }
}

/// What happens without us.
pub(crate) fn outside(state: &State, steps: &mut Vec<Step>) {
    let there = |n: &usize| state.world.belvo[*n].is_some_and(|link| link.there);
    if state.left.flips > 0 {
        steps.extend((0..LINKS).filter(there).map(Step::Flip));
    }
    if state.left.minutes > 0 && (!state.left.at_rest || state.at_work.is_empty()) {
        steps.push(Step::Minute);
    }
    if state.left.hides > 0 {
        steps.extend((0..LINKS).filter(there).map(Step::Hide));
    }
    // While somebody is at work, or a link is armed, nothing could be done about it: Belvo's DELETE has no conditions.
    let armed = state.world.intents.iter().flatten().any(|intent| intent.is_armed() && intent.is_open());
    if state.left.vanishes > 0 && state.at_work.is_empty() && !armed {
        steps.extend((0..LINKS).filter(there).map(Step::Vanish));
    }
    if state.left.turns > 0 {
        steps.push(Step::Turn);
    }
}
