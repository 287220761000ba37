//! The edge as a client meets it: each refusal with its status, code and headers, and who counts as whom.

use axum::{
    Router,
    body::{Body as AxumBody, to_bytes},
    extract::Path,
    http::{Method, Request, StatusCode, header},
    routing::post,
};
use domain::{
    external_id::{ExternalId, ExternalIdError, ReferenceKey},
    failure::{ProviderError, StoreError},
    values::{LinkId, Reference},
};
use serde_json::{Value, json};
use tower::ServiceExt;

use super::*;

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Taken {
    #[serde(rename = "number")]
    _number: Option<u8>,
}

impl Body for Taken {
    const LIMIT: usize = 32;
    const SHAPE: &'static str = r#"{"number": 0 to 255}"#;
    const MAY_BE_EMPTY: bool = true;
}

async fn send(routes: Router, request: Request<AxumBody>) -> (StatusCode, Option<String>, Value) {
    let answer = edge(routes).oneshot(request).await.expect("never fails");
    let (status, retry) = (answer.status(), answer.headers().get(header::RETRY_AFTER).cloned());
    let retry = retry.map(|value| value.to_str().expect("text").to_owned());
    let body = to_bytes(answer.into_body(), 1 << 16).await.expect("a body");
    (status, retry, serde_json::from_slice(&body).unwrap_or_default())
}

fn request(body: impl Into<AxumBody>, content_type: &str) -> Request<AxumBody> {
    let request = Request::builder().method(Method::POST).uri("/").header(header::CONTENT_TYPE, content_type);
    request.body(body.into()).expect("a request")
}

/// What a client sees of this problem.
async fn seen(problem: fn() -> Problem) -> (u16, String, Option<String>, Value) {
    let routes = Router::new().route("/", post(move || async move { Err::<(), _>(problem()) }));
    let (status, retry, body) = send(routes, request("", "application/json")).await;
    (status.as_u16(), body["code"].as_str().unwrap_or_default().to_owned(), retry, body)
}

/// A problem, with the status, code and Retry-After that it is seen by.
type Row = (fn() -> Problem, u16, &'static str, Option<&'static str>);

#[tokio::test]
async fn each_problem_has_its_status_code_and_patience() {
    let busy = || Problem::Store(StoreError::Busy("inner secret".into()));
    let refused = || Problem::Store(StoreError::Refused("inner secret".into()));
    let corrupt = || Problem::Store(StoreError::Corrupt { kind: "link", cause: "inner secret".into() });
    let table: &[Row] = &[
        (|| Problem::Unauthenticated, 401, "unauthenticated", None),
        (|| Problem::Forbidden, 403, "forbidden", None),
        (|| Problem::NotFound, 404, "not_found", None),
        (|| Problem::MethodNotAllowed, 405, "method_not_allowed", None),
        (|| Problem::BodyTooLarge, 413, "body_too_large", None),
        (|| Problem::UnsupportedMediaType, 415, "unsupported_media_type", None),
        (|| Problem::InvalidJson, 400, "invalid_json", None),
        (|| Problem::InvalidBody("shape"), 422, "invalid_body", None),
        (|| Problem::ExternalId(ExternalIdError::Length), 422, "invalid_external_id", None),
        (|| Problem::ExternalId(ExternalIdError::PiiSuspected), 422, "pii_suspected", None),
        (|| Problem::ConsentsNotSetUp, 422, "consents_not_set_up", None),
        (|| Problem::LinkValid, 409, "link_valid", None),
        (|| Problem::LinkGone, 410, "link_gone", None),
        (|| Problem::LinkSuperseded(LinkId::nil()), 409, "link_superseded", None),
        (|| Problem::Erased, 409, "erased", None),
        (|| Problem::TooManySessions, 429, "too_many_sessions", Some("600")),
        (|| Problem::TooManyPending, 429, "too_many_pending", Some("60")),
        (|| Problem::Belvo(ProviderError::Throttled), 503, "belvo_unavailable", Some("30")),
        (busy, 503, "store_unavailable", Some("2")),
        (refused, 500, "internal", None),
        (corrupt, 500, "internal", None),
    ];
    for (problem, status, code, retry) in table {
        let (was, said, patience, body) = seen(*problem).await;
        assert_eq!((was, said.as_str(), patience.as_deref()), (*status, *code, *retry));
        assert_eq!(body["status"], json!(status));
        assert!(!body.to_string().contains("inner secret"), "{body}");
    }
}

