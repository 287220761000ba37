//! A cloud on this machine for the functions' very binaries: the table behind its door, a simulated Belvo, a Secrets Manager and
//! an event bus, all over TLS, and for each function the environment that `template.yaml` gives it.

mod bus;
mod events;
mod network;
mod stopwatch;
mod template;

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use adapters::{
    ambient::SystemAmbient,
    config::AWS_CA_BUNDLE,
    dynamo::{create_if_missing, stream_if_missing},
};
use belvo_simulator::{Belvo as Simulator, Settings, system_entropy};
use cli::{
    engine::{DEV_ACCESS_KEY, DEV_REGION, DEV_SECRET_KEY, Engine},
    world::{DEV_REFERENCE_KEY, DEV_WEBHOOK_AUTHORIZATION, TABLE},
};
use domain::ports::Ambient;
use jiff::SignedDuration;
use serde_json::{Value, json};

use network::Network;

use crate::{
    runtime_api::{Running, Sandbox},
    vault::{self, Vault},
};

pub use bus::Bus;
pub use events::{about, event, with_body};
pub use stopwatch::Stopwatch;
pub use template::{Function, functions};

/// The cloud.
pub struct Cloud {
    /// Belvo.
    pub belvo: Simulator,
    /// Where Belvo is for people, who are neither counted nor given a certificate.
    pub belvo_url: String,
    /// The table's engine.
    pub engine: Engine,
    /// Who is told of events.
    pub bus: Bus,
    /// How long somebody waited for any of these.
    pub elsewhere: Stopwatch,
    /// Whether secrets are said in plain, as on a laptop; else by ARN, as in the cloud.
    pub plain: bool,
    network: Network,
    belvo_url_of_functions: String,
    vault_url: String,
    table_url: String,
    later: Arc<AtomicI64>,
}

impl Cloud {
    /// A new one, reached over TLS: nobody is registered, and Belvo is empty.
    pub async fn new() -> Self {
        let elsewhere = Stopwatch::default();
        Self::reached_by(Network::over_tls(&elsewhere), elsewhere).await
    }

    /// The same, reached in clear.
    pub async fn in_clear() -> Self {
        let elsewhere = Stopwatch::default();
        Self::reached_by(Network::in_clear(&elsewhere), elsewhere).await
    }

    async fn reached_by(network: Network, elsewhere: Stopwatch) -> Self {
        let later = Arc::<AtomicI64>::default();
        let seconds = Arc::clone(&later);
        let clock = move || SystemAmbient.now() + SignedDuration::from_secs(seconds.load(Ordering::SeqCst));
        let belvo = Simulator::new(Settings::default(), Arc::new(clock), system_entropy());
        let belvo_url = network::served(|_| belvo.router()).await;
        let belvo_url_of_functions = network.serve(|_| belvo.router()).await;
        let engine = Engine::in_memory().expect("memory");
        create_if_missing(&engine.client(), TABLE).await.expect("a table");
        stream_if_missing(&engine.client(), TABLE).await.expect("a stream");
        let table_url = network.serve(|port| cli::door::router(engine.clone(), port)).await;
        let (bus, vault) = (Bus::open(&network).await, Vault::furnished().await);
        let vault_url = network.serve(|_| vault.router()).await;
        Self {
            belvo,
            belvo_url,
            engine,
            bus,
            elsewhere,
            plain: false,
            network,
            belvo_url_of_functions,
            vault_url,
            table_url,
            later,
        }
    }

    /// Lets time pass at Belvo. The functions have the machine's clock.
    pub fn pass_at_belvo(&self, time: SignedDuration) {
        self.later.fetch_add(time.as_secs(), Ordering::SeqCst);
    }

    /// Starts a function as the template sets it up.
    pub async fn start(&self, binaries: &Path, function: &str) -> Running {
        self.sandbox(function).start(&binaries.join(function)).await
    }

