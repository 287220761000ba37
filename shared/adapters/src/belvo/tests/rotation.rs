//! Keys that are being replaced: whichever of two pairs Belvo takes, calls go on.

use std::time::Duration;

use domain::{
    calls::Gate,
    failure::ProviderError,
    ports::{Provider, TokenRequest},
};
use reqwest::Method;
use serde_json::Value;

use super::{
    BASIC, Belvo, ID, PASSWORD, Settings, Timeouts, keys, link_id, plain, ring,
    server::{Answer, Server, json},
    settings, user,
};
use crate::belvo::{
    call::Call,
    keys::{KeyRing, Which},
    route::Route,
};

/// The other pair, as Basic authentication writes it.
const OTHER: &str = "Basic b3RoZXItaWQ6b3RoZXItcGFzc3dvcmQ=";

fn rotating(url: &str) -> Belvo {
    let good = settings(url, Duration::from_secs(5));
    let keys = ring(keys(ID, PASSWORD), Some(keys("other-id", "other-password")));
    Belvo::new(Settings { keys, ..good }).expect("a client")
}

fn refused(code: &str) -> Answer {
    json(401, &format!(r#"[{{"code":"{code}"}}]"#))
}

fn fine() -> Answer {
    json(200, &plain(link_id()))
}

/// The keys of each request so far.
fn sent(server: &Server) -> Vec<String> {
    let header = |asked: &String| {
        let line = asked.lines().find_map(|line| line.strip_prefix("authorization: "));
        line.expect("keys").to_owned()
    };
    server.asked().iter().map(header).collect()
}

#[tokio::test]
async fn keys_that_both_are_refused_are_each_tried_once() {
    let failed = || refused("authentication_failed");
    let server = Server::start(vec![failed(), failed(), failed(), failed()]).await;
    let belvo = rotating(&server.url);
    for _ in 0..2 {
        let answer = belvo.link(link_id()).await;
        assert!(matches!(answer, Err(ProviderError::Refused { status: 401, .. })), "{answer:?}");
    }
    assert_eq!(sent(&server), [BASIC, OTHER, BASIC, OTHER], "nothing is concluded from two refusals");
}

#[tokio::test]
async fn a_consent_without_accounts_says_nothing_of_the_keys() {
    let server = Server::start(vec![refused("consent_without_accounts"), fine()]).await;
    let belvo = rotating(&server.url);
    assert!(belvo.link(link_id()).await.is_err());
    assert!(belvo.link(link_id()).await.is_ok());
    assert_eq!(sent(&server), [BASIC, BASIC]);
}

#[tokio::test]
async fn the_pair_that_belvo_took_is_the_one_to_begin_with_and_clones_know_it() {
    let failed = || refused("authentication_failed");
    let server = Server::start(vec![fine(), failed(), fine(), fine(), failed(), fine(), fine()]).await;
    let belvo = rotating(&server.url);
    let clone = belvo.clone();
    for turn in 0..5 {
        let belvo = if turn % 2 == 0 { &belvo } else { &clone };
        belvo.link(link_id()).await.expect("one of the pairs is good");
    }
    assert_eq!(sent(&server), [BASIC, BASIC, OTHER, OTHER, OTHER, BASIC, BASIC], "there and back again");
}

/// Only an answer of Belvo's to the other pair says that it is good: a failure on the way says nothing.
#[tokio::test]
async fn a_failure_with_the_other_pair_is_no_proof_that_it_is_good() {
    let failed = || refused("authentication_failed");
    for lost in [json(500, "[]"), json(429, "[]"), json(200, "cut")] {
        let server = Server::start(vec![failed(), lost, fine()]).await;
        let belvo = rotating(&server.url);
        belvo.link(link_id()).await.expect_err("nothing is known");
        belvo.link(link_id()).await.expect("answered");
        assert_eq!(sent(&server), [BASIC, OTHER, BASIC]);
    }
}

#[tokio::test]
async fn a_refusal_of_something_else_proves_the_pair() {
    let missing = json(404, r#"[{"code":"not_found"}]"#);
    let server = Server::start(vec![refused("authentication_failed"), missing, fine()]).await;
    let belvo = rotating(&server.url);
    belvo.link(link_id()).await.expect("an answer: it is not there");
    belvo.link(link_id()).await.expect("answered");
    assert_eq!(sent(&server), [BASIC, OTHER, OTHER]);
}

/// A gate that never lets anything through.
struct Shut;

impl Gate for Shut {
    async fn pass<T, F, Fut>(&self, _: F) -> Result<T, ProviderError>
    where
        T: Send,
        F: Fn() -> Fut + Send + Sync,
        Fut: Future<Output = Result<T, ProviderError>> + Send,
    {
        std::future::pending().await
    }
}

/// Permits, repeats, a turn of the keys and a pause to write: together they end when the caller must answer.
#[tokio::test]
async fn everything_that_belongs_to_a_call_ends_with_its_deadline() {
    let belvo = rotating("http://127.0.0.1:9").through(Shut);
    let timeouts = Timeouts { whole: Duration::from_millis(50), ..belvo.settings.timeouts };
    let belvo = Belvo { settings: Settings { timeouts, ..belvo.settings.clone() }, ..belvo };
    assert!(matches!(belvo.link(link_id()).await, Err(ProviderError::Unknown(_))));
}

#[tokio::test]
async fn a_widget_token_is_asked_for_with_the_other_pair_in_its_body() {
    let token = || json(200, r#"{"access":"canary.access"}"#);
    let server = Server::start(vec![refused("authentication_failed"), token()]).await;
    let request = TokenRequest { external_id: user(), link_id: None, consent: None };
    rotating(&server.url).token(&request).await.expect("a token");
    let asked = server.asked();
    let body = |asked: &String| {
        let (_, body) = asked.split_once("\r\n\r\n").expect("a body");
        serde_json::from_str::<Value>(body).expect("JSON")
    };
    let pairs: Vec<_> =
        asked.iter().map(body).map(|body| (body["id"].clone(), body["password"].clone())).collect();
    assert_eq!(pairs, [(ID.into(), PASSWORD.into()), ("other-id".into(), "other-password".into())]);
}

#[test]
fn the_header_with_the_keys_is_marked_as_sensitive() {
    let belvo = rotating("https://sandbox.belvo.com");
    let url = belvo.settings.base_url.join(Route::Links);
    for which in [Which::First, Which::Second] {
        let call = Call::get(Route::Links, url.clone(), 1);
        let request = call
            .request(Method::GET, &belvo.http, belvo.settings.keys.held().keys(which))
            .expect("a request");
        let request = request.build().expect("a request");
        assert!(request.headers()["authorization"].is_sensitive());
        assert!(!format!("{request:?}").contains("Basic"));
    }
}

#[test]
fn a_ring_is_another_when_any_part_of_any_pair_is() {
    let pair = || keys("an-id", "a-password");
    let ring = |first, second| KeyRing::new(first, second);
    assert_eq!(ring(pair(), Some(keys(ID, PASSWORD))), ring(pair(), Some(keys(ID, PASSWORD))));
    for other in [keys("another", "a-password"), keys("an-id", "another")] {
        assert_ne!(ring(pair(), None), ring(other, None));
    }
    assert_ne!(ring(pair(), None), ring(pair(), Some(pair())), "a second pair");
    assert_ne!(ring(pair(), Some(pair())), ring(pair(), Some(keys(ID, PASSWORD))));
}
