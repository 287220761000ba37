//! Rows about webhooks: what arrives at a receiver on this machine that is not Linkkeeper. The flow must come to the
//! same end without them (with them: `flows/webhooks_sent.rs`).

use std::{
    future::IntoFuture,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use belvo_simulator::{Delivered, DeliveryOutcome, Disorder, Target, WebhookEvent};
use serde_json::{Value, json};
use tests::{Story, person::is};
use tokio::net::TcpListener;

use super::{flows::play, http::ask};

const NONE: Delivered = Delivered { delivered: 0, failed: 0 };
const FAILED: Delivered = Delivered { delivered: 0, failed: 1 };

/// Hears webhooks.
#[derive(Clone, Default)]
struct Receiver(Arc<Mutex<Vec<(HeaderMap, Value)>>>);

impl Receiver {
    /// One that answers with this status, and is told by this story's Belvo.
    async fn of(story: &Story, status: StatusCode) -> Self {
        let receiver = Self::default();
        let heard = receiver.0.clone();
        let hear = move |headers: HeaderMap, body: String| {
            heard.lock().unwrap().push((headers, serde_json::from_str(&body).unwrap()));
            async move { status }
        };
        tell(story, Router::new().route("/hook", post(hear))).await;
        receiver
    }

    /// What each one said it was, and of which link, in the order of arrival.
    fn heard(&self) -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let heard = self.0.lock().unwrap();
        heard.iter().map(|(_, body)| (text(&body["webhook_code"]), text(&body["link_id"]))).collect()
    }
}

/// Has this story's Belvo tell this receiver, on a port of its own.
async fn tell(story: &Story, receiver: Router) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    tokio::spawn(axum::serve(listener, receiver).into_future());
    story.world.belvo.set_webhooks(Some(Target::parse(&url, Some("Bearer hush")).unwrap()));
}

fn of(link: &str, code: &str) -> (String, String) {
    (code.to_owned(), link.to_owned())
}

#[tokio::test]
async fn webhook_before_the_callback_changes_nothing_and_the_callback_binds_as_ever() {
    let story = Story::begin().await;
    let receiver = Receiver::of(&story, StatusCode::OK).await;
    let ana = story.registered("ana").await;
    let session = ana.opens().await;
    story.world.belvo.set_disorder(Disorder { before_callback: true, ..Disorder::default() });
    let visit = json!({
        "access_token": session.token,
        "external_id": ana.external_id,
        "institution": "erebor_mx_retail",
        "username": "bnk100",
        "password": "full",
    });

    let told = ask(&story.world.belvo, "POST /widget/connect", &visit).await;
    let link = told.json["link"].as_str().unwrap();
    assert_eq!(receiver.heard(), [of(link, "historical_update")]);
    assert_eq!(receiver.0.lock().unwrap()[0].0["authorization"], "Bearer hush");
    assert_eq!(ana.links().await, []);

    assert_eq!(ana.reports(&session, link).await.status, 201);
    assert_eq!(ana.links().await, [is(link, "active")]);
}

#[tokio::test]
async fn webhook_for_a_deleted_link_arrives_and_the_link_stays_retired() {
    let story = Story::begin().await;
    let receiver = Receiver::of(&story, StatusCode::OK).await;
    let ana = story.registered("ana").await;
    let (gone, canary) = (ana.has_connected("gone").await, ana.has_connected("canary").await);
    story.world.belvo.deliver_due().await;
    play(&story, "deleted-late");
    let accepted = ask(&story.world.belvo, &format!("DELETE /api/links/{gone}/ async"), &Value::Null).await;
    story.minutes(11);
    story.sweep().await;
    story.minutes(21);
    story.sweep().await;

    story.world.belvo.deliver_due().await;
    story.world.belvo.send_webhook(&WebhookEvent::new(&gone, "ACCOUNTS", "historical_update"));
    story.world.belvo.deliver_due().await;

    assert_eq!(receiver.heard()[2..], [of(&gone, "link_deleted"), of(&gone, "historical_update")]);
    assert_eq!(receiver.0.lock().unwrap()[2].1["request_id"], accepted.json["request_id"]);
    story.sweep().await;
    assert_eq!(ana.links().await, [is(&canary, "active")]);
}

