//! One call: sent once, under a deadline, its answer read under a cap, what it came to told to the log.

use std::sync::{Arc, Mutex, PoisonError};

use domain::{deletion::Mode, failure::ProviderError, ports::TokenRequest};
use jiff::{Timestamp, fmt::rfc2822::DateTimeParser};
use reqwest::{
    Client, Method, RequestBuilder, Response, Url,
    header::{ACCEPT, CONTENT_TYPE, DATE, HeaderValue},
};
use secrecy::ExposeSecret;

use crate::{metrics, tls::distrust};

use super::{
    answer::{self, Meaning, is_not_found},
    keys::Keys,
    open_finance::OpenFinance,
    route::Route,
    wire,
};

/// Most bytes of an error's body.
pub(super) const ERROR_CAP: usize = 64 * 1024;

/// Says that Belvo may answer before it has done what it is asked for.
const REQUEST_MODE: &str = "x-belvo-request-mode";

/// A call to be made.
pub(super) struct Call {
    route: Route,
    url: Url,
    what: What,
    cap: usize,
    date: Heard,
}

/// When Belvo answered, by its own clock.
#[derive(Clone, Default)]
pub(super) struct Heard(Arc<Mutex<Option<Timestamp>>>);

impl Heard {
    /// The date that the last answer carried.
    pub(super) fn date(&self) -> Option<Timestamp> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, date: Option<&HeaderValue>) {
        let parsed = date.and_then(|date| DateTimeParser::new().parse_timestamp(date.to_str().ok()?).ok());
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = parsed;
    }
}

/// What a call asks for.
enum What {
    /// A record, or a list of them.
    Records,
    /// A token. The one POST: it carries the keys in its body, so no header repeats them.
    Token(Box<(TokenRequest, Option<OpenFinance>)>),
    /// The end of a link; at once, or when Belvo comes to it.
    Deletion(Mode),
}

impl Call {
    /// Asks for something.
    pub(super) fn get(route: Route, url: Url, cap: usize) -> Self {
        Self { route, url, what: What::Records, cap, date: Heard::default() }
    }

    /// Asks for a widget token.
    pub(super) fn token(url: Url, request: TokenRequest, app: Option<OpenFinance>, cap: usize) -> Self {
        let what = What::Token(Box::new((request, app)));
        Self { route: Route::Token, url, what, cap, date: Heard::default() }
    }

    /// Asks for the deletion of what is at this address.
    pub(super) fn delete(route: Route, url: Url, mode: Mode, cap: usize) -> Self {
        Self { route, url, what: What::Deletion(mode), cap, date: Heard::default() }
    }

    /// What will tell when it was answered.
    pub(super) fn heard(&self) -> Heard {
        self.date.clone()
    }

    /// Makes the call once and reads its answer with `read`.
    pub(super) async fn make<T>(
        &self,
        client: &Client,
        keys: &Keys,
        read: impl Fn(&[u8]) -> Result<T, ProviderError>,
    ) -> Result<T, ProviderError> {
        let method = match self.what {
            What::Records => Method::GET,
            What::Token(_) => Method::POST,
            What::Deletion(_) => Method::DELETE,
        };
        let (route, cap) = (self.route.template(), self.cap);
        let mut status = None;
        let answer = match self.send(method.clone(), client, keys).await {
            Ok(response) => {
                status = Some(response.status().as_u16());
                self.date.note(response.headers().get(DATE));
                let body = match self.what {
                    What::Deletion(_) => taken(response, cap).await,
                    What::Records | What::Token(_) => body(response, cap).await,
                };
                body.and_then(|body| read(&body))
            }
            Err(error) => Err(error),
        };
        tell(&method, route, status, answer.as_ref().err());
        answer
    }

    async fn send(&self, method: Method, client: &Client, keys: &Keys) -> Result<Response, ProviderError> {
        self.request(method, client, keys)?.send().await.map_err(|error| lost(&error))
    }

