//! The model itself: which steps there are, and where each leads.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex},
};

use stateright::{Model, Property};

use crate::{
    errand::{Errand, Process},
    kept::{Answer, print_of},
    names::LINKS,
    request::Request,
    steps,
    world::{Rules, World},
};

/// What may still happen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Bounds {
    /// Processes at work at the same time.
    pub abreast: usize,
    /// Runs of the deleter.
    pub deletes: u8,
    /// Sweeps.
    pub sweeps: u8,
    /// Session starts.
    pub starts: u8,
    /// Disconnects by the user.
    pub disconnects: u8,
    /// Deletions that an operator takes back.
    pub cancels: u8,
    /// Links that begin or cease to work at Belvo.
    pub flips: u8,
    /// Minutes that pass.
    pub minutes: u8,
    /// They pass between runs only. A sweep takes the moment at which it began to ask for that of each answer, so two
    /// answers may be closer to each other than the grace by the length of a run.
    pub at_rest: bool,
    /// Links that Belvo's lists leave out.
    pub hides: u8,
    /// Links that Belvo loses by itself.
    pub vanishes: u8,
    /// Times that the keys turn to another account, or back.
    pub turns: u8,
    /// Processes that die.
    pub deaths: u8,
    /// Answers that are lost.
    pub losses: u8,
}

/// One moment.
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct State {
    /// What all share.
    pub world: World,
    /// Who is at work, in an order that does not depend on who came first.
    pub at_work: Vec<Worker>,
    /// What may still happen.
    pub left: Bounds,
}

/// A process that is shared between states.
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct Worker(pub Arc<Process>);

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is answered.
    Answered,
    /// It has its effect, and the answer is lost.
    AnswerLost,
    /// It never arrives, and whoever asked does not know.
    NeverArrived,
    /// It is not sent, and whoever asked knows.
    Unsent,
}

/// One step.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// A process begins.
    Begin(Errand),
    /// A process's request is dealt with.
    Request(usize, Fate),
    /// A process dies.
    Die(usize),
    /// A link begins or ceases to work.
    Flip(usize),
    /// A minute passes.
    Minute,
    /// Belvo's lists leave a link out, or no longer.
    Hide(usize),
    /// Belvo loses a link by itself.
    Vanish(usize),
    /// Our keys turn to another account, or back.
    Turn,
}

/// A world, with what may happen in it.
#[derive(Clone, Debug)]
pub struct Game {
    /// What answers depend on.
    pub rules: Rules,
    /// How it begins.
    pub start: World,
    /// What may happen.
    pub bounds: Bounds,
    /// What is remembered between states.
    pub notes: Notes,
}

/// What is remembered between states. Nothing in it changes what holds.
#[derive(Clone, Debug, Default)]
pub struct Notes {
    /// Properties that were seen broken: the checker is told once, since it keeps the last path and not the shortest.
    pub told: Arc<Mutex<BTreeSet<&'static str>>>,
    /// How worlds end when all is calm: by their print, whether all intents end and all logins are shown.
    pub calm: Arc<Mutex<HashMap<u64, (bool, bool)>>>,
}

impl Model for Game {
    type State = State;
    type Action = Step;

    fn init_states(&self) -> Vec<State> {
        vec![State { world: self.start.clone(), at_work: Vec::new(), left: self.bounds }]
    }

    fn actions(&self, state: &State, steps: &mut Vec<Step>) {
        if state.at_work.len() < state.left.abreast {
            self.begins(state, steps);
        }
        for (number, Worker(process)) in state.at_work.iter().enumerate() {
            if number > 0 && state.at_work[number - 1] == state.at_work[number] {
                continue; // the same process twice: it does not matter which of them goes on
            }
            steps::requests(process, number, state.left, steps);
        }
        steps::outside(state, steps);
    }

    fn next_state(&self, last: &State, step: Step) -> Option<State> {
        let mut state = last.clone();
        match step {
            Step::Begin(errand) => self.begin(&mut state, errand)?,
            Step::Request(number, fate) => self.answer(&mut state, number, fate),
            Step::Die(number) => {
                state.at_work.remove(number);
                state.left.deaths -= 1;
            }
            Step::Flip(n) => {
                let link = state.world.belvo[n].as_mut()?;
                link.valid = !link.valid;
                state.left.flips -= 1;
            }
            Step::Minute => {
                state.world.pass(1);
                state.left.minutes -= 1;
            }
            Step::Hide(n) => {
                let link = state.world.belvo[n].as_mut()?;
                link.hidden = !link.hidden;
                state.left.hides -= 1;
            }
            Step::Vanish(n) => {
                state.world.belvo[n].as_mut()?.there = false;
                state.left.vanishes -= 1;
            }
            Step::Turn => {
                state.world.elsewhere = !state.world.elsewhere;
                state.left.turns -= 1;
            }
        }
        state.at_work.sort_by_key(print_of);
        Some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        crate::properties::all()
    }
}

impl Game {
    fn begins(&self, state: &State, steps: &mut Vec<Step>) {
        let held = || (0..LINKS).filter(|n| self.start.records[*n].is_some());
        let left = state.left;
        let mut may = |allowed: bool, errand| {
            if allowed {
                steps.push(Step::Begin(errand));
            }
        };
        may(left.deletes > 0, Errand::Delete);
        may(left.sweeps > 0, Errand::Sweep);
        may(left.starts > 0, Errand::Start);
        held().for_each(|n| may(left.disconnects > 0, Errand::Disconnect(n)));
        let marked = |n: &usize| state.world.intents[*n].as_ref().is_some_and(|intent| intent.is_open());
        held().filter(marked).for_each(|n| may(left.cancels > 0, Errand::Cancel(n)));
    }

    fn begin(&self, state: &mut State, errand: Errand) -> Option<()> {
        let left = &mut state.left;
        let runs = match errand {
            Errand::Delete => &mut left.deletes,
            Errand::Sweep => &mut left.sweeps,
            Errand::Start => &mut left.starts,
            Errand::Disconnect(_) => &mut left.disconnects,
            Errand::Cancel(_) => &mut left.cancels,
        };
        *runs -= 1;
        let process = Process::begin(errand, state.world.now, &self.rules.policy)?;
        state.at_work.push(Worker(Arc::new(process)));
        Some(())
    }

    fn answer(&self, state: &mut State, number: usize, fate: Fate) {
        let Worker(process) = state.at_work.remove(number);
        let asker = process.asker();
        let missed = state.world.evidence.map(|seen| seen.missed);
        let answer = match fate {
            Fate::Answered => state.world.perform(&process.wanted, asker, &self.rules),
            Fate::AnswerLost => {
                let told = state.world.perform(&process.wanted, asker, &self.rules);
                if matches!(process.wanted, Request::Delete(_)) && !matches!(told, Answer::Lost) {
                    for (seen, missed) in state.world.evidence.iter_mut().zip(missed) {
                        seen.missed = if seen.taken { seen.missed } else { missed }; // nobody heard it
                    }
                }
                Answer::Lost
            }
            Fate::NeverArrived => Answer::Lost,
            Fate::Unsent => Answer::Unsent,
        };
        state.left.losses -= u8::from(fate != Fate::Answered);
        let next = process.hear(answer, state.world.now, &self.rules.policy);
        state.at_work.extend(next.map(|process| Worker(Arc::new(process))));
    }
}
