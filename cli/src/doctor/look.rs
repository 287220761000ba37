//! Asks for what the rules judge: the configuration, Belvo, the table, and what waits.

use adapters::{
    ambient::SystemAmbient,
    belvo::{BaseUrl, Belvo, Settings},
    config::{Environment, REFERENCE_KEY, REFERENCE_KEY_ARN, Reader, TABLE_NAME},
    dynamo::DynamoStore,
    telemetry::chain,
};
use domain::{
    budget::{Class, Limits, Window},
    calls::Gate,
    failure::{ProviderError, StoreError},
    policy::Policy,
    ports::{Ambient, Budget, Census, Deletions, Erasures, FiledWebhooks, Sweeps, Wanted},
    sweep::goes_together,
    webhooks::WebhookState,
};
use jiff::Timestamp;

use super::{
    Finding, State,
    rules::{self, Waiting},
};
use crate::{args::Doctor, belvo, data::existing_store, failure::Failure};

/// More than this is told as this.
const MOST: usize = 1_000;
/// Belvo's environments: keys of one are not known to the other.
const ENVIRONMENTS: [&str; 2] = ["https://sandbox.belvo.com", "https://api.belvo.com"];

/// What to do about a table that goes with another of them.
const OTHER: &str = "docs/operations.md, \"A table goes with one environment of Belvo's\"";

/// Looks at everything that can be looked at.
pub(crate) async fn examine(asked: &Doctor, environment: &Environment) -> Vec<Finding> {
    let configured = configuration(asked, environment);
    let stop = configured.state == State::Problem;
    let mut findings = vec![configured];
    if stop {
        return findings;
    }
    let store = match existing_store(&asked.place, environment).await {
        Ok(store) => store,
        Err(failure) => {
            findings.push(unreachable("table", &failure));
            return findings;
        }
    };
    findings.extend(of_table(&store, asked.place.is_local()).await);
    findings.extend(of_belvo(&store, asked, environment).await);
    findings.extend(of_state(&store).await);
    findings
}

/// What the functions would be told, all at once.
fn configuration(asked: &Doctor, environment: &Environment) -> Finding {
    let mut reader = Reader::new(environment);
    let mut known = true;
    if !asked.place.is_local() {
        reader.required(TABLE_NAME);
        known &= reader.store().is_some() & reader.webhook_keys().is_some();
        known &= asked.belvo_url.is_some() || reader.belvo().is_some();
        let named = [REFERENCE_KEY, REFERENCE_KEY_ARN].iter().any(|name| environment.get(name).is_some());
        known &= !named || reader.reference_key().is_some();
    }
    known &= reader.limits().is_some() & reader.widget_url().is_some();
    reader.policy();
    match reader.finish(known.then_some(())) {
        Ok(()) => Finding::ok("configuration", "the variables are as they should be"),
        Err(wrong) => {
            Finding::problem("configuration", wrong.to_string(), "README.md has a table of the variables")
        }
    }
}

async fn of_table(store: &DynamoStore, local: bool) -> Vec<Finding> {
    let before = SystemAmbient.now();
    match store.health().await {
        Ok(health) => {
            let clock = rules::clock("clock: DynamoDB", health.date, before, SystemAmbient.now());
            vec![rules::table(&health, local), clock]
        }
        Err(error) => vec![unreachable("table", &error.into())],
    }
}

async fn of_belvo(store: &DynamoStore, asked: &Doctor, environment: &Environment) -> Vec<Finding> {
    let reach = async {
        let settings = belvo::settings(&asked.place, asked.belvo_url.as_deref(), environment).await?;
        let account = settings.account();
        let other = the_other(&settings)?;
        let through = |settings| belvo::through_the_budget(store, settings, Class::Interactive, environment);
        Ok::<_, Failure>((account, through(settings)?, other.map(through).transpose()?))
    };
    let (account, belvo, other) = match reach.await {
        Ok(reached) => reached,
        Err(failure) => return vec![unreachable("credentials", &failure)],
    };
    let fit = match goes_together(store, &belvo).await {
        Ok(()) => Finding::ok("environment", format!("the table goes with {account}, or with none yet")),
        Err(error) => Finding::problem("environment", error.to_string(), OTHER),
    };
    let before = SystemAmbient.now();
    let (keys, told) = of_keys(&belvo, other.as_ref()).await;
    let clock = rules::clock("clock: Belvo", told, before, SystemAmbient.now());
    let mut limits = Reader::new(environment);
    let limits = limits.limits().unwrap_or_default();
    vec![fit, keys, clock, of_budget(store, &account, &limits).await]
}

