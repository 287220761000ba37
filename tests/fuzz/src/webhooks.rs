//! Webhooks: only the whole value that was agreed on is let in, any body is kept once and as it came, and what is read of
//! it is a type, a code, a link and a consent that keep their rules.

use adapters::belvo::{webhook_link, webhook_said};
use domain::{
    values::LinkId,
    webhooks::{Body, Webhook, WebhookId, WebhookKeys},
};
use jiff::Timestamp;
use serde_json::Value;

use crate::quiet::says_nothing;

/// The value that was agreed on.
const AGREED: &str = "Bearer the-value-of-today";

/// What is before the first line break was presented, what is behind it is the body.
pub fn check(data: &[u8]) {
    let at = data.iter().position(|byte| *byte == b'\n').unwrap_or(data.len());
    let (presented, body) = (&data[..at], data.get(at + 1..).unwrap_or_default());
    let keys = WebhookKeys::closed().accepting(AGREED).expect("a value");
    assert_eq!(keys.admit(presented), presented == AGREED.as_bytes());
    let link = webhook_link(body);
    kept(body, link);
    let json = serde_json::from_slice::<Value>(body);
    if let (Some(link), Ok(json)) = (link, &json) {
        assert!(json["link_id"].as_str().is_some_and(|said| LinkId::parse(said) == Ok(link)), "{json}");
    }
    let Some(said) = std::str::from_utf8(body).ok().and_then(webhook_said) else { return };
    let kept = serde_json::to_value(&said).expect("a form");
    assert_eq!(serde_json::from_value::<domain::webhooks::Said>(kept).expect("what was kept"), said);
    if let Ok(json) = json {
        assert_eq!(json["webhook_type"].as_str(), Some(said.kind.as_str()));
        assert_eq!(json["webhook_code"].as_str(), Some(said.code.as_str()));
        let consent = said.consent.map(|id| id.to_string());
        let told = json["data"]["consent_id"].as_str().map(str::to_lowercase);
        assert!(consent.is_none() || consent == told);
    }
}

fn kept(body: &[u8], link: Option<LinkId>) {
    let webhook = Webhook::new(body, link, Timestamp::UNIX_EPOCH);
    assert_eq!(webhook.id, WebhookId::of(body), "the same body is the same webhook");
    let mut other = body.to_vec();
    other.push(b' ');
    assert_ne!(webhook.id, WebhookId::of(&other));
    says_nothing(&format!("{:?}", Body::of(body)));
    let item = serde_json::to_value(&webhook).expect("a form");
    let again: Webhook = serde_json::from_value(item).expect("what was kept");
    assert_eq!(again, webhook);
    if let Ok(text) = std::str::from_utf8(body) {
        assert_eq!(Body::of(body).expose(), text, "as it came");
    }
}
