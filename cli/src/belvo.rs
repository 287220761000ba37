//! How an operator's command reaches Belvo: where it is, with which keys, and out of the budget that all share.

use std::sync::Arc;

use adapters::{
    ambient::SystemAmbient,
    belvo::{BaseUrl, Belvo, Settings},
    config::{BELVO_API_URL, BELVO_SECRET_ARN, BELVO_SECRET_ID, BELVO_SECRET_PASSWORD, Environment, Reader},
    dynamo::DynamoStore,
    secrets::Around,
};
use domain::{
    budget::{Class, Limits},
    calls::Governor,
    failure::ProviderError,
    sweep::goes_together,
};

use crate::{args::Place, edge::is_local_url, failure::Failure, stack::Metered, world::sandbox};

/// Where the local stack's Belvo is.
const LOCAL_BELVO: &str = "http://127.0.0.1:9100";

/// Belvo and our credentials there. Only beside local data is the simulated one meant when nothing is said.
pub async fn settings(
    place: &Place,
    belvo_url: Option<&str>,
    environment: &Environment,
) -> Result<Settings, Failure> {
    let configured = environment.get(BELVO_API_URL).is_some() || !place.is_local();
    if configured && belvo_url.is_none() {
        let mut reader = reader(environment);
        let belvo = reader.belvo();
        return Ok(finish(reader, belvo)?.await?);
    }
    let url = belvo_url.unwrap_or(LOCAL_BELVO);
    if place.is_local() && is_local_url(url) {
        return sandbox(url);
    }
    let mut reader = reader(environment);
    let (keys, trust) = (reader.belvo_keys(), reader.trust());
    let (base_url, (keys, trust)) = (BaseUrl::parse(url)?, finish(reader, keys.zip(trust))?);
    Ok(Settings { trust, ..Settings::with(base_url, keys.await?) })
}

/// What an operator reads is not for a machine that counts metrics.
fn reader(environment: &Environment) -> Reader<'_> {
    Reader::new(environment).with(Around { metrics: Arc::new(|_| ()), ..Around::default() })
}

fn finish<T>(reader: Reader<'_>, value: Option<T>) -> Result<T, Failure> {
    reader.finish(value).map_err(|error| Failure::Value(error.to_string()))
}

/// Belvo, called out of the budget that the functions share.
pub fn through_the_budget(
    store: &DynamoStore,
    belvo: Settings,
    class: Class,
    environment: &Environment,
) -> Result<Metered<SystemAmbient>, Failure> {
    let mut reader = reader(environment);
    let limits = reader.limits();
    let limits = finish(reader, limits)?;
    within(store, belvo, class, limits)
}

/// The same for what asks Belvo about this table's links without sweeping: it goes with no other of Belvo's environments.
pub async fn of_table(
    store: &DynamoStore,
    belvo: Settings,
    class: Class,
    environment: &Environment,
) -> Result<Metered<SystemAmbient>, Failure> {
    let belvo = through_the_budget(store, belvo, class, environment)?;
    goes_together(store, &belvo).await.map_err(|error| Failure::Refused(error.to_string()))?;
    Ok(belvo)
}

/// Belvo, called as often as it goes: for measuring, with a simulated one.
pub fn without_limit(
    store: &DynamoStore,
    belvo: Settings,
    class: Class,
    belvo_url: Option<&str>,
) -> Result<Metered<SystemAmbient>, Failure> {
    if !belvo_url.is_some_and(is_local_url) {
        return Err(Failure::Value("--no-call-limit is for a simulated Belvo on this machine".to_owned()));
    }
    within(store, belvo, class, Limits::unlimited())
}

fn within(
    store: &DynamoStore,
    belvo: Settings,
    class: Class,
    limits: Limits,
) -> Result<Metered<SystemAmbient>, Failure> {
    let gate = Governor::new(store.clone(), SystemAmbient, limits, class, &belvo.account());
    Ok(Belvo::new(belvo)?.through(gate))
}

/// Why Belvo could not be asked, with what a person can do about it.
#[must_use]
pub fn explained(error: &ProviderError) -> Failure {
    stopped(error, "nothing was changed")
}

/// The same for what had begun already, with how things are now.
#[must_use]
pub fn stopped(error: &ProviderError, now: &str) -> Failure {
    Failure::Belvo(match error {
        ProviderError::Refused { status: 401 | 403, .. } => {
            format!(
                "Belvo refused our keys: check {BELVO_SECRET_ID} and {BELVO_SECRET_PASSWORD}, or the secret that {BELVO_SECRET_ARN} names"
            )
        }
        ProviderError::Refused { .. }
        | ProviderError::Throttled
        | ProviderError::Unsent(_)
        | ProviderError::Unknown(_) => format!(
            "{error}; {now}. Is it running? `linkkeeper local` starts a simulated one, --belvo-url names another"
        ),
    })
}
