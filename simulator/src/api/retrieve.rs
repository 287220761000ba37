//! `POST` and `PATCH /api/accounts/`: fetching the accounts of a link from its institution.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State as Handle;
use axum::http::StatusCode;
use jiff::Timestamp;
use serde_json::Value;

use super::body::Body;
use super::list_accounts::write;
use super::refusal::Refusal;
use super::resume::{code, read, refusal};
use crate::accounts::accounts_of;
use crate::belvo::Belvo;
use crate::state::State;

type Fetched = Result<(StatusCode, Json<Value>), Refusal>;

/// Fetches. 201, or 200 when nothing is to be kept. A link that is not there is a wrong field.
pub(super) async fn retrieve(Handle(belvo): Handle<Belvo>, bytes: Bytes) -> Fetched {
    let (now, session) = (belvo.now(), belvo.request_id());
    let mut body = Body::parse(&bytes)?;
    let (id, code, keeps) = (body.required("link"), code(&mut body), body.truth("save_data"));
    belvo.change(|state| {
        if !id.is_empty() && state.visible(&id, now).is_none() {
            body.complain("link", "does_not_exist", "There is no such link.");
        }
        body.verdict()?;
        let fetched = state.retrieve(&id, code.as_deref(), now);
        fetched.map_err(|barred| refusal(state, barred, &id, &session, now))?;
        written(state, &id, keeps, now)
    })
}

/// Fetches after the code that a 428 asked for.
pub(super) async fn resume(Handle(belvo): Handle<Belvo>, bytes: Bytes) -> Fetched {
    let now = belvo.now();
    let mut body = Body::parse(&bytes)?;
    let keeps = body.truth("save_data");
    let said = read(&mut body)?;
    belvo.change(|state| {
        let done = state.resume(&said.session, &said.link, said.code.as_deref(), now);
        done.map_err(|barred| refusal(state, barred, &said.link, &said.session, now))?;
        written(state, &said.link, keeps, now)
    })
}

fn written(state: &State, id: &str, keeps: Option<bool>, now: Timestamp) -> Fetched {
    let record = state.visible(id, now).ok_or_else(Refusal::not_found)?;
    let style = state.switches.timestamps;
    let accounts: Vec<Value> = accounts_of(&record).map(|account| write(&account, style)).collect();
    let status = if keeps == Some(false) { StatusCode::OK } else { StatusCode::CREATED };
    Ok((status, Json(accounts.into())))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::link::{NewLink, Status};
    use crate::testing::{Answer, World};

    async fn post(world: &World, body: Value) -> Answer {
        world.call("POST", "/api/accounts/", &body).await
    }

    #[tokio::test]
    async fn a_link_that_cannot_be_tried_says_why() {
        let world = World::new();
        let of = |status| world.belvo.plant(NewLink { status: Some(status), ..NewLink::default() }).id;
        let credentials_storage = Some("1d".to_owned());
        let aged = world.belvo.plant(NewLink { credentials_storage, ..NewLink::default() }).id;
        world.hand.forward(24 * 60 * 60);
        for (body, status, code) in [
            (json!({}), 400, "required"),
            (json!({"link": "x"}), 400, "does_not_exist"),
            (json!({"link": aged, "save_data": "no"}), 400, "invalid"),
            (json!({"link": aged}), 404, "expired_credentials"),
            (json!({"link": of(Status::Unconfirmed)}), 400, "unconfirmed_link"),
            (json!({"link": of(Status::Invalid)}), 400, "invalid_link"),
            (json!({"link": of(Status::TokenRequired)}), 428, "token_required"),
            (json!({"link": of(Status::TokenRequired), "token": "1"}), 400, "login_error"),
        ] {
            assert_eq!(post(&world, body.clone()).await.refusal(), (status, code.to_owned()), "{body}");
        }
    }

    #[tokio::test]
    async fn six_failures_make_a_link_invalid_and_new_credentials_make_it_valid() {
        let world = World::new();
        let id = world.belvo.plant(NewLink::default()).id;
        world.belvo.break_login(&id);
        for _ in 0..5 {
            let refusal = post(&world, json!({"link": id})).await.refusal();
            assert_eq!(refusal, (400, "login_error".to_owned()));
            assert_eq!(world.belvo.links()[0].status, Status::Valid);
        }
        post(&world, json!({"link": id})).await;
        assert_eq!(world.belvo.links()[0].status, Status::Invalid);
        let path = format!("/api/links/{id}/");
        assert_eq!(world.call("PUT", &path, &json!({"password": "full"})).await.status, 200);
        assert_eq!(post(&world, json!({"link": id})).await.status, 201);
    }

    #[tokio::test]
    async fn accounts_are_fetched_at_once_or_after_the_code() {
        let world = World::new();
        let id = world.belvo.plant(NewLink::default()).id;
        let kept = post(&world, json!({"link": id})).await;
        let shown = post(&world, json!({"link": id, "save_data": false})).await;
        assert_eq!((kept.status.as_u16(), shown.status.as_u16()), (201, 200));
        assert_eq!(kept.json()[0]["link"], json!(id));

        let institution = Some("heimdall_mx_retail".to_owned());
        let asked = world.belvo.plant(NewLink { institution, ..NewLink::default() }).id;
        let first = post(&world, json!({"link": asked})).await;
        assert_eq!(first.refusal(), (428, "token_required".to_owned()));
        let body = json!({"session": first.json()[0]["session"], "link": asked, "token": "12345"});
        assert_eq!(world.call("PATCH", "/api/accounts/", &body).await.status, 201);
    }
}
