//! How a process of the model is the production's own code: its future is played again from the answers that it has
//! heard so far, up to the first request that nobody has answered yet. One request is one step of the model, and the
//! list of answers is all there is to a process's state.

use std::{
    pin::pin,
    sync::{
        Mutex,
        atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
    task::{Context, Poll, Waker},
};

use domain::ports::Lookup;

use crate::{
    kept::{Answer, Heard},
    request::Request,
};

/// What was asked for last.
const OTHER: usize = 0;
const LINK: usize = 1;
const RECHECKED: usize = 2;

/// Who answers what has not been heard yet.
pub type Direct<'a> = &'a (dyn Fn(&Request) -> Answer + Sync);

/// What one process has heard, and what it asks next.
pub struct Line<'a> {
    heard: &'a [Heard],
    direct: Option<Direct<'a>>,
    next: AtomicUsize,
    now: AtomicI64,
    chance: AtomicU64,
    /// How often it looked at the kill switch since the last request.
    looks: AtomicUsize,
    last: AtomicUsize,
    wanted: Mutex<Option<Request>>,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Silence {
    /// It may have happened or not.
    Lost,
    /// It certainly did not happen.
    Unsent,
}

impl<'a> Line<'a> {
    /// A process that began in this minute and has heard this.
    pub fn new(begun: i64, heard: &'a [Heard], direct: Option<Direct<'a>>) -> Self {
        Self {
            heard,
            direct,
            next: AtomicUsize::new(0),
            now: AtomicI64::new(begun),
            chance: AtomicU64::new(1),
            looks: AtomicUsize::new(0),
            last: AtomicUsize::new(OTHER),
            wanted: Mutex::new(None),
        }
    }

    /// The minute in which the process heard its last answer.
    pub fn now(&self) -> i64 {
        self.now.load(Relaxed)
    }

    /// Bits that are the same whenever the process is played again.
    pub fn chance(&self) -> u128 {
        u128::from(self.chance.fetch_add(1, Relaxed))
    }

    /// The process looks at the kill switch, which no world turns.
    pub fn look_at_switch(&self) {
        self.looks.fetch_add(1, Relaxed);
    }

    /// Whether the deleter reads records to see that what an intent rests on still stands: the one reading that comes
    /// right after one look at the switch, and not after a link was asked for.
    pub fn is_rechecking(&self) -> bool {
        self.looks.load(Relaxed) == 1 && self.last.load(Relaxed) != LINK
    }

    /// The deleter has just read records for that.
    pub fn note_rechecked(&self) {
        self.last.store(RECHECKED, Relaxed);
    }

    /// Whether that was the last that it asked for.
    pub fn has_rechecked(&self) -> bool {
        self.last.load(Relaxed) == RECHECKED
    }

    /// Asks, and waits for ever if nobody has answered yet.
    pub async fn ask<T: Clone + 'static>(
        &self,
        request: impl FnOnce() -> Request + Send,
    ) -> Result<T, Silence> {
        let number = self.next.fetch_add(1, Relaxed);
        let heard = self.heard.get(number);
        let answer = match (heard, self.direct) {
            (Some(heard), _) => {
                self.now.store(heard.at, Relaxed);
                heard.answer.clone()
            }
            (None, Some(direct)) => direct(&request()),
            (None, None) => {
                *self.wanted.lock().expect("one thread") = Some(request());
                std::future::pending().await
            }
        };
        self.looks.store(0, Relaxed);
        self.last.store(if answer.value::<Lookup>().is_some() { LINK } else { OTHER }, Relaxed);
        match answer {
            Answer::Told(..) => Ok(answer.value::<T>().expect("an answer of the port's type").clone()),
            Answer::Lost => Err(Silence::Lost),
            Answer::Unsent => Err(Silence::Unsent),
        }
    }

    /// Plays the process: the request that it waits for, or `None` when it has come to its end.
    pub fn advance(&self, process: impl Future<Output = ()>) -> Option<Request> {
        match pin!(process).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(()) => None,
            Poll::Pending => {
                Some(self.wanted.lock().expect("one thread").take().expect("it waits for an answer"))
            }
        }
    }
}
