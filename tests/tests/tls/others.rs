//! AWS's other services: they have the table's client, so that one way to be refused stands for all.

use adapters::{
    config::{AWS_CA_BUNDLE, AWS_ENDPOINT_URL_SECRETS_MANAGER, Environment, REFERENCE_KEY_ARN, Reader},
    eventbridge::EventBridge,
};
use axum::{Json, Router};
use cli::engine::{DEV_ACCESS_KEY, DEV_REGION, DEV_SECRET_KEY};
use domain::{
    change::{Action, AuditEvent, EventId, Filed, Source, WriterId},
    external_id::ExternalId,
    ports::Publisher,
    published::Published,
};
use jiff::Timestamp;
use serde_json::json;
use tests::{
    cloud::Stopwatch,
    tls::{Authority, Leaf, Server},
    vault::{REFERENCE, Vault},
};

use crate::{callers::table, refused::UNTRUSTED};

/// Served behind TLS with a certificate of this authority.
async fn behind(authority: &Authority, service: Router) -> Server {
    Server::open(authority.server(&Leaf::default()), &Stopwatch::default(), |_| service).await
}

/// Reads the reference key from there as a function does when it starts; gives why it cannot.
async fn key_of(server: &Server, trusted: &Authority) -> Option<String> {
    let bundle = trusted.file();
    let environment = Environment::made_of([
        ("AWS_REGION", DEV_REGION),
        ("AWS_ACCESS_KEY_ID", DEV_ACCESS_KEY),
        ("AWS_SECRET_ACCESS_KEY", DEV_SECRET_KEY),
        (AWS_CA_BUNDLE, bundle.path().to_str().expect("a path of letters")),
        (AWS_ENDPOINT_URL_SECRETS_MANAGER, &*server.url),
        (REFERENCE_KEY_ARN, REFERENCE),
    ]);
    let mut reader = Reader::new(&environment);
    let key = reader.reference_key();
    let key = reader.finish(key).expect("a good configuration");
    key.await.err().map(|error| error.to_string())
}

#[tokio::test]
async fn secrets_are_read_from_whom_the_bundle_vouches_for_and_nobody_else() {
    let (known, unknown) = (Authority::default(), Authority::named("Another authority"));
    let vault = Vault::furnished().await;
    let server = behind(&known, vault.router()).await;
    assert_eq!(key_of(&server, &known).await, None);
    assert_eq!(vault.asked_for(REFERENCE), ["AWSCURRENT"]);
    let refused = format!("Secrets Manager was not asked, as what answers there has {UNTRUSTED}");
    let told = key_of(&server, &unknown).await;
    assert_eq!(told, Some(format!("secrets: {REFERENCE_KEY_ARN}: {refused}")));
    let seen = server.has_seen(|seen| !seen.refusals.is_empty()).await;
    assert_eq!((seen.handshakes, seen.refusals.len()), (1, 1), "one by who trusts it, one by who does not");
    assert_eq!(vault.asked_for(REFERENCE), [""; 0]);
}

fn event() -> Published {
    let at = Timestamp::from_second(1_772_445_600).expect("a time");
    let event = AuditEvent::new(at, Action::Register, Source::Registration);
    let event = AuditEvent { external_id: Some(ExternalId::parse("lk_user").expect("valid")), ..event };
    let id = EventId { writer: WriterId::mint([1; 16]), number: 0 };
    Published::of(&Filed { id, event }).expect("it is told")
}

#[tokio::test]
async fn events_are_told_to_whom_the_bundle_vouches_for_and_nobody_else() {
    let (known, unknown) = (Authority::default(), Authority::named("Another authority"));
    let taken = || async { Json(json!({"FailedEntryCount": 0, "Entries": [{"EventId": "1"}]})) };
    let server = behind(&known, Router::new().fallback(taken)).await;
    let (good, _) = table(&server.url, known.trust());
    EventBridge::open_connected(&(good, "bus".to_owned())).await.publish(&[event()]).await.expect("taken");
    let (bad, _) = table(&server.url, unknown.trust());
    let before = server.seen().bytes;
    let missed = EventBridge::open_connected(&(bad, "bus".to_owned())).await.publish(&[event()]).await;
    let told = missed.expect_err("refused").cause.to_string();
    assert_eq!(told, format!("EventBridge: {UNTRUSTED}"));
    let seen = server.has_seen(|seen| !seen.refusals.is_empty()).await;
    assert_eq!((seen.handshakes, seen.refusals.len(), seen.bytes), (1, 1, before));
}
