//! Every switch that changes how this Belvo behaves while it runs. Where Belvo's behaviour is not
//! published or its documents disagree, each answer is a switch.

mod choices;

use serde::{Deserialize, Serialize};

pub use choices::{
    DateFilter, DuplicatePrevention, DuplicatedInWidget, ExternalIdAtToken, LinkAfterConsent, Mode,
    TimestampStyle, UnknownParameters, WebhookId, WhenThrottled,
};

/// Everything that can be changed while it runs. In JSON, a switch that is left out keeps its default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Switches {
    /// Whether it works at all.
    pub mode: Mode,
    /// Results per page when the request does not say: 10 as in the sandbox, 100 as in production.
    pub page_size_default: usize,
    /// How timestamps are written. Belvo promises 3 to 6 fractional digits and either ending.
    pub timestamps: TimestampStyle,
    /// Requests to `/api/` before they are throttled. `null`: no limit.
    pub rate_limit: Option<Limit>,
    /// What a throttled request is answered with.
    pub when_throttled: WhenThrottled,
    /// The `Retry-After` of a 429, which Belvo documents nowhere. `null`: none.
    pub retry_after_seconds: Option<u32>,
    /// Synchronous deletions before the 429. `null`: no limit.
    pub delete_limit: Option<Limit>,
    /// How long a widget token works if nobody connects with it: documented as 600, published as 1200.
    pub token_lifetime_seconds: u32,
    /// Whether an `external_id` sent to `POST /api/token/` ends up on the link.
    pub external_id_at_token: ExternalIdAtToken,
    /// Belvo's opt-in against connecting the same account twice.
    pub duplicate_prevention: DuplicatePrevention,
    /// How the widget tells of a prevented duplicate.
    pub duplicated_in_widget: DuplicatedInWidget,
    /// For how long a new link is neither listed nor found. Planted links are visible at once.
    pub visibility_lag_seconds: u32,
    /// After how long a link that was never finished is purged. `null`: never.
    pub unconfirmed_kept_seconds: Option<u32>,
    /// Whether a link that was never finished has its `institution_user_id` already.
    pub unconfirmed_has_institution_user_id: bool,
    /// What `created_at` and its kin take.
    pub date_filter: DateFilter,
    /// How far the days of `created_at` filters lie from UTC, in hours: -6 for Mexico City.
    pub day_offset_hours: i8,
    /// Most values of one `…__in` filter. `null`: any number.
    pub most_filter_values: Option<usize>,
    /// What becomes of a query parameter that nobody knows.
    pub unknown_parameters: UnknownParameters,
    /// How long an asynchronous deletion takes from its 202 to the link's end.
    pub deletion_seconds: u32,
    /// What `webhook_id` identifies.
    pub webhook_id: WebhookId,
    /// The `webhook_type` of `link_deleted`: `LINK`, or `LINKS`.
    pub link_deleted_type: String,
    /// Whether the webhook `token_required` brings the three keys that `invalid_credentials` brings.
    pub token_required_has_data: bool,
    /// The step between two attempts to deliver a webhook: the n-th waits n times as long.
    pub webhook_retry_seconds: u32,
    /// How long a Brazilian consent lasts.
    pub consent_days: u32,
    /// What becomes of a link whose consent has expired.
    pub link_after_consent: LinkAfterConsent,
    /// Whether everything is wiped on the first day of each month, as Belvo's sandbox does.
    pub monthly_wipe: bool,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            mode: Mode::default(),
            page_size_default: 10,
            timestamps: TimestampStyle::default(),
            rate_limit: Some(Limit { requests: 80, seconds: 30 }),
            when_throttled: WhenThrottled::default(),
            retry_after_seconds: None,
            delete_limit: Some(Limit { requests: 5, seconds: 60 }),
            token_lifetime_seconds: 600,
            external_id_at_token: ExternalIdAtToken::default(),
            duplicate_prevention: DuplicatePrevention::default(),
            duplicated_in_widget: DuplicatedInWidget::default(),
            visibility_lag_seconds: 0,
            unconfirmed_kept_seconds: None,
            unconfirmed_has_institution_user_id: true,
            date_filter: DateFilter::default(),
            day_offset_hours: 0,
            most_filter_values: None,
            unknown_parameters: UnknownParameters::default(),
            deletion_seconds: 5,
            webhook_id: WebhookId::default(),
            link_deleted_type: "LINK".to_owned(),
            token_required_has_data: true,
            webhook_retry_seconds: 60,
            consent_days: 365,
            link_after_consent: LinkAfterConsent::default(),
            monthly_wipe: false,
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
