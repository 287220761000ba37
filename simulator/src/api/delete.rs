//! `DELETE /api/links/{id}/`: at once, and only so many a minute; or later, as many as you like.

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State as Handle};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use jiff::{Timestamp, ToSpan};
use serde_json::json;

use super::links::known;
use super::refusal::Refusal;
use crate::belvo::Belvo;
use crate::state::State;

/// Deletes a link and all that hangs on it. In asynchronous mode the link is still there after the
/// answer, and a webhook tells when it is gone.
pub(super) async fn delete(
    Handle(belvo): Handle<Belvo>,
    id: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let id = known(id)?;
    // A UUID here, where other answers have 32 hex digits: so says the description.
    let (now, request_id) = (belvo.now(), belvo.fresh_id());
    let mode = headers.get("x-belvo-request-mode").map(HeaderValue::as_bytes);
    let later = mode.is_some_and(|mode| mode.eq_ignore_ascii_case(b"async"));
    belvo.change(|state| if later { accept(state, id, request_id, now) } else { finish(state, &id, now) })
}

fn finish(state: &mut State, id: &str, now: Timestamp) -> Result<Response, Refusal> {
    if !state.deletions.admits(state.switches.delete_limit, now) {
        return Err(Refusal::throttled());
    }
    state.visible(id, now).ok_or_else(Refusal::not_found)?;
    state.delete(id);
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn accept(state: &mut State, id: String, request_id: String, now: Timestamp) -> Result<Response, Refusal> {
    state.visible(&id, now).ok_or_else(Refusal::not_found)?;
    let at = now.checked_add(i64::from(state.switches.deletion_seconds).seconds()).unwrap_or(now);
    let answer = json!({"request_id": request_id});
    state.upkeep.deletions.insert((at, id), request_id);
    Ok((StatusCode::ACCEPTED, Json(answer)).into_response())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::events::Event;
    use crate::link::NewLink;
    use crate::testing::{World, signed};

    fn path(id: &str) -> String {
        format!("/api/links/{id}/")
    }

    #[tokio::test]
    async fn the_sixth_deletion_in_a_minute_has_to_wait_and_a_deleted_link_is_gone() {
        let world = World::new();
        let ids: Vec<String> = (0..5).map(|_| world.belvo.plant(NewLink::default()).id).collect();
        for id in &ids[..4] {
            assert_eq!(world.call("DELETE", &path(id), &json!({})).await.status, 204);
        }
        let again = world.call("DELETE", &path(&ids[0]), &json!({})).await;
        assert_eq!(again.refusal(), (404, "not_found".to_owned()));
        assert_eq!(world.call("DELETE", &path(&ids[4]), &json!({})).await.status, 429);
        assert_eq!(world.get(&path(&ids[4])).await.status, 200);
        world.hand.forward(61);
        assert_eq!(world.call("DELETE", &path(&ids[4]), &json!({})).await.status, 204);
    }

    #[tokio::test]
    async fn asynchronous_deletions_have_no_limit_and_the_link_goes_later_and_is_told_of() {
        let world = World::new();
        let later = async |id: &str| {
            world.send(signed("DELETE", &path(id)).header("X-Belvo-Request-Mode", "async"), "").await
        };
        assert_eq!(later("x").await.refusal(), (404, "not_found".to_owned()));
        let mut asked = Vec::new();
        for _ in 0..6 {
            let id = world.belvo.plant(NewLink::default()).id;
            let answer = later(&id).await;
            assert_eq!(answer.status, 202);
            asked.push((id, answer.json()["request_id"].as_str().unwrap().to_owned()));
        }
        world.hand.forward(4);
        assert_eq!(world.get(&path(&asked[0].0)).await.status, 200);
        world.hand.forward(1);
        assert_eq!(world.get(&path(&asked[0].0)).await.status, 404);
        let mut told: Vec<(String, String)> = world
            .belvo
            .lock()
            .events
            .take()
            .into_iter()
            .filter_map(|(_, event)| {
                let Event::LinkDeleted { link, request_id } = event else { return None };
                Some((link.link_id, request_id))
            })
            .collect();
        told.sort();
        asked.sort();
        assert_eq!(told, asked);
    }
}
