//! How long a function waits for others: the time in which at least one of its requests is being answered, or the other end
//! of its TLS computes.

use std::sync::{Arc, Mutex};

use adapters::ambient::SystemAmbient;
use axum::{
    Router,
    extract::{Request, State},
    middleware::{Next, from_fn_with_state},
    response::Response,
};
use domain::ports::Ambient;
use jiff::{SignedDuration, Timestamp};

/// Counts until it is read.
#[derive(Clone, Debug, Default)]
pub struct Stopwatch(Arc<Mutex<Count>>);

#[derive(Debug, Default)]
struct Count {
    open: usize,
    since: Timestamp,
    total: SignedDuration,
}

impl Stopwatch {
    /// The service, with its time counted.
    pub fn over(&self, service: Router) -> Router {
        service.layer(from_fn_with_state(self.clone(), counted))
    }

    /// What was counted since it was last read.
    #[must_use]
    pub fn take(&self) -> SignedDuration {
        std::mem::take(&mut self.0.lock().expect("whole").total)
    }

    /// Does the work, with its time counted.
    pub fn during<T>(&self, work: impl FnOnce() -> T) -> T {
        self.begin();
        let made = work();
        self.end();
        made
    }

    /// Counts this time, unless it was counted as part of something else's.
    pub fn add(&self, time: SignedDuration) {
        let mut count = self.0.lock().expect("whole");
        if count.open == 0 {
            count.total += time;
        }
    }

    fn begin(&self) {
        let mut count = self.0.lock().expect("whole");
        count.open += 1;
        if count.open == 1 {
            count.since = SystemAmbient.now();
        }
    }

    fn end(&self) {
        let mut count = self.0.lock().expect("whole");
        count.open -= 1;
        if count.open == 0 {
            let took = SystemAmbient.now().duration_since(count.since);
            count.total += took;
        }
    }
}

async fn counted(State(stopwatch): State<Stopwatch>, request: Request, next: Next) -> Response {
    stopwatch.begin();
    let response = next.run(request).await;
    stopwatch.end();
    response
}
