//! A Secrets Manager on loopback: keeps secrets by ARN, each with its present version and the one before, and answers
//! `GetSecretValue` as AWS does, or as badly as a test wants.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard},
};

use adapters::{
    belvo::{Settings, Timeouts},
    config::{
        AWS_ENDPOINT_URL_SECRETS_MANAGER, BELVO_API_URL, BELVO_SECRET_ARN, Environment, OPEN_FINANCE_WIDGET,
        REFERENCE_KEY_ARN, Reader, WEBHOOK_SECRET_ARN,
    },
    secrets::{Around, SecretsError, both},
};
use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::post,
};
use cli::{
    clock::HandClock,
    stack::Stack,
    world::{DEV_OPEN_FINANCE, metered},
};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::Story;

/// Belvo's keys.
pub const BELVO: &str = "arn:aws:secretsmanager:sa-east-1:123456789012:secret:linkkeeper/belvo-AbCdEf";
/// The reference key.
pub const REFERENCE: &str =
    "arn:aws:secretsmanager:sa-east-1:123456789012:secret:linkkeeper/reference-AbCdEf";
/// Webhooks.
pub const WEBHOOKS: &str = "arn:aws:secretsmanager:sa-east-1:123456789012:secret:linkkeeper/webhooks-AbCdEf";

/// What is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Nothing.
    None,
    /// It answers with an error of this code, whose message quotes this text.
    Refuses(&'static str, String),
    /// It never answers.
    Silent,
}

/// A Secrets Manager. Clones are the same one.
#[derive(Clone)]
pub struct Vault {
    /// Where it listens.
    pub url: String,
    inner: Arc<Mutex<Inner>>,
}

struct Inner {
    /// Of each ARN the versions, the present one last.
    secrets: BTreeMap<&'static str, Vec<Value>>,
    trouble: Trouble,
    asked: Vec<(String, String)>,
    metrics: Vec<String>,
}

impl Vault {
    /// An empty one.
    pub async fn open() -> Self {
        let (secrets, trouble) = (BTreeMap::new(), Trouble::None);
        let inner = Inner { secrets, trouble, asked: Vec::new(), metrics: Vec::new() };
        let vault = Self { url: String::new(), inner: Arc::new(Mutex::new(inner)) };
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("loopback");
        let (url, service) =
            (format!("http://{}", listener.local_addr().expect("an address")), vault.router());
        tokio::spawn(async move { axum::serve(listener, service).await });
        Self { url, ..vault }
    }

    /// The service itself, for whoever has a door of another kind.
    pub fn router(&self) -> Router {
        Router::new().route("/", post(answer)).with_state(self.inner.clone())
    }

    /// One that holds what the local stack uses.
    pub async fn furnished() -> Self {
        let vault = Self::open().await;
        vault.furnish();
        vault
    }

    /// Puts into it what the local stack uses.
    pub fn furnish(&self) {
        let belvo = belvo_simulator::Settings::default();
        self.put(BELVO, &json!({"id": belvo.secret_id, "password": belvo.secret_password}));
        self.put(REFERENCE, &json!({"key": cli::world::DEV_REFERENCE_KEY}));
        self.put(WEBHOOKS, &json!({"authorization": cli::world::DEV_WEBHOOK_AUTHORIZATION}));
    }

    /// A new value: the one before stays as such.
    pub fn put(&self, arn: &'static str, value: &Value) {
        self.put_version(arn, json!({"SecretString": value.to_string()}));
    }

    /// A new version, as `GetSecretValue` tells it.
    pub fn put_version(&self, arn: &'static str, version: Value) {
        self.inner().secrets.entry(arn).or_default().push(version);
    }

    /// From now on it behaves like this.
    pub fn is_in(&self, trouble: Trouble) {
        self.inner().trouble = trouble;
    }

