//! The contract itself refuses what it should.

use axum::http::Method;

use super::description::{deviations, original};
use super::{BELVO, Given};
use crate::link::NewLink;
use crate::testing::World;

const ERROR: &str = r#"[{"request_id": "0123456789abcdef0123456789abcdef", "code": "x", "message": "y"}]"#;

#[test]
fn each_deviation_has_a_reason_and_is_about_something_that_is_there() {
    let mut document = original();
    for deviation in deviations() {
        assert!(deviation.reason().ends_with('.'));
        deviation.apply(&mut document);
    }
}

#[test]
fn answers_that_are_not_described_are_refused() {
    let json = "application/json";
    for (method, path, status, kind, text, wrong) in [
        ("GET", "/api/links/", 418, json, "{}", "status"),
        ("GET", "/api/links/", 201, json, "{}", "status"),
        ("GET", "/api/links/", 200, "text/html", "<p>", "media type"),
        ("GET", "/api/links/", 200, "", "", "media type"),
        ("GET", "/api/links/", 200, json, "{", "EOF"),
        ("GET", "/api/links/", 200, json, "[]", "not of type"),
        ("GET", "/api/links/", 200, json, r#"{"count": "1"}"#, "/count"),
        ("GET", "/api/links/", 200, json, r#"{"results": [{"status": "gone"}]}"#, "/results/0/status"),
        ("GET", "/api/links/x/", 200, json, r#"{"id": "x"}"#, "/id"),
        ("GET", "/api/links/x/", 404, json, r#"{"code": "not_found"}"#, "not of type"),
        ("GET", "/api/links/x/", 404, json, r#"[{"request_id": "1"}]"#, "/0/request_id"),
        ("GET", "/api/links/x/", 405, "text/html", "", "media type"),
        ("DELETE", "/api/links/x/", 204, json, "{}", "body"),
        ("GET", "/api/nowhere/", 200, json, "{}", "no description"),
    ] {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let refused = BELVO.check(&Given { method: &method, path, status, kind, text });
        let told = refused.expect_err(&format!("{method} {path} {status} {text}"));
        assert!(told.contains(wrong), "{method} {path} {status}: {told}");
    }
}

#[tokio::test]
async fn a_whole_account_has_everything_that_the_description_demands() {
    let world = World::new();
    world.belvo.plant(NewLink::default());
    let account = world.get("/api/accounts/").await.json()["results"][0].clone();
    let schemas = &original()["components"]["schemas"];
    for name in schemas["AccountOpenFinanceBrazil"]["required"].as_array().unwrap() {
        assert!(account.get(name.as_str().unwrap()).is_some(), "{name}");
    }
}

#[test]
fn answers_as_described_pass() {
    for (method, path, status, kind, text) in [
        ("GET", "/api/links/x/", 404, "application/json", ERROR),
        ("GET", "/api/links/", 403, "text/html; charset=utf-8", "<p>"),
        ("PUT", "/api/links/", 405, "application/json", ERROR),
        ("GET", "/api/nowhere/", 404, "application/json", ERROR),
        ("DELETE", "/api/links/x/", 204, "", ""),
    ] {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let answer = BELVO.check(&Given { method: &method, path, status, kind, text });
        assert_eq!(answer, Ok(()), "{method} {path} {status}");
    }
}
