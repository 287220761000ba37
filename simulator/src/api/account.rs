//! `/api/accounts/{id}/`: one account.

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Query, State as Handle};
use axum::http::{HeaderMap, StatusCode, Uri};
use jiff::Timestamp;
use serde_json::Value;

use super::links::known;
use super::list_accounts::{shown, write};
use super::paging::Question;
use super::refusal::Refusal;
use crate::belvo::Belvo;
use crate::book::Record;
use crate::state::State;

/// Shows an account.
pub(super) async fn detail(
    Handle(belvo): Handle<Belvo>,
    id: Result<Path<String>, PathRejection>,
    uri: Uri,
    headers: HeaderMap,
    Query(parameters): Query<Vec<(String, String)>>,
) -> Result<Json<Value>, Refusal> {
    let id = known(id)?;
    let question = Question::new(&belvo, &uri, &headers, parameters);
    let now = belvo.now();
    let state = belvo.lock();
    let record = owner(&state, &id, now).ok_or_else(Refusal::not_found)?;
    let account = shown(&state, &record).find(|account| account.id == id);
    let account = account.ok_or_else(Refusal::not_found)?;
    Ok(Json(question.sparse(write(&account, state.switches.timestamps))))
}

/// Deletes an account until it is fetched again. It counts among the deletions of a minute.
pub(super) async fn delete(
    Handle(belvo): Handle<Belvo>,
    id: Result<Path<String>, PathRejection>,
) -> Result<StatusCode, Refusal> {
    let id = known(id)?;
    let now = belvo.now();
    let mut state = belvo.lock();
    let limit = state.switches.delete_limit;
    if !state.deletions.admits(limit, now) {
        return Err(Refusal::throttled());
    }
    let record = owner(&state, &id, now).ok_or_else(Refusal::not_found)?;
    state.upkeep.dropped_accounts.entry(record.link.id).or_default().insert(id);
    Ok(StatusCode::NO_CONTENT)
}

/// The link that shows an account. An account's id does not tell, so all of them are asked.
fn owner(state: &State, id: &str, now: Timestamp) -> Option<Record> {
    state
        .book
        .newest_first()
        .filter(|record| state.sees(record.made_at, now))
        .find(|record| shown(state, record).any(|account| account.id == id))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::link::NewLink;
    use crate::testing::World;

    #[tokio::test]
    async fn an_account_is_found_until_it_is_deleted_and_again_after_a_retrieval() {
        let world = World::new();
        let link = world.belvo.plant(NewLink::default()).id;
        let id = world.get("/api/accounts/").await.ids().remove(0);
        let path = format!("/api/accounts/{id}/");
        assert_eq!(world.get("/api/accounts/x/").await.refusal(), (404, "not_found".to_owned()));
        assert_eq!(world.get(&path).await.json()["id"], json!(id));
        assert_eq!(world.get(&format!("{path}?fields=link")).await.json(), json!({"link": link}));
        assert_eq!(world.call("DELETE", &path, &json!({})).await.status, 204);
        assert_eq!(world.get(&path).await.status, 404);
        assert!(!world.get("/api/accounts/").await.ids().contains(&id));
        assert_eq!(world.call("POST", "/api/accounts/", &json!({"link": link})).await.status, 201);
        assert_eq!(world.get(&path).await.status, 200);
    }
}
