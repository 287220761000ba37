//! Sweeps over the table and the Belvo in memory.

use super::{Belvo, Hand, Table, finished};
use crate::{
    policy::Policy,
    sweep::{Order, Outcome, Report, Scope, SweepError, Sweeper},
};

/// One tick of a full sweep, begun or gone on with, whoever holds the lease.
pub(crate) fn tick(
    table: &Table,
    belvo: &Belvo,
    hand: &Hand,
    policy: &Policy,
) -> Result<Outcome, SweepError> {
    let order = Order { scope: Some(Scope::Full), take_over: true, ..Order::default() };
    ordered(table, belvo, hand, policy, &order)
}

/// One tick.
pub(crate) fn ordered(
    table: &Table,
    belvo: &Belvo,
    hand: &Hand,
    policy: &Policy,
    order: &Order,
) -> Result<Outcome, SweepError> {
    let sweeper = Sweeper { store: table, provider: belvo, ambient: hand, policy, watcher: &() };
    finished(sweeper.tick(order))
}

/// A full sweep that comes to its end.
pub(crate) fn swept(table: &Table, belvo: &Belvo, hand: &Hand, policy: &Policy) -> Report {
    report(tick(table, belvo, hand, policy))
}

/// The report of a sweep that came to its end.
pub(crate) fn report(outcome: Result<Outcome, SweepError>) -> Report {
    let outcome = outcome.expect("a sweep");
    let Outcome::Finished(report) = outcome else { panic!("not finished: {outcome:?}") };
    report
}
