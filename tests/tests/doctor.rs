//! `linkkeeper doctor`: each check, by the fault that it is there for.

use adapters::{
    belvo::{BaseUrl, Settings},
    config::Environment,
    dynamo::{DynamoStore, create_if_missing, stream_if_missing},
};
use aws_sdk_dynamodb::types::AttributeValue;
use belvo_simulator::{Mode, NewLink};
use clap::Parser;
use cli::{
    args::Program,
    commands::perform,
    doctor::{State, of_keys},
    engine::Engine,
    world::{TABLE, metered},
};
use domain::{
    budget::Window,
    ports::{Ambient, Budget},
};
use serde_json::Value;
use tests::{Office, Story, mail::webhook};

/// An office where nothing is wrong: a sweep was made a moment ago.
async fn office() -> Office {
    let office = Office::open().await;
    office.story.registered("ana").await;
    office.story.minutes(58);
    office.story.sweep().await;
    office
}

/// What was found of this check.
async fn found(office: &Office, check: &str) -> Value {
    let (told, _) = office.performed("doctor --json").await;
    let all: Vec<Value> = told.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let finding = all.iter().find(|finding| finding["check"] == check).unwrap_or_else(|| panic!("{told}"));
    finding.clone()
}

async fn expect(office: &Office, check: &str, state: &str, words: &str) {
    let finding = found(office, check).await;
    assert_eq!(finding["state"], state, "{finding}");
    assert!(finding["found"].as_str().is_some_and(|found| found.contains(words)), "{words}: {finding}");
    let mended = finding["mend"].as_str().is_some_and(|mend| !mend.is_empty());
    assert_eq!(mended, state != "ok", "{finding}");
}

#[tokio::test]
async fn where_nothing_is_wrong_every_check_is_ok_and_the_program_ends_well() {
    let office = office().await;
    let findings = office.objects("doctor --json").await;
    let checks: Vec<_> = findings.iter().filter_map(|finding| finding["check"].as_str()).collect();
    let all = [
        "configuration",
        "table",
        "clock: DynamoDB",
        "environment",
        "credentials",
        "clock: Belvo",
        "budget",
        "last sweep",
        "canary",
        "items",
        "inbox",
        "deletions",
        "quarantine",
    ];
    assert_eq!(checks, all);
    assert!(findings.iter().all(|finding| finding["state"] == "ok"), "{findings:?}");
    let table = office.told("doctor").await.expect("a table");
    assert!(table.contains("how to mend it") && table.contains("credentials"), "{table}");
}

#[tokio::test]
async fn everything_that_is_wrong_with_the_variables_is_told_at_once_and_nothing_else_is_tried() {
    let cloud = "https://dynamodb.sa-east-1.amazonaws.com";
    let line = ["linkkeeper", "doctor", "--json", "--dynamodb-url", cloud];
    let command = Program::try_parse_from(line).expect("a command line").command.expect("a command");
    let wrong =
        [("BELVO_CALLS_PER_30_S", "hunter2"), ("BELVO_SECRET_ARN", "hunter2"), ("REFERENCE_KEY", "hunter2")];
    let mut out = Vec::new();
    let failure = perform(&command, &Environment::made_of(wrong), &mut out).await.expect_err("a problem");
    assert!(failure.to_string().starts_with("1 problem"), "{failure}");
    let told = String::from_utf8(out).expect("text");
    assert_eq!(told.lines().count(), 1, "{told}");
    for name in [
        "TABLE_NAME",
        "AWS_REGION",
        "BELVO_API_URL",
        "BELVO_CALLS_PER_30_S",
        "BELVO_SECRET_ARN",
        "REFERENCE_KEY",
    ] {
        assert!(told.contains(name), "{name}: {told}");
    }
    assert!(!told.contains("hunter2"), "{told}");
}

