//! What Lambda answers to a runtime: the invocations, one at a time, and a word of thanks for each answer.

use std::{future::IntoFuture, net::SocketAddr, sync::Arc};

use adapters::ambient::SystemAmbient;
use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Path, State},
    http::{Response, StatusCode},
    routing::{get, post},
};
use domain::ports::Ambient;
use jiff::{SignedDuration, Timestamp};
use tokio::{
    net::TcpListener,
    sync::{Mutex, mpsc, oneshot},
};

const BASE: &str = "/2018-06-01/runtime";

/// What a function made of an invocation.
#[derive(Clone, Debug)]
pub(super) struct Outcome {
    /// Its answer, or what it says went wrong.
    pub(super) answer: Result<Bytes, Bytes>,
    /// From when the event was handed out until the answer was there.
    pub(super) took: SignedDuration,
}

/// One event for the function.
pub(super) struct Invocation {
    pub(super) event: Bytes,
    /// How long the function may take.
    pub(super) timeout: SignedDuration,
    pub(super) outcome: oneshot::Sender<Outcome>,
}

/// What the function is at.
#[derive(Debug)]
pub(super) enum Word {
    /// It asks for work, since then.
    Ready(Timestamp),
    /// It could not start.
    Broken(Bytes),
}

/// The side of whoever invokes.
pub(super) struct Line {
    pub(super) address: SocketAddr,
    pub(super) invocations: mpsc::UnboundedSender<Invocation>,
    pub(super) words: mpsc::UnboundedReceiver<Word>,
}

struct Api {
    waiting: Mutex<mpsc::UnboundedReceiver<Invocation>>,
    words: mpsc::UnboundedSender<Word>,
    open: Mutex<Option<Open>>,
}

struct Open {
    id: String,
    since: Timestamp,
    outcome: oneshot::Sender<Outcome>,
}

/// Opens an API for one process, on a free port.
pub(super) async fn open() -> Line {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let (invocations, waiting) = mpsc::unbounded_channel();
    let (words, heard) = mpsc::unbounded_channel();
    let api = Arc::new(Api { waiting: Mutex::new(waiting), words, open: Mutex::default() });
    let router = Router::new()
        .route(&format!("{BASE}/invocation/next"), get(next))
        .route(&format!("{BASE}/invocation/{{id}}/response"), post(answered))
        .route(&format!("{BASE}/invocation/{{id}}/error"), post(failed))
        .route(&format!("{BASE}/init/error"), post(broken))
        .with_state(api);
    tokio::spawn(axum::serve(listener, router).into_future());
    Line { address, invocations, words: heard }
}

async fn next(State(api): State<Arc<Api>>) -> Response<Body> {
    let _nobody_listens = api.words.send(Word::Ready(SystemAmbient.now()));
    let Some(Invocation { event, timeout, outcome }) = api.waiting.lock().await.recv().await else {
        return said(StatusCode::GONE, Body::empty()); // whoever invoked is gone
    };
    let id = request_id();
    let since = SystemAmbient.now();
    let deadline = (since + timeout).as_millisecond();
    *api.open.lock().await = Some(Open { id: id.clone(), since, outcome });
    let response = Response::builder()
        .header("lambda-runtime-aws-request-id", id)
        .header("lambda-runtime-deadline-ms", deadline)
        .header(
            "lambda-runtime-invoked-function-arn",
            "arn:aws:lambda:local:123456789012:function:under-test",
        )
        .header("lambda-runtime-trace-id", "Root=1-00000000-000000000000000000000000;Sampled=0")
        .header("content-type", "application/json");
    response.body(event.into()).expect("a response")
}

async fn answered(State(api): State<Arc<Api>>, Path(id): Path<String>, body: Bytes) -> Response<Body> {
    end(&api, &id, Ok(body)).await
}

async fn failed(State(api): State<Arc<Api>>, Path(id): Path<String>, body: Bytes) -> Response<Body> {
    end(&api, &id, Err(body)).await
}

async fn broken(State(api): State<Arc<Api>>, body: Bytes) -> Response<Body> {
    let _nobody_listens = api.words.send(Word::Broken(body));
    said(StatusCode::ACCEPTED, Body::empty())
}

/// An answer to another invocation than the open one is refused, as Lambda does.
async fn end(api: &Api, id: &str, answer: Result<Bytes, Bytes>) -> Response<Body> {
    let now = SystemAmbient.now();
    let open = api.open.lock().await.take_if(|open| open.id == id);
    let Some(Open { since, outcome, .. }) = open else {
        return said(StatusCode::BAD_REQUEST, Body::from(r#"{"errorType":"InvalidRequestID"}"#));
    };
    let _nobody_waits = outcome.send(Outcome { answer, took: now.duration_since(since) });
    said(StatusCode::ACCEPTED, Body::from(r#"{"status":"OK"}"#))
}

fn said(status: StatusCode, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response
}

/// As Lambda writes them: a UUID.
fn request_id() -> String {
    uuid::Builder::from_random_bytes(SystemAmbient.random()).into_uuid().to_string()
}