/// The other environment, with the same keys: they are sent to no other host than Belvo's own.
fn the_other(settings: &Settings) -> Result<Option<Settings>, Failure> {
    let is = |url: &str| url.ends_with(&format!("//{}", settings.account()));
    if !ENVIRONMENTS.into_iter().any(is) {
        return Ok(None);
    }
    let other = ENVIRONMENTS.into_iter().find(|url| !is(url)).map(BaseUrl::parse).transpose()?;
    Ok(other.map(|base_url| Settings { base_url, ..settings.clone() }))
}

/// Whether Belvo takes our keys, and what time it is there. If it does not, they may be those of its `other`
/// environment, which is asked then.
pub async fn of_keys<G: Gate, H: Gate>(
    belvo: &Belvo<G>,
    other: Option<&Belvo<H>>,
) -> (Finding, Option<Timestamp>) {
    let (answer, told) = belvo.greets().await;
    let finding = match &answer {
        Ok(()) => Finding::ok("credentials", "Belvo takes them, and lets them read links"),
        Err(ProviderError::Refused { status: 401, .. }) => of_another(other).await,
        Err(ProviderError::Refused { status: 403, .. }) => Finding::problem(
            "credentials",
            "Belvo knows them, and does not let them read links",
            "give these keys the scopes that they need in Belvo's dashboard",
        ),
        Err(error @ (ProviderError::Throttled | ProviderError::Unsent(_))) => {
            Finding::warning("credentials", error.to_string(), "look again in a minute")
        }
        Err(error @ (ProviderError::Refused { .. } | ProviderError::Unknown(_))) => Finding::problem(
            "credentials",
            error.to_string(),
            "check BELVO_API_URL and the network, and Belvo's status page; `linkkeeper local` starts a simulated Belvo",
        ),
    };
    (finding, told)
}

async fn of_another<H: Gate>(other: Option<&Belvo<H>>) -> Finding {
    if let Some(other) = other
        && other.greets().await.0.is_ok()
    {
        let found = format!("these keys are for the other environment, {}", other.account());
        return Finding::problem("credentials", found, "take keys and BELVO_API_URL of one environment");
    }
    Finding::problem(
        "credentials",
        "Belvo does not know these keys",
        "put good ones into the secret that BELVO_SECRET_ARN names: they may have been deleted in Belvo's dashboard",
    )
}

async fn of_budget(store: &DynamoStore, account: &str, limits: &Limits) -> Finding {
    let window = Window::of(SystemAmbient.now());
    let mut permits = Vec::new();
    for class in Class::ALL {
        match store.room(&Wanted { account, window, class, calls: 1, limits }).await {
            Ok(permit) => permits.push(permit),
            Err(error) => return unreachable("budget", &error.into()),
        }
    }
    rules::budget(&permits, limits.window())
}

async fn of_state(store: &DynamoStore) -> Vec<Finding> {
    let (now, policy) = (SystemAmbient.now(), Policy::default());
    let swept = async { Ok::<_, StoreError>((store.state().await?, store.reports(1).await?)) };
    let mut findings = match swept.await {
        Ok((state, reports)) => rules::sweeps(&state, reports.first(), now, &policy),
        Err(error) => vec![unreachable("last sweep", &error.into())],
    };
    findings.push(match store.newer().await {
        Ok(newer) => rules::versions(&newer),
        Err(error) => unreachable("items", &error.into()),
    });
    match waiting(store).await {
        Ok(waiting) => findings.extend(rules::waiting(&waiting, now, &policy)),
        Err(error) => findings.push(unreachable("what waits", &error.into())),
    }
    findings
}

async fn waiting(store: &DynamoStore) -> Result<Waiting, StoreError> {
    let webhooks = store.webhooks(WebhookState::Waiting, None, MOST).await?;
    Ok(Waiting {
        oldest_webhook: webhooks.iter().map(|webhook| webhook.received_at).min(),
        webhooks: webhooks.len(),
        dead: store.webhooks(WebhookState::Dead, None, MOST).await?.len(),
        deletions: store.due(Timestamp::MAX, MOST).await?,
        stopped: store.stopped().await?,
        erasures: store.erasing(Timestamp::MAX, MOST).await?.len(),
        quarantined: store.quarantine(MOST).await?.len(),
    })
}

/// What could not be looked at at all.
fn unreachable(check: &'static str, failure: &Failure) -> Finding {
    Finding::problem(check, chain(failure), "it could not be looked at: mend this first")
}
