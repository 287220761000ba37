//! The control API under `/_sim/`: a look behind the counter, for people and tests on the same
//! machine. Not rate-limited, not counted, and closed to other web pages: any page may send requests
//! to loopback, and a page can even take on our address by a name of its own (DNS rebinding). So a
//! foreign `Origin` and a foreign `Host` are both refused.

mod misbehaviour;

use axum::body::Bytes;
use axum::extract::{Path, Request, State as Handle};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, patch, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::belvo::Belvo;
use crate::calls::Calls;
use crate::link::{Link, NewLink, Status};
use crate::population;
use crate::switches::Switches;
use crate::webhooks;

pub(crate) fn routes() -> Router<Belvo> {
    Router::new()
        .route("/_sim/links", get(links).post(plant))
        .route("/_sim/links/{id}", patch(change).delete(remove))
        .route("/_sim/calls", get(calls))
        .route("/_sim/calls/reset", post(reset_calls))
        .route("/_sim/switches", get(switches).put(set_switches).patch(flip_switches))
        .merge(webhooks::control::routes())
        .merge(population::routes())
        .merge(misbehaviour::routes())
        .route_layer(from_fn(only_from_here))
}

/// What a request did wrong, in a sentence.
pub(crate) struct Refused(pub(crate) StatusCode, pub(crate) String);

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        (self.0, Json(json!({"error": self.1}))).into_response()
    }
}

async fn only_from_here(request: Request, next: Next) -> Response {
    if comes_from_here(request.headers()) {
        return next.run(request).await;
    }
    let said = "the control API is for programs on this machine, not for other web pages";
    Refused(StatusCode::FORBIDDEN, said.to_owned()).into_response()
}

fn comes_from_here(headers: &HeaderMap) -> bool {
    let header = |name| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let host = header(header::HOST);
    let local = host.is_none_or(|host| {
        let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
        matches!(name, "127.0.0.1" | "localhost" | "[::1]")
    });
    let own = header(header::ORIGIN)
        .is_none_or(|origin| host.is_some_and(|host| origin.strip_prefix("http://") == Some(host)));
    local && own
}

pub(crate) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Refused> {
    serde_json::from_slice(bytes).map_err(|error| Refused(StatusCode::BAD_REQUEST, error.to_string()))
}

fn no_such_link() -> Refused {
    Refused(StatusCode::NOT_FOUND, "there is no such link".to_owned())
}

async fn links(Handle(belvo): Handle<Belvo>) -> Json<Vec<Link>> {
    Json(belvo.links())
}

async fn plant(Handle(belvo): Handle<Belvo>, bytes: Bytes) -> Result<(StatusCode, Json<Link>), Refused> {
    let new: NewLink = parse(&bytes)?;
    Ok((StatusCode::CREATED, Json(belvo.plant(new))))
}

/// What may be changed of a link that is there. Left out: stays as it is.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    status: Option<Status>,
    #[serde(default, deserialize_with = "even_null")]
    external_id: Option<Value>,
}

fn even_null<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(from).map(Some)
}

async fn change(
    Handle(belvo): Handle<Belvo>,
    Path(id): Path<String>,
    bytes: Bytes,
) -> Result<Json<Link>, Refused> {
    let change: Change = parse(&bytes)?;
    belvo.change(|state| {
        state.book.change(&id, |link| {
            link.status = change.status.unwrap_or(link.status);
            if let Some(external_id) = change.external_id {
                link.external_id = external_id.as_str().map(str::to_owned);
            }
        });
        let record = state.book.get(&id).ok_or_else(no_such_link)?;
        Ok(Json(record.link))
    })
}

async fn remove(Handle(belvo): Handle<Belvo>, Path(id): Path<String>) -> Result<StatusCode, Refused> {
    if belvo.remove(&id) {
        return Ok(StatusCode::NO_CONTENT);
    }
    Err(no_such_link())
}

async fn calls(Handle(belvo): Handle<Belvo>) -> Json<Calls> {
    Json(belvo.calls())
}

async fn reset_calls(Handle(belvo): Handle<Belvo>) -> StatusCode {
    belvo.reset_calls();
    StatusCode::NO_CONTENT
}

async fn switches(Handle(belvo): Handle<Belvo>) -> Json<Switches> {
    Json(belvo.switches())
}

/// Sets all switches; those left out go back to their defaults.
async fn set_switches(Handle(belvo): Handle<Belvo>, bytes: Bytes) -> Result<Json<Switches>, Refused> {
    belvo.set_switches(parse(&bytes)?);
    Ok(Json(belvo.switches()))
}

