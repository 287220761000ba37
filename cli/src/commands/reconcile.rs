//! `linkkeeper reconcile`: a sweep now, or what it would change.

mod told;
mod watch;

use std::io::Write;

use adapters::{
    ambient::SystemAmbient,
    config::{Environment, Reader},
    dynamo::DynamoStore,
};
use domain::{
    budget::Class,
    policy::Policy,
    ports::{Ambient, Timer},
    sweep::{Listing, Order, Outcome, Report, Scope, Store, SweepError, Sweeper, Watcher},
};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::{
    args::{GRACE, Part, Reconcile, Sight},
    belvo,
    data::{existing_store, ledger_of},
    failure::Failure,
};
#[cfg(test)]
pub(crate) use tests::sample;
pub(crate) use told::{scope, why};
use watch::Watch;

/// How often somebody else's lease is looked at again: it may be given back early.
const LOOK: SignedDuration = SignedDuration::from_secs(5);

/// Sweeps, and tells what came of it.
pub(crate) async fn run(
    wanted: &Reconcile,
    environment: &Environment,
    out: &mut (dyn Write + Send),
) -> Result<(), Failure> {
    let Sight { place, belvo_url } = &wanted.sight;
    let store = existing_store(place, environment).await?;
    let order = order(wanted, &store, environment).await?;
    let settings = belvo::settings(place, belvo_url.as_deref(), environment).await?;
    let provider = if wanted.haste.no_call_limit {
        belvo::without_limit(&store, settings.patient(), Class::Sweep, belvo_url.as_deref())?
    } else {
        belvo::through_the_budget(&store, settings.patient(), Class::Sweep, environment)?
    };
    let policy = policy(wanted, environment)?;
    let watch = Watch::new(wanted.json, out);
    let (ambient, watcher) = (&SystemAmbient, &watch);
    let sweeper = Sweeper { store: &store, provider: &provider, ambient, policy: &policy, watcher };
    let swept = to_its_end(&sweeper, order, |until| watch.waits(until)).await;
    watch.ends();
    watch.concludes(swept.map_err(explained)?.as_ref())
}

/// Ticks until the sweep is done, and waits while somebody else is at it: for `waiting` to tell.
async fn to_its_end<S: Store, P: Listing, A: Ambient + Timer, W: Watcher>(
    sweeper: &Sweeper<'_, S, P, A, W>,
    order: Order,
    waiting: impl Fn(Timestamp),
) -> Result<Option<Report>, SweepError> {
    let mut order = order;
    loop {
        match sweeper.tick(&order).await? {
            Outcome::Finished(report) => return Ok(Some(report)),
            Outcome::NothingDue => return Ok(None),
            Outcome::Unfinished(_) => {}
            // Whoever took the lease is not driven out again: two that want it would do nothing else.
            Outcome::Overtaken(_) => order.take_over = false,
            Outcome::Busy(until) => {
                waiting(until);
                sweeper.ambient.sleep(LOOK.min(until.duration_since(sweeper.ambient.now()))).await;
            }
        }
    }
}

async fn order(wanted: &Reconcile, store: &DynamoStore, environment: &Environment) -> Result<Order, Failure> {
    let Part { recent, from, to, user } = &wanted.part;
    let scope = match (user, from, to) {
        (Some(user), _, _) => {
            let ledger = ledger_of(store, user, &wanted.sight.place, environment).await?;
            Scope::User(ledger.user.external_id)
        }
        (None, Some(from), Some(to)) => reconcile::order::days(from, to)?,
        (None, None, _) | (None, _, None) if *recent => Scope::Recent,
        (None, None, _) | (None, _, None) => Scope::Full,
    };
    Ok(Order { scope: Some(scope), dry_run: wanted.dry_run, take_over: wanted.haste.take_over, until: None })
}

/// The figures of the stack that keeps this data.
fn policy(wanted: &Reconcile, environment: &Environment) -> Result<Policy, Failure> {
    let mut reader = Reader::new(environment);
    let policy = Some(reader.policy());
    let policy = reader.finish(policy).map_err(|error| Failure::Value(error.to_string()))?;
    let local = wanted.sight.place.is_local().then_some(GRACE);
    let grace = wanted.grace.or(local).map(|seconds| SignedDuration::from_secs(seconds.into()));
    Ok(match grace {
        Some(grace) => Policy { young: grace, ghost_grace: grace, ..policy },
        None => policy,
    })
}

fn explained(error: SweepError) -> Failure {
    match error {
        SweepError::Store(error) => Failure::Partly(error),
        SweepError::Provider(error) => belvo::explained(&error),
        error @ SweepError::OtherEnvironment => Failure::Refused(error.to_string()),
    }
}

/// The word that JSON uses, so that table and JSON speak alike.
pub(crate) fn word(value: impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

#[cfg(test)]
mod tests;
