//! A whole world for a story: the stack in memory, a simulated Belvo on a loopback port of its own, and a
//! clock turned by hand. The tour and the tests live in one each.

use std::{sync::Arc, time::Duration};

use adapters::{
    belvo::{BaseUrl, Belvo, OpenFinance, Settings, Timeouts},
    dynamo::{DynamoStore, create_if_missing, stream_if_missing},
    secrets::Source,
    widget::WidgetUrl,
};
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Method, Request, Response, header},
};
use belvo_simulator::Belvo as SimulatedBelvo;
use domain::{
    budget::{Class, Limits},
    calls::Governor,
    deletion::Tally,
    external_id::{ExternalId, ReferenceKey},
    policy::Policy,
    ports::Ambient,
    sweep::{Order, Outcome, Report, Scope},
    values::Reference,
    webhooks::WebhookKeys,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tokio::{net::TcpListener, sync::oneshot};
use tower::ServiceExt;

use crate::{
    clock::HandClock,
    engine::Engine,
    failure::Failure,
    stack::{Metered, Stack},
};

/// The table's name in a world.
pub const TABLE: &str = "linkkeeper";
/// The reference key of places where all data is invented.
pub const DEV_REFERENCE_KEY: &str = "a:this-key-is-published-and-protects-nothing";
/// What a Belvo sends as `Authorization` of webhooks in places where all data is invented.
pub const DEV_WEBHOOK_AUTHORIZATION: &str = "Bearer this-value-is-published-and-protects-nothing";
/// What an invented app shows in the widget.
pub const DEV_OPEN_FINANCE: &str = r#"{"callback_urls": {"success": "app://success", "exit": "app://exit",
    "event": "app://error"}, "branding": {"company_icon": "https://app.example/icon.svg",
    "company_logo": "https://app.example/logo.svg", "company_name": "App",
    "company_terms_url": "https://app.example/terms"}, "purpose": "Your accounts in one place.",
    "terms_and_conditions_url": "https://app.example/terms"}"#;
/// An answer is read up to here.
const MOST_ANSWER: usize = 1 << 20;

/// Everything that a story needs. Dropping it stops the simulator.
pub struct World {
    /// The functions.
    pub stack: Stack<HandClock>,
    /// The engine behind the store, with its meter.
    pub engine: Engine,
    /// Belvo, from behind the counter.
    pub belvo: SimulatedBelvo,
    /// The clock of both.
    pub clock: HandClock,
    api: Router,
    _stop: oneshot::Sender<()>,
}

/// An answer of the API.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The body as text.
    pub text: String,
    /// The body as JSON; null when it is none.
    pub json: Value,
}

impl World {
    /// A new world with these rules.
    pub async fn new(policy: Policy) -> Result<Self, Failure> {
        Self::on(Engine::in_memory()?, policy).await
    }

    /// A new world on an engine that may hold data already.
    pub async fn on(engine: Engine, policy: Policy) -> Result<Self, Failure> {
        Self::from(a_day_in_march(), engine, policy).await
    }

    /// A new world in which it is now this.
    pub async fn from(now: Timestamp, engine: Engine, policy: Policy) -> Result<Self, Failure> {
        let clock = HandClock::at(now);
        let (now, random) = (clock.clone(), clock.clone());
        let belvo = SimulatedBelvo::new(
            belvo_simulator::Settings::default(),
            Arc::new(move || now.now()),
            Arc::new(move || random.random()),
        );
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(Failure::loopback)?;
        let address = listener.local_addr().map_err(Failure::loopback)?;
        let (stop, stopped) = oneshot::channel::<()>();
        let stopped = async { stopped.await.unwrap_or_default() };
        tokio::spawn(belvo_simulator::serve(listener, belvo.clone(), stopped));
        create_if_missing(&engine.client(), TABLE).await?;
        stream_if_missing(&engine.client(), TABLE).await?;
        let store = DynamoStore::new(engine.client(), TABLE);
        let stack = Stack {
            provider: metered(&store, &clock, belvo_of(&address.to_string(), &policy)?)?,
            store,
            ambient: clock.clone(),
            policy: Policy { consents: true, ..policy },
            key: dev_reference_key()?,
            widget: WidgetUrl::parse(&format!("http://{address}/widget/"))?,
            webhook_keys: dev_webhook_keys()?,
        };
        stack.init().await?;
        Ok(Self { api: stack.api(), stack, engine, belvo, clock, _stop: stop })
    }

