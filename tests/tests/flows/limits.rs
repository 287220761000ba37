//! What one user may use up.

use belvo_simulator::Mode;
use serde_json::json;
use tests::Story;

#[tokio::test]
async fn a_user_who_opens_sessions_without_end_is_asked_to_wait() {
    let story = Story::begin().await;
    story.switch(|switches| switches.rate_limit = None);
    let (ana, bia) = (story.registered("ana").await, story.registered("bia").await);
    for _ in 0..story.world.stack.policy.sessions_per_hour {
        ana.opens().await;
    }
    story.world.belvo.reset_calls();
    let before = story.table().await;

    let reply = ana.asks_for_a_session(&json!({})).await;

    assert_eq!(reply.refusal(), (429, "too_many_sessions"));
    assert_eq!(reply.header("retry-after"), "600");
    assert_eq!(story.world.belvo.calls().total(), 0, "Belvo's limit is for everybody");
    assert_eq!(story.table().await, before);
    bia.opens().await;
    story.minutes(61);
    ana.opens().await;
}

#[tokio::test]
async fn a_user_with_too_many_links_that_wait_is_asked_to_wait_too() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let session = ana.opens().await;
    story.switch(|switches| switches.mode = Mode::Down);
    let invented = |number: usize| format!("0b6a1f3e-0000-4000-8000-{number:012}");
    for number in 0..story.world.stack.policy.pending_per_user {
        assert_eq!(ana.reports(&session, &invented(number)).await.status, 202);
    }
    let before = story.table().await;

    let reply = ana.reports(&session, &invented(99)).await;

    assert_eq!(reply.refusal(), (429, "too_many_pending"));
    assert_eq!(reply.header("retry-after"), "60");
    assert_eq!(ana.reports(&session, &invented(0)).await.status, 202, "what waits already may be repeated");
    assert_eq!(story.table().await, before);
}
