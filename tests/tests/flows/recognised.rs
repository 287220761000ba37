//! What people recognise a link by: the institution's own name and its accounts, masked. Shown wherever the link is,
//! learned at the start of a session, and never in its way.

use belvo_simulator::{Fault, FaultKind, Status};
use domain::policy::{Policy, Unusable};
use serde_json::{Value, json};
use tests::{Person, Story, person::is};

/// Every text in these values, as deep as it lies.
fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::Array(values) => values.iter().flat_map(texts).collect(),
        Value::Object(fields) => fields.values().flat_map(texts).collect(),
        Value::String(text) => vec![text],
        Value::Null | Value::Bool(_) | Value::Number(_) => vec![],
    }
}

/// Names and numbers of all accounts at Belvo, in clear.
async fn in_clear(story: &Story, link: &str) -> Vec<String> {
    let id = domain::values::LinkId::parse(link).expect("Belvo's");
    let accounts = domain::ports::Provider::accounts_of(&story.world.stack.provider, &[id]).await;
    accounts
        .expect("Belvo answers")
        .into_iter()
        .flat_map(|account| [account.name, account.number])
        .flatten()
        .collect()
}

async fn connected(person: &Person<'_>) -> Value {
    person.opens().await.answer["connected"][0].clone()
}

#[tokio::test]
async fn a_start_is_given_while_belvo_tells_no_accounts_and_no_names() {
    for kind in [FaultKind::Html200, FaultKind::LostAnswer, FaultKind::WrongTypes, FaultKind::CutBody] {
        let story = Story::begin().await;
        let ana = story.registered("ana").await;
        let link = ana.has_connected("bnk100").await;
        for route in ["GET /api/accounts/", "GET /api/institutions/"] {
            story.world.belvo.add_fault(Fault::new(kind.clone()).on(route));
        }

        let shown = connected(&ana).await;
        assert_eq!((&shown["link_id"], &shown["accounts"]), (&json!(link), &Value::Null), "{kind:?}");

        story.world.belvo.clear_faults();
        assert!(connected(&ana).await["accounts"].is_array(), "the next start tries again");
    }
}

#[tokio::test]
async fn a_link_is_shown_with_its_institution_and_its_masked_accounts_everywhere() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let session = ana.opens().await;
    let link = ana.connects(&session, "bnk100");
    ana.reports(&session, &link).await;
    assert_eq!(ana.asks_for_links().await.json["links"][0]["accounts"], Value::Null, "not known yet");

    let shown = connected(&ana).await;

    assert_eq!(shown["institution_name"], "Erebor");
    let accounts = shown["accounts"].as_array().expect("told");
    assert!(!accounts.is_empty());
    for account in accounts {
        let text = |name: &str| account[name].as_str().unwrap_or_default();
        assert_eq!((text("currency"), text("number").len()), ("MXN", 4), "{account}");
        assert!(text("name").ends_with("•••") && text("category").len() > 2, "{account}");
    }
    assert_eq!(ana.asks_for_links().await.json["links"][0], shown);
    let again = ana.reports(&session, &link).await;
    assert_eq!((again.status, &again.json), (200, &shown));
}

#[tokio::test]
async fn no_name_and_no_number_in_clear_is_kept_or_told() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let link = ana.has_connected("bnk100").await;
    let clear = in_clear(&story, &link).await;
    assert!(clear.len() >= 2);

    let answers = [ana.opens().await.answer, ana.asks_for_links().await.json];

    let table = story.table().await;
    let kept = table.0.values().flat_map(texts);
    for text in answers.iter().flat_map(texts).chain(kept) {
        assert!(!clear.iter().any(|secret| text.contains(secret.as_str())), "{text}");
    }
}

#[tokio::test]
async fn orphans_and_links_that_need_a_login_are_recognised_too() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let orphan = ana.connects_and_closes_the_app(&ana.opens().await, "bnk100");
    story.world.belvo.set_status(&orphan, Status::Invalid);

    let start = ana.opens().await;

    for list in ["recovered", "needs_attention"] {
        let link = &start.answer[list][0];
        assert_eq!((&link["link_id"], &link["institution_name"]), (&json!(orphan), &json!("Erebor")));
        assert!(link["accounts"].is_array(), "{link}");
    }
}

#[tokio::test]
async fn the_way_out_of_a_link_that_needs_a_login_is_a_matter_of_policy() {
    for (unusable, way_out) in
        [(Unusable::UpdateMode, "update_mode"), (Unusable::Reconnect, "delete_and_reconnect")]
    {
        let story = Story::under(Policy { unusable, ..Policy::default() }).await;
        let ana = story.registered("ana").await;
        let link = ana.has_connected("bnk100").await;
        story.world.belvo.set_status(&link, Status::TokenRequired);
        assert_eq!(ana.opens().await.attention(), [is(&link, way_out)]);
    }
}
