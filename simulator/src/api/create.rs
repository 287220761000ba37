//! `POST /api/links/`: making a link without the widget.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State as Handle;
use axum::http::StatusCode;
use serde_json::Value;

use super::body::Body;
use super::refusal::Refusal;
use super::wire;
use crate::belvo::Belvo;
use crate::creation::{Application, Creation, Surroundings, create as make};
use crate::external_id;
use crate::link::AccessMode;
use crate::sandbox::{self, CODE};

/// Makes a link: 201, or 428 when a code is needed first (the link is then `unconfirmed`).
pub(super) async fn create(
    Handle(belvo): Handle<Belvo>,
    bytes: Bytes,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    let application = read(&mut Body::parse(&bytes)?)?;
    let around = |prevention| Surroundings {
        secret: belvo.secret(),
        created_by: belvo.created_by(),
        prevention,
        now: belvo.now(),
        new_id: belvo.fresh_id(),
    };
    let session = belvo.request_id();
    let (creation, style) = belvo.change(|state| {
        let around = around(state.switches.duplicate_prevention);
        let creation = make(state, application, around);
        if let Creation::CodeNeeded(link) = &creation {
            state.wait_for_code(&session, &link.id, belvo.now());
        }
        (creation, state.switches.timestamps)
    });
    match creation {
        Creation::Made(link) => Ok((StatusCode::CREATED, Json(wire::link(&link, style)))),
        Creation::CodeNeeded(link) => Err(Refusal::token_required(&session, &link.id, CODE)),
        Creation::Refused => Err(Refusal::login_error()),
        Creation::Duplicated(of) => Err(Refusal::duplicated(of)),
    }
}

fn read(body: &mut Body) -> Result<Application, Refusal> {
    let institution = institution(body);
    let username = body.required("username");
    let password = body.required("password");
    let code = body.optional("token").filter(|code| !code.is_empty());
    let external_id = external_id(body);
    let access_mode = access_mode(body).unwrap_or_default();
    let credentials_storage = body.credentials_storage();
    let stale_in = body.stale_in();
    let fetch_resources = body.list("fetch_resources").unwrap_or_default();
    let storage = credentials_storage.as_deref();
    if access_mode == AccessMode::Recurrent && storage.is_some_and(|storage| storage != "store") {
        let message = "Recurrent links need stored credentials.";
        body.complain("credentials_storage", "invalid_credentials_storage", message);
    }
    if access_mode == AccessMode::Single && storage == Some("nostore") && fetch_resources.is_empty() {
        let message = "Without stored credentials, say what to fetch.";
        body.complain("fetch_resources", "invalid_fetch_resources", message);
    }
    body.verdict()?;
    Ok(Application {
        institution,
        username,
        password,
        code,
        external_id,
        access_mode,
        credentials_storage,
        stale_in,
        fetch_resources,
        unconfirmed: None,
    })
}

fn institution(body: &mut Body) -> sandbox::Institution {
    let name = body.required("institution");
    sandbox::find(&name).unwrap_or_else(|| {
        // A missing name has its complaint already.
        if !name.is_empty() {
            let message = "There is no such institution.";
            body.complain("institution", "does_not_exist", message);
        }
        sandbox::UNLISTED
    })
}

/// The access mode, if one is said.
pub(super) fn access_mode(body: &mut Body) -> Option<AccessMode> {
    let word = body.optional("access_mode")?;
    let mode = AccessMode::parse(&word);
    if mode.is_none() {
        body.complain("access_mode", "invalid_choice", "single or recurrent.");
    }
    mode
}

