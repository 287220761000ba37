//! A counter to the engine for other processes, quicker than the program's own door.
//!
//! At every transaction the engine looks through all idempotency tokens of the last ten minutes. DynamoDB does not,
//! and with a hundred thousand of them nothing else would be measured: so tokens are taken off here. What they
//! are for is held up by the writers' marks as well, and tested elsewhere.

use std::{
    net::SocketAddr,
    sync::{Arc, OnceLock},
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, Response, StatusCode, header},
};
use cli::engine::{Answer, Engine};
use tokio::net::TcpListener;

/// What a token begins with in a request of the SDK's.
const TOKEN: &[u8] = br#""ClientRequestToken":""#;

/// Opens it on a free port of this machine.
pub(super) async fn open(engine: Engine) -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let router = Router::new().fallback(answer).with_state(Counter { engine, described: Arc::default() });
    tokio::spawn(std::future::IntoFuture::into_future(axum::serve(listener, router)));
    address
}

/// The engine counts all items each time that it describes a table: it is asked once.
#[derive(Clone)]
struct Counter {
    engine: Engine,
    described: Arc<OnceLock<Answer>>,
}

async fn answer(State(counter): State<Counter>, headers: HeaderMap, body: Bytes) -> Response<Body> {
    let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
    let (target, body) = (target.to_owned(), without_token(&body));
    let Counter { engine, described } = counter;
    let dispatch = move || {
        if target.ends_with(".DescribeTable") {
            return described.get_or_init(|| engine.dispatch(&target, &body)).clone();
        }
        engine.dispatch(&target, &body)
    };
    let answer = tokio::task::spawn_blocking(dispatch).await.expect("no panic");
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = StatusCode::from_u16(answer.status).expect("a status");
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, "application/x-amz-json-1.0".parse().expect("a type"));
    response
}

/// The request without its token and the comma that goes with it.
fn without_token(body: &[u8]) -> Vec<u8> {
    let Some(from) = body.windows(TOKEN.len()).position(|bytes| bytes == TOKEN) else { return body.to_vec() };
    let value = from + TOKEN.len();
    let end = body[value..].iter().position(|byte| *byte == b'"').map_or(body.len(), |at| value + at + 1);
    let (before, after) = (&body[..from], &body[end..]);
    match after.strip_prefix(b",") {
        Some(after) => [before, after].concat(),
        None => [before.strip_suffix(b",").unwrap_or(before), after].concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_taken_off_wherever_it_stands() {
        let cut = |text: &str| String::from_utf8(without_token(text.as_bytes())).expect("text");
        assert_eq!(cut(r#"{"ClientRequestToken":"a","b":1}"#), r#"{"b":1}"#);
        assert_eq!(cut(r#"{"b":1,"ClientRequestToken":"a"}"#), r#"{"b":1}"#);
        assert_eq!(cut(r#"{"b":1}"#), r#"{"b":1}"#);
    }
}
