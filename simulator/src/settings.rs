//! How this Belvo is set up, and every switch that changes how it behaves.

use serde::{Deserialize, Serialize};

/// What is fixed when the simulator starts, and the switches it starts with.
#[derive(Clone)]
pub struct Settings {
    /// The user name of Basic auth, Belvo's "secret id".
    pub secret_id: String,
    /// The password of Basic auth, Belvo's "secret password".
    pub secret_password: String,
    /// Scheme, host and port in `next` and `previous`. `None`: taken from the `Host` header.
    pub base_url: Option<String>,
    /// How it behaves at first.
    pub switches: Switches,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            secret_id: "sandbox-id".to_owned(),
            secret_password: "sandbox-password".to_owned(),
            base_url: None,
            switches: Switches::default(),
        }
    }
}

/// Everything that can be changed while it runs. Where Belvo's behaviour is not published, each
/// answer is a switch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Switches {
    /// Whether it works at all.
    pub mode: Mode,
    /// Results per page when the request does not say: 10 as in the sandbox, 100 as in production.
    pub page_size_default: usize,
    /// How timestamps are written. Belvo promises 3 to 6 fractional digits and either ending.
    pub timestamps: TimestampStyle,
    /// Requests to `/api/` before the HTML 403. `null`: no limit.
    pub rate_limit: Option<Limit>,
    /// Deletions before the 429. `null`: no limit.
    pub delete_limit: Option<Limit>,
    /// How long a widget token works if nobody connects with it.
    pub token_lifetime_seconds: u32,
    /// Whether an `external_id` sent to `POST /api/token/` ends up on the link.
    pub external_id_at_token: ExternalIdAtToken,
    /// Belvo's opt-in against connecting the same account twice.
    pub duplicate_prevention: DuplicatePrevention,
    /// For how long a new link is neither listed nor found. Planted links are visible at once.
    pub visibility_lag_seconds: u32,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            mode: Mode::default(),
            page_size_default: 10,
            timestamps: TimestampStyle::default(),
            rate_limit: Some(Limit { requests: 80, seconds: 30 }),
            delete_limit: Some(Limit { requests: 5, seconds: 60 }),
            token_lifetime_seconds: 600,
            external_id_at_token: ExternalIdAtToken::default(),
            duplicate_prevention: DuplicatePrevention::default(),
            visibility_lag_seconds: 0,
        }
    }
}

/// At most so many requests in any window of so many seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// This many pass; the next one does not.
    pub requests: usize,
    /// The length of the window.
    pub seconds: u32,
}

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
