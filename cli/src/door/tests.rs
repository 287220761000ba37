//! Each refusal in process, and one success over a real socket with the real SDK.

use aws_sdk_dynamodb::Client;
use axum::http::Method;
use tower::ServiceExt as _;

use super::*;
use crate::engine::client_over;

const PORT: u16 = 9200;
const KEY: &str = "AWS4-HMAC-SHA256 Credential=linkkeeper-dev/20261122/local/dynamodb/aws4_request, \
                   SignedHeaders=host;x-amz-target, Signature=00";

/// A request that passes, before something is changed about it.
fn good() -> Request {
    Request::builder()
        .method(Method::POST)
        .uri("/")
        .header("host", "127.0.0.1:9200")
        .header("authorization", KEY)
        .header("x-amz-target", "DynamoDB_20120810.ListTables")
        .body(Body::from("{}"))
        .expect("a request")
}

async fn send(request: Request) -> (u16, String) {
    let door = router(Engine::in_memory().expect("memory"), PORT);
    let response = door.oneshot(request).await.expect("an answer");
    let cors = |name: &HeaderName| name.as_str().starts_with("access-control");
    assert!(!response.headers().keys().any(cors), "no CORS header, ever");
    let status = response.status().as_u16();
    let body = to_bytes(response.into_body(), BODY_CAP).await.expect("body");
    (status, String::from_utf8(body.to_vec()).expect("text"))
}

/// The good request with one header put in place of another.
async fn with(name: &'static str, value: &'static str) -> (u16, String) {
    let mut request = good();
    let value = HeaderValue::from_static(value);
    request.headers_mut().insert(name, value);
    send(request).await
}

/// The good request without one of its headers.
async fn without(name: &'static str) -> (u16, String) {
    let mut request = good();
    request.headers_mut().remove(name).expect("was there");
    send(request).await
}

#[tokio::test]
async fn the_good_request_passes() {
    assert_eq!(send(good()).await, (200, r#"{"TableNames":[]}"#.to_owned()));
}

#[tokio::test]
async fn any_origin_is_refused_even_our_own() {
    for origin in ["https://evil.example", "http://127.0.0.1:9200", "null"] {
        assert_eq!(with("origin", origin).await.0, 403, "{origin}");
    }
}

#[tokio::test]
async fn only_the_loopback_names_with_our_port_are_hosts() {
    for host in ["127.0.0.1:9200", "localhost:9200", "[::1]:9200"] {
        assert_eq!(with("host", host).await.0, 200, "{host}");
    }
    for host in [
        "evil.example:9200",
        "127.0.0.1",
        "127.0.0.1:9201",
        "localhost:9200.evil.example",
        "evil.example@127.0.0.1:9200",
        "",
    ] {
        assert_eq!(with("host", host).await.0, 403, "{host}");
    }
    assert_eq!(without("host").await.0, 403);
}

#[tokio::test]
async fn two_hosts_are_none() {
    let mut request = good();
    let second = HeaderValue::from_static("evil.example");
    request.headers_mut().append("host", second);
    assert_eq!(send(request).await.0, 403);
    let mut request = good();
    *request.uri_mut() = "http://evil.example/".parse().expect("a URI");
    assert_eq!(send(request).await.0, 403);
}

#[tokio::test]
async fn only_the_dev_access_key_opens() {
    assert_eq!(without("authorization").await.0, 403);
    for authorization in [
        "Basic bGlua2tlZXBlci1kZXY6bGlua2tlZXBlci1kZXY=",
        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261122/local/dynamodb/aws4_request",
        "AWS4-HMAC-SHA256 Credential=linkkeeper-developer/20261122/local/dynamodb/aws4_request",
        "AWS4-HMAC-SHA256 SignedHeaders=Credential=linkkeeper-dev/x",
        "AWS4-HMAC-SHA256",
        "",
    ] {
        let (status, body) = with("authorization", authorization).await;
        assert_eq!(status, 403, "{authorization}");
        assert!(body.contains("UnrecognizedClientException"), "{body}");
    }
}

#[tokio::test]
async fn there_is_only_post_on_the_root() {
    for method in [Method::GET, Method::PUT, Method::OPTIONS, Method::DELETE] {
        let mut request = good();
        *request.method_mut() = method;
        assert_eq!(send(request).await.0, 405);
    }
    let mut request = good();
    *request.uri_mut() = "/shell".parse().expect("a URI");
    assert_eq!(send(request).await.0, 404);
}

#[tokio::test]
async fn a_target_must_be_named_and_known() {
    for answer in [without("x-amz-target").await, with("x-amz-target", "DynamoDB_20120810.X").await] {
        assert_eq!(answer.0, 400);
        assert!(answer.1.contains("UnknownOperationException"), "{}", answer.1);
    }
}

#[tokio::test]
async fn a_batch_of_sixteen_mebibytes_is_read_and_more_than_the_cap_is_not() {
    for (size, status) in [(17 << 20, 400), (BODY_CAP + 1, 413)] {
        let mut request = good();
        *request.body_mut() = Body::from(vec![b'x'; size]);
        assert_eq!(send(request).await.0, status, "{size}");
    }
}

/// The SDK as cargo lambda's functions use it: over a socket.
fn over_socket(address: SocketAddr) -> Client {
    let config = client_over(adapters::aws::http(&adapters::tls::Trust::default())).config().to_builder();
    Client::from_conf(config.endpoint_url(format!("http://{address}")).build())
}

#[tokio::test]
async fn the_real_sdk_comes_through_over_a_real_socket() {
    let engine = Engine::in_memory().expect("memory");
    let (address, serving) = open(engine.clone(), 0).await.expect("a free port");
    let serving = tokio::spawn(serving);
    let tables = over_socket(address).list_tables().send().await;
    assert_eq!(tables.expect("an answer").table_names(), [""; 0]);
    assert_eq!(engine.meter().of("ListTables"), 1);
    serving.abort();
}

#[tokio::test]
async fn a_taken_port_is_one_sentence_that_says_what_to_do() {
    let engine = Engine::in_memory().expect("memory");
    let (address, _serving) = open(engine.clone(), 0).await.expect("a free port");
    let Err(error) = open(engine, address.port()).await else {
        panic!("opened twice");
    };
    let said = error.to_string();
    assert!(said.contains(&address.port().to_string()) && said.contains("choose"), "{said}");
}
