//! Faults and scenarios over the control API.

use axum::body::Bytes;
use axum::extract::{Path, State as Handle};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};

use super::{Refused, parse};
use crate::belvo::Belvo;
use crate::faults::Fault;
use crate::scenarios::{Scenario, UnknownScenario};

pub(super) fn routes() -> Router<Belvo> {
    Router::new()
        .route("/_sim/faults", get(faults).post(add).put(set).delete(clear))
        .route("/_sim/scenarios", get(scenarios))
        .route("/_sim/scenarios/{name}", post(play))
}

impl From<UnknownScenario> for Refused {
    fn from(error: UnknownScenario) -> Self {
        let said = match error {
            UnknownScenario::Name(name) => {
                format!("there is no scenario {name}; GET /_sim/scenarios has all")
            }
            UnknownScenario::Malformed(error) => error.to_string(),
        };
        Self(StatusCode::NOT_FOUND, said)
    }
}

async fn faults(Handle(belvo): Handle<Belvo>) -> Json<Vec<Fault>> {
    Json(belvo.faults())
}

async fn add(Handle(belvo): Handle<Belvo>, bytes: Bytes) -> Result<(StatusCode, Json<Vec<Fault>>), Refused> {
    belvo.add_fault(parse(&bytes)?);
    Ok((StatusCode::CREATED, Json(belvo.faults())))
}

async fn set(Handle(belvo): Handle<Belvo>, bytes: Bytes) -> Result<Json<Vec<Fault>>, Refused> {
    belvo.set_faults(parse(&bytes)?);
    Ok(Json(belvo.faults()))
}

async fn clear(Handle(belvo): Handle<Belvo>) -> StatusCode {
    belvo.clear_faults();
    StatusCode::NO_CONTENT
}

async fn scenarios() -> Result<Json<Vec<Scenario>>, Refused> {
    Ok(Json(Scenario::ready()?))
}

/// Plays a ready scenario, and shows it.
async fn play(Handle(belvo): Handle<Belvo>, Path(name): Path<String>) -> Result<Json<Scenario>, Refused> {
    let scenario = Scenario::named(&name)?;
    belvo.play(&scenario)?;
    Ok(Json(scenario))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::World;

    #[tokio::test]
    async fn mistakes_change_nothing_and_are_told() {
        let world = World::new();
        for (method, path, body, status) in [
            ("POST", "/_sim/faults", json!({"kind": "plague"}), 400),
            ("POST", "/_sim/faults", json!({"kind": "html_403", "roote": "x"}), 400),
            ("PUT", "/_sim/faults", json!({"kind": "html_403"}), 400),
            ("POST", "/_sim/scenarios/nice-weather", json!({}), 404),
        ] {
            let answer = world.call(method, path, &body).await;
            assert_eq!(answer.status.as_u16(), status, "{method} {path}");
            assert!(answer.json()["error"].is_string());
        }
        assert_eq!(world.belvo.faults(), []);
    }

    #[tokio::test]
    async fn faults_are_set_while_it_runs_and_cleared_again() {
        let world = World::new();
        let fault = json!({"kind": {"hostile_next": {"value": 7}}, "route": "GET /api/links/"});
        assert_eq!(world.call("POST", "/_sim/faults", &fault).await.status, 201);
        assert_eq!(world.get_spoiled("/api/links/").await.json()["next"], 7);
        assert_eq!(world.call("DELETE", "/_sim/faults", &json!({})).await.status, 204);
        assert_eq!(world.get("/api/links/").await.json()["next"], json!(null));
    }

    #[tokio::test]
    async fn a_scenario_is_played_while_it_runs() {
        let world = World::new();
        let played = world.call("POST", "/_sim/scenarios/outage", &json!({})).await;
        assert_eq!((played.status.as_u16(), &played.json()["name"]), (200, &json!("outage")));
        assert_eq!(world.get("/api/links/").await.refusal(), (500, "unexpected_error".to_owned()));
        let all = world.get("/_sim/scenarios").await.json();
        assert!(all.as_array().unwrap().contains(&played.json()));
    }
}
