//! What one user may use up.

use std::time::Duration;

use adapters::belvo::Belvo;
use belvo_simulator::Mode;
use cli::{stack::Stack, world::sandbox};
use domain::{
    budget::{Class, Limits},
    calls::Governor,
};
use serde_json::json;
use tests::{Story, person::is};

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

/// The same story under the account's budget of calls, which others do without.
async fn within_the_budget(story: Story) -> Story {
    let settings = sandbox(&story.belvo_address().await).expect("loopback");
    let good = story.world.stack.clone();
    let budget = good.store.clone().granting_within(Duration::from_mins(1));
    let account = settings.account();
    let gate = Governor::new(budget, good.ambient.clone(), Limits::default(), Class::Interactive, &account);
    let provider = Belvo::new(settings).expect("a client").through(gate);
    story.over(Stack { provider, ..good })
}

/// Belvo is asked about each, as one of them might be a link of theirs.
#[tokio::test]
async fn a_user_who_makes_links_up_costs_others_time_and_no_link_and_leaves_sweeps_their_share() {
    let story = within_the_budget(Story::begin().await).await;
    let (ana, bia) = (story.registered("ana").await, story.registered("bia").await);
    let (hers, his) = (ana.opens().await, bia.opens().await);
    let link = bia.connects(&his, "bnk100");
    story.minutes(1); // another window of the budget
    story.world.belvo.reset_calls();
    let mut refused = 0;
    for number in 0..100 {
        let reply = ana.reports(&hers, &format!("0b6a1f3e-0000-4000-8000-{number:012}")).await;
        assert!([404, 202, 429].contains(&reply.status), "{}", reply.text);
        refused += usize::from(reply.status == 429);
    }
    assert!(
        refused > 50 && story.world.belvo.calls().total() < 10,
        "a window's calls, and then five that wait"
    );
    assert_eq!(bia.reports(&his, &link).await.status, 202, "kept, and looked at later");
    assert_eq!(bia.asks_for_a_session(&json!({})).await.header("retry-after"), "10");
    story.minutes(30);
    story.sweep().await;
    assert_eq!(bia.links().await, [is(&link, "active")]);
}
