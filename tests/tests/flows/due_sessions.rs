//! Sessions that end without a callback: looked up once, when their token is over.

use belvo_simulator::{Mode, Status};
use serde_json::json;
use tests::{Story, person::is};

#[tokio::test]
async fn a_lost_callback_is_repaired_within_minutes_though_the_user_never_comes_back() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let session = ana.opens().await;
    let link = ana.connects_and_closes_the_app(&session, "bnk100");
    assert_eq!(story.follow_up().await.sessions.sessions, 0, "the widget may still be open");
    story.minutes(13);
    story.world.belvo.reset_calls();
    let answer = story.follow_up().await;
    assert_eq!((answer.sessions.bound, answer.sessions.calls), (1, 1));
    assert_eq!(ana.links().await, [is(&link, "active")]);
    story.assert_every_owner_is_proven().await;
    assert_eq!(story.follow_up().await.sessions.calls, 0, "once");
}

#[tokio::test]
async fn a_lost_callback_of_an_account_that_is_connected_already_leaves_one_of_the_two() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let older = ana.has_connected("bnk100").await;
    story.minutes(60);
    let session = ana.opens().await;
    let newer = ana.connects_and_closes_the_app(&session, "bnk100");
    story.minutes(13);
    story.follow_up().await;
    assert_eq!(ana.links().await, [is(&newer, "active")]);
    assert_eq!(story.table().await.link(&ana.external_id, &older)["state"], "superseded");
    story.assert_every_owner_is_proven().await;
}

#[tokio::test]
async fn a_lost_callback_of_a_link_that_does_not_work_leaves_the_one_that_does() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let older = ana.has_connected("bnk100").await;
    story.minutes(60);
    let session = ana.opens().await;
    let newer = ana.connects_and_closes_the_app(&session, "bnk100");
    story.world.belvo.set_status(&newer, Status::Invalid);
    story.minutes(13);
    story.follow_up().await;
    assert_eq!(ana.links().await, [is(&older, "active")]);
    assert_eq!(story.table().await.link(&ana.external_id, &newer)["state"], "superseded");
}

#[tokio::test]
async fn a_session_whose_callback_came_is_never_looked_up() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    ana.has_connected("bnk100").await;
    story.minutes(60);
    assert_eq!(story.follow_up().await.sessions.calls, 0);
    assert_eq!(story.table().await.events("look_up"), 0);
}

#[tokio::test]
async fn an_abandoned_session_is_looked_up_once_and_says_so_whatever_the_widget_told() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let (silent, told) = (ana.opens().await, ana.opens().await);
    let exit = json!({"type": "exit", "last_encountered_error": {"code": "login_error"}});
    assert_eq!(ana.forwards(&told, &exit).await.status, 200);
    story.minutes(13);
    let answer = story.follow_up().await;
    assert_eq!((answer.sessions.sessions, answer.sessions.calls), (2, 1));
    let table = story.table().await;
    assert_eq!(table.events("look_up"), 2);
    for (session, code) in [(&silent, None), (&told, Some("login_error"))] {
        let kept = table.session(&ana.external_id, &session.id);
        assert!(kept["due_at"].is_null() && kept["made_link_id"].is_null(), "{kept}");
        assert_eq!(kept["outcome"]["code"].as_str(), code);
    }
    assert_eq!(story.follow_up().await.sessions.sessions, 0);
}

#[tokio::test]
async fn while_belvo_is_down_a_session_stays_due_and_is_repaired_later() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let session = ana.opens().await;
    let link = ana.connects_and_closes_the_app(&session, "bnk100");
    story.minutes(13);
    story.switch(|switches| switches.mode = Mode::Down);
    assert!(story.world.follow_up().await.is_err());
    story.switch(|switches| switches.mode = Mode::Up);
    assert_eq!(story.follow_up().await.sessions.bound, 1);
    assert_eq!(ana.links().await, [is(&link, "active")]);
}

#[tokio::test]
async fn a_late_callback_after_the_look_up_finds_its_link_known() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let session = ana.opens().await;
    let link = ana.connects(&session, "bnk100");
    story.minutes(13);
    assert_eq!(story.follow_up().await.sessions.bound, 1);
    let late = ana.reports(&session, &link).await;
    assert_eq!((late.status, late.state()), (200, "active"));
}
