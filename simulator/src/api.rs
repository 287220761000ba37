//! Belvo's REST API: its routes, and the gate in front of them that counts, throttles and checks
//! credentials.

mod account;
mod body;
mod consents;
mod create;
mod days;
mod delete;
mod filters;
mod institutions;
mod links;
mod list_accounts;
mod paging;
mod parameters;
mod refresh;
mod refusal;
mod resume;
mod retrieve;
#[cfg(test)]
mod robustness;
mod token;
mod update;
mod wire;

use axum::extract::{MatchedPath, Request, State as Handle};
use axum::http::{HeaderMap, Method, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::belvo::Belvo;
use crate::calls::Calls;
use crate::faults;
use crate::switches::Mode;
pub(crate) use refusal::Refusal;

/// The routes. Each ends with a slash: without it there is no such address.
pub(crate) fn routes() -> Router<Belvo> {
    Router::new()
        .route("/api/", get(root))
        .route("/api/token/", post(token::issue))
        .route("/api/links/", get(links::list).post(create::create).patch(resume::resume))
        .route(
            "/api/links/{id}/",
            get(links::detail).patch(update::patch).put(update::put).delete(delete::delete),
        )
        .route("/api/links/{id}/refresh/", post(refresh::refresh))
        .route("/api/accounts/", get(list_accounts::list).post(retrieve::retrieve).patch(retrieve::resume))
        .route("/api/accounts/{id}/", get(account::detail).delete(account::delete))
        .route("/api/consents/", get(consents::list))
        .route("/api/consents/{id}/", get(consents::detail))
        .route("/api/institutions/", get(institutions::list))
        .route("/api/institutions/{id}/", get(institutions::detail))
        .fallback(|| async { Refusal::not_found() })
        .method_not_allowed_fallback(|| async { Refusal::method_not_allowed() })
}

/// Puts the gate in front of everything. Only requests to `/api/` are counted and checked.
pub(crate) fn gate(belvo: &Belvo, routes: Router) -> Router {
    routes.layer(from_fn_with_state(belvo.clone(), pass))
}

async fn pass(Handle(belvo): Handle<Belvo>, request: Request, next: Next) -> Response {
    belvo.settle();
    let ours = request.uri().path().starts_with("/api/");
    let stopped = if ours { stop(&belvo, &request) } else { None };
    let response = match stopped {
        Some(response) => response,
        None if ours => faults::around(&belvo, request, next).await,
        None => next.run(request).await,
    };
    rendered(&belvo, response)
}

/// A refusal gets its request id here, in one place, and not in every function that refuses.
pub(crate) fn rendered(belvo: &Belvo, mut response: Response) -> Response {
    let Some(refusal) = response.extensions_mut().remove::<Refusal>() else { return response };
    let mut answer = refusal.render(&belvo.request_id());
    if let Some(seconds) = response.headers_mut().remove(header::RETRY_AFTER) {
        answer.headers_mut().insert(header::RETRY_AFTER, seconds);
    }
    answer
}

/// Counts the request, and answers those that get no further.
fn stop(belvo: &Belvo, request: &Request) -> Option<Response> {
    let route = request.extensions().get::<MatchedPath>();
    let now = belvo.now();
    let (switches, admitted) = {
        let mut state = belvo.lock();
        state.calls.count(route.map_or_else(
            || Calls::NO_ROUTE.to_owned(),
            |route| format!("{} {}", request.method(), route.as_str()),
        ));
        let limit = state.switches.rate_limit;
        let admitted = state.requests.admits(limit, now);
        (state.switches.clone(), admitted)
    };
    match switches.mode {
        Mode::Throttled => return Some(faults::throttled(&switches)),
        Mode::Down => return Some(Refusal::unexpected_error().into_response()),
        Mode::Up if !admitted => return Some(faults::throttled(&switches)),
        Mode::Up => {}
    }
    let route = route?.as_str();
    // The token request brings its credentials in the body.
    let open = route == "/api/token/" || request.method() == Method::OPTIONS;
    (!open && !knows_us(belvo, request.headers())).then(|| Refusal::authentication_failed().into_response())
}

fn knows_us(belvo: &Belvo, headers: &HeaderMap) -> bool {
    headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .is_some_and(|(scheme, given)| {
            scheme.eq_ignore_ascii_case("basic") && belvo.keys().knows_basic(given.trim())
        })
}

/// The credential check of Belvo's own SDKs.
async fn root(Handle(belvo): Handle<Belvo>, headers: HeaderMap) -> Json<Value> {
    let base = paging::base_url(&belvo, &headers);
    Json(json!({
        "links": format!("{base}/api/links/"),
        "accounts": format!("{base}/api/accounts/"),
        "token": format!("{base}/api/token/"),
    }))
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;
    use serde_json::json;

    use super::*;
    use crate::switches::Switches;
    use crate::testing::{World, plain, token_request};

    #[tokio::test]
    async fn wrong_credentials_are_refused_everywhere_but_at_the_token_whose_body_has_them() {
        let world = World::new();
        let wrong = ["Basic c2FuZGJveC1pZDpub3BlCg==", "Bearer x", "Basic", ""];
        for path in ["/api/", "/api/links/", "/api/links/x/", "/api/accounts/"] {
            for header in wrong {
                let request = plain("GET", path).header("authorization", header);
                let refusal = world.send(request, "").await.refusal();
                assert_eq!(refusal, (401, "authentication_failed".to_owned()), "{path}");
            }
            let refusal = world.send(plain("GET", path), "").await.refusal();
            assert_eq!(refusal, (401, "authentication_failed".to_owned()), "{path}");
        }
        let body = token_request(json!({})).to_string();
        assert_eq!(world.send(plain("POST", "/api/token/"), &body).await.status, StatusCode::OK);
    }

    #[tokio::test]
    async fn unknown_addresses_missing_slashes_and_wrong_methods_are_told_in_belvos_shape() {
        let world = World::new();
        for path in ["/api", "/api/links", "/api/token", "/api/linkz/", "/", "/api/links/x/y/"] {
            assert_eq!(world.get(path).await.refusal(), (404, "not_found".to_owned()), "{path}");
        }
        for (method, path) in [("PUT", "/api/links/"), ("PUT", "/api/accounts/"), ("GET", "/api/token/")] {
            let refusal = world.call(method, path, &json!({})).await.refusal();
            assert_eq!(refusal, (405, "method_not_allowed".to_owned()), "{method} {path}");
        }
    }

    #[tokio::test]
    async fn right_credentials_pass_the_check_of_the_sdks() {
        let answer = World::new().get("/api/").await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(answer.json()["links"], "http://127.0.0.1:9100/api/links/");
    }

    #[tokio::test]
    async fn the_81st_request_in_30_seconds_gets_an_html_403() {
        let world = World::with(Switches::default());
        for _ in 0..80 {
            assert_eq!(world.get("/api/links/").await.status, StatusCode::OK);
        }
        let answer = world.get("/api/links/").await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        assert!(answer.kind.starts_with("text/html") && answer.text.contains("openresty"));

        // The widget and the control API are not Belvo's API.
        assert_eq!(world.get("/_sim/calls").await.status, StatusCode::OK);
        world.hand.forward(31);
        assert_eq!(world.get("/api/links/").await.status, StatusCode::OK);
    }

    #[tokio::test]
    async fn an_outage_stops_the_api_and_nothing_else() {
        let world = World::new();
        for (mode, status) in [(Mode::Throttled, 403), (Mode::Down, 500), (Mode::Up, 200)] {
            world.belvo.set_switches(Switches { mode, ..world.belvo.switches() });
            assert_eq!(world.get("/api/").await.status.as_u16(), status);
            assert_eq!(world.get("/_sim/switches").await.status, StatusCode::OK);
        }
        world.belvo.set_switches(Switches { mode: Mode::Down, ..world.belvo.switches() });
        assert_eq!(world.get("/api/").await.code(), "unexpected_error");
    }

    #[tokio::test]
    async fn api_requests_are_counted_by_route_and_nothing_else_is() {
        let world = World::new();
        world.get("/api/links/?page=1").await;
        world.get("/api/links/x/").await;
        world.send(plain("GET", "/api/links/y/"), "").await;
        world.get("/api/nowhere/").await;
        world.get("/_sim/links").await;
        world.get("/widget/").await;
        let calls = world.belvo.calls();
        assert_eq!(calls.of("GET /api/links/"), 1);
        assert_eq!(calls.of("GET /api/links/{id}/"), 2);
        assert_eq!((calls.of(Calls::NO_ROUTE), calls.total()), (1, 4));
        world.belvo.reset_calls();
        assert_eq!(world.belvo.calls().total(), 0);
    }
}
