//! Rows of the checklist that only the whole flow shows.

use belvo_simulator::{Connect, Connected, Scenario};
use tests::{Story, person::is};

/// Switches a ready scenario on.
pub(crate) fn play(story: &Story, name: &str) {
    story.world.belvo.play(&Scenario::named(name).unwrap()).unwrap();
}

fn login(username: &str) -> Connect {
    Connect { username: username.to_owned(), ..Connect::default() }
}

#[tokio::test]
async fn callback_lost_the_schedule_finds_the_link() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let session = ana.opens().await;
    play(&story, "callback-lost");
    assert_eq!(ana.visits(&session, login("ana")), Connected::Lost);
    let link = story.world.belvo.links()[0].id.clone();

    story.minutes(30);
    story.sweep().await;

    assert_eq!(ana.links().await, [is(&link, "active")]);
}

#[tokio::test]
async fn callback_foreign_link_is_refused_and_the_own_link_is_found() {
    let story = Story::begin().await;
    let (ana, bia) = (story.registered("ana").await, story.registered("bia").await);
    let hers = ana.has_connected("ana").await;
    let session = bia.opens().await;
    play(&story, "callback-foreign-link");
    let told = bia.connects(&session, "bia");
    assert_eq!(told, hers);
    assert_eq!(bia.reports(&session, &told).await.refusal(), (404, "not_found"));
    let own = story.world.belvo.links()[0].id.clone();

    story.minutes(30);
    story.sweep().await;

    assert_eq!(bia.links().await, [is(&own, "active")]);
    assert_eq!(ana.links().await, [is(&hers, "active")]);
}

#[tokio::test]
async fn callback_repeated_has_the_effect_of_one() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let session = ana.opens().await;
    let link = ana.connects(&session, "ana");
    for _ in 0..2 {
        ana.reports(&session, &link).await;
    }
    assert_eq!(ana.links().await, [is(&link, "active")]);
    assert_eq!(story.table().await.of_kind("link").len(), 1);
}

#[tokio::test]
async fn listed_late_the_callback_is_made_good() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    play(&story, "listed-late");
    let session = ana.opens().await;
    let link = ana.connects(&session, "ana");
    assert_eq!(ana.reports(&session, &link).await.refusal(), (404, "not_found"));

    story.minutes(30);
    story.sweep().await;

    assert_eq!(ana.links().await, [is(&link, "active")]);
}

#[tokio::test]
async fn server_errors_half_the_time_lose_no_link() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let session = ana.opens().await;
    let link = ana.connects_and_closes_the_app(&session, "ana");
    play(&story, "server-errors");
    for _ in 0..12 {
        story.minutes(30);
        story.world.sweep().await.unwrap();
    }
    story.world.belvo.clear_faults();
    assert_eq!(ana.links().await, [is(&link, "active")]);
}
