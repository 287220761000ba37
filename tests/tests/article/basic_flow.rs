//! "Link creation flow": register first, use the Connect Widget, store the received link id.

use serde_json::json;
use tests::{Story, person::is};

#[tokio::test]
async fn first_register_then_use_the_widget_then_store_the_link_id() {
    let story = Story::begin().await;

    let ana = story.registered("ana").await;
    let session = ana.opens().await;
    let link = ana.connects(&session, "bnk100");
    let reply = ana.reports(&session, &link).await;

    assert_eq!((reply.status, reply.state()), (201, "active"));
    assert_eq!(ana.links().await, [is(&link, "active")]);
    assert_eq!(story.table().await.owner(&link), Some(ana.external_id.as_str()));
}

#[tokio::test]
async fn registering_gives_an_external_id_and_may_be_repeated() {
    let story = Story::begin().await;
    let ana = story.unregistered("ana");

    let (first, again) = (ana.registers().await, ana.registers().await);

    assert_eq!((first.status, again.status), (201, 200));
    assert_eq!(first.json, again.json);
    assert_eq!(first.json["external_id"], ana.external_id);
}

#[tokio::test]
async fn nobody_gets_a_widget_before_being_registered() {
    let story = Story::begin().await;

    let reply = story.unregistered("ana").asks_for_a_session(&json!({})).await;

    assert_eq!(reply.refusal(), (404, "not_found"));
    assert_eq!(story.world.belvo.calls().total(), 0);
}

#[tokio::test]
async fn the_widget_is_started_with_the_users_external_id() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;

    let session = ana.opens().await;
    let link = ana.connects(&session, "bnk100");

    assert_eq!(session.config["external_id"], ana.external_id);
    let made = story.at_belvo(&link).expect("it was made just now");
    assert_eq!(made.external_id.as_deref(), Some(ana.external_id.as_str()));
}

#[tokio::test]
async fn what_the_app_asks_of_the_widget_is_handed_on_in_belvos_names() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;

    let wanted = json!({
        "locale": "pt",
        "country_codes": ["BR", "MX"],
        "institutions": ["erebor_br_retail"],
        "access_mode": "single",
    });
    let reply = ana.asks_for_a_session(&wanted).await;

    let config = &reply.json["widget"]["config"];
    for (name, value) in wanted.as_object().expect("an object") {
        assert_eq!(&config[name], value);
    }
    let hosted = reply.json["widget"]["hosted_url"].as_str().expect("an address");
    assert!(hosted.contains("locale=pt") && hosted.contains(&ana.external_id), "{hosted}");
}
