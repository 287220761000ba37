//! Configuration: the one room that reads the environment. All problems are told in one message.

use std::{collections::BTreeMap, fmt};

use domain::{
    budget::Limits,
    deletion::Mode,
    policy::{BindingProof, Policy, Unusable},
};
use jiff::SignedDuration;
use secrecy::SecretString;
use tracing::level_filters::LevelFilter;

use crate::{aws::Connection, secrets::Around, tls::Trust};

mod secrets;
mod trust;

/// Name of the table.
pub const TABLE_NAME: &str = "TABLE_NAME";
/// Belvo's base URL.
pub const BELVO_API_URL: &str = "BELVO_API_URL";
/// The secret with Belvo's credentials: JSON with `id` and `password`.
pub const BELVO_SECRET_ARN: &str = "BELVO_SECRET_ARN";
/// Belvo's secret id, in plain: on a laptop.
pub const BELVO_SECRET_ID: &str = "BELVO_SECRET_ID";
/// Belvo's secret password, in plain.
pub const BELVO_SECRET_PASSWORD: &str = "BELVO_SECRET_PASSWORD";
/// Another pair of keys that Belvo may know us by, while they are being replaced: its secret id.
pub const BELVO_OTHER_SECRET_ID: &str = "BELVO_OTHER_SECRET_ID";
/// The secret password of that pair.
pub const BELVO_OTHER_SECRET_PASSWORD: &str = "BELVO_OTHER_SECRET_PASSWORD";
/// Most calls to Belvo in any 30 seconds, by all functions together: 60 unless said.
pub const BELVO_CALLS_PER_30_S: &str = "BELVO_CALLS_PER_30_S";
/// The secret with the key that turns references into `external_id`s: JSON with `key`.
pub const REFERENCE_KEY_ARN: &str = "REFERENCE_KEY_ARN";
/// That key in plain: `a:` and at least 32 characters.
pub const REFERENCE_KEY: &str = "REFERENCE_KEY";
/// `session` (default) or `external_id`.
pub const BINDING_PROOF: &str = "BINDING_PROOF";
/// `on` lets links be deleted at Belvo; anything else, or nothing, does not.
pub const PROVIDER_DELETION: &str = "PROVIDER_DELETION";
/// How Belvo is asked to delete: `async` (default) or `sync`, five a minute.
pub const BELVO_DELETION_MODE: &str = "BELVO_DELETION_MODE";
/// After how many days links that gave way to another are deleted at Belvo; never, unless it is set.
pub const DELETE_SUPERSEDED_AFTER_DAYS: &str = "DELETE_SUPERSEDED_AFTER_DAYS";
/// The secret with the value of the header `Authorization` that Belvo sends with webhooks: JSON with `authorization`.
/// Without one nobody may send any.
pub const WEBHOOK_SECRET_ARN: &str = "WEBHOOK_SECRET_ARN";
/// That value in plain.
pub const WEBHOOK_AUTHORIZATION: &str = "WEBHOOK_AUTHORIZATION";
/// Another value, while one replaces the other.
pub const WEBHOOK_OTHER_AUTHORIZATION: &str = "WEBHOOK_OTHER_AUTHORIZATION";
/// What users are told to do about links that need a new login: `update_mode` (default) or `reconnect`.
pub const UNUSABLE_LINKS: &str = "UNUSABLE_LINKS";
/// What the widget shows whom it asks for a consent of Brazil's open finance, as JSON. Without it none is asked for.
pub const OPEN_FINANCE_WIDGET: &str = "OPEN_FINANCE_WIDGET";
/// Where the hosted widget is.
pub const WIDGET_URL: &str = "WIDGET_URL";
/// `error`, `warn`, `info` (default), `debug` or `trace`: for our own lines only.
pub const LOG_LEVEL: &str = "LOG_LEVEL";
/// Another endpoint for DynamoDB than the region's.
pub const AWS_ENDPOINT_URL_DYNAMODB: &str = "AWS_ENDPOINT_URL_DYNAMODB";
/// The event bus that events go to: its name or ARN.
pub const EVENT_BUS: &str = "EVENT_BUS";
/// Another endpoint for EventBridge than the region's.
pub const AWS_ENDPOINT_URL_EVENTBRIDGE: &str = "AWS_ENDPOINT_URL_EVENTBRIDGE";
/// Another endpoint for Secrets Manager than the region's.
pub const AWS_ENDPOINT_URL_SECRETS_MANAGER: &str = "AWS_ENDPOINT_URL_SECRETS_MANAGER";
/// A PEM file with certificate authorities that are trusted beside Mozilla's list: where a network looks into TLS.
pub const AWS_CA_BUNDLE: &str = "AWS_CA_BUNDLE";