#[tokio::test]
async fn keys_that_belvo_does_not_know_are_told_from_those_of_its_other_environment() {
    let office = office().await;
    let id = belvo_simulator::Settings::default().secret_id;
    office.story.world.belvo.revoke_keys(&id);
    expect(&office, "credentials", "problem", "does not know these keys").await;

    let other = Story::begin().await;
    let stack = &office.story.world.stack;
    let settings = Settings::new(
        BaseUrl::parse(&other.belvo_address().await).expect("an address"),
        id.into(),
        belvo_simulator::Settings::default().secret_password.into(),
    );
    let elsewhere = metered(&stack.store, &stack.ambient, settings).expect("a client");
    let (finding, told) = of_keys(&stack.provider, Some(&elsewhere)).await;
    assert!(told.is_some(), "also a refusal tells what time it is there");
    assert!(
        finding.state == State::Problem && finding.found.contains("for the other environment"),
        "{finding:?}"
    );
}

#[tokio::test]
async fn a_belvo_that_is_down_is_no_matter_of_keys() {
    let office = office().await;
    office.story.switch(|switches| switches.mode = Mode::Down);
    expect(&office, "credentials", "problem", "unknown").await;
}

#[tokio::test]
async fn a_pause_for_everybody_is_told() {
    let office = office().await;
    let stack = &office.story.world.stack;
    let now = adapters::ambient::SystemAmbient.now();
    let windows: Vec<_> = (0..20).map(|later| Window::of(now).after(later)).collect();
    stack.store.shut(&stack.provider.account(), &windows).await.expect("shut");
    expect(&office, "budget", "warning", "throttled").await;
}

#[tokio::test]
async fn that_nobody_sweeps_is_told() {
    expect(&Office::open().await, "last sweep", "problem", "nobody has swept yet").await;
    let office = Office::open().await;
    office.story.sweep().await;
    expect(&office, "last sweep", "problem", "the last one began").await; // an hour ago
}

#[tokio::test]
async fn items_of_a_later_version_are_told_by_their_kind() {
    let office = office().await;
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let put = office.story.world.engine.client().put_item().table_name(TABLE);
    let put = put.item("pk", text("USER#lk_later")).item("sk", text("LATER")).item("kind", text("novelty"));
    put.item("v", AttributeValue::N("2".to_owned())).send().await.expect("put");
    expect(&office, "items", "problem", "of a later version: 1 novelty").await;
}

#[tokio::test]
async fn webhooks_that_wait_too_long_and_those_that_nobody_could_work_are_told() {
    let office = Office::open().await;
    let waits = webhook("ACCOUNTS", "historical_update", "0b6a1f3e-0000-4000-8000-00000000000a");
    office.story.gets_webhook(&waits).await; // an hour ago
    expect(&office, "inbox", "problem", "1 webhooks wait").await;
    let good = [cli::world::DEV_WEBHOOK_AUTHORIZATION];
    office.story.gets_post("no JSON", &good).await;
    office.story.minutes(5);
    office.story.follow_up().await;
    let finding = found(&office, "inbox").await;
    assert!(
        finding["found"].as_str().is_some_and(|found| found.contains("1 could not be worked")),
        "{finding}"
    );
}

#[tokio::test]
async fn the_kill_switch_and_links_of_nobody_are_told() {
    let office = office().await;
    office.told("deletions stop").await.expect("stopped");
    expect(&office, "deletions", "warning", "stopped by an operator").await;
    office.story.plant(NewLink { external_id: Some("lk_nobody".to_owned()), ..NewLink::default() });
    office.story.minutes(30);
    office.story.sweep().await;
    expect(&office, "quarantine", "warning", "1 links").await;
}

#[tokio::test]
async fn a_table_that_was_made_otherwise_is_told_by_what_it_lacks() {
    let engine = Engine::in_memory().expect("memory");
    let store = DynamoStore::new(engine.client(), TABLE);
    assert!(store.health().await.is_err(), "there is none");
    create_if_missing(&engine.client(), TABLE).await.expect("made");
    let lacks = store.health().await.expect("looked at").flaws;
    assert!(lacks.len() == 1 && lacks[0].contains("no stream"), "{lacks:?}");
    stream_if_missing(&engine.client(), TABLE).await.expect("made");
    assert_eq!(store.health().await.expect("looked at").flaws, [""; 0]);
}
