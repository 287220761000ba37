//! The processor time of a small function: a quota for each period, as Lambda's own is. A process that has used its quota
//! up is stopped until the next period begins.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

use adapters::ambient::SystemAmbient;
use domain::ports::Ambient;
use jiff::SignedDuration;
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use crate::cost::processor;

/// Lambda gives a whole core for 1769 MB. The smallest function has this part of it,
const PERIOD: SignedDuration = SignedDuration::from_millis(20);
/// in each period: 20 ms * 128 / 1769.
const QUOTA: SignedDuration = SignedDuration::from_micros(1_447);
/// How often its clock is looked at.
const LOOK: Duration = Duration::from_micros(50);

/// Throttles a process until it is dropped.
pub(crate) struct Throttle {
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Throttle {
    pub(crate) fn of(process: Pid) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let until = Arc::clone(&over);
        let thread = Some(std::thread::spawn(move || keep(process, &until)));
        Self { over, thread }
    }
}

impl Drop for Throttle {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            thread.join().expect("no panic");
        }
    }
}

fn keep(process: Pid, over: &AtomicBool) {
    let (mut ends, mut allowed) = (SystemAmbient.now() + PERIOD, processor(process) + QUOTA);
    let mut stopped = false;
    while !over.load(Ordering::SeqCst) {
        while SystemAmbient.now() >= ends {
            ends += PERIOD;
            allowed = allowed.min(processor(process)) + QUOTA; // what was not used is lost, what was too much is owed
        }
        let spent = processor(process) >= allowed;
        if spent != stopped {
            kill(process, if spent { Signal::SIGSTOP } else { Signal::SIGCONT }).expect("it lives");
            stopped = spent;
        }
        std::thread::sleep(LOOK);
    }
    kill(process, Signal::SIGCONT).expect("it lives");
}
