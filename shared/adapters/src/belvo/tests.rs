//! The client against a server that answers whatever a test wants, down to the byte.

use std::time::Duration;

use domain::{external_id::ExternalId, failure::ProviderError, values::LinkId};
use secrecy::SecretString;

use super::{BaseUrl, Belvo, KeyRing, Keys, Settings, Timeouts};
use crate::{secrets::Source, tls::Trust};

mod bodies;
mod consents;
mod deletions;
mod hoard;
mod hostile;
mod lists;
mod poisoned;
mod queries;
mod recognised;
mod records;
mod refusals;
mod rotation;
mod secrets;
mod server;

/// Keys that must never be seen anywhere but in a request to Belvo.
const ID: &str = "canary-id";
const PASSWORD: &str = "canary-password";
/// Both, as Basic authentication writes them.
const BASIC: &str = "Basic Y2FuYXJ5LWlkOmNhbmFyeS1wYXNzd29yZA==";

const LINK: &str = "0b6a1f3e-0000-4000-8000-00000000000a";

fn keys(id: &str, password: &str) -> Keys {
    Keys { id: SecretString::from(id), password: SecretString::from(password) }
}

fn ring(first: Keys, second: Option<Keys>) -> Source<KeyRing> {
    Source::fixed(KeyRing::new(first, second))
}

fn settings(base_url: &str, deadline: Duration) -> Settings {
    Settings {
        base_url: BaseUrl::parse(base_url).expect("an origin"),
        keys: ring(keys(ID, PASSWORD), None),
        deletion_mode: domain::deletion::Mode::Asynchronous,
        timeouts: Timeouts { connect: deadline, call: deadline, whole: deadline * 2, aside: deadline },
        open_finance: None,
        trust: Trust::default(),
    }
}

/// A client with a deadline that no test of a prompt answer reaches.
fn client(base_url: &str) -> Belvo {
    Belvo::new(settings(base_url, Duration::from_secs(5))).expect("a client")
}

/// A client that does not wait.
fn impatient(base_url: &str) -> Belvo {
    Belvo::new(settings(base_url, Duration::from_millis(150))).expect("a client")
}

fn link_id() -> LinkId {
    LinkId::parse(LINK).expect("a link id")
}

fn other_link_id(number: usize) -> LinkId {
    LinkId::parse(&format!("0b6a1f3e-0000-4000-8000-{number:012x}")).expect("a link id")
}

fn user() -> ExternalId {
    ExternalId::parse("lk_a_user").expect("an external id")
}

/// The record of a link of the user's, with a change.
fn record(id: LinkId, change: impl FnOnce(&mut serde_json::Value)) -> String {
    let mut record = serde_json::json!({
        "id": id, "institution": "erebor_mx_retail", "access_mode": "recurrent", "status": "valid",
        "external_id": "lk_a_user", "created_at": "2026-03-02T10:00:00.112201Z",
        "institution_user_id": "ooE7XJWEKypZJR603ecaWYk-8Ap0oD8Nr1pBQ4eG9c=",
    });
    change(&mut record);
    record.to_string()
}

fn plain(id: LinkId) -> String {
    record(id, |_| {})
}

/// A page of a list.
fn page(next: &str, records: &[String]) -> String {
    let count = records.len();
    format!(r#"{{"count":{count},"next":{next},"previous":null,"results":[{}]}}"#, records.join(","))
}

fn unknown<T>(answer: Result<T, ProviderError>) -> &'static str {
    match answer {
        Err(ProviderError::Unknown(why)) => why,
        Err(error) => panic!("not unknown: {error}"),
        Ok(_) => panic!("not an error"),
    }
}
