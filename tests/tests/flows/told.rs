//! What the rest of the company is told, read from the table's stream as the function and the operator's command do.

use std::{collections::BTreeSet, pin::pin};

use cli::{engine::Engine, tour};
use domain::{
    change::{Action, AuditEvent, EventId, Filed, Source, WriterId},
    external_id::ExternalId,
    published::{Kind, Published},
};
use serde_json::{Value, json};
use tests::{Office, Schemas, Story, published};

fn types(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["type"].as_str().expect("text")).collect()
}

#[test]
fn every_type_has_a_schema_and_every_schema_a_type() {
    let schemas = Schemas::read();
    let kinds: BTreeSet<_> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
    assert_eq!(schemas.types().collect::<BTreeSet<_>>(), kinds);
}

#[test]
fn a_schema_lets_nothing_through_that_it_does_not_name() {
    let external_id = Some(ExternalId::parse("user_ana").expect("valid"));
    let event =
        AuditEvent::new("2026-03-02T10:00:00Z".parse().expect("a time"), Action::Register, Source::Erasure);
    let id = EventId { writer: WriterId::mint([1; 16]), number: 0 };
    let told = Published::of(&Filed { id, event: AuditEvent { external_id, ..event } });
    let told = serde_json::to_value(told.expect("it is told")).expect("JSON");
    let schemas = Schemas::read();
    assert_eq!(schemas.fault(&told), None);
    for (field, value) in [
        ("name", json!("Maria López")),
        ("id", json!("1")),
        ("version", json!(2)),
        ("at", json!("yesterday")),
        ("type", json!("user.renamed")),
        ("cause", json!("the user said so")),
        ("external_id", Value::Null),
    ] {
        let mut other = told.clone();
        other[field] = value;
        assert!(schemas.fault(&other).is_some(), "{field}");
    }
}

#[tokio::test]
async fn the_tour_tells_the_company_what_happens_in_it() {
    let engine = Engine::in_memory().expect("memory is there");
    tour::play_on(engine.clone(), true, &mut Vec::new()).await.expect("it passes");
    let told = Schemas::read().hold(&published::told(&published::filed(&engine).await));
    let types: BTreeSet<_> = types(&told).into_iter().collect();
    for expected in [
        "user.registered",
        "session.opened",
        "link.bound",
        "link.recovered",
        "link.needs_update",
        "link.superseded",
        "link.missing",
        "link.gone",
        "link.quarantined",
        "link.claimed",
        "link.pending",
    ] {
        assert!(types.contains(expected), "{expected}: {types:?}");
    }
    let ids: BTreeSet<_> = told.iter().map(|event| event["id"].to_string()).collect();
    assert_eq!(ids.len(), told.len(), "each under a name of its own");
}

#[tokio::test]
async fn what_happens_to_a_user_is_told_in_order() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let session = ana.opens().await;
    let lost = ana.connects_and_closes_the_app(&session, "login-1");
    story.minutes(30);
    story.sweep().await;
    let link = ana.has_connected("login-2").await;
    let told = Schemas::read().hold(&published::told(&published::filed(&story.world.engine).await));
    // The second session start learns what a person recognises the first link by.
    let expected = [
        "user.registered",
        "session.opened",
        "link.recovered",
        "link.updated",
        "session.opened",
        "link.bound",
    ];
    assert_eq!(types(&told), expected);
    let lost = serde_json::Value::from(lost);
    assert_eq!((&told[2]["link_id"], &told[3]["link_id"]), (&lost, &lost));
    assert_eq!(told[5]["link_id"], link.as_str());
    assert!(told.iter().all(|event| event["external_id"] == ana.external_id));
}

#[tokio::test]
async fn the_operators_command_tells_the_same() {
    let office = Office::open().await;
    let ana = office.story.registered("ana").await;
    ana.has_connected("login-1").await;
    let told = published::told(&published::filed(&office.story.world.engine).await);
    let told = Schemas::read().hold(&told);
    assert_eq!(office.objects("events --json").await, told);
    let anas = office.objects("events --json --user ana").await;
    assert_eq!(types(&anas), ["user.registered", "session.opened", "link.bound"]);
    assert_eq!(office.objects("events --json --follow --from-start --count 2").await, told[..2]);
    let lines = office.told("events --user ana").await.expect("lines");
    assert!(lines.lines().count() == 3 && lines.contains("link.bound"), "{lines}");
}

#[tokio::test]
async fn who_follows_is_told_what_happens_from_then_on() {
    let office = Office::open().await;
    let mut following = pin!(office.objects("events --json --follow --count 1"));
    let mut registered = 0;
    // Nobody sees when the follower has found the stream's end: somebody registers until it hears of one.
    let told = loop {
        let name = format!("user-{registered}");
        tokio::select! {
            told = &mut following => break told,
            _ = office.story.registered(&name) => registered += 1,
        }
    };
    assert_eq!(types(&told), ["user.registered"]);
    assert!(office.objects("events --json --follow --for 0").await.is_empty(), "nothing happens any more");
}
