//! The Connect Widget: what a person can do in it, and what it tells the app. Here are its
//! words and routes; [`flow`] plays what a person does, [`page`] is what a browser shows.

mod flow;
mod page;
mod results;

use axum::body::Bytes;
use axum::extract::State as Handle;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};

pub(crate) use flow::connect;
pub use results::{Connected, EventData, EventMeta, ExitData, ExitMeta, LastError};

use crate::belvo::Belvo;
use crate::link::AccessMode;

/// Everything that a person does in the widget, in one piece. A struct update from
/// [`Connect::default`] keeps a test short.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Connect {
    /// From `POST /api/token/`.
    pub access_token: String,
    /// Set by the app's page in the browser, hence by anybody.
    #[serde(default)]
    pub external_id: Option<String>,
    /// Belvo's name of the institution. In update mode the link's own is taken.
    #[serde(default)]
    pub institution: String,
    /// The login's name. In update mode it may be left out.
    #[serde(default)]
    pub username: String,
    /// The login's password.
    #[serde(default)]
    pub password: String,
    /// The code, where one is asked for.
    #[serde(default)]
    pub otp: Option<String>,
    /// From the widget's configuration; `recurrent` unless said.
    #[serde(default)]
    pub access_mode: Option<AccessMode>,
    /// How it ends.
    #[serde(default)]
    pub outcome: Outcome,
}

/// How a person leaves the widget.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// By connecting.
    #[default]
    Success,
    /// By closing it before. If a code would have been asked for, an `unconfirmed` link stays.
    CloseEarly,
    /// By connecting, but the app is closed before it hears of it: an orphan is born.
    LoseCallback,
}

pub(crate) fn routes() -> Router<Belvo> {
    Router::new().route("/widget/", get(page::show)).route("/widget/connect", post(connect_by_http))
}

async fn connect_by_http(Handle(belvo): Handle<Belvo>, body: Bytes) -> Response {
    match serde_json::from_slice(&body) {
        Ok(connect) => {
            let connected = belvo.connect(connect);
            if belvo.tells_before_callback() {
                belvo.deliver_due().await;
            }
            (status(&connected), Json(connected)).into_response()
        }
        // The error names fields and places, never what was typed into them.
        Err(error) => {
            let place = format!("line {} column {}", error.line(), error.column());
            let said = format!(
                "expected JSON with access_token, institution, username, password and optionally \
                 external_id, otp, access_mode, outcome (success, close_early, lose_callback); wrong at {place}"
            );
            let body = serde_json::json!({"type": "error", "error": "BAD_REQUEST", "error_message": said});
            (StatusCode::BAD_REQUEST, Json(body)).into_response()
        }
    }
}

fn status(connected: &Connected) -> StatusCode {
    match connected {
        Connected::Error { .. } => StatusCode::UNAUTHORIZED,
        Connected::Success { .. } | Connected::Exit(_) | Connected::Event(_) | Connected::Lost => {
            StatusCode::OK
        }
    }
}
