//! What was acknowledged is still there after a restart, and what a newer version added is left alone.

use aws_sdk_dynamodb::types::AttributeValue;
use belvo_simulator::{Link, NewLink, Status};
use cli::{engine::Engine, world::TABLE};
use domain::{policy::Policy, ports::Ambient};
use serde_json::json;
use tests::{Story, person::is};

/// The same link at a Belvo that was started anew.
fn kept(link: Link) -> NewLink {
    NewLink {
        id: Some(link.id),
        external_id: link.external_id,
        created_at: Some(link.created_at),
        username: Some("bnk100".to_owned()),
        ..NewLink::default()
    }
}

/// A clock turned by hand begins with the same chance again, which the real one never does.
fn has_other_luck(story: &Story) {
    for _ in 0..1_000 {
        story.world.clock.random();
    }
}

/// An attribute that this version does not know, on an item of each kind.
async fn written_by_a_newer_version(story: &Story) {
    let client = story.world.engine.client();
    for (pk, sk) in story.table().await.0.into_keys() {
        let update = client
            .update_item()
            .table_name(TABLE)
            .key("pk", AttributeValue::S(pk))
            .key("sk", AttributeValue::S(sk))
            .update_expression("SET from_the_future = :kept")
            .expression_attribute_values(":kept", AttributeValue::S("kept".to_owned()));
        update.send().await.expect("the engine answers");
    }
}

#[tokio::test]
async fn everything_is_still_there_after_a_restart_on_the_same_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("table.db");
    let open = || Engine::open(&file).expect("a file of ours");

    let story = Story::on(open(), Policy::default()).await;
    let ana = story.registered("ana").await;
    let session = ana.opens().await;
    let link = ana.connects(&session, "bnk100");
    ana.reports(&session, &link).await;
    let (before, made) = (story.table().await, story.at_belvo(&link).expect("made"));
    drop(story);

    let story = Story::on(open(), Policy::default()).await;
    has_other_luck(&story);
    story.plant(kept(made));
    let ana = story.unregistered("ana");
    assert_eq!(story.table().await, before);
    assert_eq!(ana.registers().await.status, 200);
    assert_eq!(ana.links().await, [is(&link, "active")]);
    assert_eq!(ana.reports(&session, &link).await.status, 200);
}

#[tokio::test]
async fn attributes_of_a_newer_version_survive_every_change_of_ours() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let bound = ana.has_connected("bnk100").await;
    let session = ana.opens().await;
    let set_aside = ana.gets_planted("mule");
    let other = ana.gets_planted("other");
    story.minutes(30);
    story.sweep().await;
    written_by_a_newer_version(&story).await;

    story.world.belvo.set_status(&bound, Status::Invalid); // changes the link
    ana.forwards(&session, &json!({"type": "exit"})).await; // changes the session
    ana.reports(&session, &set_aside).await; // quarantine becomes ownership
    story.world.belvo.set_status(&other, Status::Invalid); // changes the quarantine
    story.sweep().await;

    let table = story.table().await;
    for (item, why) in [
        (table.link(&ana.external_id, &bound), "needs_update"),
        (table.session(&ana.external_id, &session.id), "exit"),
        (table.holder(&set_aside), "owner"),
        (table.holder(&other), "invalid"),
    ] {
        assert!(item.to_string().contains(why), "it was changed: {item}");
        assert_eq!(item["from_the_future"], "kept", "{item}");
    }
}
