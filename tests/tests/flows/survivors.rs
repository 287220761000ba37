//! I6: of one person's links to one account exactly one is connected, and never none.

use belvo_simulator::Status;
use domain::change::Action;
use tests::{Person, Story, person::is};

/// The same account connected twice, an hour apart: the older link and the newer.
async fn connected_twice(ana: &Person<'_>, story: &Story) -> (String, String) {
    let older = ana.has_connected("bnk100").await;
    story.minutes(60);
    (older, ana.has_connected("bnk100").await)
}

#[tokio::test]
async fn a_replayed_callback_does_not_bring_a_superseded_link_back() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let session = ana.opens().await;
    let older = ana.connects(&session, "bnk100");
    ana.reports(&session, &older).await;
    story.minutes(60);
    let newer = ana.has_connected("bnk100").await;
    let before = story.table().await;

    let replayed = ana.reports(&session, &older).await;

    assert_eq!((replayed.status, replayed.state()), (200, "superseded"));
    assert_eq!(story.table().await, before);
    assert_eq!(ana.links().await, [is(&newer, "active")]);
}

#[tokio::test]
async fn the_older_link_takes_over_again_when_the_newer_one_stops_working() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let (older, newer) = connected_twice(&ana, &story).await;

    story.world.belvo.set_status(&newer, Status::Invalid);
    let report = story.sweep().await;

    assert_eq!((report.count(Action::Restore), report.count(Action::Supersede)), (1, 1));
    assert_eq!(ana.links().await, [is(&older, "active")]);
}

#[tokio::test]
async fn a_link_that_needs_a_code_is_better_than_one_that_needs_a_password() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let (older, newer) = connected_twice(&ana, &story).await;

    story.world.belvo.set_status(&older, Status::TokenRequired);
    story.world.belvo.set_status(&newer, Status::Invalid);
    story.sweep().await;

    assert_eq!(ana.links().await, [is(&older, "needs_update")]);
}

#[tokio::test]
async fn the_older_link_takes_over_when_the_newer_one_vanishes() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let (older, newer) = connected_twice(&ana, &story).await;

    story.world.belvo.remove(&newer);
    story.sweep().await;
    assert_eq!(ana.links().await, [is(&newer, "active")], "once missing is not gone");
    story.minutes(21);
    story.sweep().await;

    assert_eq!(ana.links().await, [is(&older, "active")]);
}

#[tokio::test]
async fn a_shared_login_of_two_users_is_reported_and_never_merged() {
    let story = Story::begin().await;
    let (ana, bia) = (story.registered("ana").await, story.registered("bia").await);
    let (anas, bias) = (ana.has_connected("family").await, bia.has_connected("family").await);

    let report = story.sweep().await;

    assert_eq!((report.counts.shared_logins, report.counts.actions.len()), (1, 0));
    assert_eq!(ana.links().await, [is(&anas, "active")]);
    assert_eq!(bia.links().await, [is(&bias, "active")]);
}

#[tokio::test]
async fn of_many_links_to_one_account_one_is_left_whatever_the_order_they_are_learned_in() {
    for reported in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
        let story = Story::begin().await;
        let ana = story.registered("ana").await;
        let sessions = [ana.opens().await, ana.opens().await, ana.opens().await];
        let made = sessions.map(|session| {
            let link = ana.connects(&session, "bnk100");
            (session, link)
        });

        for number in reported {
            let (session, link) = &made[number];
            assert_eq!(ana.reports(session, link).await.status, 201, "{reported:?}");
        }

        assert_eq!(ana.links().await, [is(&made[2].1, "active")], "{reported:?}");
    }
}
