//! Webhooks at a receiver on this machine, with the clock in the test's hand.

mod events;

use std::future::IntoFuture;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::any;
use serde_json::{Value, json};

use crate::testing::World;
use crate::{Delivered, DeliveryOutcome, Disorder, Outcome, Switches, Target, WebhookEvent, WebhookId};

/// Hears webhooks, and answers as told.
struct Receiver {
    url: String,
    heard: Arc<Mutex<Vec<(HeaderMap, Value)>>>,
}

impl Receiver {
    async fn answering(status: u16) -> Self {
        let heard: Arc<Mutex<Vec<(HeaderMap, Value)>>> = Arc::default();
        let ears = heard.clone();
        let hear = move |headers: HeaderMap, body: String| {
            ears.lock().unwrap().push((headers, serde_json::from_str(&body).unwrap()));
            async move { (StatusCode::from_u16(status).unwrap(), [("location", "http://127.0.0.1:1/")]) }
        };
        Self { url: serve(Router::new().route("/hook", any(hear))).await, heard }
    }

    fn bodies(&self) -> Vec<Value> {
        self.heard.lock().unwrap().iter().map(|(_, body)| body.clone()).collect()
    }

    /// What each webhook said it was, in the order of arrival.
    fn codes(&self) -> Vec<String> {
        self.bodies().iter().map(|body| body["webhook_code"].as_str().unwrap().to_owned()).collect()
    }
}

async fn serve(router: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    tokio::spawn(axum::serve(listener, router).into_future());
    url
}

fn telling(world: &World, url: &str) {
    world.belvo.set_webhooks(Some(Target::parse(url, Some("Bearer hush")).unwrap()));
}

async fn told() -> (World, Receiver) {
    let (world, receiver) = (World::new(), Receiver::answering(200).await);
    telling(&world, &receiver.url);
    (world, receiver)
}

/// Queues events that differ in their codes alone.
fn send(world: &World, codes: &[&str]) {
    for code in codes {
        world.belvo.send_webhook(&WebhookEvent::new("gone", "ACCOUNTS", code));
    }
}

const FAILED: Delivered = Delivered { delivered: 0, failed: 1 };
const NOTHING: Delivered = Delivered { delivered: 0, failed: 0 };

#[tokio::test]
async fn a_foreign_host_is_refused_as_target_and_nothing_is_changed() {
    let world = World::new();
    for body in [
        json!({"url": "http://example.com/hook"}),
        json!({"url": "https://127.0.0.1/hook"}),
        json!({"url": "http://127.0.0.1:1/hook", "authorization": "a\nb"}),
        json!({"uri": "http://127.0.0.1:1/hook"}),
    ] {
        assert_eq!(world.call("PUT", "/_sim/webhooks", &body).await.status, 400, "{body}");
    }
    assert_eq!(world.get("/_sim/webhooks").await.json()["url"], json!(null));
    let event = json!({"link_id": "x", "type": "LINK", "code": "link_deleted"});
    assert_eq!(world.call("POST", "/_sim/webhooks/send", &event).await.status, 409);
}

#[tokio::test]
async fn a_failed_delivery_is_repeated_five_times_each_later_than_the_last_and_then_given_up() {
    for status in [500, 404, 302] {
        let (world, receiver) = (World::new(), Receiver::answering(status).await);
        telling(&world, &receiver.url);
        send(&world, &["historical_update"]);
        assert_eq!(world.belvo.deliver_due().await, FAILED);
        for retry in 1..=5 {
            world.hand.forward(retry * 60 - 1);
            assert_eq!(world.belvo.deliver_due().await, NOTHING, "too soon for retry {retry}");
            world.hand.forward(1);
            assert_eq!(world.belvo.deliver_due().await, FAILED, "retry {retry}");
        }
        world.hand.forward(1_000_000);
        assert_eq!(world.belvo.deliver_due().await, NOTHING);
        let bodies = receiver.bodies();
        assert_eq!(bodies.len(), 6);
        assert!(bodies.iter().all(|body| body == &bodies[0]), "a repeat says the same");
        let log = world.get("/_sim/webhooks/deliveries").await;
        assert!(!log.text.contains("hush"));
        let entry = &log.json()[0];
        assert_eq!(
            (&entry["attempts"], &entry["last_status"], &entry["outcome"]),
            (&json!(6), &json!(status), &json!("given_up"))
        );
    }
}

#[tokio::test]
async fn no_answer_in_time_and_no_receiver_at_all_are_failures() {
    let silent = serve(Router::new().route("/hook", any(std::future::pending::<()>))).await;
    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    for url in [silent, format!("http://{closed}/hook")] {
        let world = World::new();
        let setting = json!({"url": url, "timeout_milliseconds": 50});
        assert_eq!(world.call("PUT", "/_sim/webhooks", &setting).await.status, 200);
        send(&world, &["historical_update"]);
        assert_eq!(world.belvo.deliver_due().await, FAILED, "{url}");
        let delivery = world.belvo.webhook_deliveries().remove(0);
        assert_eq!((delivery.last_status, delivery.outcome), (None, DeliveryOutcome::Waiting));
    }
}

#[tokio::test]
async fn nobody_is_told_when_there_is_no_target_any_more() {
    let (world, receiver) = told().await;
    send(&world, &["historical_update"]);
    assert_eq!(world.call("DELETE", "/_sim/webhooks", &json!({})).await.status, 204);
    send(&world, &["historical_update"]);
    telling(&world, &receiver.url);
    assert_eq!(world.belvo.deliver_due().await, NOTHING);
    assert_eq!(receiver.codes(), [""; 0]);
}

