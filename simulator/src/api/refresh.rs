//! `POST /api/links/{id}/refresh/`: fetch anew, now. Once in ten minutes for each link.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State as Handle};
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::body::Body;
use super::links::known;
use super::refusal::Refusal;
use super::resume::refusal;
use crate::belvo::Belvo;

/// Accepts the refresh. Its end is told by webhooks and by the link's status.
pub(super) async fn refresh(
    Handle(belvo): Handle<Belvo>,
    id: Result<Path<String>, PathRejection>,
    bytes: Bytes,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    let id = known(id)?;
    let (now, request_id) = (belvo.now(), belvo.request_id());
    if !bytes.is_empty() {
        let mut body = Body::parse(&bytes)?;
        body.list("fetch_resources");
        body.verdict()?;
    }
    belvo.change(|state| {
        let begun = state.refresh(&id, now);
        begun.map_err(|barred| refusal(state, barred, &id, &request_id, now))?;
        Ok((StatusCode::ACCEPTED, Json(json!({"request_id": request_id}))))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::events::Event;
    use crate::link::{AccessMode, NewLink, Status};
    use crate::testing::{Answer, World};

    async fn refresh(world: &World, id: &str) -> Answer {
        world.call("POST", &format!("/api/links/{id}/refresh/"), &json!({})).await
    }

    fn status(world: &World, id: &str) -> Status {
        world.belvo.links().into_iter().find(|link| link.id == id).unwrap().status
    }

    #[tokio::test]
    async fn what_cannot_be_refreshed_says_why() {
        let world = World::new();
        let planted = |new: NewLink| world.belvo.plant(new).id;
        let of = |status| NewLink { status: Some(status), ..NewLink::default() };
        let single = NewLink { access_mode: Some(AccessMode::Single), ..NewLink::default() };
        for (id, status, code) in [
            ("x".to_owned(), 404, "not_found"),
            (planted(single), 400, "unsupported_operation"),
            (planted(of(Status::Unconfirmed)), 400, "unconfirmed_link"),
            (planted(of(Status::Invalid)), 400, "invalid_link"),
            (planted(of(Status::TokenRequired)), 428, "token_required"),
        ] {
            assert_eq!(refresh(&world, &id).await.refusal(), (status, code.to_owned()));
        }
    }

    #[tokio::test]
    async fn a_second_refresh_within_ten_minutes_is_a_conflict() {
        let world = World::new();
        let id = world.belvo.plant(NewLink::default()).id;
        assert_eq!(refresh(&world, &id).await.status, 202);
        world.hand.forward(599);
        assert_eq!(refresh(&world, &id).await.refusal(), (409, "link_refreshed".to_owned()));
        world.hand.forward(1);
        let answer = refresh(&world, &id).await;
        assert_eq!((answer.status.as_u16(), answer.json()["request_id"].as_str().unwrap().len()), (202, 32));
    }

    #[tokio::test]
    async fn a_refresh_finds_the_broken_login_and_the_new_code_and_tells() {
        let world = World::new();
        let broken = world.belvo.plant(NewLink::default()).id;
        assert!(world.belvo.break_login(&broken) && !world.belvo.break_login("x"));
        let institution = Some("heimdall_mx_retail".to_owned());
        let asked = world.belvo.plant(NewLink { institution, ..NewLink::default() }).id;
        let works = world.belvo.plant(NewLink::default()).id;
        for (id, expected) in
            [(broken, Status::Invalid), (asked, Status::TokenRequired), (works, Status::Valid)]
        {
            assert_eq!(refresh(&world, &id).await.status, 202);
            assert_eq!(status(&world, &id), expected);
        }
        let events: Vec<Event> =
            world.belvo.lock().events.take().into_iter().map(|(_, event)| event).collect();
        assert!(matches!(
            &events[..],
            [Event::InvalidCredentials(_), Event::TokenRequired(_), Event::HistoricalUpdate { .. }]
        ));
    }
}