const AWS_REGION: &str = "AWS_REGION";
const AWS_ACCESS_KEY_ID: &str = "AWS_ACCESS_KEY_ID";
const AWS_SECRET_ACCESS_KEY: &str = "AWS_SECRET_ACCESS_KEY";
const AWS_SESSION_TOKEN: &str = "AWS_SESSION_TOKEN";

/// Belvo's hosted widget.
pub const DEFAULT_WIDGET_URL: &str = "https://widget.belvo.io/";

/// Everything that is wrong with the configuration, with what to do. Values are never repeated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError(Vec<String>);

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "configuration: {}", self.0.join("; "))
    }
}

impl std::error::Error for ConfigError {}

/// The environment of a program, read once.
#[derive(Clone)]
pub struct Environment {
    variables: BTreeMap<String, String>,
}

impl Environment {
    /// The environment of this process.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the environment's room")]
    pub fn of_process() -> Self {
        Self { variables: std::env::vars().filter(|(_, value)| !value.is_empty()).collect() }
    }

    /// An environment made up: for tests and for the local stack.
    #[must_use]
    pub fn made_of<'a>(variables: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let own = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        Self { variables: variables.into_iter().map(own).collect() }
    }

    /// How much of our own lines is to be logged, if it is said.
    #[must_use]
    pub fn log_level(&self) -> Option<LevelFilter> {
        self.get(LOG_LEVEL).and_then(|level| level.parse().ok())
    }

    /// The value of a variable, when it is set to something.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str)
    }
}

/// Collects values and problems, so that all problems can be told at once.
pub struct Reader<'a> {
    environment: &'a Environment,
    around: Around,
    trust: Option<Trust>,
    problems: Vec<String>,
}

impl<'a> Reader<'a> {
    /// Reads from this environment.
    #[must_use]
    pub fn new(environment: &'a Environment) -> Self {
        Self { environment, around: Around::default(), trust: None, problems: Vec::new() }
    }

    /// The same, with another clock for the age of secrets, and metrics going elsewhere.
    #[must_use]
    pub fn with(self, around: Around) -> Self {
        Self { around, ..self }
    }

    /// What two readings find wrong is told once.
    fn problem(&mut self, what: String) {
        if !self.problems.contains(&what) {
            self.problems.push(what);
        }
    }

