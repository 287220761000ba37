//! A webhook as it is kept.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    letters,
    policy::{Policy, after},
    values::{LinkId, ValueError},
    webhooks::Said,
};

/// Which webhook: `wh_` and 28 letters, of the digest of its body. The same body is the same webhook, however often
/// it is delivered; Belvo's own `webhook_id` may be that of the subscription.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct WebhookId(String);

impl WebhookId {
    const PREFIX: &str = "wh_";

    /// Of this body.
    #[must_use]
    pub fn of(body: &[u8]) -> Self {
        let digest: [u8; 32] = Sha256::digest(body).into();
        let half = digest.first_chunk().copied().unwrap_or_default();
        Self(format!("{}{}", Self::PREFIX, letters::encode(half)))
    }

    /// The one door.
    pub fn parse(raw: impl Into<String>) -> Result<Self, ValueError> {
        let raw = raw.into();
        let right = raw.strip_prefix(Self::PREFIX).is_some_and(letters::is_encoded);
        if right { Ok(Self(raw)) } else { Err(ValueError::WebhookId) }
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for WebhookId {
    type Error = ValueError;
    fn try_from(raw: String) -> Result<Self, ValueError> {
        Self::parse(raw)
    }
}

impl From<WebhookId> for String {
    fn from(id: WebhookId) -> Self {
        id.0
    }
}

impl fmt::Display for WebhookId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for WebhookId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What Belvo sent. It may hold personal data, so it is never shown.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Body(String);

impl Body {
    /// What is no text is no JSON either, and is kept as far as it is text.
    #[must_use]
    pub fn of(raw: &[u8]) -> Self {
        Self(String::from_utf8_lossy(raw).into_owned())
    }

    /// For whoever reads it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Body([redacted] {} bytes)", self.0.len())
    }
}

/// What has become of a webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WebhookState {
    /// It is to be worked.
    Waiting,
    /// It was.
    Worked,
    /// It cannot be, and an operator may say that it is to be tried again.
    Dead,
}

/// Why a webhook cannot be worked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeadReason {
    /// It is no JSON, or says neither type, code nor link.
    Unreadable,
    /// The records that it concerns cannot be read or written.
    Failed,
}

/// One webhook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhook {
    /// Which.
    #[serde(rename = "digest")]
    pub id: WebhookId,
    /// The link that it says it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link_id: Option<LinkId>,
    /// When it came first.
    pub received_at: Timestamp,
    /// When it is to be looked at next; when it was worked or died.
    pub due_at: Timestamp,
    /// What has become of it.
    pub state: WebhookState,
    /// How often its work has failed.
    pub attempts: u32,
    /// As it came; removed once it is read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Body>,
    /// What it says, once it is read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub said: Option<Said>,
    /// Why it died.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<DeadReason>,
    /// 1 for a new one, one more with each change.
    #[serde(rename = "rev")]
    pub revision: u64,
}

impl Webhook {
    /// A webhook that has just come.
    #[must_use]
    pub fn new(body: &[u8], link_id: Option<LinkId>, received_at: Timestamp) -> Self {
        Self {
            id: WebhookId::of(body),
            link_id,
            received_at,
            due_at: received_at,
            state: WebhookState::Waiting,
            attempts: 0,
            body: Some(Body::of(body)),
            said: None,
            reason: None,
            revision: 1,
        }
    }

    /// Read and worked, or of nothing that is to be worked.
    #[must_use]
    pub fn worked(self, at: Timestamp) -> Self {
        Self { state: WebhookState::Worked, due_at: at, ..self.read() }
    }

    /// To be looked at again at this time.
    #[must_use]
    pub fn put_off(self, until: Timestamp) -> Self {
        Self { due_at: until, ..self.read() }
    }

    /// Its work has failed: it is tried again in a while, and dies when that was the last time.
    #[must_use]
    pub fn failed(self, at: Timestamp, policy: &Policy) -> Self {
        let attempts = self.attempts + 1;
        if attempts >= policy.webhook_attempts {
            return Self { attempts, ..self.died(at, DeadReason::Failed) };
        }
        let wait = SignedDuration::from_mins(1 << attempts.min(10));
        Self { attempts, ..self.put_off(after(at, wait)) }
    }

    /// It cannot be worked.
    #[must_use]
    pub fn died(self, at: Timestamp, reason: DeadReason) -> Self {
        Self { state: WebhookState::Dead, due_at: at, reason: Some(reason), ..self.read() }
    }

    /// An operator wants it worked again. One that could not be read has nothing left to be read.
    #[must_use]
    pub fn revived(self, at: Timestamp) -> Option<Self> {
        let to_work = self.said.is_some() || self.body.is_some();
        let revived = Self {
            state: WebhookState::Waiting,
            due_at: at,
            attempts: 0,
            reason: None,
            revision: self.revision + 1,
            ..self
        };
        to_work.then_some(revived)
    }

    /// The body has told all that it is kept for.
    fn read(self) -> Self {
        Self { body: None, revision: self.revision + 1, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::minute;

    fn webhook() -> Webhook {
        Webhook::new(b"{}", None, minute(0))
    }

    #[test]
    fn a_letter_that_is_done_with_is_dated_by_its_end_and_one_that_failed_waits_longer_each_time() {
        assert_eq!(webhook().worked(minute(5)).due_at, minute(5));
        assert_eq!(webhook().died(minute(5), DeadReason::Failed).due_at, minute(5));
        let policy = Policy::default();
        let once = webhook().failed(minute(0), &policy);
        assert_eq!((once.attempts, once.due_at), (1, minute(2)));
        let twice = once.failed(minute(10), &policy);
        assert_eq!((twice.attempts, twice.due_at), (2, minute(14)));
        let dead = (2..policy.webhook_attempts).fold(twice, |letter, _| letter.failed(minute(20), &policy));
        assert_eq!((dead.state, dead.attempts), (WebhookState::Dead, policy.webhook_attempts));
    }

    #[test]
    fn an_id_is_the_same_in_every_spelling_and_a_body_is_never_shown() {
        let id = webhook().id;
        let text = id.as_str().to_owned();
        assert_eq!(
            (format!("{id} {id:?}"), String::from(id.clone())),
            (format!("{text} {text}"), text.clone())
        );
        assert_eq!(WebhookId::parse(text), Ok(id));
        assert_eq!(format!("{:?}", Body::of(b"{}")), "Body([redacted] 2 bytes)");
    }
}
