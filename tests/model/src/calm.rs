//! What comes of a moment when faults cease: the liveness of the model, checked wherever nobody is at work.

use std::sync::Mutex;

use crate::{
    errand::Errand,
    game::{Game, State},
    kept::print_of,
    line::Line,
    request::Request,
    world::{Asker, World},
};

impl Game {
    /// Whether all intents end, and all logins are shown, when faults cease now. Asked where nobody is at work: whoever
    /// is may die, and so leads here.
    pub fn ends_well(&self, state: &State) -> (bool, bool) {
        if !state.at_work.is_empty() {
            return (true, true);
        }
        let print = print_of(&state.world);
        let known = self.notes.calm.lock().expect("no panics").get(&print).copied();
        known.unwrap_or_else(|| {
            let world = self.calm(&state.world);
            let ends = (!world.has_open(), world.shows_every_login(true));
            self.notes.calm.lock().expect("no panics").insert(print, ends);
            ends
        })
    }

    /// The world after faults have ceased and everything has run a few times, one after the other.
    fn calm(&self, world: &World) -> World {
        let mut world = world.clone();
        world.elsewhere = false;
        world.belvo.iter_mut().flatten().for_each(|link| link.hidden = false);
        for _ in 0..8 {
            world.pass(30);
            for errand in [Errand::Sweep, Errand::Delete] {
                self.run(&mut world, errand);
            }
            if !world.has_open() {
                break;
            }
        }
        world
    }

    fn run(&self, world: &mut World, errand: Errand) {
        let now = world.now;
        let shared = Mutex::new((world, Asker { errand, vouched: false }));
        let direct = |request: &Request| {
            let (world, asker) = &mut *shared.lock().expect("one thread");
            let answer = world.perform(request, *asker, &self.rules);
            asker.hear(&answer);
            answer
        };
        let at_end = errand.play(&Line::new(now, &[], Some(&direct)), &self.rules.policy).is_none();
        assert!(at_end, "whoever is answered at once comes to an end");
    }
}
