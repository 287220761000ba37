//! Twenty processes, one account: whatever each of them wants, all of them together stay inside the budget,
//! and nobody who waits for an answer waits behind a sweep (I13).
//!
//! Two minutes pass on a clock that goes on when everybody sleeps, so the test takes as long as its work.
//! The processes share nothing but the table.

#[path = "call_budget/town.rs"]
mod town;

use std::sync::{Arc, Mutex};

use adapters::dynamo::{DynamoStore, create_if_missing};
use axum::{body::Body, http::Request};
use belvo_simulator::{Belvo, Limit, Settings, Switches};
use cli::engine::Engine;
use domain::{
    budget::{Class, Limits, Window},
    calls::{Gate, Governor},
    failure::ProviderError,
    ports::{Ambient, Timer},
};
use jiff::{SignedDuration, Timestamp};
use tower::ServiceExt;

use town::Clock;

const SANDBOX: &str = "Basic c2FuZGJveC1pZDpzYW5kYm94LXBhc3N3b3Jk";
const TABLE: &str = "linkkeeper";

/// A call that arrived at Belvo.
#[derive(Clone, Copy, Debug)]
struct Arrived {
    at: Timestamp,
    class: Class,
}

/// What everybody does in these two minutes, and what came of it.
#[derive(Clone)]
struct Street {
    clock: Clock,
    belvo: Belvo,
    engine: Engine,
    arrived: Arc<Mutex<Vec<Arrived>>>,
    /// When an interactive call asked, and whether it was sent at once.
    asked: Arc<Mutex<Vec<(Timestamp, bool)>>>,
}

impl Street {
    async fn new(limit: usize) -> Self {
        let clock = Clock::new();
        let (now, random) = (clock.clone(), clock.clone());
        let switches =
            Switches { rate_limit: Some(Limit { requests: limit, seconds: 30 }), ..Switches::default() };
        let settings = Settings { switches, ..Settings::default() };
        let belvo = Belvo::new(settings, Arc::new(move || now.now()), Arc::new(move || random.random()));
        let engine = Engine::in_memory().expect("memory");
        create_if_missing(&engine.client(), TABLE).await.expect("a table");
        engine.reset_meter();
        Self { clock, belvo, engine, arrived: Arc::default(), asked: Arc::default() }
    }

    /// A process of its own: its own store, its own governor.
    fn process(&self, class: Class) -> Governor<DynamoStore, Clock> {
        let store = DynamoStore::new(self.engine.client(), TABLE);
        let budget = store.granting_within(std::time::Duration::from_mins(1));
        Governor::new(budget, self.clock.clone(), Limits::default(), class, "belvo.example")
    }

    /// One attempt: it takes a while, and every seventh answer is lost after Belvo counted the call.
    async fn attempt(&self, class: Class) -> Result<(), ProviderError> {
        self.arrived.lock().expect("no panic").push(Arrived { at: self.clock.now(), class });
        let request = Request::get("/api/links/?page_size=1").header("authorization", SANDBOX);
        let request = request.body(Body::empty()).expect("a request");
        let status = self.belvo.router().oneshot(request).await.expect("an answer").status();
        let [.., chance] = self.clock.random();
        self.clock.sleep(SignedDuration::from_millis(20 + i64::from(chance))).await;
        match status.as_u16() {
            200 if chance % 7 == 0 => Err(ProviderError::Unknown("a lost answer")),
            200 => Ok(()),
            403 => Err(ProviderError::Throttled),
            other => panic!("{other}"),
        }
    }

    /// Sweeps for two minutes, as fast as it may.
    async fn sweeps(self, class: Class, number: i64, until: Timestamp) {
        let process = self.process(class);
        self.clock.sleep(SignedDuration::from_millis(number)).await;
        while self.clock.now() < until {
            drop(process.pass(|| self.attempt(class)).await);
        }
        self.clock.leave();
    }

    /// Asks every eighteen seconds, as a person's app does.
    async fn asks(self, number: i64, until: Timestamp) {
        let process = self.process(Class::Interactive);
        self.clock.sleep(SignedDuration::from_millis(number * 2_900)).await;
        while self.clock.now() < until {
            let asked_at = self.clock.now();
            let before = self.of(Class::Interactive).len();
            drop(process.pass(|| self.attempt(Class::Interactive)).await);
            let at_once =
                self.of(Class::Interactive).get(before..).is_some_and(|new| new.contains(&asked_at));
            self.asked.lock().expect("no panic").push((asked_at, at_once));
            self.clock.sleep(SignedDuration::from_secs(18)).await;
        }
        self.clock.leave();
    }