    /// The value of a variable that must be set.
    pub fn required(&mut self, name: &str) -> Option<&'a str> {
        let value = self.environment.get(name);
        if value.is_none() {
            self.problem(format!("{name} is not set"));
        }
        value
    }

    /// The store's table and how to reach it.
    pub fn store(&mut self) -> Option<(Connection, String)> {
        let table = self.required(TABLE_NAME);
        let connection = self.connection(AWS_ENDPOINT_URL_DYNAMODB);
        Some((connection?, table?.to_owned()))
    }

    /// The event bus and how to reach it.
    pub fn bus(&mut self) -> Option<(Connection, String)> {
        let bus = self.required(EVENT_BUS);
        let connection = self.connection(AWS_ENDPOINT_URL_EVENTBRIDGE);
        Some((connection?, bus?.to_owned()))
    }

    fn connection(&mut self, endpoint: &str) -> Option<Connection> {
        let region = self.required(AWS_REGION);
        let id = self.required(AWS_ACCESS_KEY_ID);
        let secret = self.required(AWS_SECRET_ACCESS_KEY);
        let trust = self.trust();
        Some(Connection {
            region: region?.to_owned(),
            endpoint: self.environment.get(endpoint).map(str::to_owned),
            access_key_id: id?.to_owned(),
            secret_access_key: SecretString::from(secret?),
            session_token: self.environment.get(AWS_SESSION_TOKEN).map(SecretString::from),
            trust: trust?,
        })
    }

    /// The account's budget of calls to Belvo.
    pub fn limits(&mut self) -> Option<Limits> {
        match self.environment.get(BELVO_CALLS_PER_30_S) {
            None => Some(Limits::default()),
            set => self.parsed(BELVO_CALLS_PER_30_S, set, Limits::parse),
        }
    }

    /// The rules' figures, with the switches that the environment sets.
    pub fn policy(&mut self) -> Policy {
        let proof = match self.environment.get(BINDING_PROOF) {
            None | Some("session") => BindingProof::Session,
            Some("external_id") => BindingProof::ExternalId,
            Some(_) => {
                self.problems.push(format!("{BINDING_PROOF} is session or external_id"));
                BindingProof::Session
            }
        };
        let (provider_deletion, deletion_mode) = (self.provider_deletion(), self.deletion_mode());
        let superseded_kept = self.superseded_kept();
        let (unusable, consents) = (self.unusable(), self.environment.get(OPEN_FINANCE_WIDGET).is_some());
        let policy = Policy { proof, unusable, consents, ..Policy::default() };
        Policy { provider_deletion, deletion_mode, superseded_kept, ..policy }
    }

    fn unusable(&mut self) -> Unusable {
        match self.environment.get(UNUSABLE_LINKS) {
            None | Some("update_mode") => Unusable::UpdateMode,
            Some("reconnect") => Unusable::Reconnect,
            Some(_) => {
                self.problems.push(format!("{UNUSABLE_LINKS} is update_mode or reconnect"));
                Unusable::UpdateMode
            }
        }
    }

    fn provider_deletion(&mut self) -> bool {
        match self.environment.get(PROVIDER_DELETION) {
            None | Some("off") => false,
            Some("on") => true,
            Some(_) => {
                self.problems.push(format!("{PROVIDER_DELETION} is on or off"));
                false
            }
        }
    }

    fn deletion_mode(&mut self) -> Mode {
        match self.environment.get(BELVO_DELETION_MODE) {
            None | Some("async") => Mode::Asynchronous,
            Some("sync") => Mode::Synchronous,
            Some(_) => {
                self.problems.push(format!("{BELVO_DELETION_MODE} is async or sync"));
                Mode::Synchronous
            }
        }
    }

    /// A week at least: supersedings are looked through by people, who have weekends.
    fn superseded_kept(&mut self) -> Option<SignedDuration> {
        let days = self.environment.get(DELETE_SUPERSEDED_AFTER_DAYS)?;
        let kept = days.parse::<u32>().ok().filter(|days| (7..=3_650).contains(days));
        if kept.is_none() {
            self.problems.push(format!("{DELETE_SUPERSEDED_AFTER_DAYS} is a number from 7 to 3650"));
        }
        kept.map(|days| SignedDuration::from_hours(24 * i64::from(days)))
    }

    /// Where the hosted widget is.
    pub fn widget_url(&mut self) -> Option<crate::widget::WidgetUrl> {
        let raw = self.environment.get(WIDGET_URL).unwrap_or(DEFAULT_WIDGET_URL);
        self.parsed(WIDGET_URL, Some(raw), crate::widget::WidgetUrl::parse)
    }

    /// `value`, when nothing at all was wrong.
    pub fn finish<T>(self, value: Option<T>) -> Result<T, ConfigError> {
        value.filter(|_| self.problems.is_empty()).ok_or(ConfigError(self.problems))
    }

    fn parsed<T, E: fmt::Display>(
        &mut self,
        name: &str,
        raw: Option<&str>,
        door: impl Fn(&str) -> Result<T, E>,
    ) -> Option<T> {
        door(raw?).map_err(|rule| self.problems.push(format!("{name}: {rule}"))).ok()
    }
}

#[cfg(test)]
mod tests;
