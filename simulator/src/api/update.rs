//! Changing one link: `PATCH` for how it is kept, `PUT` for new credentials.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State as Handle};
use serde_json::Value;

use super::body::Body;
use super::create::access_mode;
use super::links::known;
use super::refusal::Refusal;
use super::resume::{code, refusal, written};
use crate::access::expired;
use crate::belvo::Belvo;
use crate::creation::refresh_rate;
use crate::link::{AccessMode, Link};

/// Changes access mode, `stale_in` and `fetch_resources`; nothing else can be changed. An
/// `external_id` in the body is ignored like any unknown field.
pub(super) async fn patch(
    Handle(belvo): Handle<Belvo>,
    id: Result<Path<String>, PathRejection>,
    bytes: Bytes,
) -> Result<Json<Value>, Refusal> {
    let id = known(id)?;
    let now = belvo.now();
    let mut body = Body::parse(&bytes)?;
    belvo.change(|state| {
        let record = state.visible(&id, now).ok_or_else(Refusal::not_found)?;
        let mode = access_mode(&mut body);
        let (stale_in, resources) = (body.stale_in(), body.list("fetch_resources"));
        body.verdict()?;
        let before = record.link.access_mode;
        let switched = mode.filter(|mode| *mode != before);
        if switched == Some(AccessMode::Recurrent) && expired(&record.link, now) {
            return Err(Refusal::invalid_access_mode_switch());
        }
        state.book.change(&id, |link| {
            if let Some(mode) = switched {
                switch(link, mode);
            }
            link.stale_in = stale_in.or(link.stale_in.take());
            link.fetch_resources = resources.unwrap_or_else(|| std::mem::take(&mut link.fetch_resources));
        });
        written(state, &id, now)
    })
}

fn switch(link: &mut Link, mode: AccessMode) {
    link.access_mode = mode;
    link.refresh_rate = refresh_rate(mode);
    if mode == AccessMode::Recurrent {
        "store".clone_into(&mut link.credentials_storage);
    }
}

/// Takes new credentials. The description also demands institution and username, which no SDK sends:
/// they are not looked at.
pub(super) async fn put(
    Handle(belvo): Handle<Belvo>,
    id: Result<Path<String>, PathRejection>,
    bytes: Bytes,
) -> Result<Json<Value>, Refusal> {
    let id = known(id)?;
    let (now, session) = (belvo.now(), belvo.request_id());
    let mut body = Body::parse(&bytes)?;
    belvo.change(|state| {
        state.visible(&id, now).ok_or_else(Refusal::not_found)?;
        let (password, code) = (body.required("password"), code(&mut body));
        body.verdict()?;
        let renewed = state.renew(&id, &password, code.as_deref(), now);
        renewed.map_err(|barred| refusal(state, barred, &id, &session, now))?;
        written(state, &id, now)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::link::{AccessMode, NewLink, Status};
    use crate::testing::World;

    fn path(id: &str) -> String {
        format!("/api/links/{id}/")
    }

    #[tokio::test]
    async fn a_change_that_means_nothing_is_refused() {
        let world = World::new();
        let link = path(&world.belvo.plant(NewLink::default()).id);
        for (method, path, body, status, code) in [
            ("PATCH", "/api/links/x/", json!({}), 404, "not_found"),
            ("PUT", "/api/links/x/", json!({"password": "full"}), 404, "not_found"),
            ("PATCH", link.as_str(), json!({"access_mode": "twice"}), 400, "invalid_choice"),
            ("PATCH", &link, json!({"stale_in": "soon"}), 400, "invalid"),
            ("PATCH", &link, json!({"fetch_resources": "ACCOUNTS"}), 400, "not_a_list"),
            ("PUT", &link, json!({}), 400, "required"),
            ("PUT", &link, json!({"password": "wrong"}), 400, "login_error"),
        ] {
            let answer = world.call(method, path, &body).await;
            assert_eq!(answer.refusal(), (status, code.to_owned()), "{method} {path} {body}");
        }
    }

    #[tokio::test]
    async fn a_single_link_without_stored_credentials_cannot_become_recurrent() {
        let world = World::new();
        let single = |storage: &str| NewLink {
            access_mode: Some(AccessMode::Single),
            credentials_storage: Some(storage.to_owned()),
            ..NewLink::default()
        };
        let (gone, kept) = (world.belvo.plant(single("nostore")), world.belvo.plant(single("365d")));
        world.hand.forward(15 * 60);
        let body = json!({"access_mode": "recurrent"});
        let refusal = world.call("PATCH", &path(&gone.id), &body).await.refusal();
        assert_eq!(refusal, (400, "invalid_access_mode_switch".to_owned()));
        let link = world.call("PATCH", &path(&kept.id), &body).await.json();
        assert_eq!((&link["access_mode"], &link["refresh_rate"]), (&json!("recurrent"), &json!("7d")));
    }

    #[tokio::test]
    async fn only_what_is_said_is_changed_and_the_external_id_never() {
        let world = World::new();
        let link = world.belvo.plant(NewLink::default());
        let body = json!({"stale_in": "90d", "external_id": "usr_8Yq2"});
        let changed = world.call("PATCH", &path(&link.id), &body).await.json();
        assert_eq!((&changed["stale_in"], &changed["external_id"]), (&json!("90d"), &json!(null)));
        assert_eq!(changed["fetch_resources"], json!(["ACCOUNTS"]));
    }

    #[tokio::test]
    async fn new_credentials_make_an_invalid_link_valid_under_the_same_id_after_a_code_if_asked() {
        let world = World::new();
        let invalid = |institution: &str| NewLink {
            institution: Some(institution.to_owned()),
            status: Some(Status::Invalid),
            ..NewLink::default()
        };
        let plain = world.belvo.plant(invalid("erebor_mx_retail")).id;
        let renewed = world.call("PUT", &path(&plain), &json!({"password": "full"})).await;
        assert_eq!((&renewed.json()["id"], &renewed.json()["status"]), (&json!(plain), &json!("valid")));

        let asked = world.belvo.plant(invalid("heimdall_mx_retail")).id;
        let first = world.call("PUT", &path(&asked), &json!({"password": "full"})).await;
        assert_eq!(first.refusal(), (428, "token_required".to_owned()));
        let body = json!({"session": first.json()[0]["session"], "link": asked, "token": "12345"});
        assert_eq!(world.call("PATCH", "/api/links/", &body).await.json()["status"], "valid");
    }
}
