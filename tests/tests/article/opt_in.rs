//! "Opt-in to prevent duplicate links", and what it makes of `unconfirmed` ones.

use belvo_simulator::{Connect, Connected, DuplicatePrevention, DuplicatedInWidget, Outcome, Status};
use serde_json::{Value, json};
use tests::{Reply, Story, person::is};

async fn opted_in() -> Story {
    let story = Story::begin().await;
    story.switch(|switches| switches.duplicate_prevention = DuplicatePrevention::PerExternalId);
    story
}

/// The links that a prevented duplicate may be one of, each with its way out.
fn existing(reply: &Reply) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let links = reply.json["existing"].as_array().expect("a list").iter();
    links.map(|link| (text(&link["link_id"]), text(&link["way_out"]))).collect()
}

fn login(name: &str) -> Connect {
    Connect { username: name.to_owned(), ..Connect::default() }
}

#[tokio::test]
async fn the_widget_refuses_a_second_connection_and_the_event_callback_is_kept() {
    let story = opted_in().await;
    let ana = story.registered("ana").await;
    let first = ana.has_connected("bnk100").await;
    let session = ana.opens().await;

    let event = ana.visits(&session, login("bnk100"));
    assert!(matches!(event, Connected::Event(_)), "{event:?}");
    let said = serde_json::to_value(event).expect("the widget's own words");
    let reply = ana.forwards(&session, &said).await;

    assert_eq!((reply.status, &reply.json["type"]), (200, &"event".into()));
    assert_eq!(existing(&reply), [is(&first, "use_it")], "and the app is told which link it is");
    let table = story.table().await;
    let kept = &table.session(&ana.external_id, &session.id)["outcome"];
    assert_eq!((&kept["kind"], &kept["code"]), (&"event".into(), &"duplicated".into()));
    assert_eq!(kept["institution"], "erebor_mx_retail");
    assert_eq!(ana.links().await, [is(&first, "active")]);
}

#[tokio::test]
async fn an_orphan_that_stands_in_the_way_is_found_at_belvo_and_told() {
    let story = opted_in().await;
    let ana = story.registered("ana").await;
    let (lost, stale) = (ana.opens().await, ana.opens().await);
    let orphan = ana.connects_and_closes_the_app(&lost, "bnk100");
    let said = serde_json::to_value(ana.visits(&stale, login("bnk100"))).expect("its own words");

    let (first, again) = (ana.forwards(&stale, &said).await, ana.forwards(&stale, &said).await);

    assert_eq!(existing(&first), [is(&orphan, "use_it")]);
    assert_eq!(existing(&again), existing(&first));
}

#[tokio::test]
async fn a_broken_link_that_stands_in_the_way_is_told_with_its_way_out() {
    let story = opted_in().await;
    let ana = story.registered("ana").await;
    let link = ana.has_connected("bnk100").await;
    story.world.belvo.set_status(&link, Status::Invalid);
    let session = ana.opens().await;
    let exit = json!({"type": "exit", "last_encountered_error": {"code": "duplicated", "message": "x"},
        "meta_data": {"institution_name": "erebor_mx_retail", "step": "abandon-survey"}});

    let reply = ana.forwards(&session, &exit).await;

    assert_eq!(existing(&reply), [is(&link, "update_mode")]);
}

#[tokio::test]
async fn the_login_that_the_widget_tells_is_used_and_neither_kept_nor_told() {
    let story = opted_in().await;
    story.switch(|switches| switches.duplicated_in_widget = DuplicatedInWidget::ErrorEventWithId);
    let ana = story.registered("ana").await;
    let (first, second) = (ana.has_connected("bnk100").await, ana.has_connected("bnk101").await);
    let session = ana.opens().await;
    for (name, link) in [("bnk100", &first), ("bnk101", &second)] {
        let said = serde_json::to_value(ana.visits(&session, login(name))).expect("its own words");
        let pseudonym = said["meta_data"]["institution_user_id"].as_str().expect("told");

        let reply = ana.forwards(&session, &said).await;

        assert_eq!(existing(&reply), [is(link, "use_it")], "of two at one bank, the one");
        assert!(!reply.text.contains(pseudonym));
        let table = story.table().await;
        assert!(!table.session(&ana.external_id, &session.id).to_string().contains(pseudonym));
    }
}

#[tokio::test]
async fn what_stands_in_the_way_of_one_user_is_told_to_no_other() {
    let story = opted_in().await;
    let (ana, bia) = (story.registered("ana").await, story.registered("bia").await);
    ana.has_connected("family").await;
    let session = bia.opens().await;
    let said = json!({"type": "event", "eventName": "ERROR", "meta_data": {
        "error_code": "duplicated", "institution_name": "erebor_mx_retail"}});

    let reply = bia.forwards(&session, &said).await;

    assert_eq!((reply.status, existing(&reply)), (200, vec![]));
}

#[tokio::test]
async fn a_second_login_at_the_same_institution_is_never_blocked() {
    let story = opted_in().await;
    let ana = story.registered("ana").await;

    let (first, second) = (ana.has_connected("bnk100").await, ana.has_connected("bnk101").await);
    story.minutes(30);
    story.sweep().await;

    let mut both = [is(&first, "active"), is(&second, "active")];
    both.sort();
    assert_eq!(ana.links().await, both);
}

#[tokio::test]
async fn another_user_may_connect_the_same_account_and_nothing_is_merged() {
    let story = opted_in().await;
    let (ana, bia) = (story.registered("ana").await, story.registered("bia").await);

    let (anas, bias) = (ana.has_connected("family").await, bia.has_connected("family").await);
    story.minutes(30);
    let report = story.sweep().await;

    assert_eq!(report.counts.shared_logins, 1);
    assert_eq!(ana.links().await, [is(&anas, "active")]);
    assert_eq!(bia.links().await, [is(&bias, "active")]);
}

#[tokio::test]
async fn an_unconfirmed_link_does_not_block_the_new_one() {
    let story = opted_in().await;
    let ana = story.registered("ana").await;
    let first = ana.opens().await;
    ana.visits(&first, Connect { outcome: Outcome::CloseEarly, ..login("mfa_default") });
    assert_eq!(story.world.belvo.links().first().map(|link| link.status), Some(Status::Unconfirmed));

    let second = ana.opens().await;
    let made = ana.visits(&second, Connect { otp: Some("12345".to_owned()), ..login("mfa_default") });
    let Connected::Success { link, .. } = made else { panic!("{made:?}") };

    assert_eq!(ana.reports(&second, &link).await.status, 201);
    assert_eq!(ana.links().await, [is(&link, "active")]);
}
