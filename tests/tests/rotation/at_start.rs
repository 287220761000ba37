//! A process that cannot have its secrets does not start. It says which, and what to check, and no value.

use adapters::config::{BELVO_SECRET_ARN, REFERENCE_KEY_ARN, WEBHOOK_SECRET_ARN};
use serde_json::{Value, json};
use tests::{
    Story,
    vault::{BELVO, REFERENCE, Trouble, Vault, WEBHOOKS},
};

/// Part of every value here, and of what AWS says of them.
const CANARY: &str = "canary-hunter2";

async fn refused(vault: &Vault) -> String {
    let story = Story::begin().await;
    let refused = vault.opened_for(&story).await.expect_err("it does not start").to_string();
    assert!(!refused.contains(CANARY) && !refused.contains("arn:"), "{refused}");
    refused
}

#[tokio::test]
async fn all_secrets_that_are_missing_are_told_at_once() {
    let told = refused(&Vault::open().await).await;
    for variable in [BELVO_SECRET_ARN, REFERENCE_KEY_ARN, WEBHOOK_SECRET_ARN] {
        assert!(told.contains(&format!("{variable}: there is no such secret")), "{told}");
    }
}

#[tokio::test]
async fn a_secret_of_another_shape_is_told_by_what_it_lacks() {
    let text = |text: &str| json!({"SecretString": text});
    let object = |object: Value| text(&object.to_string());
    let cases = [
        (BELVO, BELVO_SECRET_ARN, text(CANARY), "must be a JSON object"),
        (BELVO, BELVO_SECRET_ARN, json!({"SecretBinary": "Y2FuYXJ5"}), "it holds binary"),
        (BELVO, BELVO_SECRET_ARN, object(json!({"id": CANARY})), "lacks the key `password`"),
        (BELVO, BELVO_SECRET_ARN, object(json!({"id": CANARY, "password": 1})), "`password` must be text"),
        (
            BELVO,
            BELVO_SECRET_ARN,
            object(json!({"id": CANARY, "password": format!("{CANARY}\n")})),
            "visible text",
        ),
        (REFERENCE, REFERENCE_KEY_ARN, object(json!({"key": CANARY})), "one version letter"),
        (REFERENCE, REFERENCE_KEY_ARN, object(json!({"KEY": CANARY})), "lacks the key `key`"),
        (
            WEBHOOKS,
            WEBHOOK_SECRET_ARN,
            object(json!({"authorization": format!(" {CANARY}-{CANARY}")})),
            "16 to 1024",
        ),
    ];
    for (arn, variable, version, rule) in cases {
        let vault = Vault::furnished().await;
        vault.put_version(arn, version);
        let told = refused(&vault).await;
        assert!(told.starts_with(&format!("secrets: {variable}: ")) && told.contains(rule), "{told}");
    }
}

#[tokio::test]
async fn what_aws_refuses_is_told_with_what_to_check_and_not_in_its_words() {
    for (code, check) in [
        ("AccessDeniedException", "secretsmanager:GetSecretValue"),
        ("DecryptionFailure", "kms:Decrypt"),
        ("InvalidRequestException", "marked for deletion"),
        ("InternalServiceError", "answered InternalServiceError"),
    ] {
        let vault = Vault::furnished().await;
        vault.is_in(Trouble::Refuses(code, format!("{CANARY} is not authorized to read {BELVO}")));
        let told = refused(&vault).await;
        assert!(told.matches(check).count() == 3, "each of the three: {told}");
    }
}

#[tokio::test]
async fn silence_and_a_closed_door_end_in_time() {
    let vault = Vault::furnished().await;
    vault.is_in(Trouble::Silent);
    let told = refused(&vault).await;
    assert!(told.contains("did not answer in time"), "{told}");
    let mut nobody = vault;
    nobody.url = "http://127.0.0.1:9".to_owned();
    let told = refused(&nobody).await;
    assert!(told.contains("cannot be reached"), "{told}");
}

#[tokio::test]
async fn that_there_was_no_value_before_is_quite_usual() {
    let vault = Vault::furnished().await;
    let story = Story::begin().await;
    let stack = vault.opened_for(&story).await.expect("it starts");
    let story = story.over(stack);
    assert_eq!(vault.asked_for(BELVO).len(), 2, "both stages");
    story.registered("ana").await.opens().await;
}

/// What was put in wrong and mended stays as the version before.
#[tokio::test]
async fn a_value_before_that_nobody_can_read_keeps_nobody_from_starting() {
    for wrong in [json!({"SecretString": CANARY}), json!({"SecretBinary": "Y2FuYXJ5"})] {
        let vault = Vault::open().await;
        for arn in [BELVO, REFERENCE, WEBHOOKS] {
            vault.put_version(arn, wrong.clone());
        }
        vault.furnish();
        let story = Story::begin().await;
        let stack = vault.opened_for(&story).await.expect("it starts");
        story.over(stack).registered("ana").await.opens().await;
    }
}
