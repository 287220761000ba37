//! The keys: where they are sent, and where they are never seen.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
    time::Duration,
};

use domain::ports::{Provider, TokenRequest};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tracing_subscriber::filter::LevelFilter;

use super::{
    BASIC, ID, PASSWORD, client,
    consents::{consenting, holder},
    keys, link_id, page, plain, ring,
    server::{Server, json as json_answer},
    settings, unknown, user,
};
use crate::belvo::{Belvo, BuildError};

async fn token_body(link_id: Option<domain::values::LinkId>) -> (String, Value) {
    let server = Server::json(200, r#"{"access":"canary.access","refresh":"canary.refresh"}"#).await;
    let token =
        client(&server.url).token(&TokenRequest { external_id: user(), link_id, consent: None }).await;
    assert_eq!(token.expect("a token").expose_secret(), "canary.access");
    let asked = server.asked().concat();
    let (head, body) = asked.split_once("\r\n\r\n").expect("a body");
    (head.to_owned(), serde_json::from_str(body).expect("JSON"))
}

#[tokio::test]
async fn a_token_is_asked_for_with_the_keys_in_the_body_only() {
    let (head, body) = token_body(None).await;
    assert!(head.starts_with("POST /api/token/ HTTP/1.1\r\n"), "{head}");
    assert!(head.contains("content-type: application/json\r\n"), "{head}");
    assert!(!head.contains("authorization"), "{head}");
    let expected = json!({
        "id": ID, "password": PASSWORD, "scopes": "read_institutions,write_links",
        "external_id": "lk_a_user", "fetch_resources": ["ACCOUNTS"], "credentials_storage": "store",
        "stale_in": "365d", "widget": {},
    });
    assert_eq!(body, expected);
}

#[tokio::test]
async fn update_mode_names_the_link_as_link_id_and_may_read_it() {
    let (_, body) = token_body(Some(link_id())).await;
    assert_eq!(body["link_id"], json!(link_id()));
    assert_eq!(body["scopes"], "read_institutions,write_links,read_links");
    assert_eq!(body.get("link"), None, "Belvo ignores `link` without a word");
}

/// What a subscriber wrote.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().expect("not poisoned")).into_owned()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("not poisoned").write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn not_even_the_most_talkative_log_holds_a_secret_or_an_id() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(LevelFilter::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    // With a single subscriber alive, whether a line is wanted is asked of the thread that comes by first,
    // and the other tests' threads want none.
    let _second = tracing::Dispatch::new(tracing_subscriber::registry());
    let guard = tracing::subscriber::set_default(subscriber);
    let told = format!(r#"[{{"code":"invalid","message":"{PASSWORD} {BASIC}","field":"password"}}]"#);
    let server = Server::start(vec![
        json_answer(200, r#"{"access":"canary.access","refresh":"canary.refresh"}"#),
        json_answer(400, &told),
        json_answer(200, &page("null", &[plain(link_id()), "7".to_owned()])),
        json_answer(404, r#"[{"code":"not_found"}]"#),
    ])
    .await;
    let belvo = consenting(&server.url);
    let request = TokenRequest { external_id: user(), link_id: None, consent: Some(holder()) };
    belvo.token(&request).await.expect("a token");
    belvo.token(&request).await.expect_err("refused");
    belvo.links_of(&user()).await.expect("a list");
    belvo.link(link_id()).await.expect("an answer");
    assert!(belvo.check().await.is_err(), "the server has no more answers");
    drop(guard);

    let log = log.text();
    for secret in ["canary", &BASIC[6..], "lk_a_user", super::LINK, "ooE7XJWE", "76109277673", "Ralph"] {
        assert!(!log.contains(secret), "{secret} in {log}");
    }
    for told in [
        r#"DEBUG adapters::belvo::call: called Belvo method=POST route="/api/token/" status=200 outcome="ok""#,
        r#"WARN adapters::belvo::call: called Belvo method=POST route="/api/token/" status=400"#,
        r#"DEBUG adapters::belvo::call: called Belvo method=GET route="/api/links/{id}/" status=404 outcome="not found""#,
        r#"WARN adapters::belvo::call: called Belvo method=GET route="/api/" outcome=Belvo's answer is unknown"#,
        "WARN adapters::belvo::wire: set records of Belvo's aside unreadable=1",
    ] {
        assert!(log.contains(told), "{told} not in {log}");
    }
}

#[test]
fn debug_shows_where_belvo_is_and_not_the_keys() {
    let shown = format!("{:#?}", client("https://sandbox.belvo.com"));
    assert!(shown.contains("sandbox.belvo.com") && shown.contains("[redacted]"), "{shown}");
    assert!(!shown.contains("canary") && !shown.contains("Basic"), "{shown}");
}

#[test]
fn keys_that_cannot_be_sent_are_refused_at_start() {
    for (id, password) in [("", PASSWORD), (ID, ""), ("a:b", PASSWORD), (ID, "pasted\n"), ("é", PASSWORD)] {
        let good = || settings("https://sandbox.belvo.com", Duration::from_secs(1));
        let alone = super::Settings { keys: ring(keys(id, password), None), ..good() };
        let both = ring(keys(ID, PASSWORD), Some(keys(id, password)));
        let beside = super::Settings { keys: both, ..good() };
        for unusable in [alone, beside] {
            let refused = Belvo::new(unusable).expect_err("unusable keys");
            assert!(matches!(refused, BuildError::Credentials(_)), "{refused:?}");
        }
    }
}

/// Nothing but a TLS greeting leaves before the server has shown who it is, and TLS works without a crypto
/// provider for the whole process: without one, this would panic.
#[tokio::test]
async fn over_https_nothing_is_said_before_the_server_is_known() {
    let server = Server::start(Vec::new()).await;
    let belvo = client(&server.url.replace("http://", "https://"));
    assert_eq!(unknown(belvo.check().await), "no connection");
    let asked = server.asked().concat();
    assert!(asked.starts_with('\u{16}') && !asked.contains("Basic") && !asked.contains("/api/"));
}
