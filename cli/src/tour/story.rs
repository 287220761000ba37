//! The story as it is played: the world it happens in, and the step that is under way.

use std::fmt::Display;

use axum::http::Method;
use belvo_simulator::{Connect, Link as BelvosLink, Outcome};
use domain::sweep::Report;
use serde_json::Value;

use super::{
    narrator::Narrator,
    step::{Check, Event, Step},
    stored::{self, Everything, PEOPLE, Stored},
    words,
};
use crate::{
    failure::Failure,
    world::{Answer, World},
};

/// A world, and who tells of it.
pub(super) struct Story<'a> {
    pub(super) world: World,
    narrator: Narrator<'a>,
    pub(super) step: Step,
}

/// A link session as the app has it: what it opens the widget with.
pub(super) struct Opened {
    pub(super) user: &'static str,
    pub(super) session: String,
    pub(super) answer: Answer,
}

/// What a person types into the widget.
#[derive(Clone, Copy)]
pub(super) struct Login {
    pub(super) institution: &'static str,
    pub(super) name: &'static str,
}

/// The password that Belvo's sandbox takes from everybody.
const SANDBOX_PASSWORD: &str = "full";

impl<'a> Story<'a> {
    pub(super) fn new(world: World, narrator: Narrator<'a>) -> Self {
        Self { world, narrator, step: Step::default() }
    }

    /// Before the first step.
    pub(super) fn open(&mut self) -> Result<(), Failure> {
        self.narrator.open()
    }

    /// After the last step.
    pub(super) fn close(&mut self) -> Result<(), Failure> {
        self.narrator.close(self.step.number)
    }

    /// Tells the step that came out wrong, as far as it got.
    pub(super) fn abandon(&mut self, failure: Failure) -> Failure {
        #[expect(clippy::wildcard_enum_match_arm, reason = "whatever else went wrong, the step went wrong")]
        let failure = match failure {
            told @ Failure::Tour { .. } => told,
            unforeseen => {
                let check = Check::new("the step can be played", "yes", unforeseen);
                let told = Failure::Tour { step: self.step.number, what: check.complaint() };
                self.step.checks.push(check);
                told
            }
        };
        // What stopped the tour is told to the caller in any case, also when nobody reads the narrative.
        drop(self.narrator.step(&self.step));
        failure
    }

    /// Begins the next step.
    pub(super) fn begin(&mut self, title: &'static str, text: &'static str) {
        self.step = Step { number: self.step.number + 1, title, ..Step::default() };
        self.explain(text);
    }

    /// Says what happens, in plain words.
    pub(super) fn explain(&mut self, text: &'static str) {
        self.step.events.push(Event::Explained { text });
    }

