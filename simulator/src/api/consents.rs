//! `/api/consents/`: the consents behind Brazilian open finance links. They come and go with them.

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Query, State as Handle};
use axum::http::{HeaderMap, Uri};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::links::known;
use super::paging::Question;
use super::parameters::CONSENTS;
use super::refusal::Refusal;
use super::wire::timestamp;
use crate::belvo::Belvo;
use crate::book::Record;
use crate::consents::{document, end, id_of};
use crate::sandbox;
use crate::state::State;

/// One page of the consents, of everybody or of one document number.
pub(super) async fn list(
    Handle(belvo): Handle<Belvo>,
    uri: Uri,
    headers: HeaderMap,
    Query(parameters): Query<Vec<(String, String)>>,
) -> Result<Json<Value>, Refusal> {
    let question = Question::of_list(&belvo, &uri, &headers, parameters, CONSENTS)?;
    let now = belvo.now();
    let state = belvo.lock();
    let mut records = consented(&state, now);
    if let Some(wanted) = question.get("user_document") {
        records.retain(|record| document(&record.person) == wanted);
    }
    let size = state.switches.page_size_default;
    question.page(records.iter(), size, |record| write(&state, record, now)).map(Json)
}

/// One consent.
pub(super) async fn detail(
    Handle(belvo): Handle<Belvo>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Json<Value>, Refusal> {
    let id = known(id)?;
    let now = belvo.now();
    let state = belvo.lock();
    let found = consented(&state, now).into_iter().find(|record| id_of(&record.link.id) == id);
    found.map(|record| Json(write(&state, &record, now))).ok_or_else(Refusal::not_found)
}

/// The links that have a consent, newest first.
fn consented(state: &State, now: Timestamp) -> Vec<Record> {
    let ages = state.upkeep.consented.iter().rev();
    ages.filter_map(|(_, id)| state.visible(id, now)).collect()
}

fn write(state: &State, record: &Record, now: Timestamp) -> Value {
    let link = &record.link;
    let style = state.switches.timestamps;
    let end = end(link.created_at, state.switches.consent_days);
    let display_name = sandbox::find(&link.institution).map_or("", |known| known.display_name);
    json!({
        "id": id_of(&link.id),
        "display_name": null,
        "document_number": document(&record.person),
        "belvo_institution_name": link.institution,
        "institution_display_name": display_name,
        "institution_icon_logo": format!("https://example.com/{}.svg", link.institution),
        "belvo_organization_name": "Simulated Organization",
        "link_id": link.id,
        "user_name": null,
        "expired_at": timestamp(end, style),
        "undefined_consent_expiration": false,
        "consent_duration": state.switches.consent_days,
        "created_at": timestamp(link.created_at, style),
        "status": if end <= now { "EXPIRED" } else { "AUTHORISED" },
        "permissions": {
            "ACCOUNTS": ["ACCOUNTS_READ", "ACCOUNTS_BALANCES_READ"],
            "RESOURCES": ["RESOURCES_READ"],
        },
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::link::NewLink;
    use crate::testing::World;

    #[tokio::test]
    async fn a_consent_belongs_to_one_open_finance_link_ends_and_goes_with_it() {
        let world = World::new();
        world.belvo.plant(NewLink::default());
        assert!(world.get("/api/consents/").await.ids().is_empty());
        assert_eq!(world.get("/api/consents/x/").await.refusal(), (404, "not_found".to_owned()));

        let institution = Some("ofmockbank_br_retail".to_owned());
        let link = world.belvo.plant(NewLink { institution, ..NewLink::default() }).id;
        let id = world.get("/api/consents/").await.ids().remove(0);
        let path = format!("/api/consents/{id}/");
        let consent = world.get(&path).await.json();
        assert_eq!((&consent["link_id"], &consent["status"]), (&json!(link), &json!("AUTHORISED")));
        let cpf = consent["document_number"].as_str().unwrap();
        let of = async |document: &str| {
            world.get(&format!("/api/consents/?user_document={document}&fields=id")).await.ids()
        };
        assert_eq!((of(cpf).await, of("0").await), (vec![id], vec![]));

        world.hand.forward(365 * 24 * 60 * 60);
        assert_eq!(world.get(&path).await.json()["status"], "EXPIRED");
        world.belvo.remove(&link);
        assert_eq!(world.get(&path).await.status, 404);
    }
}
