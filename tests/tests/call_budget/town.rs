//! A clock for many tasks: it stands while anybody is at work and goes on to the next who wants to wake when
//! all sleep. Who wakes first is decided by time and then by who slept first, so every run is the same.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard},
};

use domain::ports::{Ambient, Timer};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::oneshot;

/// The clock. Clones are the same clock.
#[derive(Clone)]
pub(crate) struct Clock(Arc<Mutex<State>>);

struct State {
    now: Timestamp,
    awake: usize,
    drawn: u128,
    slept: u64,
    sleepers: BTreeMap<(Timestamp, u64), oneshot::Sender<()>>,
}

impl Clock {
    pub(crate) fn new() -> Self {
        let now = "2026-03-02T10:00:00.5Z".parse().expect("a time");
        let state = State { now, awake: 0, drawn: 0, slept: 0, sleepers: BTreeMap::new() };
        Self(Arc::new(Mutex::new(state)))
    }

    /// So many tasks begin to live by this clock.
    pub(crate) fn enter(&self, tasks: usize) {
        self.state().awake += tasks;
    }

    /// A task no longer does.
    pub(crate) fn leave(&self) {
        self.state().rest();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("no panic")
    }
}

impl State {
    /// One fewer is awake. The last one wakes the next.
    fn rest(&mut self) {
        self.awake -= 1;
        while self.awake == 0
            && let Some(((at, _), sleeper)) = self.sleepers.pop_first()
        {
            self.now = self.now.max(at);
            self.awake += usize::from(sleeper.send(()).is_ok());
        }
    }
}

impl Ambient for Clock {
    fn now(&self) -> Timestamp {
        self.state().now
    }

    fn random(&self) -> [u8; 16] {
        let mut state = self.state();
        state.drawn += 1;
        state.drawn.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835).to_be_bytes()
    }
}

impl Timer for Clock {
    async fn sleep(&self, time: SignedDuration) {
        let woken = {
            let mut state = self.state();
            let (wake, woken) = oneshot::channel();
            state.slept += 1;
            let place = (state.now + time, state.slept);
            state.sleepers.insert(place, wake);
            state.rest();
            woken
        };
        woken.await.expect("the clock goes on");
    }
}
