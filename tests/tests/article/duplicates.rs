//! "Avoiding duplicated links": the three ways in which they come to be.

use domain::change::Action;
use tests::{Story, person::is};

#[tokio::test]
async fn the_same_credentials_at_the_same_institution_give_way_to_the_new_link() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let first = ana.has_connected("bnk100").await;
    story.minutes(60);

    let second = ana.has_connected("bnk100").await;

    assert_eq!(ana.links().await, [is(&second, "active")]);
    let table = story.table().await;
    let parked = table.link(&ana.external_id, &first);
    assert_eq!((&parked["state"], &parked["superseded_by"]), (&"superseded".into(), &second.clone().into()));
    assert!(story.at_belvo(&first).is_some(), "superseding deletes nothing at Belvo");
}

#[tokio::test]
async fn the_callback_that_makes_a_duplicate_says_so_and_names_the_survivor_each_time() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let first = ana.has_connected("bnk100").await;
    let session = ana.opens().await;
    let second = ana.connects(&session, "bnk100");

    for status in [201, 200, 200] {
        let reply = ana.reports(&session, &second).await;
        let expected = serde_json::json!({"survivor": second, "superseded": [first]});
        assert_eq!((reply.status, &reply.json["duplicate"]), (status, &expected));
    }
}

#[tokio::test]
async fn a_duplicate_that_was_never_stored_is_found_by_the_schedule() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let known = ana.has_connected("bnk100").await;
    story.minutes(60);
    let session = ana.opens().await;
    let unstored = ana.connects_and_closes_the_app(&session, "bnk100");

    story.minutes(30);
    let report = story.sweep().await;

    assert_eq!((report.count(Action::Bind), report.count(Action::Supersede)), (1, 1));
    assert_eq!(ana.links().await, [is(&unstored, "active")]);
    assert_eq!(story.table().await.link(&ana.external_id, &known)["state"], "superseded");
}

#[tokio::test]
async fn a_duplicate_made_while_the_app_was_closed_is_found_at_the_next_session_start() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    ana.has_connected("bnk100").await;
    story.minutes(60);
    let session = ana.opens().await;
    let unstored = ana.connects_and_closes_the_app(&session, "bnk100");

    let next = ana.opens().await;

    assert_eq!(next.told("recovered"), [is(&unstored, "active")]);
    assert_eq!(next.told("connected"), [is(&unstored, "active")]);
}

#[tokio::test]
async fn the_same_person_at_two_institutions_is_no_duplicate() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    ana.has_connected("bnk100").await;
    let session = ana.opens().await;
    let visit = belvo_simulator::Connect {
        institution: "gringotts_mx_retail".to_owned(),
        username: "bnk100".to_owned(),
        ..belvo_simulator::Connect::default()
    };
    ana.visits(&session, visit);

    let next = ana.opens().await;

    assert_eq!(next.told("connected").len(), 2);
}
