//! What Belvo's webhooks lead to: they are hints, each is read back, and lost, doubled, late or disordered ones end
//! where one in order does.

use belvo_simulator::{Disorder, NewLink, Status, WebhookEvent};
use domain::policy::{BindingProof, Policy};
use jiff::SignedDuration;
use tests::{Story, mail::webhook, person::is};

/// Belvo makes its attempts, and what waits is worked off.
async fn delivered(story: &Story) -> follow_up::Answer {
    story.world.belvo.deliver_due().await;
    story.follow_up().await
}

#[tokio::test]
async fn a_link_that_needs_a_new_login_is_known_to_within_a_minute() {
    let story = Story::begin().await;
    story.hears_webhooks().await;
    let ana = story.registered("ana").await;
    let link = ana.has_connected("bnk100").await;
    for (status, code, state) in [
        (Status::Invalid, "invalid_credentials", "needs_update"),
        (Status::Valid, "historical_update", "active"),
        (Status::TokenRequired, "token_required", "needs_update"),
    ] {
        story.world.belvo.set_status(&link, status);
        let kind = if code == "historical_update" { "ACCOUNTS" } else { "LINK" };
        story.world.belvo.send_webhook(&WebhookEvent::new(&link, kind, code));
        delivered(&story).await;
        assert_eq!(ana.links().await, [is(&link, state)], "{code}");
    }
}

#[tokio::test]
async fn a_hint_that_is_not_true_changes_nothing() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let link = ana.has_connected("bnk100").await;
    let before = story.table().await.but_for_webhooks();
    for code in ["invalid_credentials", "token_required", "link_deleted"] {
        story.gets_webhook(&webhook("LINK", code, &link)).await;
    }
    let answer = story.follow_up().await;
    assert_eq!((answer.webhooks.worked, answer.webhooks.calls), (3, 1));
    assert_eq!(story.table().await.but_for_webhooks(), before);
}

#[tokio::test]
async fn a_webhook_before_its_callback_leaves_the_link_to_it() {
    let story = Story::begin().await;
    story.hears_webhooks().await;
    story.world.belvo.set_disorder(Disorder { before_callback: true, ..Disorder::default() });
    let ana = story.registered("ana").await;
    let session = ana.opens().await;
    let link = ana.connects(&session, "bnk100");
    assert_eq!(delivered(&story).await.webhooks.bound, 0);
    assert_eq!(ana.reports(&session, &link).await.status, 201);
    story.minutes(30);
    let answer = story.follow_up().await;
    assert_eq!((answer.webhooks.bound, answer.webhooks.calls), (0, 0), "it is known, and works");
    assert_eq!(ana.links().await, [is(&link, "active")]);
}

#[tokio::test]
async fn a_lost_callback_is_repaired_by_a_webhook_where_nobody_looks_the_session_up() {
    let policy = Policy { look_ups_per_run: 0, ..Policy::default() };
    let story = Story::under(policy).await;
    story.hears_webhooks().await;
    let ana = story.registered("ana").await;
    let session = ana.opens().await;
    let link = ana.connects_and_closes_the_app(&session, "bnk100");
    assert!(delivered(&story).await.webhooks.put_off >= 1);
    story.minutes(23);
    assert_eq!(story.follow_up().await.webhooks.bound, 1);
    assert_eq!(ana.links().await, [is(&link, "active")]);
    story.assert_every_owner_is_proven().await;
}

#[tokio::test]
async fn a_planted_link_is_not_bound_by_its_webhook_though_a_session_is_open() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let session = ana.opens().await;
    let planted = ana.gets_planted("evil");
    story.gets_webhook(&webhook("ACCOUNTS", "historical_update", &planted)).await;
    assert_eq!(story.follow_up().await.webhooks.bound, 0);
    let link = ana.connects(&session, "bnk100");
    assert_eq!(ana.reports(&session, &link).await.status, 201);
    story.minutes(23);
    story.follow_up().await;
    assert_eq!(ana.links().await, [is(&link, "active")]);
    assert!(!story.table().await.quarantine(&planted).is_empty());
}

#[tokio::test]
async fn where_external_ids_prove_a_webhook_adopts_at_once() {
    let story = Story::proven_by(BindingProof::ExternalId).await;
    let ana = story.registered("ana").await;
    let link = ana.gets_planted("bnk100"); // by the app, with tokens of its own
    story.gets_webhook(&webhook("ACCOUNTS", "historical_update", &link)).await;
    assert_eq!(story.follow_up().await.webhooks.bound, 1);
    assert_eq!(ana.links().await, [is(&link, "active")]);
}

