//! The reference key is for life.

use serde_json::json;
use tests::{
    Story,
    vault::{REFERENCE, Vault},
};

#[tokio::test]
async fn it_is_read_once_and_nothing_that_is_put_later_changes_anybodys_id() {
    let vault = Vault::furnished().await;
    let story = Story::begin().await;
    let stack = vault.opened_for(&story).await.expect("it starts");
    assert_eq!(vault.asked_for(REFERENCE), ["AWSCURRENT"], "the one before is nobody's");
    let story = story.over(stack);
    let ana = story.registered("ana").await.external_id.clone();
    vault.put(REFERENCE, &json!({"key": "b:another-key-of-at-least-thirty-two-characters"}));
    for _ in 0..3 {
        story.minutes(60);
        let again = story.unregistered("ana").registers().await;
        assert_eq!((again.status, again.json["external_id"].as_str()), (200, Some(&*ana)));
    }
    assert_eq!(vault.asked_for(REFERENCE).len(), 0);
}
