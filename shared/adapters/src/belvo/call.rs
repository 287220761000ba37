//! One call: sent once, under a deadline, its answer read under a cap, what it came to told to the log.

use domain::failure::ProviderError;
use reqwest::{
    Client, Method, Response, Url,
    header::{ACCEPT, CONTENT_TYPE, HeaderValue},
};
use secrecy::ExposeSecret;

use super::{
    answer::{self, Meaning, is_not_found},
    route::Route,
    settings::Settings,
};

/// Most bytes of an error's body.
pub(super) const ERROR_CAP: usize = 64 * 1024;

/// A call to be made.
pub(super) struct Call {
    route: Route,
    url: Url,
    /// With a body it is a POST. The only one carries the keys in it, so no header repeats them.
    body: Option<Vec<u8>>,
    cap: usize,
}

impl Call {
    /// Asks for something.
    pub(super) fn get(route: Route, url: Url, cap: usize) -> Self {
        Self { route, url, body: None, cap }
    }

    /// Sends JSON, keys included.
    pub(super) fn post(route: Route, url: Url, body: Vec<u8>, cap: usize) -> Self {
        Self { route, url, body: Some(body), cap }
    }

    /// Makes the call and reads its answer with `read`.
    pub(super) async fn make<T>(
        self,
        client: &Client,
        settings: &Settings,
        read: impl FnOnce(&[u8]) -> Result<T, ProviderError>,
    ) -> Result<T, ProviderError> {
        let method = if self.body.is_some() { Method::POST } else { Method::GET };
        let (route, cap) = (self.route.template(), self.cap);
        let mut status = None;
        let answer = match self.send(method.clone(), client, settings).await {
            Ok(response) => {
                status = Some(response.status().as_u16());
                body(response, cap).await.and_then(|body| read(&body))
            }
            Err(error) => Err(error),
        };
        tell(&method, route, status, answer.as_ref().err());
        answer
    }

    async fn send(
        self,
        method: Method,
        client: &Client,
        settings: &Settings,
    ) -> Result<Response, ProviderError> {
        let request = client.request(method, self.url).header(ACCEPT, "application/json");
        let request = match self.body {
            Some(body) => request.header(CONTENT_TYPE, "application/json").body(body),
            None => request.basic_auth(
                settings.secret_id.expose_secret(),
                Some(settings.secret_password.expose_secret()),
            ),
        };
        request.send().await.map_err(|error| lost(&error))
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
        "no connection"
    } else if error.is_body() || error.is_decode() {
        "the body was cut"
    } else {
        "the connection broke"
    })
}

/// One line a call. "Not found" is an ordinary answer to a question for a link.
fn tell(method: &Method, route: &'static str, status: Option<u16>, error: Option<&ProviderError>) {
    match error {
        None => tracing::debug!(%method, route, status, outcome = "ok", "called Belvo"),
        Some(error) if is_not_found(error) => {
            tracing::debug!(%method, route, status, outcome = "not found", "called Belvo");
        }
        Some(error) => tracing::warn!(%method, route, status, outcome = %error, "called Belvo"),
    }
}