/// Sets only the switches that are named.
async fn flip_switches(Handle(belvo): Handle<Belvo>, bytes: Bytes) -> Result<Json<Switches>, Refused> {
    let named: serde_json::Map<String, Value> = parse(&bytes)?;
    let wrong = |error: serde_json::Error| Refused(StatusCode::BAD_REQUEST, error.to_string());
    let mut state = belvo.lock();
    let mut all = serde_json::to_value(&state.switches).map_err(wrong)?;
    if let Some(all) = all.as_object_mut() {
        all.extend(named);
    }
    state.switches = serde_json::from_value(all).map_err(wrong)?;
    Ok(Json(state.switches.clone()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{World, plain};

    #[tokio::test]
    async fn other_web_pages_and_other_host_names_are_kept_out() {
        let world = World::new();
        for (header, value) in [
            ("origin", "http://evil.example"),
            ("origin", "null"),
            ("origin", "https://127.0.0.1:9100"),
            ("origin", "http://127.0.0.1:9000"),
        ] {
            let request = plain("POST", "/_sim/links").header(header, value);
            assert_eq!(world.send(request, "{}").await.status, 403, "{value}");
        }
        let rebound = axum::http::Request::builder().uri("/_sim/links").header("host", "evil.example:9100");
        assert_eq!(world.send(rebound, "").await.status, 403);
        assert!(world.belvo.links().is_empty());

        let own = plain("POST", "/_sim/links").header("origin", "http://127.0.0.1:9100");
        assert_eq!(world.send(own, "{}").await.status, 201);
    }

    #[tokio::test]
    async fn mistakes_are_told_in_a_sentence() {
        let world = World::new();
        for (method, path, body, status) in [
            ("POST", "/_sim/links", json!({"extenal_id": "x"}), 400),
            ("PATCH", "/_sim/links/x", json!({"status": "valid"}), 404),
            ("PATCH", "/_sim/links/x", json!({"status": "great"}), 400),
            ("DELETE", "/_sim/links/x", json!({}), 404),
            ("PUT", "/_sim/switches", json!({"mod": "up"}), 400),
            ("PATCH", "/_sim/switches", json!({"mode": "sideways"}), 400),
        ] {
            let answer = world.call(method, path, &body).await;
            assert_eq!(answer.status.as_u16(), status, "{method} {path}");
            assert!(answer.json()["error"].is_string());
        }
    }

    #[tokio::test]
    async fn a_planted_link_is_exactly_what_was_said() {
        let world = World::new();
        let said = json!({
            "id": "5b5d6a3c-8a44-4d5e-9d2b-0d4c3e2f1a00",
            "external_id": "ana@example.com",
            "status": "token_required",
            "created_at": "2020-01-01T00:00:00Z",
            "institution_user_id": "ooE7XJWEKypZJR603ecaWYk-8Ap0oD8Nr1pBQ4eG9c=",
        });
        let planted = world.call("POST", "/_sim/links", &said).await;
        assert_eq!(planted.status, 201);
        for (key, value) in said.as_object().unwrap() {
            assert_eq!(&planted.json()[key], value);
        }
        let answer = world.get("/api/links/?external_id=ana%40example.com").await;
        assert_eq!(answer.ids(), ["5b5d6a3c-8a44-4d5e-9d2b-0d4c3e2f1a00"]);
    }

    #[tokio::test]
    async fn a_link_can_be_changed_and_deleted_behind_everybodys_back() {
        let world = World::new();
        world.call("POST", "/_sim/links", &json!({"id": "a", "external_id": "Ana"})).await;
        let changed = world.call("PATCH", "/_sim/links/a", &json!({"status": "invalid"})).await.json();
        assert_eq!((&changed["status"], &changed["external_id"]), (&json!("invalid"), &json!("Ana")));
        let changed = world.call("PATCH", "/_sim/links/a", &json!({"external_id": null})).await.json();
        assert_eq!((&changed["status"], &changed["external_id"]), (&json!("invalid"), &json!(null)));
        assert_eq!(world.call("DELETE", "/_sim/links/a", &json!({})).await.status, 204);
        assert_eq!(world.get("/_sim/links").await.json(), json!([]));
    }

    #[tokio::test]
    async fn switches_are_set_all_at_once_or_one_by_one() {
        let world = World::new();
        let flipped = world.call("PATCH", "/_sim/switches", &json!({"mode": "down"})).await.json();
        assert_eq!((&flipped["mode"], &flipped["rate_limit"]), (&json!("down"), &json!(null)));
        let set = world.call("PUT", "/_sim/switches", &json!({"page_size_default": 100})).await.json();
        assert_eq!((&set["mode"], &set["page_size_default"]), (&json!("up"), &json!(100)));
        assert_eq!(set["rate_limit"], json!({"requests": 80, "seconds": 30}));
        assert_eq!(world.get("/_sim/switches").await.json(), set);
    }

    #[tokio::test]
    async fn calls_are_shown_and_reset() {
        let world = World::new();
        world.get("/api/links/").await;
        assert_eq!(world.get("/_sim/calls").await.json(), json!({"GET /api/links/": 1}));
        assert_eq!(world.call("POST", "/_sim/calls/reset", &json!({})).await.status, 204);
        assert_eq!(world.get("/_sim/calls").await.json(), json!({}));
    }
}
