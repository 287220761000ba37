//! What a webhook says: Belvo's types and codes, and the data that each of them brings.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::consents;
use crate::encoding::{digest, hex};
use crate::events::{Event, Subject};
use crate::sandbox;
use crate::switches::{Switches, WebhookId};

/// When a consent ends of which only the webhook exists.
const SOME_DAY: Timestamp = Timestamp::constant(1_803_945_600, 0);

/// Something that Belvo tells of.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookEvent {
    /// The link it is about. It need not exist.
    pub link_id: String,
    /// `ACCOUNTS`, `LINK`, `CONSENT`, …
    #[serde(rename = "type")]
    pub webhook_type: String,
    /// `historical_update`, `invalid_credentials`, …
    pub code: String,
    /// `None`: what this type and code bring.
    #[serde(default)]
    pub data: Option<Value>,
    /// The asynchronous request that it ends. `None`: one that nobody asked for.
    #[serde(default)]
    pub request_id: Option<String>,
}

impl WebhookEvent {
    /// An event with the data that its type and code bring.
    #[must_use]
    pub fn new(link_id: &str, webhook_type: &str, code: &str) -> Self {
        Self {
            link_id: link_id.to_owned(),
            webhook_type: webhook_type.to_owned(),
            code: code.to_owned(),
            data: None,
            request_id: None,
        }
    }

    /// The end of an asynchronous deletion. Its type is not published, hence a switch.
    #[must_use]
    pub fn link_deleted(link_id: &str, request_id: Option<String>, switches: &Switches) -> Self {
        Self { request_id, ..Self::new(link_id, &switches.link_deleted_type, "link_deleted") }
    }

    /// The body. `of_its_own`: a text that no other event has.
    pub(super) fn payload(&self, subject: Option<&Subject>, switches: &Switches, of_its_own: &str) -> Value {
        let webhook_id = match switches.webhook_id {
            WebhookId::Event => short(&["webhook", of_its_own]),
            WebhookId::Subscription => short(&["webhook subscription"]),
        };
        let mut body = Map::new();
        body.insert("webhook_id".to_owned(), webhook_id.into());
        body.insert("webhook_type".to_owned(), self.webhook_type.as_str().into());
        if let Some(process) = self.process_type() {
            body.insert("process_type".to_owned(), process.into());
        }
        body.insert("webhook_code".to_owned(), self.code.as_str().into());
        body.insert("link_id".to_owned(), self.link_id.as_str().into());
        if self.webhook_type != "CONSENT" {
            let request_id = self.request_id.clone().unwrap_or_else(|| short(&["request", of_its_own]));
            body.insert("request_id".to_owned(), request_id.into());
        }
        let external_id = subject.and_then(|link| link.external_id.clone());
        body.insert("external_id".to_owned(), external_id.into());
        let data = self.data.clone().unwrap_or_else(|| self.usual_data(subject, switches));
        body.insert("data".to_owned(), data);
        Value::Object(body)
    }

    /// Consents and links have none in Belvo's examples.
    fn process_type(&self) -> Option<&'static str> {
        match (self.webhook_type.as_str(), self.code.as_str()) {
            ("CONSENT" | "LINK" | "LINKS", _) => None,
            (_, "historical_update") => Some("historical_update"),
            _ => Some("recurrent_update"),
        }
    }

    fn usual_data(&self, subject: Option<&Subject>, switches: &Switches) -> Value {
        match (self.webhook_type.as_str(), self.code.as_str()) {
            ("CONSENT", code) => {
                let unknown = Subject {
                    link_id: self.link_id.clone(),
                    external_id: None,
                    institution: "ofmockbank_br_retail".to_owned(),
                };
                let ends = (code == "openfinance_consent_about_to_expire").then_some(SOME_DAY);
                consent(subject.unwrap_or(&unknown), &consents::id_of(&self.link_id), ends)
            }
            (_, "invalid_credentials") => trouble("login_error", 400),
            (_, "token_required") if switches.token_required_has_data => trouble("token_required", 428),
            ("TRANSACTIONS", "historical_update") => json!({
                "total_transactions": 30,
                "total_inflow_transactions": 10,
                "total_outflow_transactions": 20,
                "first_transaction_date": "2025-12-01",
                "last_transaction_date": "2026-03-01",
            }),
            ("OWNERS", "historical_update") => json!({"total_owners": 1}),
            (kind, "historical_update") => {
                json!({(format!("total_{}", kind.to_lowercase())): 1})
            }
            (_, code) => match code.strip_suffix("_available").filter(|code| code.starts_with("new_")) {
                Some(new) => json!({(new): 1}),
                None => json!({}),
            },
        }
    }
}

fn trouble(code: &str, status: u16) -> Value {
    json!({"error_code": code, "error_message": "The institution did not let us in.", "status": status})
}

fn short(parts: &[&str]) -> String {
    let mut text = hex(&digest(parts));
    text.truncate(32);
    text
}

/// What a webhook says about something that happened, and the link that it happened to.
pub(super) fn of(event: Event, switches: &Switches) -> (WebhookEvent, Option<Subject>) {
    let about = |link: &Subject, kind, code| WebhookEvent::new(&link.link_id, kind, code);
    let (event, link) = match event {
        Event::LinkDeleted { link, request_id } => {
            (WebhookEvent::link_deleted(&link.link_id, Some(request_id), switches), link)
        }
        Event::InvalidCredentials(link) => (about(&link, "LINK", "invalid_credentials"), link),
        Event::TokenRequired(link) => (about(&link, "LINK", "token_required"), link),
        Event::HistoricalUpdate { link, resource, total } => {
            let counted = (resource == "ACCOUNTS").then(|| json!({"total_accounts": total}));
            let event = about(&link, &resource, "historical_update");
            (WebhookEvent { data: counted, ..event }, link)
        }
        Event::ConsentExpiring { link, consent_id, expires_at } => {
            let data = Some(consent(&link, &consent_id, Some(expires_at)));
            let event = about(&link, "CONSENT", "openfinance_consent_about_to_expire");
            (WebhookEvent { data, ..event }, link)
        }
        Event::ConsentExpired { link, consent_id } => {
            let data = Some(consent(&link, &consent_id, None));
            let event = about(&link, "CONSENT", "openfinance_consent_expired");
            (WebhookEvent { data, ..event }, link)
        }
    };
    (event, Some(link))
}

/// Which consent, and what the person is to do about it.
fn consent(link: &Subject, consent_id: &str, ends: Option<Timestamp>) -> Value {
    let display_name = sandbox::find(&link.institution)
        .map_or(link.institution.as_str(), |institution| institution.display_name);
    let mut data = json!({
        "consent_id": consent_id,
        "action": "renew",
        "institution": link.institution,
        "institution_display_name": display_name,
        "institution_icon_logo": null,
    });
    if let (Some(ends), Some(data)) = (ends, data.as_object_mut()) {
        let day = ends.to_zoned(TimeZone::UTC).date();
        data.insert("consent_due_date".to_owned(), day.to_string().into());
    }
    data
}
