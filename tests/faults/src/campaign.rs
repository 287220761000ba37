//! Many schedules, by several threads, and what they come to together.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
};

use crate::{
    planted::Bug,
    rare::Seen,
    run::{Played, Playing, play},
    stage::Stage,
};

/// What a campaign came to.
#[derive(Clone, Debug, Default)]
pub struct Total {
    /// Schedules.
    pub schedules: u64,
    /// Requests to the table and calls to Belvo.
    pub operations: u64,
    /// What rarely happens.
    pub seen: Seen,
    /// Schedules that failed: the first few, by their seeds.
    pub failed: Vec<Played>,
    /// The hashes of all traces, mixed so that their order does not count.
    pub hash: u64,
}

/// How a campaign is made.
#[derive(Clone, Copy, Debug)]
pub struct Campaign {
    /// The first seed.
    pub seed: u64,
    /// How many.
    pub schedules: u64,
    /// Threads.
    pub jobs: u64,
    /// After so many failures it is enough.
    pub enough: usize,
    /// A bug that is planted.
    pub bug: Option<Bug>,
}

/// Every so many schedules somebody is told how far it is.
const AT_ONCE: u64 = 64;

impl Total {
    fn add(&mut self, played: Played) {
        self.schedules += 1;
        self.operations += played.operations;
        self.seen.add(&played.seen);
        self.hash = self.hash.wrapping_add(played.hash.wrapping_mul(played.seed | 1));
        if !played.violations.is_empty() {
            self.failed.push(played);
            self.failed.sort_by_key(|failed| failed.seed);
        }
    }
}

impl Campaign {
    /// Plays all of it.
    pub fn play(&self, progress: &(dyn Fn(u64) + Sync)) -> Total {
        let (next, enough) = (AtomicU64::new(0), AtomicBool::new(false));
        let total = Mutex::new(Total::default());
        thread::scope(|scope| {
            for _ in 0..self.jobs.max(1) {
                scope.spawn(|| self.work(&next, &enough, &total, progress));
            }
        });
        total.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(
        &self,
        next: &AtomicU64,
        enough: &AtomicBool,
        total: &Mutex<Total>,
        progress: &(dyn Fn(u64) + Sync),
    ) {
        let stage = Stage::new();
        let playing = Playing { bug: self.bug, ..Playing::default() };
        while !enough.load(Ordering::Relaxed) {
            let from = next.fetch_add(AT_ONCE, Ordering::Relaxed);
            let to = (from + AT_ONCE).min(self.schedules);
            if from >= to {
                return;
            }
            for number in from..to {
                let played = play(&stage, self.seed.wrapping_add(number), &playing);
                let mut total = total.lock().unwrap_or_else(PoisonError::into_inner);
                total.add(played);
                enough.fetch_or(total.failed.len() >= self.enough, Ordering::Relaxed);
            }
            progress(to - from);
        }
    }
}
