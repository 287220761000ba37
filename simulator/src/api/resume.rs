//! What a call that went to an institution answers when there was no way in, and `PATCH /api/links/`:
//! the code that a 428 asked for.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State as Handle;
use jiff::Timestamp;
use serde_json::Value;

use super::body::Body;
use super::refusal::Refusal;
use super::wire;
use crate::access::Barred;
use crate::belvo::Belvo;
use crate::sandbox::CODE;
use crate::state::State;

/// What a resumption says.
pub(super) struct Resumed {
    pub(super) session: String,
    pub(super) link: String,
    pub(super) code: Option<String>,
}

/// Finishes what waits for a code.
pub(super) async fn resume(Handle(belvo): Handle<Belvo>, bytes: Bytes) -> Result<Json<Value>, Refusal> {
    let said = read(&mut Body::parse(&bytes)?)?;
    let now = belvo.now();
    belvo.change(|state| {
        let done = state.resume(&said.session, &said.link, said.code.as_deref(), now);
        done.map_err(|barred| refusal(state, barred, &said.link, &said.session, now))?;
        written(state, &said.link, now)
    })
}

/// Reads a resumption.
pub(super) fn read(body: &mut Body) -> Result<Resumed, Refusal> {
    let session = body.required("session");
    let link = body.required("link");
    let code = code(body);
    body.verdict()?;
    Ok(Resumed { session, link, code })
}

/// The `token` of a body. An empty one is none.
pub(super) fn code(body: &mut Body) -> Option<String> {
    body.optional("token").filter(|code| !code.is_empty())
}

/// The link as an answer.
pub(super) fn written(state: &State, id: &str, now: Timestamp) -> Result<Json<Value>, Refusal> {
    let record = state.visible(id, now).ok_or_else(Refusal::not_found)?;
    Ok(Json(wire::link(&record.link, state.switches.timestamps)))
}

/// The answer to who does not get in. Who lacks a code may come back with the session.
pub(super) fn refusal(
    state: &mut State,
    barred: Barred,
    link: &str,
    session: &str,
    now: Timestamp,
) -> Refusal {
    match barred {
        Barred::Unknown => Refusal::not_found(),
        Barred::Unconfirmed => Refusal::unconfirmed_link(),
        Barred::Invalid => Refusal::invalid_link(),
        Barred::Expired => Refusal::expired_credentials(),
        Barred::Refused => Refusal::login_error(),
        Barred::NoSession => Refusal::session_expired(),
        Barred::Single => Refusal::unsupported_operation(),
        Barred::TooSoon => Refusal::link_refreshed(),
        Barred::CodeNeeded => {
            state.wait_for_code(session, link, now);
            Refusal::token_required(session, link, CODE)
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::link::Status;
    use crate::testing::World;

    async fn waiting(world: &World) -> (String, String) {
        let login = json!({"institution": "heimdall_mx_retail", "username": "a", "password": "full"});
        let answer = world.call("POST", "/api/links/", &login).await;
        assert_eq!(answer.refusal(), (428, "token_required".to_owned()));
        let entry = answer.json()[0].clone();
        let text = |name: &str| entry[name].as_str().unwrap().to_owned();
        (text("session"), text("link"))
    }

    async fn resume(world: &World, session: &str, link: &str, token: Value) -> crate::testing::Answer {
        let body = json!({"session": session, "link": link, "token": token});
        world.call("PATCH", "/api/links/", &body).await
    }

    #[tokio::test]
    async fn a_resumption_that_does_not_fit_is_refused_and_the_link_stays_unconfirmed() {
        let world = World::new();
        let (session, link) = waiting(&world).await;
        let other = world.belvo.plant(crate::NewLink::default()).id;
        let code = json!("12345");
        for (session, link, token, status, expected) in [
            (session.as_str(), "x", code.clone(), 404, "not_found"),
            (&session, &other, code.clone(), 400, "session_expired"),
            ("0", &link, code.clone(), 400, "session_expired"),
            (&session, &link, json!("1"), 400, "login_error"),
            (&session, &link, json!(null), 428, "token_required"),
            ("", &link, code.clone(), 400, "blank"),
        ] {
            let answer = resume(&world, session, link, token).await;
            assert_eq!(answer.refusal(), (status, expected.to_owned()), "{session} {link}");
        }
        world.hand.forward(9_600);
        let late = resume(&world, &session, &link, code).await;
        assert_eq!(late.refusal(), (400, "session_expired".to_owned()));
        let of = |link: &crate::Link| link.status == Status::Unconfirmed;
        assert_eq!(world.belvo.links().iter().filter(|link| of(link)).count(), 1);
    }

    #[tokio::test]
    async fn the_code_confirms_the_link_under_its_id_and_spends_the_session() {
        let world = World::new();
        let (session, link) = waiting(&world).await;
        let answer = resume(&world, &session, &link, json!("12345")).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert_eq!((&answer.json()["id"], &answer.json()["status"]), (&json!(link), &json!("valid")));
        let again = resume(&world, &session, &link, json!("12345")).await;
        assert_eq!(again.refusal(), (400, "session_expired".to_owned()));
    }
}
