//! Playing stories in both places: the model of the store, and the real store on a new table of the embedded engine.

use std::{
    future::Future,
    pin::pin,
    task::{Context, Poll, Waker},
};

use adapters::dynamo::DynamoStore;
use domain::change::{Change, Commit};
use faults::{
    here::Here,
    planted::Bug,
    world::{Task, Who, World},
};
use jiff::SignedDuration;
use tests::contract::Place;
use tokio::runtime::Runtime;

use super::{answer::Answer, draw::Draw, look::everything, op::Op, seen::Seen};

/// Operations that are drawn for one table. Then everything is looked at, and another begins.
pub(crate) const LENGTH: usize = 500;

/// The model, empty, with a guard less or without.
pub(crate) struct Model(Here);

impl Model {
    pub(crate) fn new(bug: Option<Bug>) -> Self {
        let mut world = World::new(1, false);
        world.tasks.push(Task::new("a caller", Who::Operator, SignedDuration::ZERO, false));
        world.table.bug = bug;
        Self(Here::new(world))
    }

    pub(crate) fn ask(&self, op: &Op) -> Answer {
        finished(op.ask(&self.0))
    }
}

/// Every request of the model lets others have a turn, and nobody else is there.
fn finished<T>(asked: impl Future<Output = T>) -> T {
    let mut asked = pin!(asked);
    loop {
        if let Poll::Ready(answer) = asked.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return answer;
        }
    }
}

/// The real store. Nobody waits for a grant here: a machine that is busy with other things is no difference.
pub(crate) struct Engine(Runtime);

impl Engine {
    pub(crate) fn new() -> Self {
        Self(tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime"))
    }

    pub(crate) fn store(&self) -> DynamoStore {
        self.0.block_on(Place::memory()).budget()
    }

    pub(crate) fn ask(&self, store: &DynamoStore, op: &Op) -> Answer {
        self.0.block_on(op.ask(store))
    }
}

/// What one seed came to.
#[derive(Debug, Default)]
pub(crate) struct Story {
    /// Operations with the store's answers.
    pub(crate) told: Vec<(Op, Answer)>,
    /// What the model answered to the last, if that was something else.
    pub(crate) differs: Option<Answer>,
}

/// Plays one seed up to the first difference.
pub(crate) fn play(engine: &Engine, seed: u64, counts: &mut Seen) -> Story {
    let (mut draw, model, real) = (Draw::new(seed), Model::new(None), engine.store());
    let mut story = Story::default();
    let mut look = Vec::new();
    for number in 0.. {
        let op = if number < LENGTH {
            model.0.with(|world| draw.next(&world.table))
        } else {
            counts.looked();
            if number == LENGTH {
                look = model.0.with(|world| everything(&world.table));
            }
            let Some(op) = look.pop() else { break };
            op
        };
        let (theirs, ours) = (engine.ask(&real, &op), model.ask(&op));
        if number < LENGTH {
            counts.saw(&op, draw.again, &theirs);
        }
        let same = alike(&op, &ours, &theirs);
        story.told.push((op, theirs));
        if !same {
            story.differs = Some(ours);
            break;
        }
    }
    story
}

/// Which operation of a story first shows that a model lacks a guard.
pub(crate) fn noticed(story: &Story, bug: Bug) -> Option<(&'static str, usize)> {
    let model = Model::new(Some(bug));
    let at = story.told.iter().position(|(op, theirs)| !alike(op, &model.ask(op), theirs))?;
    Some((story.told[at].0.name(), at))
}

/// Whether two answers are the same. Of several links that others own, a commit names any.
pub(crate) fn alike(op: &Op, ours: &Answer, theirs: &Answer) -> bool {
    let owns =
        |commit: &Commit| commit.changes.iter().filter(|change| matches!(change, Change::Own(..))).count();
    match (op, ours, theirs) {
        (Op::Commit(commit), Answer::OwnedByAnother(_), Answer::OwnedByAnother(_)) if owns(commit) > 1 => {
            true
        }
        _ => ours == theirs,
    }
}