    /// Calls the API as the holder of a dev token. `body` is sent as JSON; null sends none.
    pub async fn call(
        &self,
        method: Method,
        path: &str,
        token: &str,
        body: &Value,
    ) -> Result<Answer, Failure> {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .header(header::CONTENT_TYPE, "application/json");
        let body = if body.is_null() { Body::empty() } else { body.to_string().into() };
        self.send(request.body(body).map_err(Failure::request)?).await
    }

    /// Sends any request to the API.
    pub async fn send(&self, request: Request<Body>) -> Result<Answer, Failure> {
        let response: Response<Body> =
            self.api.clone().oneshot(request).await.unwrap_or_else(|never| match never {});
        let status = response.status().as_u16();
        let bytes = to_bytes(response.into_body(), MOST_ANSWER).await.map_err(Failure::request)?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let json = serde_json::from_str(&text).unwrap_or_default();
        Ok(Answer { status, text, json })
    }

    /// One tick of the schedule.
    pub async fn tick(&self, order: &Order) -> Result<Outcome, Failure> {
        Ok(reconcile::tick(&self.stack.reconcile(), order).await?)
    }

    /// One tick of the follow-up.
    pub async fn follow_up(&self) -> Result<follow_up::Answer, Failure> {
        Ok(follow_up::tick(&self.stack.follow_up(), None).await?)
    }

    /// A full sweep, whoever else is at it.
    pub async fn sweep(&self) -> Result<Report, Failure> {
        let order = Order { scope: Some(Scope::Full), take_over: true, ..Order::default() };
        loop {
            if let Outcome::Finished(report) = self.tick(&order).await? {
                return Ok(report);
            }
        }
    }

    /// One run of the function that deletes links.
    pub async fn delete(&self) -> Result<Tally, Failure> {
        Ok(delete_links::run(&self.stack.delete_links(), None).await?)
    }

    /// Lets time pass.
    pub fn pass(&self, by: SignedDuration) {
        self.clock.turn(by);
    }

    /// Our id of the user whom the app calls `reference`.
    pub fn external_id(&self, reference: &str) -> Result<ExternalId, Failure> {
        Ok(ExternalId::derive(&self.stack.key, &Reference::parse(reference)?))
    }
}

/// Belvo with these settings, with a budget that a story cannot use up: hours of it pass in a moment. Each
/// call is counted in the table all the same.
pub fn metered(
    store: &DynamoStore,
    clock: &HandClock,
    settings: Settings,
) -> Result<Metered<HandClock>, Failure> {
    let account = settings.account();
    let budget = store.clone().granting_within(Duration::from_mins(1));
    let limits = Limits::unlimited();
    let gate = Governor::new(budget, clock.clone(), limits, Class::Interactive, &account);
    Ok(Belvo::new(settings)?.through(gate))
}

/// The simulator's own credentials, at this address.
pub fn sandbox(url: &str) -> Result<Settings, Failure> {
    let simulator = belvo_simulator::Settings::default();
    let open_finance =
        OpenFinance::parse(DEV_OPEN_FINANCE).map_err(|_| Failure::Value("no widget".to_owned()))?;
    let (id, password) = (simulator.secret_id.into(), simulator.secret_password.into());
    Ok(Settings { open_finance: Some(open_finance), ..Settings::new(BaseUrl::parse(url)?, id, password) })
}

/// A story must not depend on how busy the machine is: what is asked beside other things is waited for.
fn belvo_of(address: &str, policy: &Policy) -> Result<Settings, Failure> {
    let settings = sandbox(&format!("http://{address}"))?.deleting(policy.deletion_mode);
    let timeouts = Timeouts { aside: Timeouts::PATIENT.aside, ..settings.timeouts };
    Ok(Settings { timeouts, ..settings })
}

/// The reference key of places where all data is invented.
pub fn dev_reference_key() -> Result<ReferenceKey, Failure> {
    Ok(ReferenceKey::parse(DEV_REFERENCE_KEY)?)
}

/// Who may send webhooks in places where all data is invented.
pub fn dev_webhook_keys() -> Result<Source<WebhookKeys>, Failure> {
    Ok(Source::fixed(WebhookKeys::closed().accepting(DEV_WEBHOOK_AUTHORIZATION)?))
}

/// When every story begins.
fn a_day_in_march() -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs(1_772_445_600)
}
