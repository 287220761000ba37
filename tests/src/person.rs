//! A person with an app: what the app asks our API on their behalf, and what they do in the widget.

use axum::http::Method;
use belvo_simulator::{Connect, Connected, NewLink, Outcome};
use serde_json::{Value, json};

use crate::{Reply, Story};

/// A person with an app.
pub struct Person<'a> {
    story: &'a Story,
    token: String,
    /// Our id of the person.
    pub external_id: String,
}

/// A link session as the app got it.
#[derive(Clone, Debug)]
pub struct Session {
    /// Our id of it.
    pub id: String,
    /// Opens the widget.
    pub token: String,
    /// What the widget is started with.
    pub config: Value,
    /// The whole answer.
    pub answer: Value,
}

impl<'a> Person<'a> {
    pub(crate) fn new(story: &'a Story, name: &str) -> Self {
        let external_id = story.world.external_id(name).expect("a name").as_str().to_owned();
        Self { story, token: format!("dev:{name}"), external_id }
    }

    /// `POST /users`.
    pub async fn registers(&self) -> Reply {
        self.story.call(Method::POST, "/users", &self.token, &json!({})).await
    }

    /// `POST /users/me/link-sessions` with this body.
    pub async fn asks_for_a_session(&self, body: &Value) -> Reply {
        self.story.call(Method::POST, "/users/me/link-sessions", &self.token, body).await
    }

    /// Opens a session to connect an account.
    pub async fn opens(&self) -> Session {
        Session::of(&self.asks_for_a_session(&json!({})).await)
    }

    /// Opens a session to log in again for a link.
    pub async fn opens_update_mode(&self, link: &str) -> Session {
        Session::of(&self.asks_for_a_session(&json!({"link_id": link})).await)
    }

    /// What a person does in the widget, at Erebor unless `visit` says otherwise.
    pub fn visits(&self, session: &Session, visit: Connect) -> Connected {
        let institution = if visit.institution.is_empty() { "erebor_mx_retail" } else { &visit.institution };
        let password = if visit.password.is_empty() { "full" } else { &visit.password };
        self.story.world.belvo.connect(Connect {
            access_token: session.token.clone(),
            external_id: session.config["external_id"].as_str().map(str::to_owned),
            institution: institution.to_owned(),
            password: password.to_owned(),
            ..visit
        })
    }

    /// Connects an account with this login. Only the widget knows of it so far.
    pub fn connects(&self, session: &Session, login: &str) -> String {
        let connected = self.visits(session, Connect { username: login.to_owned(), ..Connect::default() });
        let Connected::Success { link, .. } = connected else { panic!("no success: {connected:?}") };
        link
    }

    /// Connects an account, and closes the app before it hears of it: an orphan is born.
    pub fn connects_and_closes_the_app(&self, session: &Session, login: &str) -> String {
        let visit =
            Connect { username: login.to_owned(), outcome: Outcome::LoseCallback, ..Connect::default() };
        assert_eq!(self.visits(session, visit), Connected::Lost);
        self.story.world.belvo.links().first().expect("newest first").id.clone()
    }

    /// Forwards the success callback.
    pub async fn reports(&self, session: &Session, link: &str) -> Reply {
        let said = json!({"type": "success", "link": link, "institution": "erebor_mx_retail"});
        self.forwards(session, &said).await
    }

    /// Forwards what the widget said.
    pub async fn forwards(&self, session: &Session, said: &Value) -> Reply {
        self.forwards_to(&session.id, said).await
    }

    /// Forwards what the widget said to a session that may be no session at all.
    pub async fn forwards_to(&self, session: &str, said: &Value) -> Reply {
        let path = format!("/users/me/link-sessions/{session}/callbacks");
        self.story.call(Method::POST, &path, &self.token, said).await
    }

    /// The whole good story: a session, a login, a callback.
    pub async fn has_connected(&self, login: &str) -> String {
        let session = self.opens().await;
        let link = self.connects(&session, login);
        let reply = self.reports(&session, &link).await;
        assert_eq!(reply.status, 201, "{}", reply.text);
        link
    }

    /// `POST /users/me/links/{link}/claim`.
    pub async fn claims(&self, link: &str) -> Reply {
        let path = format!("/users/me/links/{link}/claim");
        self.story.call(Method::POST, &path, &self.token, &Value::Null).await
    }

    /// `DELETE /users/me/links/{link}`.
    pub async fn disconnects(&self, link: &str) -> Reply {
        let path = format!("/users/me/links/{link}");
        self.story.call(Method::DELETE, &path, &self.token, &Value::Null).await
    }

    /// `DELETE /users/me`.
    pub async fn asks_for_erasure(&self) -> Reply {
        self.story.call(Method::DELETE, "/users/me", &self.token, &Value::Null).await
    }

    /// A link planted at Belvo under this person's `external_id`, with this login.
    pub fn gets_planted(&self, login: &str) -> String {
        let new = NewLink { username: Some(login.to_owned()), ..NewLink::default() };
        self.story.plant(NewLink { external_id: Some(self.external_id.clone()), ..new })
    }

    /// `GET /users/me/links`.
    pub async fn asks_for_links(&self) -> Reply {
        self.story.call(Method::GET, "/users/me/links", &self.token, &Value::Null).await
    }

    /// The accounts already connected, each with its state.
    pub async fn links(&self) -> Vec<(String, String)> {
        let reply = self.asks_for_links().await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        stated(&reply.json["links"])
    }

    /// The token that this person's app sends.
    pub fn token(&self) -> &str {
        &self.token
    }
}

impl Session {
    /// Reads the answer of a session start.
    pub fn of(reply: &Reply) -> Self {
        assert_eq!(reply.status, 201, "{}", reply.text);
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        Self {
            id: text(&reply.json["session_id"]),
            token: text(&reply.json["widget"]["access_token"]),
            config: reply.json["widget"]["config"].clone(),
            answer: reply.json.clone(),
        }
    }

    /// The links of one of the answer's lists, each with its state.
    pub fn told(&self, list: &str) -> Vec<(String, String)> {
        stated(&self.answer[list])
    }

    /// The links that need attention, each with its way out.
    pub fn attention(&self) -> Vec<(String, String)> {
        pairs(&self.answer["needs_attention"], "way_out")
    }
}

/// A list of links, each with its state.
pub fn stated(links: &Value) -> Vec<(String, String)> {
    pairs(links, "state")
}

fn pairs(links: &Value, of: &str) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let links = links.as_array().expect("a list").iter();
    links.map(|link| (text(&link["link_id"]), text(&link[of]))).collect()
}

/// One link with its state, as lists are compared.
pub fn is(link: &str, state: &str) -> (String, String) {
    (link.to_owned(), state.to_owned())
}
