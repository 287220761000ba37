//! The five tips against duplicated links.

use std::collections::BTreeSet;

use belvo_simulator::{InstitutionUserId, NewLink, Status};
use domain::{ports::Provider, values::LinkId};
use serde_json::Value;
use tests::{Story, person::is};

/// The article's own example. It is said to have 44 characters, and has 43.
const SAME_PERSON: &str = "ooE7XJWEKypZJR603ecaWYk-8Ap0oD8Nr1pBQ4eG9c=";
const LINK_ID_1: &str = "11111111-0000-4000-8000-000000000001";
const LINK_ID_2: &str = "22222222-0000-4000-8000-000000000002";

#[tokio::test]
async fn tip_1_a_registered_user_can_be_associated_and_knows_what_is_connected() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    assert_eq!(ana.links().await, []);

    let link = ana.has_connected("bnk100").await;

    assert_eq!(ana.links().await, [is(&link, "active")]);
}

#[tokio::test]
async fn tip_2_a_session_start_asks_belvo_for_the_users_links_and_adopts_valid_orphans() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let first = ana.opens().await;
    let orphan = ana.connects_and_closes_the_app(&first, "bnk100");
    story.world.belvo.reset_calls();

    let session = ana.opens().await;

    assert_eq!(story.world.belvo.calls().of("GET /api/links/"), 1);
    assert_eq!(session.told("recovered"), [is(&orphan, "active")], "the user can be told");
}

#[tokio::test]
async fn tip_2_an_orphan_that_is_not_valid_is_adopted_with_its_way_out() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let first = ana.opens().await;
    let orphan = ana.connects_and_closes_the_app(&first, "bnk100");
    story.world.belvo.set_status(&orphan, Status::Invalid);

    let session = ana.opens().await;

    assert_eq!(session.attention(), [is(&orphan, "update_mode")]);
}

#[tokio::test]
async fn tip_3_the_callbacks_link_id_fetches_what_duplicates_are_told_by() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let links = [ana.has_connected("bnk100").await, ana.has_connected("bnk100").await];
    let ids = links.clone().map(|id| LinkId::parse(&id).expect("Belvo's"));

    let accounts = story.world.stack.provider.accounts_of(&ids).await.expect("Belvo answers");

    let of = |id: LinkId| -> BTreeSet<_> {
        let of_link = accounts.iter().filter(|account| account.link_id == id);
        of_link.map(|account| (account.institution.to_string(), &account.name, &account.number)).collect()
    };
    assert!(!of(ids[0]).is_empty(), "{accounts:?}");
    assert_eq!(of(ids[0]), of(ids[1]), "institution, name and number tell that it is one account");
}

#[tokio::test]
async fn tip_3_the_success_callback_compares_the_link_with_those_of_before() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let before = ana.has_connected("bnk100").await;
    let session = ana.opens().await;
    let link = ana.connects(&session, "bnk100");
    story.world.belvo.reset_calls();

    ana.reports(&session, &link).await;

    assert_eq!(story.world.belvo.calls().of("GET /api/links/{id}/"), 1);
    assert_eq!(story.table().await.link(&ana.external_id, &before)["superseded_by"], link.as_str());
}

#[tokio::test]
async fn tip_4_the_accounts_already_connected_are_shown_before_the_widget_opens() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let link = ana.has_connected("bnk100").await;

    let session = ana.opens().await;
    let listed = ana.asks_for_links().await;

    let shown = &listed.json["links"][0];
    assert_eq!(session.answer["connected"][0], *shown, "the same in both places");
    for (name, value) in [
        ("link_id", Value::from(link)),
        ("institution", "erebor_mx_retail".into()),
        ("institution_name", "Erebor".into()),
        ("status", "valid".into()),
        ("state", "active".into()),
        ("access_mode", "recurrent".into()),
    ] {
        assert_eq!(shown[name], value);
    }
    let accounts = shown["accounts"].as_array().expect("a list");
    assert!(
        accounts.iter().all(|account| account["name"].as_str().is_some_and(|name| name.ends_with("•••")))
    );
    assert!(shown["created_at"].is_string() && shown["last_observed_at"].is_string(), "{shown}");
}

#[tokio::test]
async fn tip_5_link_id_1_is_replaced_by_link_id_2_of_the_same_institution_user_id() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let planted = |id: &str| NewLink {
        id: Some(id.to_owned()),
        external_id: Some(ana.external_id.clone()),
        institution_user_id: InstitutionUserId::Is(SAME_PERSON.to_owned()),
        ..NewLink::default()
    };
    let first = ana.opens().await;
    story.plant(planted(LINK_ID_1));
    assert_eq!(ana.reports(&first, LINK_ID_1).await.status, 201);
    story.minutes(60);

    let second = ana.opens().await;
    story.plant(planted(LINK_ID_2));
    assert_eq!(ana.reports(&second, LINK_ID_2).await.status, 201);

    assert_eq!(ana.links().await, [is(LINK_ID_2, "active")]);
    let table = story.table().await;
    assert_eq!(table.link(&ana.external_id, LINK_ID_1)["superseded_by"], LINK_ID_2);
    assert_eq!(table.link(&ana.external_id, LINK_ID_2)["institution_user_id"], SAME_PERSON);
}

#[tokio::test]
async fn tip_5_links_from_before_february_2022_are_told_apart_by_nothing_and_all_stay() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    for id in [LINK_ID_1, LINK_ID_2] {
        let session = ana.opens().await;
        story.plant(NewLink {
            id: Some(id.to_owned()),
            external_id: Some(ana.external_id.clone()),
            institution_user_id: InstitutionUserId::Null,
            ..NewLink::default()
        });
        assert_eq!(ana.reports(&session, id).await.status, 201);
    }

    story.minutes(30);
    story.sweep().await;

    assert_eq!(ana.links().await, [is(LINK_ID_1, "active"), is(LINK_ID_2, "active")]);
}
