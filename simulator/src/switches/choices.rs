//! The switches that choose between answers, each with its default marked.

use serde::{Deserialize, Serialize};

/// Whether Belvo works.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// It does.
    #[default]
    Up,
    /// Every API request gets the rate limit's HTML 403, as if the address were blocked.
    Throttled,
    /// Every API request gets 500 `unexpected_error`, and the widget fails alike.
    Down,
}

/// How a timestamp is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimestampStyle {
    /// `2026-03-02T10:00:00.112201Z`
    #[default]
    MicrosecondsZ,
    /// `2026-03-02T10:00:00.112+00:00`
    MillisecondsOffset,
}

/// What becomes of an `external_id` in the body of `POST /api/token/`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExternalIdAtToken {
    /// Accepted and forgotten, as the published schema (which does not have it) suggests.
    #[default]
    Ignored,
    /// It beats what the browser says, as one page of Belvo's documentation suggests.
    Applied,
}

/// Which second connection is refused as `duplicated`. An `unconfirmed` link never blocks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DuplicatePrevention {
    /// None: each connection makes a link.
    #[default]
    Off,
    /// The same person at the same institution, whoever the app's user is.
    PerInstitutionUser,
    /// The same person at the same institution under the same `external_id`.
    PerExternalId,
}

/// What a throttled request gets. Which of them is current is not published.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhenThrottled {
    /// 403 with a page of HTML, from the proxy.
    #[default]
    Html403,
    /// 429 with a body in Belvo's shape, from the firewall.
    Json429,
}

/// How the widget tells that duplicate prevention refused a connection. The event is not published.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DuplicatedInWidget {
    /// By an `ERROR` event, and once more on exit.
    #[default]
    ErrorEvent,
    /// By an `ERROR` event that brings the `institution_user_id` too, and once more on exit.
    ErrorEventWithId,
    /// On exit alone.
    Exit,
}

/// What a filter by date takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DateFilter {
    /// `2026-03-02`, a whole day.
    #[default]
    Days,
    /// Also a moment, as older descriptions say: `2026-03-02T10:00:00Z`.
    DaysAndMoments,
}

/// What becomes of a query parameter that nobody knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnknownParameters {
    /// Nothing.
    #[default]
    Ignored,
    /// The firewall checks requests against the description, and answers 403.
    Refused,
}

/// What `webhook_id` identifies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WebhookId {
    /// An event: its repeats carry the same.
    #[default]
    Event,
    /// The subscription: every event carries the same.
    Subscription,
}

/// What becomes of a link whose consent has expired.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkAfterConsent {
    /// Nothing: only a webhook tells.
    #[default]
    Unchanged,
    /// It is `invalid`.
    Invalid,
}
