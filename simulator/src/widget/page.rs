//! The page that a person sees. Everything it needs is in it: nothing is loaded from elsewhere.

use axum::extract::{Query, State as Handle};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;

use super::flow::usable;
use crate::belvo::Belvo;
use crate::sandbox::{HINTS, INSTITUTIONS};
use crate::tokens::place;

const PAGE: &str = include_str!("page.html");

/// The page talks to this simulator and, if asked to, to the app's own callback address.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; \
     connect-src http: https:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

#[derive(Deserialize)]
pub(super) struct Opening {
    #[serde(default)]
    access_token: String,
}

/// Shows the page. Only the token is read here; the rest of the query is the page's own.
pub(super) async fn show(Handle(belvo): Handle<Belvo>, Query(opening): Query<Opening>) -> Response {
    let page = PAGE.replace("\"{{facts}}\"", &facts(&belvo, &opening.access_token));
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "no-store"),
        // The address holds the token: it must not travel on.
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (headers, page).into_response()
}

/// What the page's script starts from, as JSON that cannot end the script element early.
fn facts(belvo: &Belvo, access_token: &str) -> String {
    let now = belvo.now();
    let state = belvo.lock();
    let session = usable(&state, &place(access_token), now);
    let update = session
        .as_ref()
        .and_then(|session| session.link_id.as_deref())
        .and_then(|id| state.book.get(id))
        .map(|record| json!({"institution": record.link.institution, "status": record.link.status}));
    let facts = json!({
        "token_works": session.is_some(),
        "update": update,
        "institutions": INSTITUTIONS,
        "logins": HINTS,
    });
    facts.to_string().replace('<', "\\u003c")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::PAGE;
    use crate::link::NewLink;
    use crate::testing::{World, plain};

    async fn shown(world: &World, token: &str) -> (String, Value) {
        let path = format!("/widget/?access_token={token}&external_id=usr_8Yq2");
        let answer = world.send(plain("GET", &path), "").await;
        assert!(answer.kind.starts_with("text/html"));
        let (_, after) = answer.text.split_once(r#"id="facts">"#).unwrap();
        let (facts, _) = after.split_once("</script>").unwrap();
        let facts = serde_json::from_str(facts).unwrap();
        (answer.text, facts)
    }

    #[tokio::test]
    async fn a_token_that_does_not_open_the_widget_is_told_and_not_repeated() {
        let world = World::new();
        let (page, facts) = shown(&world, "never-issued").await;
        assert_eq!(facts["token_works"], false);
        assert!(!page.contains("never-issued"));
    }

    #[tokio::test]
    async fn the_page_knows_institutions_logins_and_the_link_to_update() {
        let world = World::new();
        let (_, facts) = shown(&world, &world.token(json!({})).await).await;
        assert_eq!((&facts["token_works"], &facts["update"]), (&json!(true), &json!(null)));
        assert_eq!(facts["institutions"][0]["name"], "erebor_mx_retail");
        assert_eq!(facts["logins"][0]["username"], "bnk100");

        let hostile = "</script><script>alert(1)</script>";
        let link = world.belvo.plant(NewLink { institution: Some(hostile.to_owned()), ..NewLink::default() });
        let (page, facts) = shown(&world, &world.token(json!({"link_id": link.id})).await).await;
        assert_eq!(facts["update"]["institution"], hostile);
        assert!(!page.contains("alert(1)</script>"));
    }

    #[test]
    fn the_page_loads_nothing_from_elsewhere() {
        for sign in ["src=", "href=", "@import", ": url(", "innerHTML"] {
            assert!(!PAGE.contains(sign), "{sign}");
        }
        assert_eq!(PAGE.matches(r#""{{facts}}""#).count(), 1);
    }
}
