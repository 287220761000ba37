//! The kinds of faults.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What happens to a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// The proxy's HTML page for too many requests, with status 403.
    #[serde(rename = "html_403")]
    Html403,
    /// 429 in JSON, with the `Retry-After` of the switch.
    #[serde(rename = "throttled_429")]
    Throttled429,
    /// 500 `unexpected_error`.
    ServerError,
    /// 500 `service_unavailable`.
    ServiceUnavailable,
    /// A proxy's HTML page with status 502.
    BadGateway,
    /// 408 `request_timeout`.
    RequestTimeout,
    /// 401 `consent_without_accounts`: a 401 that does not speak of our keys.
    ConsentWithoutAccounts,
    /// 400 `too_many_sessions`.
    TooManySessions,
    /// The connection stays open and nothing comes.
    NeverAnswers,
    /// An answer that comes byte by byte, one each second, and never ends.
    SlowDrip,
    /// The request takes effect; the connection breaks in the middle of the answer.
    CutBody,
    /// The request takes effect, and a 500 is the answer.
    LostAnswer,
    /// 64 MiB of JSON string. The simulator holds one piece of it.
    OversizedBody,
    /// JSON nested 100,000 deep.
    DeepJson,
    /// `Content-Encoding: gzip`, and 128 MiB inside less than 1 MiB.
    GzipBomb,
    /// An HTML page with status 200.
    #[serde(rename = "html_200")]
    Html200,
    /// Nothing at all with status 200.
    #[serde(rename = "empty_200")]
    Empty200,
    /// A redirect to another address.
    Redirect {
        /// The address.
        to: String,
    },
    /// JSON whose values have other types.
    WrongTypes,
    /// A list whose `next` is this.
    HostileNext {
        /// Any JSON.
        value: Value,
    },
    /// A list whose every page is the first and names another one after it.
    NextLoop,
    /// A page with each record twice.
    RepeatedRecords,
    /// A list that ignores its filters, and a record with another id than asked for.
    ForeignRecords,
    /// A page whose first record cannot be read.
    OneBadRecord,
    /// A list whose `count` is wrong.
    LyingCount,
    /// The list changes while it is read: in turn a page begins with the last record of the one before,
    /// and one is skipped.
    Drift,
    /// Records without the fields that Belvo calls optional.
    MissingOptionalFields,
    /// Records with fields that nobody knows.
    UnknownFields,
    /// Records with a status that nobody knows.
    UnknownStatus,
    /// Records whose `external_id` is null.
    NullExternalId,
    /// Records whose `institution_user_id` is null.
    NullInstitutionUserId,
    /// Records whose `institution_user_id` lacks its last character: 43 instead of 44.
    ShortInstitutionUserId,
    /// An error as one object with `detail` instead of an array. Where there was no error: a 500.
    ObjectError,
    /// The widget's success callback never comes.
    CallbackLost,
    /// The widget's success callback names a link of somebody else: the newest other one, else an unknown one.
    CallbackForeignLink,
}

impl FaultKind {
    /// Whether it happens in the widget and not in the API.
    pub(crate) fn is_of_widget(&self) -> bool {
        matches!(self, Self::CallbackLost | Self::CallbackForeignLink)
    }
}
