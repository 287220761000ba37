//! What the widget tells the app, in the words of Belvo's web callbacks. None of it is signed, and
//! none of it says whose link it is.

use jiff::Timestamp;
use serde::Serialize;

/// How a visit to the widget ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Connected {
    /// The success callback: connected, or updated under the same id.
    Success {
        /// The link's id.
        link: String,
        /// Belvo's name of the institution.
        institution: String,
    },
    /// The exit callback: closed before success.
    Exit(ExitData),
    /// The event callback: something went wrong and the widget is still open.
    Event(EventData),
    /// Connected, but nobody heard of it. The link's id is not told, because that is the point.
    Lost,
    /// The widget did not open.
    Error {
        /// `ACCESS_TOKEN_NOT_VALID`
        error: &'static str,
        /// For people.
        error_message: &'static str,
    },
}

/// The data of the exit callback.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExitData {
    /// Only if there was an error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_encountered_error: Option<LastError>,
    /// Where the person was.
    pub meta_data: ExitMeta,
}

/// The latest error before leaving.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LastError {
    /// Belvo's code.
    pub code: String,
    /// For people.
    pub message: &'static str,
}

/// Where the person left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExitMeta {
    /// Once one was chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub institution_name: Option<String>,
    /// Always `abandon-survey`.
    pub step: &'static str,
}

/// The data of the event callback, for an error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EventData {
    /// `ERROR`
    #[serde(rename = "eventName")]
    pub event_name: &'static str,
    /// 32 hex digits.
    pub request_id: String,
    /// What happened.
    pub meta_data: EventMeta,
}

/// What happened, where and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EventMeta {
    /// Belvo's code.
    pub error_code: &'static str,
    /// For people.
    pub error_message: &'static str,
    /// Once one was chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub institution_name: Option<String>,
    /// Of a prevented duplicate, where the widget tells it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub institution_user_id: Option<String>,
    /// In milliseconds, as browsers write it.
    pub timestamp: String,
}

impl Connected {
    pub(super) fn token_not_valid() -> Self {
        Self::Error {
            error: "ACCESS_TOKEN_NOT_VALID",
            error_message: "The access token is unknown, expired or was already used to connect.",
        }
    }

    pub(super) fn exit(last_error: Option<&str>, institution_name: Option<String>) -> Self {
        Self::Exit(ExitData {
            last_encountered_error: last_error
                .map(|code| LastError { code: code.to_owned(), message: message(code) }),
            meta_data: ExitMeta { institution_name, step: "abandon-survey" },
        })
    }

    /// The same event, with the pseudonym of the person who is connected already.
    pub(super) fn naming(self, institution_user_id: Option<String>) -> Self {
        match self {
            Self::Event(mut event) => {
                event.meta_data.institution_user_id = institution_user_id;
                Self::Event(event)
            }
            Self::Success { .. } | Self::Exit(_) | Self::Lost | Self::Error { .. } => self,
        }
    }

    pub(super) fn error_event(
        request_id: String,
        code: &'static str,
        institution_name: Option<String>,
        now: Timestamp,
    ) -> Self {
        Self::Event(EventData {
            event_name: "ERROR",
            request_id,
            meta_data: EventMeta {
                error_code: code,
                error_message: message(code),
                institution_name,
                institution_user_id: None,
                timestamp: now.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string(),
            },
        })
    }
}

fn message(code: &str) -> &'static str {
    match code {
        "login_error" => "The institution refused this login.",
        "token_required" => "The institution asks for a code.",
        "duplicated" => "This account is connected already.",
        "does_not_exist" => "There is no such institution.",
        "invalid" => "The external_id has characters that Belvo does not take.",
        _ => "Something went wrong at Belvo.",
    }
}