    fn of(&self, class: Class) -> Vec<Timestamp> {
        let arrived = self.arrived.lock().expect("no panic");
        arrived.iter().filter(|call| call.class == class).map(|call| call.at).collect()
    }

    /// Everybody at once, for two minutes.
    async fn play(&self) {
        let until = self.clock.now() + SignedDuration::from_mins(2);
        self.clock.enter(20);
        let mut all = tokio::task::JoinSet::new();
        for number in 0..6 {
            all.spawn(self.clone().asks(number, until));
        }
        for number in 1..=12 {
            all.spawn(self.clone().sweeps(Class::Sweep, number, until));
        }
        for number in 13..=14 {
            all.spawn(self.clone().sweeps(Class::Delete, number, until));
        }
        while let Some(ended) = all.join_next().await {
            ended.expect("no panic");
        }
    }
}

/// The most calls in any stretch of 30 seconds.
fn busiest(mut arrived: Vec<Timestamp>) -> usize {
    arrived.sort_unstable();
    let within = |from: &Timestamp| {
        let before = *from + SignedDuration::from_secs(30);
        arrived.iter().filter(|at| *at >= from && **at < before).count()
    };
    arrived.iter().map(within).max().unwrap_or_default()
}

#[tokio::test]
async fn twenty_processes_together_never_pass_sixty_calls_in_any_thirty_seconds() {
    let street = Street::new(60).await;
    street.play().await;

    let all: Vec<_> = street.arrived.lock().expect("no panic").iter().map(|call| call.at).collect();
    let most = busiest(all.clone());
    println!("{} calls in two minutes, {most} in the busiest thirty seconds", all.len());
    assert!(most <= 60, "{most}");
    assert!(all.len() > 150, "the budget is used, too: {}", all.len());
    assert_eq!(u64::try_from(all.len()).expect("small"), street.belvo.calls().total());
}

#[tokio::test]
async fn nobody_who_waits_for_an_answer_waits_behind_a_sweep() {
    let street = Street::new(60).await;
    street.play().await;

    let interactive = street.of(Class::Interactive);
    let in_window = |at: Timestamp| {
        let window = Window::of(at);
        u32::try_from(interactive.iter().filter(|call| Window::of(**call) == window).count()).expect("small")
    };
    let asked = street.asked.lock().expect("no panic").clone();
    assert!(asked.len() >= 36, "{}", asked.len());
    for (at, at_once) in asked {
        let share = Limits::default().reserved(Class::Interactive);
        assert!(at_once || in_window(at) >= share, "within its share, a call is sent at once: {at}");
    }
    for class in [Class::Sweep, Class::Delete] {
        assert!(street.of(class).len() >= 15, "and nobody starves: {class:?} {}", street.of(class).len());
    }
}

#[tokio::test]
async fn the_budget_costs_at_most_one_write_a_call() {
    let street = Street::new(60).await;
    street.play().await;

    let meter = street.engine.meter();
    let (writes, reads) = (meter.of("UpdateItem"), meter.of("GetItem"));
    let calls = street.belvo.calls().total();
    println!("{calls} calls, {writes} writes, {reads} reads");
    assert!(writes <= calls, "{writes} writes for {calls} calls");
    assert_eq!(meter.total(), writes + reads);
}

/// Somebody else shares the address: Belvo throttles at 25 calls in 30 seconds.
#[tokio::test]
async fn when_belvo_throttles_anybody_everybody_stops_for_a_minute() {
    let street = Street::new(25).await;
    street.play().await;

    let mut arrived: Vec<_> = street.arrived.lock().expect("no panic").iter().map(|call| call.at).collect();
    arrived.sort_unstable();
    let gaps = arrived.windows(2).map(|pair| pair[1].duration_since(pair[0]));
    let longest = gaps.max().expect("several calls");
    assert!(longest >= SignedDuration::from_secs(55), "{longest}");
    let first_minute = arrived[0] + SignedDuration::from_secs(60);
    let early = arrived.iter().filter(|at| **at < first_minute).count();
    assert!(early <= 25 + 10, "what was under way ends, and no more: {early}");
}