    /// The request. The library marks the header with the keys as sensitive, and the body is never shown.
    pub(super) fn request(
        &self,
        method: Method,
        client: &Client,
        keys: &Keys,
    ) -> Result<RequestBuilder, ProviderError> {
        let request = client.request(method, self.url.clone()).header(ACCEPT, "application/json");
        let signed = |request: RequestBuilder| {
            request.basic_auth(keys.id.expose_secret(), Some(keys.password.expose_secret()))
        };
        Ok(match &self.what {
            What::Token(asked) => {
                let (token, app) = asked.as_ref();
                let body = wire::token_body(keys, token, app.as_ref())?;
                request.header(CONTENT_TYPE, "application/json").body(body)
            }
            What::Deletion(Mode::Asynchronous) => signed(request).header(REQUEST_MODE, "async"),
            What::Records | What::Deletion(Mode::Synchronous) => signed(request),
        })
    }
}

/// The body of an answer that means success; everything else is an error.
pub(super) async fn body(response: Response, cap: usize) -> Result<Vec<u8>, ProviderError> {
    let status = response.status().as_u16();
    let json = is_json(response.headers().get(CONTENT_TYPE));
    match answer::meaning(status, json) {
        Meaning::Success => match read(response, cap).await? {
            body if body.is_empty() => Err(ProviderError::Unknown("an empty body")),
            body => Ok(body),
        },
        Meaning::Refusal => Err(answer::refusal(status, json, &read(response, ERROR_CAP).await?)),
        Meaning::Throttled => Err(ProviderError::Throttled),
        Meaning::Unknown(why) => Err(ProviderError::Unknown(why)),
    }
}

/// The body of an answer that means that a deletion is taken (202) or done (204): nothing in the latter case.
async fn taken(response: Response, cap: usize) -> Result<Vec<u8>, ProviderError> {
    match response.status().as_u16() {
        202 => read(response, cap).await,
        204 => Ok(Vec::new()),
        _ => body(response, cap).await,
    }
}

/// Reads piece by piece, so that a body that is too long is never held.
async fn read(mut response: Response, cap: usize) -> Result<Vec<u8>, ProviderError> {
    const OVERSIZE: ProviderError = ProviderError::Unknown("a body over the limit");
    let declared = response.content_length().map(usize::try_from);
    let declared = declared.transpose().map_err(|_| OVERSIZE)?;
    if declared.is_some_and(|length| length > cap) {
        return Err(OVERSIZE);
    }
    let mut body = Vec::with_capacity(declared.unwrap_or_default());
    while let Some(piece) = response.chunk().await.map_err(|error| lost(&error))? {
        if piece.len() > cap.saturating_sub(body.len()) {
            return Err(OVERSIZE);
        }
        body.extend_from_slice(&piece);
    }
    if declared.is_some_and(|length| length != body.len()) {
        return Err(ProviderError::Unknown("a body of another length than declared"));
    }
    Ok(body)
}

fn is_json(content_type: Option<&HeaderValue>) -> bool {
    let text = content_type.and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || essence.ends_with("+json")
}

/// The library's error holds the URL, ids and all: it goes no further than here.
fn lost(error: &reqwest::Error) -> ProviderError {
    ProviderError::Unknown(if error.is_timeout() {
        "no whole answer in time"
    } else if error.is_connect() {
        distrust(error).unwrap_or("no connection")
    } else if error.is_body() || error.is_decode() {
        "the body was cut"
    } else {
        "the connection broke"
    })
}

/// One line a call, and in Lambda one count. "Not found" is an ordinary answer to a question for a link.
fn tell(method: &Method, route: &'static str, status: Option<u16>, error: Option<&ProviderError>) {
    if let Some(outcome) = outcome(error) {
        metrics::called(outcome);
    }
    match error {
        None => tracing::debug!(%method, route, status, outcome = "ok", "called Belvo"),
        Some(error) if is_not_found(error) => {
            tracing::debug!(%method, route, status, outcome = "not found", "called Belvo");
        }
        Some(error) => tracing::warn!(%method, route, status, outcome = %error, "called Belvo"),
    }
}

/// What a call came to, in one word of few. What was not sent is counted by whoever wanted it.
fn outcome(error: Option<&ProviderError>) -> Option<&'static str> {
    match error {
        None => Some("ok"),
        Some(error) if is_not_found(error) => Some("not_found"),
        Some(ProviderError::Refused { status: 401, .. }) => Some("unauthorized"),
        Some(ProviderError::Refused { .. }) => Some("refused"),
        Some(ProviderError::Throttled) => Some("throttled"),
        Some(ProviderError::Unknown(_)) => Some("unknown"),
        Some(ProviderError::Unsent(_)) => None,
    }
}
