//! The value that Belvo sends with webhooks, replaced while webhooks come.

use cli::world::DEV_WEBHOOK_AUTHORIZATION as OLD;
use serde_json::json;
use tests::{
    Story,
    mail::webhook,
    vault::{Vault, WEBHOOKS},
};

const NEW: &str = "Bearer the-new-value-of-webhooks";

async fn story() -> (Story, Vault) {
    let vault = Vault::furnished().await;
    let story = Story::begin().await;
    let stack = vault.opened_for(&story).await.expect("it starts");
    vault.asked_for(WEBHOOKS);
    (story.over(stack), vault)
}

async fn sent_with(story: &Story, value: &str) -> u16 {
    let body = webhook("ACCOUNTS", "historical_update", "0b6a1f3e-0000-4000-8000-00000000000a");
    story.gets_post(&body.to_string(), &[value]).await.status
}

#[tokio::test]
async fn both_values_are_taken_from_five_minutes_after_it_was_put_until_the_next_one_is() {
    let (story, vault) = story().await;
    vault.put(WEBHOOKS, &json!({"authorization": NEW}));
    assert_eq!((sent_with(&story, OLD).await, sent_with(&story, NEW).await), (200, 401));
    story.minutes(5);
    assert_eq!((sent_with(&story, OLD).await, sent_with(&story, NEW).await), (200, 200));
    // The dashboard is told. What else was known before is good no longer once the value is put twice.
    vault.put(WEBHOOKS, &json!({"authorization": NEW}));
    story.minutes(5);
    assert_eq!((sent_with(&story, OLD).await, sent_with(&story, NEW).await), (401, 200));
}

#[tokio::test]
async fn whoever_forges_webhooks_causes_no_calls() {
    let (story, vault) = story().await;
    for _ in 0..20 {
        story.minutes(1);
        for _ in 0..5 {
            assert_eq!(sent_with(&story, NEW).await, 401);
        }
    }
    assert_eq!(vault.asked_for(WEBHOOKS).len(), 2 * 4, "every five minutes, both stages");
}