#[tokio::test]
async fn a_body_is_refused_by_length_then_by_type_then_by_content() {
    let routes = || Router::new().route("/", post(|_: Json<Taken>| async {}));
    let json = "application/json; charset=utf-8";
    let table = [
        (request("", ""), 200),
        (request("{}", json), 200),
        (request(format!("{{}}{}", " ".repeat(30)), json), 200),
        (request(format!("{{}}{}", " ".repeat(31)), json), 413),
        (request(" ".repeat(40), "text/plain"), 413),
        (request("{}", "text/plain"), 415),
        (request("{", json), 400),
        (request(vec![0xff, 0xfe], json), 400),
        (request("[1]", json), 422),
        (request(r#"{"number":256}"#, json), 422),
        (request(r#"{"other":1}"#, json), 422),
    ];
    for (number, (request, status)) in table.into_iter().enumerate() {
        assert_eq!(send(routes(), request).await.0.as_u16(), status, "row {number}");
    }
}

#[tokio::test]
async fn what_no_route_takes_is_a_problem_too() {
    let routes = || Router::new().route("/users", post(|| async {}));
    let asked =
        |method, path| Request::builder().method(method).uri(path).body(AxumBody::empty()).expect("fine");
    assert_eq!(send(routes(), asked(Method::GET, "/none")).await.2["code"], "not_found");
    let (status, _, body) = send(routes(), asked(Method::PUT, "/users")).await;
    assert_eq!((status.as_u16(), body["code"].as_str()), (405, Some("method_not_allowed")));
    assert_eq!(body["request_id"], "none");
}

/// What the caller with these claims is told to be, asking for `/users/{named}`.
async fn named(claims: Option<Value>, named: &str) -> String {
    let key = ReferenceKey::parse(&format!("a:{}", "k".repeat(32))).expect("valid");
    let who = move |caller: Caller, Path(user): Path<String>| async move {
        caller.user(&user, &key).map(|id| id.as_str().to_owned())
    };
    let routes = Router::new().route("/users/{user}", post(who));
    let path = format!("/users/{named}");
    let mut request =
        Request::builder().method(Method::POST).uri(&path).body(AxumBody::empty()).expect("fine");
    let context = request_context(&Method::POST, &path, "id-1", claims).expect("a context");
    request.extensions_mut().insert(context);
    let answer = edge(routes).oneshot(request).await.expect("never fails");
    let body = to_bytes(answer.into_body(), 1 << 16).await.expect("a body");
    String::from_utf8(body.to_vec()).expect("text")
}

#[tokio::test]
async fn a_caller_is_its_subject_and_only_an_admin_may_name_another() {
    let ana = json!({"sub": "ana", "scope": ""});
    let admin = json!({"sub": "ops", "scope": "openid links:admin"});
    let key = ReferenceKey::parse(&format!("a:{}", "k".repeat(32))).expect("valid");
    let me = ExternalId::derive(&key, &Reference::parse("ana").expect("valid"));
    assert_eq!(named(Some(ana.clone()), "me").await, me.as_str());
    assert_eq!(named(Some(admin.clone()), "customer-1").await, "customer-1");
    assert!(named(Some(ana), me.as_str()).await.contains("not_found"), "not even by one's own id");
    assert!(named(Some(admin), "a%20b").await.contains("not_found"));
}

#[tokio::test]
async fn without_usable_claims_nobody_calls() {
    for claims in [None, Some(json!({})), Some(json!({"sub": ""})), Some(json!({"sub": "a\u{7}b"}))] {
        assert!(named(claims.clone(), "me").await.contains("unauthenticated"), "{claims:?}");
    }
    let almost = json!({"sub": "ops", "scope": "links:administrator xlinks:admin"});
    assert!(named(Some(almost), "customer-1").await.contains("not_found"));
}

#[tokio::test]
async fn a_path_that_is_no_text_names_nothing() {
    let named = |super::Path(_): super::Path<String>| async {};
    let routes = Router::new().route("/{name}", post(named));
    let request = Request::builder().method(Method::POST).uri("/%ff").body(AxumBody::empty());
    let (status, _, body) = send(routes, request.expect("a request")).await;
    assert_eq!((status, &body["code"]), (StatusCode::NOT_FOUND, &json!("not_found")));
}

#[tokio::test]
async fn an_admin_acts_for_whomever_it_names_and_nobody_else_does() {
    let role = |caller: Caller, Path(user): Path<String>| async move {
        format!("{} {:?}", caller.is_admin(), caller.acting_for(&user))
    };
    for (scope, named, told) in [
        ("links:admin", "customer-1", "true Some(Admin)"),
        ("links:admin", "me", "true None"),
        ("openid", "customer-1", "false None"),
    ] {
        let path = format!("/users/{named}");
        let mut request =
            Request::builder().method(Method::POST).uri(&path).body(AxumBody::empty()).expect("fine");
        let claims = json!({"sub": "ops", "scope": scope});
        let context = request_context(&Method::POST, &path, "id-1", Some(claims)).expect("a context");
        request.extensions_mut().insert(context);
        let answer =
            Router::new().route("/users/{user}", post(role)).oneshot(request).await.expect("never fails");
        let body = to_bytes(answer.into_body(), 1 << 16).await.expect("a body");
        assert_eq!(body, told, "{scope} {named}");
    }
}
