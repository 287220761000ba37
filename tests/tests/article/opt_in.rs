//! "Opt-in to prevent duplicate links", and what it makes of `unconfirmed` ones.

use belvo_simulator::{Connect, Connected, DuplicatePrevention, Outcome, Status};
use tests::{Story, person::is};

async fn opted_in() -> Story {
    let story = Story::begin().await;
    story.switch(|switches| switches.duplicate_prevention = DuplicatePrevention::PerExternalId);
    story
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
    let table = story.table().await;
    let kept = &table.session(&ana.external_id, &session.id)["outcome"];
    assert_eq!((&kept["kind"], &kept["code"]), (&"event".into(), &"duplicated".into()));
    assert_eq!(kept["institution"], "erebor_mx_retail");
    assert_eq!(ana.links().await, [is(&first, "active")]);
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