/// The `external_id` as it is stored: silently gone if it looks like personal data.
pub(super) fn external_id(body: &mut Body) -> Option<String> {
    let given = body.optional("external_id")?;
    external_id::stored(&given).unwrap_or_else(|external_id::Malformed| {
        let message = "3 to 256 letters, digits, dashes and underscores.";
        body.complain("external_id", "invalid", message);
        None
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::link::{NewLink, Status};
    use crate::switches::{DuplicatePrevention, Switches};
    use crate::testing::{Answer, World};

    async fn create(world: &World, change: serde_json::Value) -> Answer {
        let mut body = json!({
            "institution": "erebor_mx_retail", "username": "bnk100", "password": "full", "external_id": "usr_8Yq2",
        });
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        world.call("POST", "/api/links/", &body).await
    }

    #[tokio::test]
    async fn every_missing_field_is_named() {
        let world = World::new();
        let answer = world.call("POST", "/api/links/", &json!({})).await;
        assert_eq!(answer.refusal(), (400, "required".to_owned()));
        let body = answer.json();
        let entries = body.as_array().unwrap();
        let fields: Vec<_> = entries.iter().map(|entry| entry["field"].as_str().unwrap()).collect();
        assert_eq!(fields, ["institution", "username", "password"]);
        assert!(entries.iter().all(|entry| entry["request_id"] == entries[0]["request_id"]));
    }

    #[tokio::test]
    async fn bad_requests_are_refused_and_make_no_link() {
        let world = World::new();
        for (change, code, field) in [
            (json!({"institution": "nowhere_mx_retail"}), "does_not_exist", "institution"),
            (json!({"username": ""}), "blank", "username"),
            (json!({"password": null}), "null", "password"),
            (json!({"access_mode": "twice"}), "invalid_choice", "access_mode"),
            (json!({"external_id": "user one"}), "invalid", "external_id"),
            (json!({"fetch_resources": "ACCOUNTS"}), "not_a_list", "fetch_resources"),
            (json!({"credentials_storage": "nostore"}), "invalid_credentials_storage", "credentials_storage"),
            (
                json!({"access_mode": "single", "credentials_storage": "nostore"}),
                "invalid_fetch_resources",
                "fetch_resources",
            ),
        ] {
            let answer = create(&world, change).await;
            assert_eq!(answer.refusal(), (400, code.to_owned()));
            assert_eq!(answer.json()[0]["field"], field);
        }
        let answer = create(&world, json!({"password": "pass_invalid"})).await;
        assert_eq!(answer.refusal(), (400, "login_error".to_owned()));
        assert!(world.belvo.links().is_empty());
    }

    #[tokio::test]
    async fn a_login_with_a_second_factor_leaves_an_unconfirmed_link() {
        let world = World::new();
        let answer = create(&world, json!({"institution": "heimdall_mx_retail"})).await;
        assert_eq!(answer.refusal(), (428, "token_required".to_owned()));
        let links = world.belvo.links();
        assert_eq!((links.len(), links[0].status), (1, Status::Unconfirmed));
        assert_eq!(answer.json()[0]["link"], links[0].id);
        assert_eq!(answer.json()[0]["token_generation_data"]["value"], "12345");
        assert_eq!(answer.json()[0]["session"].as_str().unwrap().len(), 32);

        let answer = create(&world, json!({"institution": "heimdall_mx_retail", "token": "12345"})).await;
        assert_eq!(answer.status, 201);
    }

    #[tokio::test]
    async fn what_looks_like_personal_data_is_dropped_without_a_word() {
        let world = World::new();
        let answer = create(&world, json!({"external_id": "ana@example.com"})).await;
        assert_eq!(answer.status, 201);
        assert_eq!(answer.json()["external_id"], serde_json::Value::Null);
    }

    #[tokio::test]
    async fn the_same_login_twice_makes_two_links_of_one_person() {
        let world = World::new();
        let one = create(&world, json!({})).await.json();
        let two = create(&world, json!({})).await.json();
        assert_ne!(one["id"], two["id"]);
        assert_eq!(one["institution_user_id"], two["institution_user_id"]);
        assert_eq!(one["external_id"], "usr_8Yq2");
        assert_eq!((&one["access_mode"], &one["status"]), (&json!("recurrent"), &json!("valid")));
        assert_eq!((&one["refresh_rate"], &one["credentials_storage"]), (&json!("7d"), &json!("store")));
        assert_eq!(one["created_at"], "2026-03-02T10:00:00.112201Z");
    }

    #[tokio::test]
    async fn duplicates_are_prevented_on_request_but_not_by_an_unconfirmed_link() {
        use DuplicatePrevention::{PerExternalId, PerInstitutionUser};
        for (prevention, other_user_passes) in [(PerInstitutionUser, false), (PerExternalId, true)] {
            let switches = Switches { duplicate_prevention: prevention, ..Switches::default() };
            let world = World::with(switches);
            world.belvo.plant(NewLink {
                username: Some("bnk100".to_owned()),
                external_id: Some("usr_8Yq2".to_owned()),
                status: Some(Status::Unconfirmed),
                ..NewLink::default()
            });
            let first = create(&world, json!({})).await;
            assert_eq!(first.status, 201);
            let second = create(&world, json!({})).await;
            assert_eq!(second.refusal(), (400, "duplicated".to_owned()));
            assert_eq!(second.json()[0]["institution_user_id"], first.json()["institution_user_id"]);
            let other = create(&world, json!({"external_id": "usr_other"})).await;
            assert_eq!(other.status.is_success(), other_user_passes, "{prevention:?}");
        }
    }
}
