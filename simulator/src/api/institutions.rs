//! `/api/institutions/`: what can be connected.

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Query, State as Handle};
use axum::http::{HeaderMap, Uri};
use serde_json::{Value, json};

use super::links::known;
use super::paging::Question;
use super::parameters::INSTITUTIONS as KNOWN;
use super::refusal::Refusal;
use crate::accounts::institution_type;
use crate::belvo::Belvo;
use crate::consents;
use crate::sandbox::{INSTITUTIONS, Institution};

/// What every institution here is asked for.
const RESOURCES: [&str; 4] = ["ACCOUNTS", "BALANCES", "OWNERS", "TRANSACTIONS"];

/// The first institution's id; the others count on.
const FIRST_ID: usize = 1_001;

/// One page of the institutions that pass the filters.
pub(super) async fn list(
    Handle(belvo): Handle<Belvo>,
    uri: Uri,
    headers: HeaderMap,
    Query(parameters): Query<Vec<(String, String)>>,
) -> Result<Json<Value>, Refusal> {
    let question = Question::of_list(&belvo, &uri, &headers, parameters, KNOWN)?;
    let size = belvo.lock().switches.page_size_default;
    let all = (FIRST_ID..).zip(INSTITUTIONS);
    let matches: Vec<_> = all.filter(|(_, institution)| passes(&question, institution)).collect();
    question.page(matches.iter(), size, |(id, institution)| write(*id, institution)).map(Json)
}

/// One institution, by its number.
pub(super) async fn detail(id: Result<Path<String>, PathRejection>) -> Result<Json<Value>, Refusal> {
    let id: usize = known(id)?.parse().map_err(|_| Refusal::not_found())?;
    let found = (FIRST_ID..).zip(INSTITUTIONS).find(|(number, _)| *number == id);
    found.map(|(id, institution)| Json(write(id, &institution))).ok_or_else(Refusal::not_found)
}

fn passes(question: &Question, institution: &Institution) -> bool {
    let texts = [
        ("name", institution.name),
        ("display_name", institution.display_name),
        ("country_code", institution.country_code),
        ("type", institution_type(institution.name)),
        ("status", "healthy"),
        ("website", &website(institution)),
    ];
    let resources = question.list("resources__allin").unwrap_or_default();
    texts.iter().all(|(name, value)| question.admits(name, value))
        && resources.iter().all(|resource| RESOURCES.contains(resource))
}

fn website(institution: &Institution) -> String {
    format!("https://example.com/{}", institution.name)
}

fn write(id: usize, institution: &Institution) -> Value {
    let field = |name: &str, kind: &str, label: &str| {
        json!({
            "name": name, "type": kind, "label": label, "validation": "^.{1,}$",
            "placeholder": "", "validation_message": "Type something.", "values": [],
        })
    };
    let features = institution
        .asks_for_code
        .then(|| json!({"name": "token_required", "description": "The institution asks for a code."}));
    let open = consents::needed(institution.name);
    json!({
        "id": id,
        "name": institution.name,
        "type": institution_type(institution.name),
        "website": website(institution),
        "display_name": institution.display_name,
        "country_codes": [institution.country_code],
        "primary_color": "#056dae",
        "logo": null,
        "icon_logo": null,
        "text_logo": null,
        "code": null,
        "form_fields": [
            field("username", "text", "Username"),
            field("password", "password", "Password"),
        ],
        "features": features.into_iter().collect::<Vec<_>>(),
        "resources": RESOURCES,
        "integration_type": if open { "openfinance" } else { "credentials" },
        "status": "healthy",
        "openbanking_information": {
            "description": null,
            "participants": open.then_some([institution.display_name]),
            "authorization_server_id": null,
        },
    })
}

#[cfg(test)]
mod tests {
    use crate::testing::World;

    #[tokio::test]
    async fn an_institution_is_found_by_its_number_alone() {
        let world = World::new();
        for id in ["x", "0", "9999", "erebor_mx_retail"] {
            let answer = world.get(&format!("/api/institutions/{id}/")).await;
            assert_eq!(answer.refusal(), (404, "not_found".to_owned()), "{id}");
        }
        assert_eq!(world.get("/api/institutions/1001/").await.json()["name"], "erebor_mx_retail");
    }

    #[tokio::test]
    async fn each_filter_keeps_what_it_says() {
        let world = World::new();
        for (query, count) in [
            ("", 17),
            ("status=down", 0),
            ("resources__allin=ACCOUNTS,INVOICES", 0),
            ("name=erebor_mx_retail", 1),
            ("name__in=erebor_mx_retail,erebor_br_retail", 2),
            ("display_name=Erebor&country_code__in=BR,CO", 2),
            ("country_code=CO", 4),
            ("type=fiscal", 1),
            ("type__in=fiscal,employment&status__in=healthy", 2),
            ("resources__allin=ACCOUNTS,OWNERS", 17),
            ("website=https://example.com/erebor_co_retail", 1),
        ] {
            let page = world.get(&format!("/api/institutions/?{query}")).await.json();
            assert_eq!(page["count"], count, "{query}");
        }
    }
}
