//! `GET /api/accounts/`: what was found behind the links.

use axum::Json;
use axum::extract::{Query, State as Handle};
use axum::http::{HeaderMap, Uri};
use serde_json::{Value, json};

use super::paging::Question;
use super::refusal::Refusal;
use super::wire::timestamp;
use crate::accounts::{Account, accounts_of};
use crate::belvo::Belvo;
use crate::book::Record;
use crate::state::State;
use crate::switches::TimestampStyle;

/// One page of the accounts that pass the filters `link`, `id`, `institution` and their `…__in`.
pub(super) async fn list(
    Handle(belvo): Handle<Belvo>,
    uri: Uri,
    headers: HeaderMap,
    Query(parameters): Query<Vec<(String, String)>>,
) -> Result<Json<Value>, Refusal> {
    let question = Question::new(&belvo, &uri, &headers, parameters);
    let now = belvo.now();
    let state = belvo.lock();
    let records = records(&question, &state, now);
    let accounts = select(&question, &records);
    let style = state.switches.timestamps;
    let size = state.switches.page_size_default;
    question.page(accounts.iter(), size, |account| write(account, style)).map(Json)
}

fn records(question: &Question, state: &State, now: jiff::Timestamp) -> Vec<Record> {
    let linked = question.get("link").map(|id| vec![id]);
    let found: Box<dyn Iterator<Item = Record>> = match linked.or_else(|| question.list("link__in")) {
        Some(ids) => Box::new(ids.into_iter().filter_map(|id| state.book.get(id))),
        None => Box::new(state.book.newest_first()),
    };
    found.filter(|record| state.sees(record.made_at, now)).collect()
}

fn select<'s>(question: &Question, records: &'s [Record]) -> Vec<Account<'s>> {
    let one_of = |name: &str, value: &str| {
        let one = question.get(name).is_none_or(|wanted| wanted == value);
        let many = question.list(&format!("{name}__in"));
        one && many.is_none_or(|wanted| wanted.contains(&value))
    };
    records
        .iter()
        .filter(|record| one_of("link", &record.link.id))
        .filter(|record| one_of("institution", &record.link.institution))
        .flat_map(accounts_of)
        .filter(|account| one_of("id", &account.id))
        .collect()
}

fn write(account: &Account<'_>, style: TimestampStyle) -> Value {
    let link = account.link;
    let made = timestamp(link.created_at, style);
    let seen = link.last_accessed_at.unwrap_or(link.created_at);
    json!({
        "id": account.id,
        "link": link.id,
        "institution": {"name": link.institution, "type": account.institution_type},
        "category": account.category,
        "type": account.kind,
        "subtype": "",
        "name": account.kind,
        "number": account.number,
        "agency": account.agency,
        "check_digit": account.check_digit,
        "currency": account.currency,
        "balance_type": "ASSET",
        "balance": {"current": account.balance, "available": account.balance},
        "public_identification_name": account.public_name,
        "public_identification_value": account.public_value,
        "internal_identification": account.number,
        "collected_at": timestamp(seen, style),
        "created_at": made,
        "last_accessed_at": timestamp(seen, style),
        "credit_data": null,
        "loan_data": null,
        "funds_data": null,
    })
}

#[cfg(test)]
mod tests {
    use crate::link::NewLink;
    use crate::testing::World;

    fn named(username: &str) -> NewLink {
        NewLink { username: Some(username.to_owned()), ..NewLink::default() }
    }

    #[tokio::test]
    async fn unknown_links_have_no_accounts() {
        let world = World::new();
        world.belvo.plant(named("ana"));
        for query in ["link=x", "link__in=x,y", "id=x", "institution=nowhere"] {
            let answer = world.get(&format!("/api/accounts/?{query}")).await;
            assert_eq!((answer.status.as_u16(), answer.json()["count"].as_u64()), (200, Some(0)));
        }
    }

    #[tokio::test]
    async fn the_same_login_has_the_same_names_and_numbers_under_other_ids() {
        let world = World::new();
        let (one, two) = (world.belvo.plant(named("ana")), world.belvo.plant(named("ana")));
        world.belvo.plant(named("bia"));
        let of = async |id: &str| world.get(&format!("/api/accounts/?link={id}")).await.json();
        let (of_one, of_two) = (of(&one.id).await, of(&two.id).await);
        let (first, second) = (&of_one["results"][0], &of_two["results"][0]);
        assert_eq!(of_one["count"], of_two["count"]);
        assert_eq!((&first["name"], &first["number"]), (&second["name"], &second["number"]));
        assert_ne!(first["id"], second["id"]);
        assert_eq!(first["link"], one.id);

        let query = format!("link__in={},{}&fields=id&page_size=1", one.id, two.id);
        let both = world.get(&format!("/api/accounts/?{query}")).await.json();
        assert_eq!(both["count"].as_u64(), of_one["count"].as_u64().map(|count| 2 * count));
        assert!(both["next"].as_str().unwrap().contains("link__in="));
        let id = first["id"].as_str().unwrap();
        assert_eq!(world.get(&format!("/api/accounts/?id__in={id}")).await.ids(), [id]);
    }
}