    /// The stages that it was asked for of this secret, since it was last looked.
    pub fn asked_for(&self, arn: &str) -> Vec<String> {
        let mut inner = self.inner();
        let (these, others) = inner.asked.drain(..).partition(|(of, _)| of == arn);
        inner.asked = others;
        let these: Vec<(String, String)> = these;
        these.into_iter().map(|(_, stage)| stage).collect()
    }

    /// The metrics that were told of it.
    pub fn metrics(&self) -> Vec<Value> {
        self.inner().metrics.iter().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }

    /// The environment of a function whose Belvo is there.
    pub fn environment(&self, belvo: &str) -> Environment {
        Environment::made_of([
            ("AWS_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", "linkkeeper-dev"),
            ("AWS_SECRET_ACCESS_KEY", "linkkeeper-dev"),
            (AWS_ENDPOINT_URL_SECRETS_MANAGER, &*self.url),
            (BELVO_API_URL, belvo),
            (BELVO_SECRET_ARN, BELVO),
            (REFERENCE_KEY_ARN, REFERENCE),
            (WEBHOOK_SECRET_ARN, WEBHOOKS),
            (OPEN_FINANCE_WIDGET, DEV_OPEN_FINANCE),
        ])
    }

    /// The story's stack, with all its secrets from here.
    pub async fn opened_for(&self, story: &Story) -> Result<Stack<HandClock>, SecretsError> {
        let belvo = story.belvo_address().await;
        let environment = self.environment(&belvo);
        let inner = self.inner.clone();
        let metrics = move |line: &str| inner.lock().expect("one thread").metrics.push(line.to_owned());
        let around = Around { clock: Arc::new(story.world.clock.clone()), metrics: Arc::new(metrics) };
        let mut reader = Reader::new(&environment).with(around);
        let (belvo, key, webhooks) = (reader.belvo(), reader.reference_key(), reader.webhook_keys());
        let read = reader.finish(belvo.zip(key).zip(webhooks)).expect("a good configuration");
        let ((belvo, key), webhooks) = read;
        let ((settings, key), webhook_keys) = both(both(belvo, key), webhooks).await?;
        let stack = story.world.stack.clone();
        // as the world itself has it: a story does not depend on how busy the machine is
        let timeouts = Timeouts { aside: Timeouts::PATIENT.aside, ..settings.timeouts };
        let settings = Settings { timeouts, ..settings };
        let provider = metered(&stack.store, &stack.ambient, settings).expect("a client");
        Ok(Stack { provider, key, webhook_keys, ..stack })
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().expect("one thread")
    }
}

async fn answer(State(inner): State<Arc<Mutex<Inner>>>, headers: HeaderMap, asked: String) -> Response {
    let asked: Value = serde_json::from_str(&asked).expect("JSON, of a media type of AWS's own");
    assert_eq!(headers["x-amz-target"], "secretsmanager.GetSecretValue");
    let signed = headers["authorization"].to_str().expect("text");
    assert!(signed.contains("/sa-east-1/secretsmanager/aws4_request"), "for the ARN's region: {signed}");
    let of = |name: &str| asked[name].as_str().expect("text").to_owned();
    let (arn, stage) = (of("SecretId"), of("VersionStage"));
    let (trouble, version) = {
        let mut inner = inner.lock().expect("one thread");
        inner.asked.push((arn.clone(), stage.clone()));
        let back = usize::from(stage == "AWSPREVIOUS");
        let version = inner.secrets.get(&*arn).and_then(|versions| versions.iter().rev().nth(back)).cloned();
        (inner.trouble.clone(), version)
    };
    match (trouble, version) {
        (Trouble::Silent, _) => std::future::pending().await,
        (Trouble::Refuses(code, message), _) => refusal(code, &message),
        (Trouble::None, None) => refusal(
            "ResourceNotFoundException",
            "Secrets Manager can't find the specified secret value for staging label",
        ),
        (Trouble::None, Some(version)) => Json(version).into_response(),
    }
}

fn refusal(code: &str, message: &str) -> Response {
    (StatusCode::BAD_REQUEST, Json(json!({"__type": code, "message": message}))).into_response()
}
