//! "Adding your own identifier": what `external_id` is good for, and its four rules.

use std::collections::BTreeSet;

use axum::http::Method;
use belvo_simulator::{Connect, NewLink, Outcome, Status};
use domain::{external_id::ExternalId, ports::Provider, values::Reference};
use serde_json::json;
use tests::{Story, person::is};

#[tokio::test]
async fn belvos_links_can_be_filtered_by_it() {
    let story = Story::begin().await;
    let (ana, bia) = (story.registered("ana").await, story.registered("bia").await);
    let (anas, _) = (ana.has_connected("ana").await, bia.has_connected("bia").await);

    let user = ExternalId::parse(ana.external_id).expect("minted");
    let links = story.world.stack.provider.links_of(&user).await.expect("Belvo answers");

    assert_eq!(links.iter().map(|link| link.id.to_string()).collect::<Vec<_>>(), [anas]);
}

#[tokio::test]
async fn all_links_of_a_user_are_listed_by_it() {
    let story = Story::begin().await;
    let (ana, bia) = (story.registered("ana").await, story.registered("bia").await);
    let mut anas =
        [ana.has_connected("one").await, ana.has_connected("two").await, ana.has_connected("three").await];
    bia.has_connected("four").await;

    let mut listed: Vec<_> = ana.links().await.into_iter().map(|(id, _)| id).collect();

    anas.sort();
    listed.sort();
    assert_eq!(listed, anas);
}

#[tokio::test]
async fn the_latest_status_is_fetched_with_it_and_the_user_is_prompted() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let (password, token) = (ana.has_connected("one").await, ana.has_connected("two").await);
    story.world.belvo.set_status(&password, Status::Invalid);
    story.world.belvo.set_status(&token, Status::TokenRequired);

    let session = ana.opens().await;

    let prompted: BTreeSet<_> = session.attention().into_iter().collect();
    assert_eq!(prompted, BTreeSet::from([is(&password, "update_mode"), is(&token, "update_mode")]));
    let statuses = session.answer["needs_attention"].as_array().expect("a list").iter();
    let statuses: BTreeSet<_> = statuses.map(|link| link["status"].as_str().expect("text")).collect();
    assert_eq!(statuses, BTreeSet::from(["invalid", "token_required"]));
}

#[tokio::test]
async fn orphans_are_identified_by_it_and_associated() {
    let story = Story::begin().await;
    let (ana, bia) = (story.registered("ana").await, story.registered("bia").await);
    let (hers, theirs) = (ana.opens().await, bia.opens().await);
    let anas = ana.connects_and_closes_the_app(&hers, "ana");
    let bias = bia.connects_and_closes_the_app(&theirs, "bia");

    story.minutes(30);
    story.sweep().await;

    let table = story.table().await;
    assert_eq!(table.owner(&anas), Some(ana.external_id.as_str()));
    assert_eq!(table.owner(&bias), Some(bia.external_id.as_str()));
}

#[tokio::test]
async fn rule_1_it_is_unique_for_each_user() {
    let story = Story::begin().await;

    let ids: BTreeSet<_> = minted(&story, 2_000).collect();

    assert_eq!(ids.len(), 2_000);
}

#[tokio::test]
async fn rule_2_it_has_at_least_three_characters() {
    let story = Story::begin().await;

    assert_eq!(import(&story, "ab").await, (422, "invalid_external_id".to_owned()));
    assert_eq!(import(&story, "abc").await.0, 201);
    assert!(minted(&story, 10).all(|id| id.len() >= 3));
}

#[tokio::test]
async fn rule_3_it_has_only_letters_numbers_dashes_and_underscores() {
    let story = Story::begin().await;

    for bad in ["ana maria", "ana.maria", "joão", "ana/maria", "ana#1", "ana%20"] {
        assert_eq!(import(&story, bad).await, (422, "invalid_external_id".to_owned()), "{bad}");
    }
    assert_eq!(import(&story, "Ana-Maria_1").await.0, 201);
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    assert!(minted(&story, 10).all(|id| id.chars().all(plain)));
}

#[tokio::test]
async fn rule_4_it_holds_no_personal_data() {
    let story = Story::begin().await;

    for bad in ["cpf-123-456-789-09", "u5511912345678", "GODE561231GR8", "4111-1111-1111-1111"] {
        assert_eq!(import(&story, bad).await, (422, "pii_suspected".to_owned()), "{bad}");
    }
    assert_eq!(import(&story, "ana@example.com").await.0, 422);
}

#[tokio::test]
async fn belvo_keeps_every_id_that_is_minted_here() {
    let story = Story::begin().await;
    let person = story.registered("somebody").await;
    // Who leaves at the question for a code leaves a link, and may try again with the same token.
    let mut session = person.opens().await;
    let visit = |username: String| Connect { username, outcome: Outcome::CloseEarly, ..Connect::default() };

    for id in minted(&story, 2_000) {
        session.config["external_id"] = json!(id);
        person.visits(&session, visit(format!("mfa_{id}")));
        let kept = story.world.belvo.links().pop().expect("one link, unconfirmed");
        assert_eq!(kept.external_id, Some(id));
        story.world.belvo.remove(&kept.id);
    }
}

#[tokio::test]
async fn a_link_whose_external_id_belvo_took_for_personal_data_is_set_aside_and_not_lost() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let mut session = ana.opens().await;
    session.config["external_id"] = json!("ana@example.com");
    let link = ana.connects_and_closes_the_app(&session, "bnk100");
    assert_eq!(story.at_belvo(&link).and_then(|link| link.external_id), None, "silently nulled");

    story.minutes(30);
    story.sweep().await;

    assert_eq!(story.table().await.quarantine(&link), "no_external_id");
    story.assert_nothing_is_lost().await;
}

#[tokio::test]
async fn an_id_that_cannot_be_ours_is_set_aside_too() {
    let story = Story::begin().await;
    let link = story.plant(NewLink { external_id: Some("not ours".to_owned()), ..NewLink::default() });

    story.minutes(30);
    story.sweep().await;

    assert_eq!(story.table().await.quarantine(&link), "malformed_external_id");
}

/// Ids of so many different people, some of whom the app knows by their phone, tax number or address.
fn minted(story: &Story, people: usize) -> impl Iterator<Item = String> {
    let key = story.world.stack.key.clone();
    let reference = |number: usize| match number % 3 {
        0 => format!("+55 11 9{number:08}"),
        1 => format!("user{number}@example.com"),
        _ => format!("{number:011}"),
    };
    (0..people).map(move |number| {
        let reference = Reference::parse(reference(number)).expect("a reference");
        ExternalId::derive(&key, &reference).as_str().to_owned()
    })
}

/// What importing this id comes to.
async fn import(story: &Story, external_id: &str) -> (u16, String) {
    let body = json!({"external_id": external_id});
    let reply = story.call(Method::POST, "/users", "dev:ops:links:admin", &body).await;
    (reply.status, reply.code().to_owned())
}
