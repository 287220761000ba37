//! The same sweep within the call limit, by a clock that is turned by whoever waits: how long it takes in a
//! Lambda, in ticks of five minutes.

use std::time::Duration;

use adapters::{ambient::SystemAmbient, belvo::Belvo};
use cli::{clock::HandClock, world::sandbox};
use domain::{
    budget::{Class, Limits},
    calls::Governor,
    policy::Policy,
    ports::Ambient,
    sweep::{Order, Outcome, Scope, Sweeper},
};
use jiff::SignedDuration;
use tests::WholeAccount;

use super::row::Row;

pub(crate) async fn swept(account: &WholeAccount) -> Row {
    eprintln!("sweeping within the call limit, by a clock that nobody waits for");
    let clock = HandClock::at(SystemAmbient.now());
    let settings = sandbox(&account.belvo_url).expect("loopback");
    let store = account.store.clone().granting_within(Duration::from_mins(1));
    let limits = Limits::default();
    let gate = Governor::new(store.clone(), clock.clone(), limits, Class::Sweep, &settings.account());
    let provider = Belvo::new(settings.patient()).expect("a client").through(gate);
    let policy = Policy::default();
    let sweeper =
        Sweeper { store: &store, provider: &provider, ambient: &clock, policy: &policy, watcher: &() };
    let began = clock.now();
    let mut ticks = 0;
    let report = loop {
        ticks += 1;
        let until = clock.now() + SignedDuration::from_mins(12);
        let order = Order { scope: Some(Scope::Full), until: Some(until), ..Order::default() };
        match sweeper.tick(&order).await.expect("a tick") {
            Outcome::Finished(report) => break report,
            Outcome::Unfinished(_) => {}
            Outcome::Overtaken(_) | Outcome::Busy(_) | Outcome::NothingDue => panic!("nobody else is there"),
        }
    };
    let seconds = clock.now().duration_since(began).as_secs_f64();
    let report = serde_json::to_value(&report).expect("a report");
    Row {
        seconds,
        ..Row::of(&format!("within the call limit ({ticks} ticks, simulated clock)"), &report, None, None)
    }
}
