//! Belvo throttled, down, or not taking our keys: nothing is taken for granted, and nothing is lost.

use adapters::belvo::{BaseUrl, Settings};
use belvo_simulator::Mode;
use cli::{failure::Failure, stack::Stack, world::metered};
use domain::sweep::{Order, SweepError};
use reconcile::Failed;
use serde_json::json;
use tests::{Story, person::is};

const BROKEN: [Mode; 2] = [Mode::Throttled, Mode::Down];

/// The same story, but Belvo no longer takes our keys.
fn with_wrong_keys(story: Story, hosted_url: &str) -> Story {
    let (base, _) = hosted_url.split_once("/widget/").expect("the simulator's address");
    let settings =
        Settings::new(BaseUrl::parse(base).expect("loopback"), "wrong-id".into(), "wrong-password".into());
    let good = &story.world.stack;
    let provider = metered(&good.store, &good.ambient, settings).expect("a client");
    let stack = Stack { provider, ..story.world.stack.clone() };
    story.over(stack)
}

#[tokio::test]
async fn a_callback_during_an_outage_is_stored_and_made_good_by_the_schedule() {
    for mode in BROKEN {
        let story = Story::begin().await;
        let ana = story.registered("ana").await;
        let session = ana.opens().await;
        let link = ana.connects(&session, "bnk100");
        story.switch(|switches| switches.mode = mode);

        let reply = ana.reports(&session, &link).await;
        assert_eq!((reply.status, reply.state()), (202, "pending"), "{mode:?}");
        assert_eq!(ana.links().await, [is(&link, "pending")]);
        assert_eq!(story.table().await.owner(&link), None, "nobody owns it so far");

        story.switch(|switches| switches.mode = Mode::Up);
        story.sweep().await;
        assert_eq!(ana.links().await, [is(&link, "active")]);
        story.assert_every_owner_is_proven().await;
    }
}

#[tokio::test]
async fn a_callback_that_is_repeated_after_the_outage_binds_the_link() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let session = ana.opens().await;
    let link = ana.connects(&session, "bnk100");
    story.switch(|switches| switches.mode = Mode::Down);
    assert_eq!(ana.reports(&session, &link).await.status, 202);
    assert_eq!(ana.reports(&session, &link).await.status, 202, "told twice");

    story.switch(|switches| switches.mode = Mode::Up);

    assert_eq!(ana.reports(&session, &link).await.status, 201);
    assert_eq!(ana.reports(&session, &link).await.status, 200);
}

#[tokio::test]
async fn a_session_start_after_the_outage_recovers_what_waited() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let session = ana.opens().await;
    let link = ana.connects(&session, "bnk100");
    story.switch(|switches| switches.mode = Mode::Throttled);
    ana.reports(&session, &link).await;
    story.switch(|switches| switches.mode = Mode::Up);
    let reply = ana.asks_for_a_session(&json!({})).await;
    assert_eq!(reply.refusal(), (503, "belvo_unavailable"), "nobody calls for a minute after throttling");
    story.minutes(2);

    let next = ana.opens().await;

    assert_eq!(next.told("recovered"), [is(&link, "active")]);
}

#[tokio::test]
async fn a_link_that_never_was_waits_in_vain_and_is_dropped() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    ana.has_connected("canary").await;
    let session = ana.opens().await;
    story.switch(|switches| switches.mode = Mode::Down);
    let invented = "0b6a1f3e-0000-4000-8000-00000000000a";
    assert_eq!(ana.reports(&session, invented).await.status, 202);
    story.switch(|switches| switches.mode = Mode::Up);

    story.sweep().await;
    assert_eq!(ana.links().await.len(), 2, "young: it may become visible yet");
    story.minutes(30);
    story.sweep().await;

    assert_eq!(ana.links().await.len(), 1);
    assert_eq!(story.table().await.link(&ana.external_id, invented)["state"], "gone");
}

#[tokio::test]
async fn a_known_link_stays_as_it_is_while_belvo_cannot_be_asked() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let session = ana.opens().await;
    let link = ana.connects(&session, "bnk100");
    ana.reports(&session, &link).await;
    let before = story.table().await;
    story.switch(|switches| switches.mode = Mode::Down);

    let reply = ana.reports(&session, &link).await;

    assert_eq!((reply.status, reply.state()), (200, "active"));
    assert_eq!(story.table().await, before);
}

#[tokio::test]
async fn no_session_starts_during_an_outage_and_the_app_is_told_when_to_try_again() {
    for mode in BROKEN {
        let story = Story::begin().await;
        let ana = story.registered("ana").await;
        let before = story.table().await;
        story.switch(|switches| switches.mode = mode);

        let reply = ana.asks_for_a_session(&json!({})).await;

        assert_eq!(reply.refusal(), (503, "belvo_unavailable"), "{mode:?}");
        assert_eq!(reply.header("retry-after"), "30");
        assert_eq!(story.table().await, before, "no session without its token");
    }
}

#[tokio::test]
async fn the_accounts_already_connected_are_shown_during_an_outage() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let link = ana.has_connected("bnk100").await;

    story.switch(|switches| switches.mode = Mode::Down);

    assert_eq!(ana.links().await, [is(&link, "active")]);
}

#[tokio::test]
async fn a_sweep_during_an_outage_fails_and_changes_nothing() {
    for mode in BROKEN {
        let story = Story::begin().await;
        let ana = story.registered("ana").await;
        let session = ana.opens().await;
        ana.connects_and_closes_the_app(&session, "bnk100");
        story.minutes(30);
        let before = story.table().await;
        story.switch(|switches| switches.mode = mode);

        let failed = story.world.tick(&Order::default()).await;

        assert!(failed.is_err(), "{mode:?}");
        assert_eq!(story.table().await.but_for_reports(), before);
    }
}

#[tokio::test]
async fn with_wrong_keys_nothing_is_changed() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let session = ana.opens().await;
    let link = ana.connects(&session, "bnk100");
    ana.reports(&session, &link).await;
    let before = story.table().await;
    let hosted = session.answer["widget"]["hosted_url"].as_str().expect("text").to_owned();
    drop(ana);
    let story = with_wrong_keys(story, &hosted);
    let ana = story.unregistered("ana");

    assert_eq!(ana.asks_for_a_session(&json!({})).await.refusal(), (503, "belvo_unavailable"));
    assert_eq!(ana.reports(&session, &link).await.status, 200, "known already, whatever Belvo says");
    let swept = story.world.tick(&Order::default()).await;
    assert!(matches!(swept, Err(Failure::Reconcile(Failed::Sweep(SweepError::Provider(_))))), "{swept:?}");
    assert_eq!(story.table().await.but_for_reports(), before);
}
