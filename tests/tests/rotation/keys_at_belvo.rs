//! Belvo's keys, replaced in every order that people do it in: nobody who uses the app notices.

use belvo_simulator::Settings;
use serde_json::json;
use tests::{
    Story,
    vault::{BELVO, Vault},
};

/// A story whose keys are in a vault.
async fn story() -> (Story, Vault) {
    let vault = Vault::furnished().await;
    let story = Story::begin().await;
    let stack = vault.opened_for(&story).await.expect("it starts");
    let story = story.over(stack);
    story.registered("ana").await;
    vault.asked_for(BELVO);
    (story, vault)
}

fn put_new(vault: &Vault) {
    vault.put(BELVO, &json!({"id": "new-id", "password": "new-password"}));
}

/// The status that the start of a session is answered with.
async fn opens(story: &Story) -> u16 {
    story.unregistered("ana").asks_for_a_session(&json!({})).await.status
}

/// The order that the runbook asks for.
#[tokio::test]
async fn new_keys_are_made_at_belvo_put_into_the_secret_and_the_old_ones_deleted() {
    let (story, vault) = story().await;
    story.world.belvo.issue_keys("new-id", "new-password");
    put_new(&vault);
    for _ in 0..7 {
        story.minutes(1);
        assert_eq!(opens(&story).await, 201);
    }
    story.world.belvo.revoke_keys(&Settings::default().secret_id);
    assert_eq!(opens(&story).await, 201);
    assert_eq!(vault.asked_for(BELVO).len(), 2, "once, for both stages");
}

#[tokio::test]
async fn keys_that_belvo_does_not_know_yet_wait_beside_the_old_ones() {
    let (story, vault) = story().await;
    put_new(&vault);
    story.minutes(6);
    assert_eq!(opens(&story).await, 201, "with the old ones");
    story.world.belvo.issue_keys("new-id", "new-password");
    story.world.belvo.revoke_keys(&Settings::default().secret_id);
    assert_eq!(opens(&story).await, 201, "with the new ones");
}

/// In a hurry, or after a leak: the old ones are deleted first.
#[tokio::test]
async fn when_the_old_ones_are_gone_the_new_ones_are_not_waited_for() {
    let (story, vault) = story().await;
    story.minutes(1);
    story.world.belvo.issue_keys("new-id", "new-password");
    story.world.belvo.revoke_keys(&Settings::default().secret_id);
    put_new(&vault);
    assert_eq!(opens(&story).await, 201, "read anew, a minute after the start");
    let swept = story.sweep().await;
    assert_eq!(swept.counts.refused, 0);
}

#[tokio::test]
async fn keys_that_belvo_refuses_are_read_again_once_in_half_a_minute_however_many_ask() {
    let (story, vault) = story().await;
    story.minutes(1);
    story.world.belvo.revoke_keys(&Settings::default().secret_id);
    for _ in 0..10 {
        assert_eq!(opens(&story).await, 503);
    }
    assert_eq!(vault.asked_for(BELVO).len(), 2, "once, for both stages");
    story.minutes(1);
    assert_eq!(opens(&story).await, 503);
    assert_eq!(vault.asked_for(BELVO).len(), 2);
    story.world.belvo.issue_keys("new-id", "new-password");
    put_new(&vault);
    story.minutes(1);
    assert_eq!(opens(&story).await, 201, "mended, and nobody started anything anew");
}
