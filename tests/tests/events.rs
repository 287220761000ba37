//! The events in `events/`: parsed as Lambda parses them, answered by the very routers, in the order that
//! `expected.json` lists them, on an empty table.

use std::{collections::BTreeSet, fs, path::PathBuf, sync::Mutex};

use adapters::ambient::SystemAmbient;
use axum::body::Body;
use cli::world::World;
use domain::{
    policy::Policy,
    ports::{Publisher, Unpublished},
    published::Published,
};
use lambda_runtime::{Context, LambdaEvent};
use serde_json::Value;
use tests::Schemas;
use tower::ServiceExt;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../events")
}

fn json(name: &str) -> Value {
    let text = fs::read_to_string(folder().join(name)).expect("the event is there");
    serde_json::from_str(&text).expect("the event is JSON")
}

fn expected() -> Vec<(String, u64)> {
    let list = json("expected.json");
    let list = list["expected"].as_array().expect("a list");
    let case = |case: &Value| (case["event"].as_str().unwrap().to_owned(), case["status"].as_u64().unwrap());
    list.iter().map(case).collect()
}

/// The names of all events but the schedules' and the stream's, which are no HTTP.
fn there() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for function in ["belvo-webhook", "register-user", "user-links", "widget-callback"] {
        for file in fs::read_dir(folder().join(function)).expect("a folder for each function") {
            let name = file.expect("readable").file_name().into_string().expect("plain names");
            names.insert(format!("{function}/{}", name.trim_end_matches(".json")));
        }
    }
    names
}

#[tokio::test]
async fn every_event_gets_the_answer_that_is_expected() {
    let world = World::new(Policy::default()).await.expect("a world");
    let functions = world.stack.functions();
    for (name, status) in expected() {
        let event = json(&format!("{name}.json")).to_string();
        let request = lambda_http::request::from_str(&event).expect("Lambda takes the event");
        let request = request.map(Body::new);
        let function = functions.of(request.uri().path()).clone();
        let answer = function.oneshot(request).await.expect("never fails");
        assert_eq!(u64::from(answer.status().as_u16()), status, "{name}");
    }
}

#[tokio::test]
async fn every_event_of_the_schedule_starts_the_sweep_that_it_asks_for() {
    for (event, scope) in [
        ("schedule", "full"), // nothing was swept before, so that is due
        ("full", "full"),
        ("recent", "recent"),
        ("window", "2026-03-01"),
        ("user", "lk_"),
    ] {
        let world = World::new(Policy::default()).await.expect("a world");
        let order = reconcile::order::of(&json(&format!("reconcile/{event}.json"))).expect("an order");
        let outcome = world.tick(&order).await.expect("a tick");
        let answer = serde_json::to_value(reconcile::Answer::from(outcome)).expect("JSON");
        assert_eq!(answer["outcome"], "finished", "{event}");
        assert!(answer["report"]["scope"].to_string().contains(scope), "{event}: {answer}");
    }
}

/// API Gateway hands a body over in base64 where it takes it for binary.
#[tokio::test]
async fn a_body_in_base64_is_the_body_that_it_encodes() {
    let world = World::new(Policy::default()).await.expect("a world");
    for (body, status) in [
        ("eyJyZWZlcmVuY2UiOiAiYnJ1bm8ifQ==", 201), // {"reference": "bruno"}
        ("eyJyZWZlcmVuY2UiOiAiYnJ1bm8i", 400),
        ("/w==", 400), // no text at all
        (&*"ICAg".repeat(2_000), 413),
    ] {
        let mut event = json("register-user/admin-by-reference.json");
        event["isBase64Encoded"] = true.into();
        event["body"] = body.into();
        let request = lambda_http::request::from_str(&event.to_string()).expect("Lambda takes the event");
        let function = world.stack.functions().of("/users").clone();
        let answer = function.oneshot(request.map(Body::new)).await.expect("never fails");
        assert_eq!(answer.status().as_u16(), status, "{body:.40}");
    }
}

/// A bus that takes everything.
#[derive(Default)]
struct Bus(Mutex<Vec<Published>>);

impl Publisher for Bus {
    async fn publish(&self, events: &[Published]) -> Result<(), Unpublished> {
        self.0.lock().expect("one thread").extend_from_slice(events);
        Ok(())
    }
}

#[tokio::test]
async fn every_batch_of_the_stream_is_told_as_far_as_it_concerns_the_outside() {
    for (event, types) in [
        ("filed", &["user.registered", "session.opened", "link.bound"][..]),
        ("other-changes", &[]),
        ("unreadable", &[]), // and does not come again
    ] {
        let batch = serde_json::from_value(json(&format!("publish-events/{event}.json"))).expect("a batch");
        let deps = publish_events::Deps { publisher: Bus::default(), ambient: SystemAmbient };
        let brought = LambdaEvent::new(batch, Context::default());
        let Ok(answer) = publish_events::handle(&deps, brought).await;
        assert_eq!(answer, publish_events::Answer::default(), "{event}");
        let told = Schemas::read().hold(&deps.publisher.0.lock().expect("one thread"));
        assert_eq!(told.iter().map(|event| &event["type"]).collect::<Vec<_>>(), types, "{event}");
    }
}

#[tokio::test]
async fn the_event_of_the_other_schedule_works_off_what_waits() {
    let world = World::new(Policy::default()).await.expect("a world");
    let event = LambdaEvent::new(json("follow-up/schedule.json"), Context::default());
    let answer = follow_up::handle(&world.stack.follow_up(), event).await.expect("a tick");
    assert_eq!(answer.counts().len(), 15);
}

#[test]
fn every_event_is_expected_and_each_function_has_a_success_and_a_refusal() {
    let listed: BTreeSet<_> = expected().into_iter().map(|(name, _)| name).collect();
    assert_eq!(listed, there());
    for function in ["belvo-webhook", "register-user", "user-links"] {
        let of = |good: bool| expected().iter().any(|(n, s)| n.starts_with(function) && (*s < 300) == good);
        assert!(of(true) && of(false), "{function}");
    }
}
