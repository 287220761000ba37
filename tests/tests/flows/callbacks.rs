//! Callbacks of strangers, late ones, early ones, and ones that name what is not there.

use serde_json::json;
use tests::{Reply, Story, person::is};

const NO_SESSION: &str = "ls_aaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const NO_LINK: &str = "0b6a1f3e-0000-4000-8000-00000000000a";

fn alike(replies: &[Reply]) {
    for reply in replies {
        assert_eq!(reply.refusal(), (404, "not_found"));
        assert_eq!(reply.but_for_its_request_id(), replies[0].but_for_its_request_id());
    }
}

#[tokio::test]
async fn not_yours_not_there_and_not_visible_yet_answer_alike() {
    let story = Story::begin().await;
    let (ana, bia) = (story.registered("ana").await, story.registered("bia").await);
    let (hers, mine) = (ana.opens().await, bia.opens().await);
    let anas = ana.connects(&hers, "ana");
    story.switch(|switches| switches.visibility_lag_seconds = 60);
    let unseen = bia.connects(&mine, "bia");
    let success = |link: &str| json!({"type": "success", "link": link, "institution": "erebor_mx_retail"});

    alike(&[
        bia.forwards_to(NO_SESSION, &success(&anas)).await,
        bia.forwards_to("no%20session%20at%20all", &success(&anas)).await,
        bia.reports(&hers, &anas).await,
        bia.reports(&hers, NO_LINK).await,
        bia.reports(&mine, &anas).await,
        bia.reports(&mine, NO_LINK).await,
        bia.reports(&mine, &unseen).await,
        story.unregistered("nobody").reports(&hers, &anas).await,
    ]);
    assert_eq!(story.table().await.of_kind("link").len(), 0);
}

#[tokio::test]
async fn a_stranger_costs_no_call_to_belvo() {
    let story = Story::begin().await;
    let (ana, bia) = (story.registered("ana").await, story.registered("bia").await);
    let hers = ana.opens().await;
    let link = ana.connects(&hers, "ana");
    story.world.belvo.reset_calls();

    bia.reports(&hers, &link).await;
    bia.forwards(&hers, &json!({"type": "exit"})).await;

    assert_eq!(story.world.belvo.calls().total(), 0);
}

#[tokio::test]
async fn a_callback_that_comes_before_its_link_is_visible_is_made_good_by_the_schedule() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    story.switch(|switches| switches.visibility_lag_seconds = 60);
    let session = ana.opens().await;
    let link = ana.connects(&session, "bnk100");
    assert_eq!(ana.reports(&session, &link).await.refusal(), (404, "not_found"));

    story.minutes(30);
    story.sweep().await;

    assert_eq!(ana.links().await, [is(&link, "active")]);
}

#[tokio::test]
async fn a_callback_that_is_repeated_once_its_link_is_visible_binds_it() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    story.switch(|switches| switches.visibility_lag_seconds = 60);
    let session = ana.opens().await;
    let link = ana.connects(&session, "bnk100");
    ana.reports(&session, &link).await;

    story.minutes(2);

    assert_eq!(ana.reports(&session, &link).await.status, 201);
}

#[tokio::test]
async fn a_callback_a_week_late_still_counts() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let session = ana.opens().await;
    let link = ana.connects(&session, "bnk100");

    story.minutes(7 * 24 * 60);

    assert_eq!(ana.reports(&session, &link).await.status, 201);
    assert_eq!(ana.links().await, [is(&link, "active")]);
}

#[tokio::test]
async fn a_callback_a_week_after_the_schedule_was_quicker_is_known() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let session = ana.opens().await;
    let link = ana.connects(&session, "bnk100");
    story.minutes(30);
    story.sweep().await;
    let before = story.table().await;

    story.minutes(7 * 24 * 60);
    let reply = ana.reports(&session, &link).await;

    assert_eq!((reply.status, reply.state()), (200, "active"));
    assert_eq!(story.table().await, before);
}

#[tokio::test]
async fn the_institution_is_belvos_word_and_not_the_widgets() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let session = ana.opens().await;
    let link = ana.connects(&session, "bnk100");

    let said = json!({"type": "success", "link": link, "institution": "another_bank"});
    let reply = ana.forwards(&session, &said).await;

    assert_eq!((reply.status, &reply.json["institution"]), (201, &json!("erebor_mx_retail")));
}