    /// Shows the links of these people in between.
    pub(super) async fn look(&mut self, of: &[&'static str]) -> Result<(), Failure> {
        let stored = self.everything().await?.links(of, &self.world.belvo.links());
        self.step.events.push(Event::Looked { stored });
        Ok(())
    }

    /// Ends the step: it is told with what is stored now.
    pub(super) fn end(&mut self, stored: Vec<Stored>) -> Result<(), Failure> {
        self.step.stored = stored;
        self.narrator.step(&self.step)
    }

    /// Ends the step with the links of these people.
    pub(super) async fn end_with_links(&mut self, of: &[&'static str]) -> Result<(), Failure> {
        let rows = self.everything().await?.links(of, &self.world.belvo.links());
        self.end(rows)
    }

    /// Compares; a difference ends the tour.
    pub(super) fn check(
        &mut self,
        what: impl Display,
        expected: impl Display,
        observed: impl Display,
    ) -> Result<(), Failure> {
        let check = Check::new(what, expected, observed);
        let outcome = if check.is_ok() {
            Ok(())
        } else {
            Err(Failure::Tour { step: self.step.number, what: check.complaint() })
        };
        self.step.checks.push(check);
        outcome
    }

    /// Compares what goes without saying: told only when it is wrong.
    pub(super) fn demand(&mut self, what: &str, expected: &str, observed: &str) -> Result<(), Failure> {
        if expected == observed { Ok(()) } else { self.check(what, expected, observed) }
    }

    /// The app calls the API for this person.
    pub(super) async fn call(
        &mut self,
        user: &'static str,
        method: Method,
        path: &str,
        body: Value,
    ) -> Result<Answer, Failure> {
        let answer = self.world.call(method.clone(), path, &format!("dev:{user}"), &body).await?;
        let told = words::redacted(answer.json.clone());
        let (method, path, status) = (method.to_string(), path.to_owned(), answer.status);
        self.step.events.push(Event::Called { user, method, path, body, status, answer: told });
        Ok(answer)
    }

    /// The app opens a link session.
    pub(super) async fn session(&mut self, user: &'static str, body: Value) -> Result<Opened, Failure> {
        let answer = self.call(user, Method::POST, "/users/me/link-sessions", body).await?;
        self.demand("a link session is opened", "201", &outcome(&answer))?;
        Ok(Opened { user, session: words::text(&answer.json, "session_id").to_owned(), answer })
    }

    /// The app passes on what the widget said.
    pub(super) async fn callback(&mut self, opened: &Opened, said: &Value) -> Result<Answer, Failure> {
        let path = format!("/users/me/link-sessions/{}/callbacks", opened.session);
        self.call(opened.user, Method::POST, &path, said.clone()).await
    }

    /// The app asks for the accounts already connected; the answer as a check compares it.
    pub(super) async fn accounts(&mut self, user: &'static str) -> Result<String, Failure> {
        let answer = self.call(user, Method::GET, "/users/me/links", Value::Null).await?;
        self.demand("the accounts are told", "200", &outcome(&answer))?;
        Ok(words::links(words::list(&answer.json, "links")))
    }

    /// The person connects an account, and the widget tells the app.
    pub(super) fn connect(&mut self, opened: &Opened, login: Login) -> Result<Value, Failure> {
        let did = format!("logs in at {} as \"{}\"", login.institution, login.name);
        self.widget(opened, did, Outcome::Success, "success", Some(login))
    }

    /// The person logs in, and Belvo makes no link of it.
    pub(super) fn connect_in_vain(&mut self, opened: &Opened, login: Login) -> Result<Value, Failure> {
        let did = format!("logs in at {} as \"{}\"", login.institution, login.name);
        self.widget(opened, did, Outcome::Success, "event", Some(login))
    }

    /// The person connects an account, and the app is closed before the widget can tell it. Only Belvo
    /// knows the link.
    pub(super) fn connect_and_leave(&mut self, opened: &Opened, login: Login) -> Result<String, Failure> {
        let did = format!("logs in at {} as \"{}\", then the app is closed", login.institution, login.name);
        self.widget(opened, did, Outcome::LoseCallback, "lost", Some(login))?;
        Ok(self.world.belvo.links().first().map(|link| link.id.clone()).unwrap_or_default())
    }

    /// The person logs in again in Update Mode.
    pub(super) fn log_in_again(&mut self, opened: &Opened) -> Result<Value, Failure> {
        self.widget(opened, "logs in again, in Update Mode".to_owned(), Outcome::Success, "success", None)
    }

    fn widget(
        &mut self,
        opened: &Opened,
        did: String,
        outcome: Outcome,
        expected: &str,
        login: Option<Login>,
    ) -> Result<Value, Failure> {
        let widget = opened.answer.json.get("widget").cloned().unwrap_or_default();
        let config = widget.get("config").cloned().unwrap_or_default();
        let said = self.world.belvo.connect(Connect {
            access_token: words::text(&widget, "access_token").to_owned(),
            external_id: Some(words::text(&config, "external_id").to_owned()),
            institution: login.map(|login| login.institution.to_owned()).unwrap_or_default(),
            username: login.map(|login| login.name.to_owned()).unwrap_or_default(),
            password: SANDBOX_PASSWORD.to_owned(),
            outcome,
            ..Connect::default()
        });
        let said = serde_json::to_value(said).map_err(Failure::request)?;
        let ended = words::text(&said, "type").to_owned();
        self.step.events.push(Event::Connected { user: opened.user, did, said: said.clone() });
        self.demand("how the widget ends", expected, &ended)?;
        Ok(said)
    }

    /// Everything that is stored of the two people.
    pub(super) async fn everything(&self) -> Result<Everything, Failure> {
        stored::everything(&self.world).await
    }

    /// How a link is stored, as a check compares it: its state, and the note that goes with it.
    pub(super) async fn record(&self, link: &str) -> Result<String, Failure> {
        let rows = self.everything().await?.links(&PEOPLE, &[]);
        let row = rows.into_iter().find_map(|row| match row {
            Stored::Link(row) if row.link_id == link => Some(format!("{}, {}", row.state, row.note)),
            Stored::Link(_) | Stored::User { .. } => None,
        });
        Ok(row.unwrap_or_else(|| "not stored".to_owned()))
    }

    /// How many links name this person at Belvo, and how many records we have: an orphan is the difference.
    pub(super) async fn both_sides(&self, user: &'static str) -> Result<String, Failure> {
        let id = self.world.external_id(user)?;
        let names = |link: &&BelvosLink| link.external_id.as_deref() == Some(id.as_str());
        let there = self.world.belvo.links().iter().filter(names).count();
        Ok(format!("{there} at Belvo, {} here", self.everything().await?.count(user)))
    }
}

/// An answer as a check compares it: the status, and the link's state or the problem's code.
pub(super) fn outcome(answer: &Answer) -> String {
    let word = [words::text(&answer.json, "state"), words::text(&answer.json, "code")].concat();
    format!("{} {word}", answer.status).trim_end().to_owned()
}

/// What a sweep did, as a check compares it.
pub(super) fn actions(report: &Report) -> String {
    let done =
        report.counts.actions.iter().map(|(action, count)| format!("{} {count}", words::word_of(action)));
    let done: Vec<_> = done.collect();
    if done.is_empty() { "nothing".to_owned() } else { done.join(", ") }
}

/// Whether a sweep could believe what it did not find.
pub(super) fn canary(report: &Report) -> String {
    words::word_of(&report.canary)
}
