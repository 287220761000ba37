//! Who may send webhooks, and what becomes of what is sent: forged ones cost nothing at all, authentic ones one write.

use adapters::secrets::Source;
use cli::{stack::Stack, world::DEV_WEBHOOK_AUTHORIZATION as GOOD};
use domain::webhooks::WebhookKeys;
use serde_json::{Value, json};
use tests::{
    Story,
    fault::{Fault, failing_store},
    mail::webhook,
};

const LINK: &str = "0b6a1f3e-0000-4000-8000-00000000000a";

fn body() -> String {
    webhook("ACCOUNTS", "historical_update", LINK).to_string()
}

/// What is in the table of webhooks.
async fn kept(story: &Story) -> Vec<Value> {
    story.table().await.of_kind("webhook").into_iter().cloned().collect()
}

#[tokio::test]
async fn a_forged_altered_doubled_or_padded_value_is_401_and_costs_nothing() {
    let story = Story::begin().await;
    story.world.engine.reset_meter();
    let altered = GOOD.replace("published", "publishec");
    let (padded_before, padded_after) = (format!(" {GOOD}"), format!("{GOOD} "));
    let (louder, joined) = (GOOD.to_uppercase(), format!("{GOOD}, {GOOD}"));
    let (cut, longer) = (&GOOD[..GOOD.len() - 1], format!("{GOOD}x"));
    let cases: [&[&str]; 13] = [
        &[],
        &[""],
        &["Bearer"],
        &["Bearer dev:ana"],
        &["Bearer dev:ops:links:admin"],
        &[&altered],
        &[&padded_before],
        &[&padded_after],
        &[&louder],
        &[&joined],
        &[cut, &longer],
        &[GOOD, GOOD],
        &[GOOD, "Bearer another"],
    ];
    for values in cases {
        let reply = story.gets_post(&body(), values).await;
        assert_eq!((reply.status, reply.code()), (401, "unauthenticated"), "{values:?}");
    }
    assert_eq!((story.world.engine.meter().total(), story.world.belvo.calls().total()), (0, 0));
}

#[tokio::test]
async fn both_values_are_taken_while_one_replaces_the_other_and_none_when_none_is_set() {
    let story = Story::begin().await;
    let other = "Basic YmVsdm86dGhlIG90aGVyIHZhbHVl";
    let keys = WebhookKeys::closed().accepting(GOOD).and_then(|keys| keys.accepting(other)).expect("values");
    let stack = story.world.stack.clone();
    let story = story.over(Stack { webhook_keys: Source::fixed(keys), ..stack.clone() });
    for value in [GOOD, other] {
        assert_eq!(story.gets_post(&body(), &[value]).await.status, 200);
    }
    let story = story.over(Stack { webhook_keys: Source::fixed(WebhookKeys::closed()), ..stack });
    for values in [&[GOOD][..], &[other], &[""], &[]] {
        assert_eq!(story.gets_post(&body(), values).await.status, 401, "{values:?}");
    }
}

#[tokio::test]
async fn an_authentic_one_costs_one_write_and_no_call_and_is_kept_once_as_it_came() {
    let story = Story::begin().await;
    story.world.engine.reset_meter();
    for times in 1..=3 {
        let reply = story.gets_post(&body(), &[GOOD]).await;
        assert_eq!((reply.status, reply.json.clone()), (200, json!({})));
        assert_eq!((story.world.engine.meter().total(), story.world.belvo.calls().total()), (times, 0));
    }
    let kept = kept(&story).await;
    assert_eq!(kept.len(), 1);
    assert_eq!((kept[0]["body"].as_str(), kept[0]["state"].as_str()), (Some(&*body()), Some("waiting")));
    assert_eq!(kept[0]["pk"], format!("LINK#{LINK}"));
}

#[tokio::test]
async fn what_belvo_calls_its_webhook_id_tells_nothing_apart_and_the_body_does() {
    let story = Story::begin().await;
    story.gets_webhook(&webhook("ACCOUNTS", "historical_update", LINK)).await;
    story.gets_webhook(&webhook("OWNERS", "historical_update", LINK)).await;
    assert_eq!(kept(&story).await.len(), 2, "both with the same webhook_id");
}

#[tokio::test]
async fn what_cannot_be_read_is_kept_answered_and_becomes_a_dead_letter_without_its_text() {
    let story = Story::begin().await;
    let odd = ["", "{", "null", "[1]", "\u{0}", r#"{"link_id":"x","name":"ana@example.com"}"#];
    for body in odd {
        assert_eq!(story.gets_post(body, &[GOOD]).await.status, 200, "{body}");
    }
    let answer = story.follow_up().await;
    assert_eq!((answer.webhooks.dead, answer.webhooks.calls), (odd.len(), 0));
    for dead in kept(&story).await {
        assert_eq!((dead["state"].as_str(), dead["reason"].as_str()), (Some("dead"), Some("unreadable")));
        assert!(dead["body"].is_null() && !dead.to_string().contains("example.com"), "{dead}");
    }
    assert_eq!(story.follow_up().await.webhooks.dead, 0, "once");
}

#[tokio::test]
async fn a_body_of_any_length_is_refused_before_it_is_kept_and_other_methods_are_not_routes() {
    let story = Story::begin().await;
    let reply = story.gets_post(&" ".repeat(64 * 1024 + 1), &[GOOD]).await;
    assert_eq!((reply.status, reply.code()), (413, "body_too_large"));
    assert_eq!(story.gets_post(&" ".repeat(64 * 1024), &[GOOD]).await.status, 200);
    let token = GOOD.trim_start_matches("Bearer ");
    let got = story.call(axum::http::Method::GET, "/webhooks/belvo", token, &Value::Null).await;
    assert_eq!((got.status, got.code()), (405, "method_not_allowed"));
}

#[tokio::test]
async fn while_the_table_is_down_belvo_is_told_to_come_again() {
    for fault in [Fault::NotSent, Fault::AnswerLost] {
        let story = Story::begin().await;
        let (failing, switch) = failing_store(&story.world.engine, fault);
        let stack = Stack { store: failing, ..story.world.stack.clone() };
        let story = story.over(stack);
        switch.breaks_after(0);
        let reply = story.gets_post(&body(), &[GOOD]).await;
        assert_eq!((reply.status, reply.code()), (503, "store_unavailable"), "{fault:?}");
        switch.heals();
        assert_eq!(story.gets_post(&body(), &[GOOD]).await.status, 200);
        assert_eq!(kept(&story).await.len(), 1, "{fault:?}");
    }
}
