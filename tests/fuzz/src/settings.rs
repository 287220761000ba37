//! What operators set: variables of the environment, the texts of secrets, addresses, certificates. All that is wrong is
//! told without repeating any of it, and keys are sent nowhere but over TLS or on this very machine.

use std::{
    pin::pin,
    task::{Context, Poll, Waker},
};

use adapters::{
    belvo::{self, BaseUrl, KeyRing, Keys, OpenFinance},
    config::{Environment, Reader},
    secrets::{Arn, Source, Unread, Unreadable, Versions, fields, rotated},
    tls::Trust,
    widget::WidgetUrl,
};
use domain::{
    deletion::Mode, external_id::ReferenceKey, failure::Cause, policy::Policy, webhooks::WebhookKeys,
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use crate::quiet::{says_nothing, tells_nothing};

/// The first byte chooses what the rest is.
pub fn check(data: &[u8]) {
    let Some((kind, text)) = data.split_first() else { return };
    let lossy = String::from_utf8_lossy(text);
    match kind % 4 {
        0 => environment(&lossy),
        1 => secret(&lossy),
        2 => address(&lossy),
        _ => {
            Trust::parse(text).inspect_err(tells_nothing).ok();
        }
    }
}

/// Lines of names and values. Files and secrets that are kept elsewhere are not looked for.
fn environment(text: &str) {
    let lines = text.lines().filter_map(|line| line.split_once('='));
    let lines: Vec<_> =
        lines.filter(|(name, _)| !name.ends_with("_ARN") && *name != "AWS_CA_BUNDLE").collect();
    let environment = Environment::made_of(lines.iter().copied());
    let levels = ["error", "warn", "info", "debug", "trace", "off"];
    let level = environment.log_level().map(|level| level.to_string());
    assert!(level.is_none_or(|level| levels.contains(&level.as_str())));
    all(&environment, |reader| Some(reader.policy()));
    all(&environment, Reader::store);
    all(&environment, Reader::bus);
    all(&environment, Reader::limits);
    all(&environment, Reader::widget_url);
    all(&environment, |reader| ready(reader.webhook_keys()?));
    all(&environment, |reader| ready(reader.reference_key()?));
    all(&environment, |reader| ready(reader.belvo_keys()?));
    all(&environment, |reader| ready(reader.belvo()?).map(|settings| sent_safely(&settings)));
    let set = |name, value: &str| environment.get(name) == Some(value);
    let mut reader = Reader::new(&environment);
    let Policy { provider_deletion, deletion_mode, superseded_kept, .. } = reader.policy();
    assert_eq!(provider_deletion, set("PROVIDER_DELETION", "on"), "nothing is deleted unless it is said");
    if reader.finish(Some(())).is_ok() {
        assert_eq!(deletion_mode == Mode::Synchronous, set("BELVO_DELETION_MODE", "sync"));
        let days = superseded_kept.map(|kept| kept.as_hours() / 24);
        assert!(days.is_none_or(|days| (7..=3_650).contains(&days)));
    }
}

/// Reads one thing; what is wrong is told.
fn all<'a, T>(environment: &'a Environment, read: impl FnOnce(&mut Reader<'a>) -> Option<T>) {
    let mut reader = Reader::new(environment);
    let value = read(&mut reader);
    if let Err(error) = reader.finish(value) {
        error.to_string().split("; ").for_each(says_nothing); // one saying for each that is wrong
    }
}

/// What is given in plain is there at once.
fn ready<T>(unread: Unread<T>) -> Option<T> {
    match pin!(unread).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(read) => read.ok(),
        Poll::Pending => panic!("nothing has to be waited for"),
    }
}

fn sent_safely(settings: &belvo::Settings) {
    safe(&format!("{:?}", settings.base_url));
    assert!(!settings.account().is_empty());
}

/// An address that keys, or people, are sent to.
fn safe(url: &str) {
    let url = reqwest::Url::parse(url).expect("what was taken is an address");
    let host = url.host_str().expect("a host");
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let here = bare == "localhost" || bare.parse::<std::net::IpAddr>().is_ok_and(|at| at.is_loopback());
    assert!(url.scheme() == "https" || (url.scheme() == "http" && here), "in clear over a network");
}

fn address(text: &str) {
    match BaseUrl::parse(text) {
        Ok(url) => {
            let url = format!("{url:?}");
            safe(&url);
            assert!(
                !url.contains(['@', '?', '#', '\\']) && url.matches('/').count() == 3,
                "more than an origin"
            );
            assert_eq!(format!("{:?}", BaseUrl::parse(&url).expect("what was printed")), url);
        }
        Err(error) => tells_nothing(&error),
    }
    WidgetUrl::parse(text).inspect_err(tells_nothing).ok();
    let arn = Arn::parse(text).inspect_err(tells_nothing);
    assert!(arn.is_err() || (text.starts_with("arn:") && text.contains(":secretsmanager:")));
    if let Ok(app) = OpenFinance::parse(text).inspect_err(tells_nothing) {
        let json: Value = serde_json::from_str(text).expect("what was taken is JSON");
        let page = json["terms_and_conditions_url"].as_str().expect("a page");
        assert_eq!(reqwest::Url::parse(page).expect("an address").scheme(), "https");
        assert!(json["purpose"].as_str().is_some_and(|text| (1..=140).contains(&text.chars().count())));
        assert_eq!(OpenFinance::parse(&json.to_string()).as_ref(), Ok(&app));
    }
}

/// The present text of a secret and, behind a line break, the one before.
fn secret(text: &str) {
    let (present, before) = text.split_once('\n').map_or((text, None), |(now, then)| (now, Some(then)));
    let versions = Versions { present: present.into(), before: before.map(SecretString::from) };
    let ring = rotated(&versions, |text| {
        let [id, password] = fields(text, ["id", "password"])?;
        Keys::checked(id, password).map_err(Unreadable::rule)
    });
    match ring {
        Ok((now, then)) => {
            let sendable =
                |secret: &SecretString| secret.expose_secret().bytes().all(|byte| byte.is_ascii_graphic());
            assert!(sendable(&now.id) && sendable(&now.password) && !now.id.expose_secret().contains(':'));
            assert!(then.as_ref() != Some(&now), "the same pair twice");
            let shown = format!("{:?}", Source::fixed(KeyRing::new(now.clone(), then)));
            says_nothing(&shown);
        }
        Err(error) => tells_nothing(&error),
    }
    one(&versions, "authorization", |value| WebhookKeys::closed().accepting(value).map_err(Cause::from));
    one(&versions, "key", |value| ReferenceKey::parse(value).map_err(Cause::from));
}

/// A secret with one value, through that value's own door.
fn one<T>(versions: &Versions, key: &'static str, door: impl Fn(&str) -> Result<T, Cause>) {
    let value = fields(&versions.present, [key]);
    let opened = value.and_then(|[value]| door(value.expose_secret()).map_err(Unreadable::rule));
    match opened {
        Ok(_) => assert!(serde_json::from_str::<Value>(versions.present.expose_secret()).is_ok()),
        Err(error) => tells_nothing(&error),
    }
}