    /// How a function is set up.
    #[must_use]
    pub fn sandbox(&self, function: &str) -> Sandbox {
        let of_template = functions().remove(function).unwrap_or_else(|| panic!("no function {function}"));
        let Function { variables, timeout, memory } = of_template;
        let mut environment: Vec<_> = variables.iter().flat_map(|name| self.variable(name)).collect();
        environment
            .extend(self.of_account().into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())));
        Sandbox { function: function.to_owned(), environment, timeout, memory }
    }

    /// What a variable of the template is here. Those that the template sets only under a condition are not set.
    fn variable(&self, name: &str) -> Vec<(String, String)> {
        let simulator = Settings::default();
        let set = |values: &[(&str, &str)]| {
            values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        match name {
            "TABLE_NAME" => set(&[(name, TABLE)]),
            "LOG_LEVEL" => set(&[(name, "info")]),
            "REFERENCE_KEY_ARN" if self.plain => set(&[("REFERENCE_KEY", DEV_REFERENCE_KEY)]),
            "REFERENCE_KEY_ARN" => set(&[(name, vault::REFERENCE)]),
            "BELVO_API_URL" => set(&[(name, &self.belvo_url_of_functions)]),
            "BELVO_SECRET_ARN" if self.plain => set(&[
                ("BELVO_SECRET_ID", &simulator.secret_id),
                ("BELVO_SECRET_PASSWORD", &simulator.secret_password),
            ]),
            "BELVO_SECRET_ARN" => set(&[(name, vault::BELVO)]),
            "BELVO_CALLS_PER_30_S" => set(&[(name, "60")]),
            "BINDING_PROOF" => set(&[(name, "session")]),
            "UNUSABLE_LINKS" => set(&[(name, "update_mode")]),
            "WEBHOOK_SECRET_ARN" if self.plain => {
                set(&[("WEBHOOK_AUTHORIZATION", DEV_WEBHOOK_AUTHORIZATION)])
            }
            "WEBHOOK_SECRET_ARN" => set(&[(name, vault::WEBHOOKS)]),
            "EVENT_BUS" => set(&[(name, "default")]),
            "PROVIDER_DELETION" => set(&[(name, "on")]),
            "BELVO_DELETION_MODE" => set(&[(name, "async")]),
            "OPEN_FINANCE_WIDGET" | "DELETE_SUPERSEDED_AFTER_DAYS" => Vec::new(),
            unknown => panic!("say in tests/src/cloud.rs what {unknown} of the template is locally"),
        }
    }

    /// What Lambda sets, and where services are that are elsewhere in the cloud.
    fn of_account(&self) -> Vec<(&'static str, &str)> {
        let bundle = self.network.bundle().map(|path| path.to_str().expect("a path of letters"));
        let set = [
            ("AWS_REGION", DEV_REGION),
            ("AWS_ACCESS_KEY_ID", DEV_ACCESS_KEY),
            ("AWS_SECRET_ACCESS_KEY", DEV_SECRET_KEY),
            ("AWS_SESSION_TOKEN", "a-session"),
            ("AWS_ENDPOINT_URL_DYNAMODB", &self.table_url),
            ("AWS_ENDPOINT_URL_EVENTBRIDGE", &self.bus.url),
            ("AWS_ENDPOINT_URL_SECRETS_MANAGER", &self.vault_url),
        ];
        set.into_iter().chain(bundle.map(|path| (AWS_CA_BUNDLE, path))).collect()
    }

    /// What the table's stream has told since it began, as Lambda brings it to a function.
    #[must_use]
    pub fn stream(&self) -> Value {
        let ask = |operation: &str, body: &Value| -> Value {
            let target = format!("DynamoDBStreams_20120810.{operation}");
            let answer = self.engine.dispatch(&target, body.to_string().as_bytes());
            assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
            serde_json::from_slice(&answer.body).expect("JSON")
        };
        let stream = ask("ListStreams", &json!({"TableName": TABLE}))["Streams"][0]["StreamArn"].clone();
        let described = ask("DescribeStream", &json!({"StreamArn": stream}));
        let shards = described["StreamDescription"]["Shards"].as_array().expect("shards");
        let records = shards.iter().flat_map(|shard| {
            let at = json!({"StreamArn": stream, "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"});
            let at = ask("GetShardIterator", &at)["ShardIterator"].clone();
            ask("GetRecords", &json!({"ShardIterator": at}))["Records"].as_array().cloned().unwrap_or_default()
        });
        json!({"Records": records.collect::<Vec<_>>()})
    }
}