#[tokio::test]
async fn a_webhook_carries_the_exact_authorization_and_json() {
    let (world, receiver) = told().await;
    send(&world, &["historical_update"]);
    assert_eq!(world.belvo.deliver_due().await, Delivered { delivered: 1, failed: 0 });
    let heard = receiver.heard.lock().unwrap();
    let headers = &heard[0].0;
    assert_eq!(headers["authorization"], "Bearer hush");
    assert_eq!(headers["content-type"], "application/json");
}

#[tokio::test]
async fn the_switches_of_the_open_questions_decide() {
    let (world, receiver) = told().await;
    let switches = Switches {
        webhook_id: WebhookId::Subscription,
        token_required_has_data: false,
        link_deleted_type: "LINKS".to_owned(),
        webhook_retry_seconds: 7,
        ..world.belvo.switches()
    };
    world.belvo.send_webhook(&WebhookEvent::link_deleted("gone", Some("r".repeat(32)), &switches));
    send(&world, &["historical_update"]);
    world.belvo.set_switches(switches);
    send(&world, &["new_accounts_available", "token_required"]);
    world.belvo.deliver_due().await;
    let bodies = receiver.bodies();
    assert_eq!((&bodies[0]["webhook_type"], &bodies[0]["external_id"]), (&json!("LINKS"), &json!(null)));
    assert_eq!(bodies[0]["request_id"], "r".repeat(32));
    assert_ne!(bodies[0]["webhook_id"], bodies[1]["webhook_id"]);
    assert_eq!(bodies[2]["webhook_id"], bodies[3]["webhook_id"]);
    assert_eq!(bodies[3]["data"], json!({}));

    let failing = Receiver::answering(503).await;
    telling(&world, &failing.url);
    send(&world, &["historical_update"]);
    assert_eq!(world.belvo.deliver_due().await, FAILED);
    world.hand.forward(7);
    assert_eq!(world.belvo.deliver_due().await, FAILED);
}

/// What arrives of twenty events, in the order of arrival.
async fn arrivals(disorder: Disorder) -> Vec<String> {
    let (world, receiver) = told().await;
    world.belvo.set_disorder(disorder);
    let codes: Vec<String> = (0..20).map(|number| format!("event_{number:02}")).collect();
    send(&world, &codes.iter().map(String::as_str).collect::<Vec<_>>());
    world.belvo.deliver_due().await;
    receiver.codes()
}

#[tokio::test]
async fn what_is_lost_doubled_and_reordered_depends_on_the_seed_alone() {
    let plain = arrivals(Disorder::default()).await;
    assert_eq!(plain.len(), 20);
    for disorder in [
        Disorder { lost: 0.5, ..Disorder::default() },
        Disorder { doubled: 0.5, ..Disorder::default() },
        Disorder { reordered: true, ..Disorder::default() },
    ] {
        let first = arrivals(disorder).await;
        assert_ne!(first, plain, "{disorder:?}");
        assert_eq!(arrivals(disorder).await, first, "{disorder:?}");
        assert_ne!(arrivals(Disorder { seed: 1, ..disorder }).await, first, "{disorder:?}");
    }
    assert_eq!(arrivals(Disorder { lost: 1.0, ..Disorder::default() }).await, [""; 0]);
    assert_eq!(arrivals(Disorder { doubled: 1.0, ..Disorder::default() }).await.len(), 40);
}

#[tokio::test]
async fn a_delayed_webhook_leaves_at_its_moment_and_no_sooner() {
    let (world, receiver) = told().await;
    let disorder = json!({"delay_seconds": 30});
    assert_eq!(world.call("PUT", "/_sim/webhooks/disorder", &disorder).await.status, 200);
    send(&world, &["historical_update"]);
    world.hand.forward(29);
    assert_eq!(world.belvo.deliver_due().await, NOTHING);
    world.hand.forward(1);
    let sent = world.call("POST", "/_sim/webhooks/deliver", &json!({})).await.json();
    assert_eq!(sent, json!({"delivered": 1, "failed": 0}));
    assert_eq!(receiver.codes(), ["historical_update"]);
}

#[tokio::test]
async fn a_connection_is_told_even_when_its_callback_is_lost_and_before_the_answer_when_asked() {
    for (outcome, before_callback) in
        [(Outcome::Success, true), (Outcome::LoseCallback, true), (Outcome::Success, false)]
    {
        let (world, receiver) = told().await;
        world.belvo.set_disorder(Disorder { before_callback, ..Disorder::default() });
        let visit = json!({
            "access_token": world.token(json!({})).await,
            "external_id": "usr_8Yq2",
            "institution": "erebor_mx_retail",
            "username": "bnk100",
            "password": "full",
            "outcome": outcome,
        });
        assert_eq!(world.call("POST", "/widget/connect", &visit).await.status, 200);
        assert_eq!(!receiver.bodies().is_empty(), before_callback, "{outcome:?}");
        world.belvo.deliver_due().await;
        let first = receiver.bodies().remove(0);
        assert_eq!(first["webhook_code"], "historical_update");
        assert_eq!(first["external_id"], "usr_8Yq2");
        assert_eq!(first["link_id"], world.belvo.links()[0].id);
    }
}
