//! Consents of Brazilian open finance: noted a week before their end, once, by the daily reading or by a webhook.

use belvo_simulator::{Connect, NewLink};
use jiff::SignedDuration;
use tests::{Person, Story};

const BANK: &str = "ofmockbank_br_retail";

async fn consented(story: &Story, ana: &Person<'_>) -> String {
    let session = ana.opens().await;
    let visit = Connect { institution: BANK.to_owned(), username: "bnk100".to_owned(), ..Connect::default() };
    let said = ana.visits(&session, visit);
    let belvo_simulator::Connected::Success { link, .. } = said else { panic!("no success: {said:?}") };
    ana.reports(&session, &link).await;
    assert!(story.at_belvo(&link).is_some());
    link
}

#[tokio::test]
async fn a_consent_that_ends_within_a_week_is_noted_once_by_the_daily_reading() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let link = consented(&story, &ana).await;
    assert_eq!((story.follow_up().await.consents.read, story.follow_up().await.consents.read), (1, 0));
    story.world.pass(SignedDuration::from_hours(24 * 357));
    assert_eq!(story.follow_up().await.consents.noted, 0, "eight days ahead");
    for (day, noted) in [(358, 1), (359, 0), (366, 0)] {
        story.world.pass(SignedDuration::from_hours(24));
        assert_eq!(story.follow_up().await.consents.noted, noted, "{day}");
    }
    let table = story.table().await;
    assert_eq!(table.events("note_consent"), 1);
    assert!(table.link(&ana.external_id, &link)["consent_ends_at"].as_str().is_some());
}

#[tokio::test]
async fn belvos_webhook_notes_it_too_and_both_together_note_it_once() {
    let story = Story::begin().await;
    story.hears_webhooks().await;
    let ana = story.registered("ana").await;
    consented(&story, &ana).await;
    story.follow_up().await;
    story.world.pass(SignedDuration::from_hours(24 * 358 + 1));
    for _ in 0..3 {
        story.world.belvo.deliver_due().await;
        story.follow_up().await;
    }
    assert_eq!(story.table().await.events("note_consent"), 1);
}

#[tokio::test]
async fn nothing_is_kept_of_whom_a_consent_is_for_and_strangers_are_passed_over() {
    let story = Story::begin().await;
    story.plant(NewLink { institution: Some(BANK.to_owned()), ..NewLink::default() });
    story.world.pass(SignedDuration::from_hours(24 * 360));
    let answer = story.follow_up().await;
    assert_eq!((answer.consents.read, answer.consents.noted), (1, 0));
    let table = serde_json::to_string(&story.table().await.0.values().collect::<Vec<_>>()).expect("JSON");
    assert!(!table.contains("document") && !table.contains("user_name"), "{table}");
}