#[tokio::test]
async fn webhooks_of_links_that_are_gone_change_nothing() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let (link, other) = (ana.has_connected("bnk100").await, ana.has_connected("bnk101").await);
    story.world.belvo.remove(&link);
    story.minutes(60);
    story.sweep().await;
    story.minutes(60);
    story.sweep().await;
    assert_eq!(ana.links().await, [is(&other, "active")], "retired");
    let before = story.table().await.but_for_webhooks();
    for (number, code) in ["historical_update", "link_deleted", "invalid_credentials"].iter().enumerate() {
        story.gets_webhook(&webhook(&format!("KIND-{number}"), code, &link)).await;
    }
    let answer = story.follow_up().await;
    assert_eq!((answer.webhooks.worked, answer.webhooks.calls), (3, 0));
    assert_eq!(story.table().await.but_for_webhooks(), before);
}

#[tokio::test]
async fn unknown_types_and_codes_are_counted_and_kept() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let link = ana.has_connected("bnk100").await;
    story.gets_webhook(&webhook("LINK", "LINK_CREATED", &link)).await;
    story.gets_webhook(&webhook("SOMETHING_NEW", "has-happened", &link)).await;
    let answer = story.follow_up().await;
    assert_eq!((answer.webhooks.worked, answer.webhooks.unknown, answer.webhooks.calls), (2, 2, 0));
    let table = story.table().await;
    let kept = table.of_kind("webhook");
    assert!(kept.iter().any(|webhook| webhook["said"]["kind"] == "SOMETHING_NEW"), "{kept:?}");
    assert!(kept.iter().all(|webhook| webhook["body"].is_null() && webhook["state"] == "worked"));
}

#[tokio::test]
async fn lost_doubled_late_and_disordered_webhooks_end_where_one_in_order_does() {
    for seed in 1..=3 {
        let story = Story::begin().await;
        story.hears_webhooks().await;
        let (reordered, delay_seconds) = (true, 90);
        let disorder =
            Disorder { lost: 0.3, doubled: 0.6, reordered, delay_seconds, seed, ..Disorder::default() };
        story.world.belvo.set_disorder(disorder);
        let ana = story.registered("ana").await;
        let mut links = Vec::new();
        for login in ["bnk100", "bnk101", "bnk102"] {
            let session = ana.opens().await;
            links.push(ana.connects_and_closes_the_app(&session, login));
            story.minutes(1);
        }
        for _ in 0..40 {
            story.minutes(1);
            delivered(&story).await;
        }
        let mut known: Vec<_> = links.iter().map(|link| is(link, "active")).collect();
        known.sort();
        assert_eq!(ana.links().await, known, "{seed}");
        story.assert_every_owner_is_proven().await;
    }
}

#[tokio::test]
async fn a_storm_about_unknown_links_is_worked_off_within_the_calls_of_each_run() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let link = ana.has_connected("bnk100").await;
    for number in 0..1_000 {
        let unknown = format!("{number:08x}-0000-4000-8000-000000000000");
        story.gets_webhook(&webhook("ACCOUNTS", "historical_update", &unknown)).await;
    }
    story.plant(NewLink::default());
    story.world.belvo.reset_calls();
    assert_eq!(story.follow_up().await.webhooks.put_off, 1_000);
    assert_eq!(story.world.belvo.calls().total(), 1, "consents are read once a day");
    story.world.belvo.set_status(&link, Status::Invalid);
    story.gets_webhook(&webhook("LINK", "invalid_credentials", &link)).await;
    assert_eq!(story.follow_up().await.webhooks.refreshed, 1, "nobody waits behind the storm");
    story.world.pass(SignedDuration::from_mins(23));
    story.world.belvo.reset_calls();
    let mut runs = 0;
    while story.follow_up().await.webhooks.worked > 0 {
        runs += 1;
        let most = Policy::default().read_backs_per_run * runs;
        assert!(story.world.belvo.calls().total() <= u64::try_from(most).expect("few"), "{runs}");
    }
    assert_eq!(story.world.belvo.calls().total(), 20, "fifty links a call");
}