#[tokio::test]
async fn a_webhook_whose_receiver_takes_too_long_has_failed_and_the_flow_does_not_notice() {
    let story = Story::begin().await;
    let silent = Router::new().route("/hook", post(std::future::pending::<()>));
    tell(&story, silent).await;
    // How long that is makes no difference but to the test: it is five seconds unless set.
    story.world.belvo.set_webhook_timeout(Duration::from_millis(50));
    let ana = story.registered("ana").await;
    let link = ana.has_connected("bnk100").await;

    assert_eq!(story.world.belvo.deliver_due().await, FAILED);

    let delivery = story.world.belvo.webhook_deliveries().remove(0);
    assert_eq!((delivery.last_status, delivery.outcome), (None, DeliveryOutcome::Waiting));
    assert_eq!(ana.links().await, [is(&link, "active")]);
}

/// Enough for each lot to fall both ways.
const CONNECTIONS: usize = 10;

/// What arrives of so many connections under this disorder, each by its number, and that each is bound.
async fn arrivals(disorder: Disorder) -> Vec<usize> {
    let story = Story::begin().await;
    let receiver = Receiver::of(&story, StatusCode::OK).await;
    story.switch(|switches| switches.rate_limit = None);
    story.world.belvo.set_disorder(disorder);
    let ana = story.registered("ana").await;
    let mut links = Vec::new();
    for login in 0..CONNECTIONS {
        links.push(ana.has_connected(&format!("login-{login}")).await);
    }
    story.world.belvo.deliver_due().await;
    assert_eq!(ana.links().await.len(), CONNECTIONS, "{disorder:?}");
    let number = |link: &String| links.iter().position(|known| known == link).unwrap();
    receiver.heard().iter().map(|(_, link)| number(link)).collect()
}

#[tokio::test]
async fn webhooks_are_lost_doubled_and_reordered_by_the_seed_and_every_link_is_bound() {
    let all: Vec<usize> = (0..CONNECTIONS).collect();
    assert_eq!(arrivals(Disorder::default()).await, all);
    for (disorder, least, most) in [
        (Disorder { lost: 0.5, ..Disorder::default() }, 0, 1),
        (Disorder { doubled: 0.5, ..Disorder::default() }, 1, 2),
        (Disorder { reordered: true, ..Disorder::default() }, 1, 1),
    ] {
        let arrived = arrivals(disorder).await;
        let times = |one: &usize| arrived.iter().filter(|other| *other == one).count();
        assert!(all.iter().all(|one| (least..=most).contains(&times(one))), "{disorder:?}: {arrived:?}");
        assert_ne!(arrived, all, "{disorder:?}");
        assert_eq!(arrivals(disorder).await, arrived, "{disorder:?}");
        assert_ne!(arrivals(Disorder { seed: 1, ..disorder }).await, arrived, "{disorder:?}");
    }
}

#[tokio::test]
async fn webhooks_are_delayed_and_the_flow_waits_for_none() {
    let story = Story::begin().await;
    let receiver = Receiver::of(&story, StatusCode::OK).await;
    story.world.belvo.set_disorder(Disorder { delay_seconds: 600, ..Disorder::default() });
    let ana = story.registered("ana").await;
    let link = ana.has_connected("bnk100").await;
    story.minutes(9);
    assert_eq!(story.world.belvo.deliver_due().await, NONE);
    assert_eq!(ana.links().await, [is(&link, "active")]);
    story.minutes(2);
    story.world.belvo.deliver_due().await;
    assert_eq!(receiver.heard(), [of(&link, "historical_update")]);
}

#[tokio::test]
async fn webhooks_that_fail_are_repeated_five_times_in_linear_steps_and_given_up() {
    let story = Story::begin().await;
    let receiver = Receiver::of(&story, StatusCode::SERVICE_UNAVAILABLE).await;
    let ana = story.registered("ana").await;
    let link = ana.has_connected("bnk100").await;
    let belvo = &story.world.belvo;
    assert_eq!(belvo.deliver_due().await, FAILED);
    for repeat in 1..=5 {
        story.world.pass(jiff::SignedDuration::from_secs(60 * repeat - 1));
        assert_eq!(belvo.deliver_due().await, NONE, "too soon for repeat {repeat}");
        story.world.pass(jiff::SignedDuration::from_secs(1));
        assert_eq!(belvo.deliver_due().await, FAILED, "repeat {repeat}");
    }
    story.minutes(600);
    assert_eq!(belvo.deliver_due().await, NONE);
    assert_eq!(belvo.webhook_deliveries()[0].outcome, DeliveryOutcome::GivenUp);
    assert_eq!(receiver.heard(), vec![of(&link, "historical_update"); 6]);
    assert_eq!(ana.links().await, [is(&link, "active")]);
}
