//! I7 and I11: a link is retired only by two "not found" a grace period apart, and then for ever.

use belvo_simulator::{Mode, NewLink};
use domain::{change::Action, sweep::Canary};
use serde_json::json;
use tests::{Person, Session, Story, person::is};

/// Two connected accounts, of which the first then vanishes at Belvo.
async fn loses_one(ana: &Person<'_>, story: &Story) -> (Session, String, String) {
    let session = ana.opens().await;
    let ghost = ana.connects(&session, "ghost");
    assert_eq!(ana.reports(&session, &ghost).await.status, 201);
    let canary = ana.has_connected("canary").await;
    story.world.belvo.remove(&ghost);
    (session, ghost, canary)
}

async fn retired(story: &Story) {
    story.sweep().await;
    story.minutes(21);
    story.sweep().await;
}

#[tokio::test]
async fn one_not_found_proves_nothing() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let (_, ghost, _) = loses_one(&ana, &story).await;

    let noted = story.sweep().await;
    story.minutes(19);
    let within = story.sweep().await;

    assert_eq!((noted.count(Action::NoteMissing), noted.canary), (1, Canary::Passed));
    assert_eq!(within.counts.actions.len(), 0);
    assert_eq!(story.table().await.link(&ana.external_id, &ghost)["state"], "active");
}

#[tokio::test]
async fn the_second_not_found_a_grace_period_later_retires_the_link() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let (_, ghost, canary) = loses_one(&ana, &story).await;

    story.sweep().await;
    story.minutes(21);
    let second = story.sweep().await;

    assert_eq!(second.count(Action::Retire), 1);
    assert_eq!(ana.links().await, [is(&canary, "active")]);
    assert_eq!(story.table().await.link(&ana.external_id, &ghost)["state"], "gone");
}

#[tokio::test]
async fn a_link_that_shows_up_again_within_the_grace_is_as_if_nothing_had_been() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let session = ana.opens().await;
    let link = ana.connects(&session, "bnk100");
    ana.reports(&session, &link).await;
    ana.has_connected("canary").await;
    let made = story.at_belvo(&link).expect("made");
    story.world.belvo.remove(&link);
    story.sweep().await;

    let back = NewLink {
        id: Some(made.id),
        external_id: made.external_id,
        created_at: Some(made.created_at),
        username: Some("bnk100".to_owned()),
        ..NewLink::default()
    };
    story.plant(back);
    story.minutes(30);
    let report = story.sweep().await;

    assert_eq!(report.count(Action::Retire), 0);
    assert!(story.table().await.link(&ana.external_id, &link)["missing_since"].is_null());
}

#[tokio::test]
async fn a_retired_link_does_not_come_back_by_a_replayed_callback() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let (session, ghost, canary) = loses_one(&ana, &story).await;
    retired(&story).await;
    let before = story.table().await;

    let replayed = ana.reports(&session, &ghost).await;

    assert_eq!(replayed.refusal(), (404, "not_found"));
    assert_eq!(story.table().await, before);
    assert_eq!(ana.links().await, [is(&canary, "active")]);
}

#[tokio::test]
async fn a_retired_link_does_not_come_back_even_if_belvo_shows_it_again() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let (session, ghost, canary) = loses_one(&ana, &story).await;
    retired(&story).await;

    let again =
        NewLink { id: Some(ghost.clone()), external_id: Some(ana.external_id.clone()), ..NewLink::default() };
    story.plant(again);
    assert_eq!(ana.reports(&session, &ghost).await.refusal(), (404, "not_found"));
    ana.opens().await;
    story.minutes(30);
    story.sweep().await;

    assert_eq!(ana.links().await, [is(&canary, "active")]);
    assert_eq!(story.table().await.link(&ana.external_id, &ghost)["state"], "gone");
}

#[tokio::test]
async fn a_retired_link_does_not_wait_for_belvo_either() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let (session, ghost, _) = loses_one(&ana, &story).await;
    retired(&story).await;
    let before = story.table().await;
    story.switch(|switches| switches.mode = Mode::Down);

    let replayed = ana.reports(&session, &ghost).await;

    assert_eq!(replayed.refusal(), (404, "not_found"));
    assert_eq!(story.table().await, before);
}

#[tokio::test]
async fn a_retired_link_opens_no_update_mode() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let (_, ghost, _) = loses_one(&ana, &story).await;
    retired(&story).await;

    let reply = ana.asks_for_a_session(&serde_json::json!({"link_id": ghost})).await;

    assert_eq!(reply.refusal(), (410, "link_gone"));
}

#[tokio::test]
async fn nobody_is_sent_to_update_mode_for_a_link_that_belvo_no_longer_has() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let (_, ghost, canary) = loses_one(&ana, &story).await;
    let before = story.table().await;

    let for_ghost = ana.asks_for_a_session(&json!({"link_id": ghost})).await;

    assert_eq!(for_ghost.refusal(), (410, "link_gone"));
    assert_eq!(story.table().await, before, "one not_found proves nothing");
    assert_eq!(ana.asks_for_a_session(&json!({"link_id": canary})).await.refusal(), (409, "link_valid"));
}
