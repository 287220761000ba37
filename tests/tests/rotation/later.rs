//! Secrets Manager in trouble while a process runs: the last good value does, and the trouble is told.

use serde_json::json;
use tests::{
    Story,
    mail::webhook,
    vault::{BELVO, Trouble, Vault, WEBHOOKS},
};

async fn story(vault: &Vault) -> Story {
    let story = Story::begin().await;
    let stack = vault.opened_for(&story).await.expect("it starts");
    let story = story.over(stack);
    story.registered("ana").await;
    vault.asked_for(BELVO);
    vault.asked_for(WEBHOOKS);
    story
}

async fn works(story: &Story) {
    let reply = story.unregistered("ana").asks_for_a_session(&json!({})).await;
    assert_eq!(reply.status, 201, "{}", reply.text);
}

#[tokio::test]
async fn whatever_is_wrong_the_last_good_value_is_used_and_it_is_asked_again_half_a_minute_later() {
    for trouble in [
        Trouble::Silent,
        Trouble::Refuses("AccessDeniedException", "no".to_owned()),
        Trouble::Refuses("InvalidRequestException", "marked for deletion".to_owned()),
    ] {
        let vault = Vault::furnished().await;
        let story = story(&vault).await;
        vault.is_in(trouble.clone());
        story.minutes(4);
        works(&story).await;
        assert_eq!(vault.asked_for(BELVO).len(), 0, "still fresh");
        story.minutes(1);
        for _ in 0..3 {
            works(&story).await;
        }
        assert_eq!(vault.asked_for(BELVO).len(), 2, "once, for both stages: {trouble:?}");
        story.minutes(1);
        works(&story).await;
        assert_eq!(vault.asked_for(BELVO).len(), 2, "{trouble:?}");
        let told = vault.metrics();
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told.iter().all(|line| line["SecretsNotReadAgain"] == 1.0 && line["Function"] == "any"));

        vault.is_in(Trouble::None);
        story.minutes(1);
        works(&story).await;
        assert_eq!((vault.asked_for(BELVO).len(), vault.metrics().len()), (2, 2));
        story.minutes(4);
        works(&story).await;
        assert_eq!(vault.asked_for(BELVO).len(), 0, "fresh again");
    }
}

#[tokio::test]
async fn a_secret_that_is_spoiled_later_changes_nothing() {
    for spoiled in [json!({}), json!({"id": "a:b", "password": "x"}), json!("text")] {
        let vault = Vault::furnished().await;
        let story = story(&vault).await;
        vault.put(BELVO, &spoiled);
        vault.put(WEBHOOKS, &spoiled);
        story.minutes(6);
        works(&story).await;
        let told = webhook("ACCOUNTS", "historical_update", "0b6a1f3e-0000-4000-8000-00000000000a");
        assert_eq!(story.gets_webhook(&told).await.status, 200);
        assert_eq!(vault.metrics().len(), 2, "one for each");
    }
}
