//! The network between store and engine, as it is on a bad day: answers get lost, tokens get dropped,
//! DynamoDB is busy. The engine itself never is, so it has to be made so here.

use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use aws_sdk_dynamodb::config::{
    HttpClient, RuntimeComponents, SharedHttpClient,
    http::{HttpRequest, HttpResponse},
};
use aws_smithy_runtime_api::client::{
    http::{HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector},
    result::ConnectorError,
};
use aws_smithy_types::body::SdkBody;
use serde_json::Value;

type Act = dyn Fn(HttpRequest, SharedHttpConnector) -> HttpConnectorFuture + Send + Sync;

/// An HTTP client of the SDK that does something to what passes through it.
#[derive(Clone)]
pub struct Wire {
    inner: SharedHttpClient,
    act: Arc<Act>,
}

/// An answer that DynamoDB, or something before it, may give.
#[derive(Clone, Debug)]
pub struct Canned {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: String,
}

impl Canned {
    /// A refusal with DynamoDB's code for it.
    #[must_use]
    pub fn error(status: u16, code: &str) -> Self {
        let body = serde_json::json!({
            "__type": format!("com.amazonaws.dynamodb.v20120810#{code}"),
            "message": "about USER#user_ana and maria.lopez@example.com",
        });
        Self { status, body: body.to_string() }
    }

    /// A cancelled transaction, with a reason for each of its items.
    #[must_use]
    pub fn cancelled(reasons: &[&str]) -> Self {
        let reasons: Vec<_> = reasons.iter().map(|code| serde_json::json!({"Code": code})).collect();
        let body = serde_json::json!({
            "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
            "Message": "Transaction cancelled, please refer cancellation reasons for specific reasons",
            "CancellationReasons": reasons,
        });
        Self { status: 400, body: body.to_string() }
    }
}

impl Wire {
    fn over(
        inner: impl HttpClient + 'static,
        act: impl Fn(HttpRequest, SharedHttpConnector) -> HttpConnectorFuture + Send + Sync + 'static,
    ) -> Self {
        Self { inner: SharedHttpClient::new(inner), act: Arc::new(act) }
    }

    /// Requests are carried out, but the answers of the first `times` writes never arrive.
    pub fn losing_answers(inner: impl HttpClient + 'static, times: usize) -> Self {
        let left = Arc::new(AtomicUsize::new(times));
        Self::over(inner, move |request, next| {
            let write = |name| target(&request).ends_with(name);
            let writes = write("TransactWriteItems") || write("UpdateItem");
            let take = |left: usize| left.checked_sub(1);
            let lose = writes && left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, take).is_ok();
            HttpConnectorFuture::new(async move {
                let answer = next.call(request).await;
                if lose { Err(ConnectorError::io("the connection was reset".into())) } else { answer }
            })
        })
    }

    /// No answer ever comes.
    pub fn silent(inner: impl HttpClient + 'static) -> Self {
        Self::over(inner, |_, _| HttpConnectorFuture::new(std::future::pending()))
    }

    /// No request arrives.
    pub fn never_connecting(inner: impl HttpClient + 'static) -> Self {
        Self::over(inner, |_, _| {
            HttpConnectorFuture::ready(Err(ConnectorError::io("connection refused".into())))
        })
    }

    /// Requests arrive without their idempotency token, as after ten minutes or another engine's restart.
    pub fn without_tokens(inner: impl HttpClient + 'static) -> Self {
        Self::over(inner, |mut request, next| {
            edit(&mut request, |body| {
                body.as_object_mut().and_then(|fields| fields.remove("ClientRequestToken"));
            });
            next.call(request)
        })
    }

    /// At most `most` keys of a batch are answered at once; the rest come back unprocessed.
    pub fn with_small_batches(inner: impl HttpClient + 'static, most: usize) -> Self {
        Self::over(inner, move |mut request, next| {
            if !target(&request).ends_with("BatchGetItem") {
                return next.call(request);
            }
            let mut left = Value::Null;
            edit(&mut request, |body| left = shorten(body, most));
            HttpConnectorFuture::new(async move {
                let mut answer = next.call(request).await?;
                let mut body = json(answer.body());
                body["UnprocessedKeys"] = left;
                *answer.body_mut() = SdkBody::from(body.to_string());
                Ok(answer)
            })
        })
    }

    /// These answers come first, whatever is asked; then requests go through.
    pub fn saying_first(inner: impl HttpClient + 'static, answers: Vec<Canned>) -> Self {
        let answers = Mutex::new(answers.into_iter());
        Self::over(inner, move |request, next| {
            match answers.lock().unwrap_or_else(PoisonError::into_inner).next() {
                Some(answer) => HttpConnectorFuture::ready(Ok(response(answer))),
                None => next.call(request),
            }
        })
    }

    /// Requests go through, each noted: its operation and its body.
    pub fn noting(inner: impl HttpClient + 'static, notes: Arc<Mutex<Vec<(String, Value)>>>) -> Self {
        Self::over(inner, move |request, next| {
            let note = (target(&request).to_owned(), json(request.body()));
            notes.lock().unwrap_or_else(PoisonError::into_inner).push(note);
            next.call(request)
        })
    }

    /// The same answer to everything.
    pub fn always_saying(inner: impl HttpClient + 'static, answer: Canned) -> Self {
        Self::over(inner, move |_, _| HttpConnectorFuture::ready(Ok(response(answer.clone()))))
    }
}

fn target(request: &HttpRequest) -> &str {
    request.headers().get("x-amz-target").unwrap_or_default()
}

fn json(body: &SdkBody) -> Value {
    serde_json::from_slice(body.bytes().expect("a body in memory")).expect("the SDK speaks JSON")
}

fn edit(request: &mut HttpRequest, change: impl FnOnce(&mut Value)) {
    let mut body = json(request.body());
    change(&mut body);
    *request.body_mut() = SdkBody::from(body.to_string());
}

/// Takes the keys beyond `most` off a batch's only table, and gives them back as DynamoDB would.
fn shorten(body: &mut Value, most: usize) -> Value {
    let tables = body["RequestItems"].as_object_mut().expect("a batch");
    let mut rest = serde_json::Map::new();
    for (table, wanted) in tables {
        let keys = wanted["Keys"].as_array_mut().expect("a batch has keys");
        let left = keys.split_off(most.min(keys.len()));
        if !left.is_empty() {
            rest.insert(table.clone(), serde_json::json!({"Keys": left, "ConsistentRead": true}));
        }
    }
    Value::Object(rest)
}

fn response(Canned { status, body }: Canned) -> HttpResponse {
    HttpResponse::new(status.try_into().expect("a status"), SdkBody::from(body))
}

impl HttpClient for Wire {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(Line { inner, act: Arc::clone(&self.act) })
    }
}

struct Line {
    inner: SharedHttpConnector,
    act: Arc<Act>,
}

impl HttpConnector for Line {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        (self.act)(request, self.inner.clone())
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Line")
    }
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wire")
    }
}
