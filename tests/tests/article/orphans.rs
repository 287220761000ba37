//! "Orphan links": the two ways in which they come to be, and how each is found.

use domain::change::Action;
use tests::{Story, person::is};

#[tokio::test]
async fn a_link_of_somebody_who_was_never_registered_is_set_aside_and_not_lost() {
    let story = Story::begin().await;
    let nobody = story.unregistered("nobody");
    let link = nobody.gets_planted("bnk100");

    story.minutes(30);
    story.sweep().await;

    assert_eq!(story.table().await.quarantine(&link), "unknown_user");
    story.assert_nothing_is_lost().await;
}

#[tokio::test]
async fn registering_too_late_does_not_make_the_link_anybodys() {
    let story = Story::begin().await;
    let late = story.unregistered("late");
    let link = late.gets_planted("bnk100");
    story.minutes(30);
    story.sweep().await;

    late.registers().await;
    story.sweep().await;

    assert_eq!(story.table().await.quarantine(&link), "no_session");
    assert_eq!(late.links().await, []);
}

#[tokio::test]
async fn an_app_closed_during_a_successful_connection_is_recovered_at_the_next_session_start() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let session = ana.opens().await;
    let orphan = ana.connects_and_closes_the_app(&session, "bnk100");
    assert_eq!(ana.links().await, []);

    story.minutes(5);
    let next = ana.opens().await;

    assert_eq!(next.told("recovered"), [is(&orphan, "active")]);
    assert_eq!(next.told("connected"), [is(&orphan, "active")]);
    assert_eq!(ana.links().await, [is(&orphan, "active")]);
    story.assert_every_owner_is_proven().await;
}

#[tokio::test]
async fn what_was_recovered_once_is_connected_and_no_longer_recovered_afterwards() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let session = ana.opens().await;
    let orphan = ana.connects_and_closes_the_app(&session, "bnk100");

    ana.opens().await;
    let third = ana.opens().await;

    assert_eq!(third.told("recovered"), []);
    assert_eq!(third.told("connected"), [is(&orphan, "active")]);
}

#[tokio::test]
async fn an_app_closed_during_a_successful_connection_is_recovered_by_the_schedule() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let session = ana.opens().await;
    let orphan = ana.connects_and_closes_the_app(&session, "bnk100");

    story.minutes(30);
    let report = story.sweep().await;

    assert_eq!(report.count(Action::Bind), 1);
    assert_eq!(ana.links().await, [is(&orphan, "active")]);
    story.assert_every_owner_is_proven().await;
}

#[tokio::test]
async fn the_schedule_leaves_a_link_made_a_moment_ago_to_its_callback() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let session = ana.opens().await;
    let link = ana.connects(&session, "bnk100");

    let report = story.sweep().await;

    assert!(report.counts.actions.is_empty(), "{report:?}");
    assert_eq!(ana.reports(&session, &link).await.status, 201);
}
