//! Update Mode: who is let into the widget to log in again, and what the others are told.

use axum::http::Method;
use belvo_simulator::{Connect, Status};
use serde_json::{Value, json};
use tests::{Person, Reply, Story, person::is};

async fn asks(person: &Person<'_>, link: &str) -> Reply {
    person.asks_for_a_session(&json!({"link_id": link})).await
}

#[tokio::test]
async fn a_link_of_somebody_else_is_refused_like_one_that_nobody_has() {
    let story = Story::begin().await;
    let (ana, bia) = (story.registered("ana").await, story.registered("bia").await);
    let hers = ana.has_connected("bnk100").await;
    story.world.belvo.set_status(&hers, Status::Invalid);
    let before = story.table().await;

    let (others, nobodys) =
        (asks(&bia, &hers).await, asks(&bia, "0b6a1f3e-0000-4000-8000-00000000000a").await);

    assert_eq!(others.refusal(), (404, "not_found"));
    assert_eq!(others.but_for_its_request_id(), nobodys.but_for_its_request_id());
    assert_eq!(story.table().await, before);
}

#[tokio::test]
async fn a_link_that_works_needs_no_update_and_no_session_is_stored() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let link = ana.has_connected("bnk100").await;
    let before = story.table().await;

    let reply = asks(&ana, &link).await;

    assert_eq!((reply.refusal(), reply.flaw()), ((409, "link_valid"), None));
    assert_eq!(story.table().await.of_kind("session"), before.of_kind("session"));
    assert_eq!(story.world.belvo.calls().of("POST /api/token/"), 1, "the one that it was made with");
}

#[tokio::test]
async fn belvo_decides_what_works_and_a_refusal_repairs_all_the_same() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let link = ana.has_connected("bnk100").await;
    story.world.belvo.set_status(&link, Status::TokenRequired);
    let first = ana.opens_update_mode(&link).await;
    assert_eq!(ana.links().await, [is(&link, "needs_update")]);
    let orphan = ana.connects_and_closes_the_app(&ana.opens().await, "bnk101");
    ana.visits(&first, Connect { otp: Some("12345".to_owned()), ..Connect::default() }); // the callback is lost

    let reply = asks(&ana, &link).await;

    assert_eq!(reply.refusal(), (409, "link_valid"));
    let mut expected = [is(&link, "active"), is(&orphan, "active")];
    expected.sort();
    assert_eq!(ana.links().await, expected, "both repairs are durable");
}

#[tokio::test]
async fn a_superseded_link_is_answered_with_the_link_that_serves_instead() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let (old, new) = (ana.has_connected("bnk100").await, ana.has_connected("bnk100").await);

    let reply = asks(&ana, &old).await;

    assert_eq!((reply.refusal(), reply.flaw()), ((409, "link_superseded"), None));
    assert_eq!(reply.json["survivor"], new.as_str());
}

#[tokio::test]
async fn an_admin_is_answered_as_the_user_whom_the_path_names() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let link = ana.has_connected("bnk100").await;
    let path = format!("/users/{}/link-sessions", ana.external_id);

    let reply = story.call(Method::POST, &path, "dev:ops:links:admin", &json!({"link_id": link})).await;

    assert_eq!(reply.refusal(), (409, "link_valid"));
    assert_eq!(reply.json["survivor"], Value::Null);
}
