//! `POST /api/token/`: a token for one visit to the Connect Widget.

mod consent;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State as Handle;
use axum::http::HeaderMap;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::body::Body;
use super::create::external_id;
use super::paging::base_url;
use super::refusal::Refusal;
use crate::belvo::Belvo;
use crate::state::State;
use crate::switches::ExternalIdAtToken;
use crate::tokens::{Claims, Owner, Pair, Session, expiry, mint, place};

/// Issues a token. Credentials come in the body. `link_id` asks for update mode; a plain `link` is
/// ignored without a word, as Belvo does, and so is every field that nobody knows.
pub(super) async fn issue(
    Handle(belvo): Handle<Belvo>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Result<Json<Pair>, Refusal> {
    let mut body = Body::parse(&bytes)?;
    let (id, password) = (body.required("id"), body.required("password"));
    body.verdict()?;
    if !belvo.keys().knows(&id, &password) {
        return Err(Refusal::authentication_failed());
    }
    let (now, token_id, api_url) = (belvo.now(), belvo.request_id(), base_url(&belvo, &headers));
    belvo.change(|state| {
        let session = read(&mut body, state, now)?;
        let pair = mint(
            belvo.secret(),
            &Claims {
                id: &token_id,
                issued_at: now,
                lifetime_seconds: state.switches.token_lifetime_seconds,
                organization: belvo.secret_id(),
                api_url: &api_url,
                scopes: session.scopes.iter().map(String::as_str).collect(),
                link: session.link_id.as_deref().and_then(|id| claim(state, id)),
                wishes: wishes(&session),
            },
        );
        state.book.sessions.retain(|_, session| now < session.expires_at);
        state.book.sessions.insert(place(&pair.access), session);
        Ok(Json(pair))
    })
}

fn read(body: &mut Body, state: &State, now: Timestamp) -> Result<Session, Refusal> {
    let scopes = body.required("scopes");
    let link_id = link_id(body, state, now);
    let owner = match state.switches.external_id_at_token {
        ExternalIdAtToken::Ignored => Owner::Browser,
        ExternalIdAtToken::Applied => match body.optional("external_id") {
            None => Owner::Browser,
            Some(_) => Owner::Token(external_id(body)),
        },
    };
    let session = Session {
        expires_at: expiry(now, state.switches.token_lifetime_seconds),
        used: false,
        scopes: scopes.split(',').map(|scope| scope.trim().to_owned()).collect(),
        link_id,
        owner,
        credentials_storage: body.credentials_storage(),
        stale_in: body.stale_in(),
        fetch_resources: body.list("fetch_resources"),
        unconfirmed: None,
        last_error: None,
    };
    if let Some(widget) = body.object("widget") {
        consent::check(body, &widget, &scopes);
    }
    body.verdict()?;
    Ok(session)
}

fn link_id(body: &mut Body, state: &State, now: Timestamp) -> Option<String> {
    let id = body.optional("link_id")?;
    if state.visible(&id, now).is_none() {
        body.complain("link_id", "does_not_exist", "There is no such link.");
    }
    Some(id)
}

/// What the token tells of the link to come.
fn wishes(session: &Session) -> Vec<(&'static str, Value)> {
    let texts = [("credentials_storage", &session.credentials_storage), ("stale_in", &session.stale_in)];
    let texts = texts.into_iter().filter_map(|(name, text)| Some((name, json!(text.as_ref()?))));
    let resources = session.fetch_resources.iter().map(|list| ("fetch_resources", json!(list)));
    texts.chain(resources).collect()
}

fn claim(state: &State, id: &str) -> Option<Value> {
    let link = &state.book.get(id)?.link;
    Some(json!({"id": link.id, "status": link.status, "institution": link.institution}))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::link::NewLink;
    use crate::testing::{World, token_request};

    #[tokio::test]
    async fn bad_token_requests_are_refused() {
        let world = World::new();
        for (change, status, code) in [
            (json!({"password": "wrong"}), 401, "authentication_failed"),
            (json!({"id": null}), 400, "null"),
            (json!({"scopes": ""}), 400, "blank"),
            (json!({"link_id": "nobody-knows"}), 400, "does_not_exist"),
            (json!({"widget": "big"}), 400, "invalid"),
            (json!({"fetch_resources": "ACCOUNTS"}), 400, "not_a_list"),
        ] {
            let answer = world.call("POST", "/api/token/", &token_request(change)).await;
            assert_eq!(answer.refusal(), (status, code.to_owned()));
        }
        let answer = world.call("POST", "/api/token/", &json!([])).await;
        assert_eq!(answer.refusal(), (400, "parse_error".to_owned()));
    }

    #[tokio::test]
    async fn a_plain_link_is_ignored_and_everything_documented_is_taken() {
        let world = World::new();
        let token = world
            .token(json!({
                "link": "nobody-knows",
                "external_id": "usr_8Yq2",
                "fetch_resources": ["ACCOUNTS"],
                "credentials_storage": "store",
                "stale_in": "90d",
                "widget": {"callback_urls": {"success": "app://success"}},
            }))
            .await;
        assert_eq!(token.split('.').count(), 3);
        let link = world.belvo.plant(NewLink::default());
        let update = world.token(json!({"link_id": link.id})).await;
        assert_ne!(token, update);
    }
}
