//! After the faults: two clean days reach the fixpoint, a third changes nothing, and what comes again changes nothing
//! either.

use jiff::SignedDuration;

use super::Story;
use crate::{deed::Deed, invariants, table::Records, weather::Weather};

/// When the schedule ticks on a clean day, in minutes: all of it often enough for what takes several ticks.
const TICKS: [i64; 8] = [0, 2, 15, 45, 90, 150, 300, 720];
/// A clean day, in minutes: a little longer, so that what is due daily is due.
const DAY: i64 = 25 * 60;
/// So many clean days reach the fixpoint. A day on which a sweep withholds what it would take away does not count: the
/// next listing is compared with that day's.
const CLEAN: u32 = 2;
/// So many more for a deletion that is under way: it is marked on one day, carried out on the next, and begins anew when
/// its survivor was not seen of late.
const DELETING: u32 = 2;
/// After so many it is for a person to say what is to be done.
const MOST: u32 = 8;

impl Story<'_> {
    /// Lets everything come to rest, and looks at what is left.
    pub fn converge(&mut self) {
        self.here.with(|world| {
            world.weather = Weather::default();
            world.deaths.clear();
            world.table.catch_up();
            world.table.stopped = false;
        });
        self.lively = false;
        self.rest(SignedDuration::from_mins(30));
        self.end_what_is_under_way();
        let left = self.clean_days();
        let fixed = self.records();
        let tripped = self.day() || left > 0;
        self.here.with(|world| invariants::at_rest(world, &fixed, tripped));
        if self.is_over() || tripped {
            return; // a callback settles duplicates that a sweep withholds: that is no repetition
        }
        let before = self.records();
        self.again();
        self.play();
        for deed in [Deed::FollowUp, Deed::Delete] {
            self.after(60, deed);
            self.play();
        }
        self.here.with(|world| invariants::after_replay(world, &before));
    }

    /// Clean days until nothing is left to do. How many of them are missing.
    fn clean_days(&mut self) -> u32 {
        let (mut left, mut deleting) = (CLEAN, DELETING);
        for _ in 0..MOST {
            let tripped = self.day();
            left = if tripped { CLEAN } else { left - 1 };
            if left == 0 && deleting > 0 && self.here.with(|world| world.table.is_deleting()) {
                (left, deleting) = (1, deleting - 1);
            }
            if left == 0 {
                break;
            }
        }
        left
    }

    /// A sweep that began under faults is no clean one, whoever ends it.
    fn end_what_is_under_way(&mut self) {
        let begun = |state: &domain::sweep::SweepState| state.progress.is_some() || state.paused.is_some();
        for full in [true, false] {
            if self.here.with(|world| world.table.state.as_ref().is_some_and(begun)) {
                self.does(Deed::Sweep(full));
                self.rest(SignedDuration::from_mins(30));
            }
        }
    }

    fn rest(&self, time: SignedDuration) {
        self.here.with(|world| world.now += time);
    }

    fn records(&self) -> Records {
        self.here.with(|world| world.table.records.clone())
    }

    fn is_over(&self) -> bool {
        self.here.with(|world| !world.violations.is_empty())
    }

    /// A day on which everything works. Whether a breaker tripped all the same.
    fn day(&mut self) -> bool {
        if self.is_over() {
            return false;
        }
        let withheld = self.here.with(|world| world.withheld);
        let begun = self.here.with(|world| world.now);
        for (number, minute) in TICKS.into_iter().enumerate() {
            let at = begun + SignedDuration::from_mins(minute);
            // In between, who would find nothing to do is not called.
            let (follows, deletes) =
                self.here.with(|world| (world.table.is_followed(), world.table.is_deleting()));
            let always = number == 0 || number + 2 >= TICKS.len();
            let mut deeds = Vec::new();
            if always || follows {
                deeds.push(Deed::FollowUp);
            }
            if always || deletes {
                deeds.push(Deed::Delete);
            }
            match number {
                0 => deeds.insert(0, Deed::Sweep(true)),
                1 => deeds.push(Deed::Sweep(false)),
                _ => {}
            }
            for deed in deeds {
                self.here.with(|world| world.now = world.now.max(at));
                self.after(0, deed);
                self.play();
            }
        }
        self.here.with(|world| {
            world.now = world.now.max(begun + SignedDuration::from_mins(DAY));
            world.withheld > withheld
        })
    }
}
