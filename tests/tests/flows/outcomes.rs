//! Exit and event callbacks: kept on the session, once, and without what people typed.

use belvo_simulator::{Connect, Connected, Outcome};
use serde_json::{Value, json};
use tests::{Person, Session, Story};

/// What the widget says when it is closed after a refused login.
fn leaves_after_a_wrong_password(person: &Person<'_>, session: &Session) -> (Value, Value) {
    let wrong =
        || Connect { username: "bnk100".to_owned(), password: "wrong".to_owned(), ..Connect::default() };
    let said = |connected: Connected| serde_json::to_value(connected).expect("the widget's own words");
    let event = said(person.visits(session, wrong()));
    let exit = said(person.visits(session, Connect { outcome: Outcome::CloseEarly, ..wrong() }));
    (event, exit)
}

#[tokio::test]
async fn event_and_exit_are_kept_on_the_session_without_their_messages() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let session = ana.opens().await;
    let (event, exit) = leaves_after_a_wrong_password(&ana, &session);

    let reply = ana.forwards(&session, &event).await;
    assert_eq!((reply.status, &reply.json), (200, &json!({"session_id": session.id, "type": "event"})));
    let table = story.table().await;
    let kept = &table.session(&ana.external_id, &session.id)["outcome"];
    assert_eq!((&kept["kind"], &kept["code"]), (&json!("event"), &json!("login_error")));

    let reply = ana.forwards(&session, &exit).await;
    assert_eq!((reply.status, &reply.json["type"]), (200, &json!("exit")));
    let table = story.table().await;
    let kept = &table.session(&ana.external_id, &session.id)["outcome"];
    assert_eq!((&kept["kind"], &kept["step"]), (&json!("exit"), &json!("abandon-survey")));
    assert!(!kept.to_string().contains("refused this login"), "{kept}");
}

#[tokio::test]
async fn what_is_told_twice_is_kept_once() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let session = ana.opens().await;
    let (_, exit) = leaves_after_a_wrong_password(&ana, &session);
    ana.forwards(&session, &exit).await;
    let before = story.table().await;

    for _ in 0..5 {
        assert_eq!(ana.forwards(&session, &exit).await.status, 200);
    }

    assert_eq!(story.table().await, before);
}

#[tokio::test]
async fn nothing_that_identifies_a_person_is_kept_of_an_exit() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let session = ana.opens().await;

    let said = json!({
        "type": "exit",
        "last_encountered_error": {"code": "ana@example.com", "message": "wrong password for ana@example.com"},
        "meta_data": {"institution_name": "ana@example.com", "step": "ana@example.com"},
        "extra": "ana@example.com",
    });
    assert_eq!(ana.forwards(&session, &said).await.status, 200);

    let table = format!("{:?}", story.table().await);
    assert!(!table.contains("example.com"));
}

#[tokio::test]
async fn an_exit_does_not_keep_a_later_success_away() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let session = ana.opens().await;
    let (_, exit) = leaves_after_a_wrong_password(&ana, &session);
    ana.forwards(&session, &exit).await;
    let link = ana.connects(&session, "bnk100");

    assert_eq!(ana.reports(&session, &link).await.status, 201);

    let table = story.table().await;
    let kept = table.session(&ana.external_id, &session.id);
    assert_eq!((&kept["made_link_id"], &kept["outcome"]["kind"]), (&json!(link), &json!("exit")));
}

#[tokio::test]
async fn nobody_ends_another_users_session() {
    let story = Story::begin().await;
    let (ana, bia) = (story.registered("ana").await, story.registered("bia").await);
    let session = ana.opens().await;
    let before = story.table().await;

    let reply = bia.forwards(&session, &json!({"type": "exit"})).await;

    assert_eq!(reply.refusal(), (404, "not_found"));
    assert_eq!(story.table().await, before);
}
