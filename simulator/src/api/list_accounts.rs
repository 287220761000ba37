//! `GET /api/accounts/`: what was found behind the links.

use axum::Json;
use axum::extract::{Query, State as Handle};
use axum::http::{HeaderMap, Uri};
use serde_json::{Value, json};

use super::days::Days;
use super::paging::Question;
use super::parameters::ACCOUNTS;
use super::refusal::Refusal;
use super::wire::timestamp;
use crate::accounts::{Account, accounts_of};
use crate::belvo::Belvo;
use crate::book::Record;
use crate::state::State;
use crate::switches::TimestampStyle;

/// One page of the accounts that pass the filters.
pub(super) async fn list(
    Handle(belvo): Handle<Belvo>,
    uri: Uri,
    headers: HeaderMap,
    Query(parameters): Query<Vec<(String, String)>>,
) -> Result<Json<Value>, Refusal> {
    let question = Question::of_list(&belvo, &uri, &headers, parameters, ACCOUNTS)?;
    let now = belvo.now();
    let state = belvo.lock();
    let mut complaints = Vec::new();
    let made = Days::read(&question, &state.switches, &mut complaints);
    if !complaints.is_empty() {
        return Err(Refusal::bad_request(complaints));
    }
    let mut records = records(&question, &state, now);
    records.retain(|record| made.include(record.link.created_at));
    let accounts = select(&question, &state, &records);
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

fn select<'s>(question: &Question, state: &State, records: &'s [Record]) -> Vec<Account<'s>> {
    records
        .iter()
        .filter(|record| question.admits("link", &record.link.id))
        .filter(|record| question.admits("institution", &record.link.institution))
        .flat_map(|record| shown(state, record))
        .filter(|account| passes(question, account))
        .collect()
}

/// The accounts of a link but those that were deleted.
pub(super) fn shown<'r>(state: &State, record: &'r Record) -> impl Iterator<Item = Account<'r>> {
    let dropped = state.upkeep.dropped_accounts.get(&record.link.id);
    accounts_of(record).filter(move |account| dropped.is_none_or(|dropped| !dropped.contains(&account.id)))
}

fn passes(question: &Question, account: &Account<'_>) -> bool {
    let texts = [
        ("id", account.id.as_str()),
        ("category", account.category),
        ("type", account.kind),
        ("name", account.kind),
        ("number", &account.number),
        ("currency", account.currency),
        ("public_identification_name", account.public_name),
        ("public_identification_value", &account.public_value),
    ];
    let part = question.get("name__icontains").map(str::to_lowercase);
    texts.iter().all(|(name, value)| question.admits(name, value))
        && part.is_none_or(|part| account.kind.to_lowercase().contains(&part))
        && ["balance__current", "balance__available"]
            .iter()
            .all(|name| within(question, name, account.balance))
}

/// Whether an amount is within the bounds asked for. What is no number bounds nothing.
fn within(question: &Question, name: &str, amount: f64) -> bool {
    let bound = |suffix: &str| -> Option<f64> { question.get(&format!("{name}{suffix}"))?.parse().ok() };
    let range: Option<Vec<f64>> = question
        .list(&format!("{name}__range"))
        .and_then(|bounds| bounds.iter().map(|bound| bound.parse().ok()).collect());
    bound("").is_none_or(|exact| amount.total_cmp(&exact).is_eq())
        && bound("__gt").is_none_or(|bound| amount > bound)
        && bound("__gte").is_none_or(|bound| amount >= bound)
        && bound("__lt").is_none_or(|bound| amount < bound)
        && bound("__lte").is_none_or(|bound| amount <= bound)
        && range.as_deref().is_none_or(|range| match range {
            [from, to] => (*from..=*to).contains(&amount),
            _ => true,
        })
}

/// An account as Belvo writes it.
pub(super) fn write(account: &Account<'_>, style: TimestampStyle) -> Value {
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
    async fn each_filter_keeps_what_it_says() {
        let world = World::new();
        world.belvo.plant(named("ana"));
        let all = world.get("/api/accounts/").await.json();
        let first = &all["results"][0];
        let (number, balance) = (first["number"].as_str().unwrap(), &first["balance"]["current"]);
        for (query, found) in [
            ("category=LOAN_ACCOUNT".to_owned(), false),
            ("currency=BRL".to_owned(), false),
            ("created_at__lt=2026-03-02".to_owned(), false),
            (format!("balance__current={balance}&balance__current__lt={balance}"), false),
            ("name__icontains=CORRIENTE&category__in=CHECKING_ACCOUNT".to_owned(), true),
            (format!("number={number}&created_at=2026-03-02"), true),
            (format!("balance__available__range=0,{balance}&balance__current__gte={balance}"), true),
        ] {
            let ids = world.get(&format!("/api/accounts/?{query}")).await.ids();
            assert_eq!(ids.iter().any(|id| first["id"] == id.as_str()), found, "{query}");
        }
        let answer = world.get("/api/accounts/?created_at=today").await;
        assert_eq!(answer.refusal(), (400, "invalid".to_owned()));
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
