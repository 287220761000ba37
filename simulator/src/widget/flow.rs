//! What happens between opening the widget and leaving it: the token is checked, the login tried,
//! and a link made, updated, or left `unconfirmed`.

use jiff::Timestamp;

use super::results::Connected;
use super::{Connect, Outcome};
use crate::belvo::Belvo;
use crate::creation::{Application, Creation, Surroundings, create};
use crate::external_id;
use crate::link::{Link, Status};
use crate::sandbox::{self, Answer, Institution};
use crate::state::State;
use crate::switches::{DuplicatedInWidget, Mode};
use crate::tokens::{Owner, Session, place};

/// Plays what the person does.
pub(crate) fn connect(belvo: &Belvo, connect: &Connect) -> Connected {
    let (now, request_id, new_id) = (belvo.now(), belvo.request_id(), belvo.fresh_id());
    belvo.change(|state| {
        let place = place(&connect.access_token);
        let Some(mut session) = usable(state, &place, now) else {
            return Connected::token_not_valid();
        };
        let around = Surroundings {
            secret: belvo.secret(),
            created_by: belvo.created_by(),
            prevention: state.switches.duplicate_prevention,
            now,
            new_id,
        };
        let connected = match connect.outcome {
            Outcome::CloseEarly => close(state, &mut session, connect, around),
            Outcome::Success | Outcome::LoseCallback => {
                finish(state, &mut session, connect, around, request_id)
            }
        };
        state.book.sessions.insert(place, session);
        connected
    })
}

/// The session of a token, as long as it opens the widget.
pub(super) fn usable(state: &State, place: &str, now: Timestamp) -> Option<Session> {
    let session = state.book.sessions.get(place)?;
    let linked = session.link_id.as_deref();
    let opens = !session.used
        && now < session.expires_at
        && session.scopes.iter().any(|scope| scope == "write_links")
        && linked.is_none_or(|id| state.book.get(id).is_some());
    opens.then(|| session.clone())
}

/// Leaves without success. Who has been asked for a code by then leaves an `unconfirmed` link.
fn close(state: &mut State, session: &mut Session, connect: &Connect, around: Surroundings<'_>) -> Connected {
    let institution = institution_name(state, session, connect);
    let asked = session.link_id.is_none()
        && sandbox::find(&connect.institution)
            .is_some_and(|institution| log_in(institution, connect) == Answer::CodeNeeded);
    if asked && let Err(code) = attempt(state, session, connect, around) {
        tracing::debug!(code, "the widget was closed at the question for a code");
    }
    Connected::exit(session.last_error.as_deref(), institution)
}

/// Goes through with it, and is told of it or not.
fn finish(
    state: &mut State,
    session: &mut Session,
    connect: &Connect,
    around: Surroundings<'_>,
    request_id: String,
) -> Connected {
    let now = around.now;
    let institution = institution_name(state, session, connect);
    let pseudonym = sandbox::institution_user_id(around.secret, &connect.institution, &connect.username);
    match attempt(state, session, connect, around) {
        Err(code) => {
            session.last_error = Some(code.to_owned());
            match (code, state.switches.duplicated_in_widget) {
                ("duplicated", DuplicatedInWidget::Exit) => Connected::exit(Some(code), institution),
                ("duplicated", DuplicatedInWidget::ErrorEventWithId) => {
                    Connected::error_event(request_id, code, institution, now).naming(Some(pseudonym))
                }
                _ => Connected::error_event(request_id, code, institution, now),
            }
        }
        Ok(_) if connect.outcome == Outcome::LoseCallback => Connected::Lost,
        Ok(link) => Connected::Success { link: link.id, institution: link.institution },
    }
}

/// Logs in, and makes or updates the link. `Err`: the code that the widget shows.
fn attempt(
    state: &mut State,
    session: &mut Session,
    connect: &Connect,
    around: Surroundings<'_>,
) -> Result<Link, &'static str> {
    // A throttled address is the app's trouble, not that of a person in a browser.
    if state.switches.mode == Mode::Down {
        return Err("unexpected_error");
    }
    if let Some(id) = session.link_id.clone() {
        return update(state, session, &id, connect, around.now);
    }
    let application = application(session, connect)?;
    match create(state, application, around) {
        Creation::Made(link) => {
            session.used = true;
            Ok(link)
        }
        Creation::CodeNeeded(link) => {
            session.unconfirmed = Some(link.id);
            Err("token_required")
        }
        Creation::Refused => Err("login_error"),
        Creation::Duplicated(_) => Err("duplicated"),
    }
}

fn application(session: &Session, connect: &Connect) -> Result<Application, &'static str> {
    let from_browser = || match connect.external_id.as_deref() {
        None | Some("") => Ok(None),
        Some(given) => external_id::stored(given).map_err(|external_id::Malformed| "invalid"),
    };
    Ok(Application {
        institution: sandbox::find(&connect.institution).ok_or("does_not_exist")?,
        username: connect.username.clone(),
        password: connect.password.clone(),
        code: code(connect).map(str::to_owned),
        external_id: match &session.owner {
            Owner::Browser => from_browser()?,
            Owner::Token(stored) => stored.clone(),
        },
        access_mode: connect.access_mode.unwrap_or_default(),
        credentials_storage: session.credentials_storage.clone(),
        stale_in: session.stale_in.clone(),
        fetch_resources: session.fetch_resources.clone().unwrap_or_else(|| vec!["ACCOUNTS".to_owned()]),
        unconfirmed: session.unconfirmed.clone(),
    })
}

/// Update mode: the person logs in again, and the link works again under the same id. Only the
/// password can change, so the username is not looked at.
fn update(
    state: &mut State,
    session: &mut Session,
    id: &str,
    connect: &Connect,
    now: Timestamp,
) -> Result<Link, &'static str> {
    let link = &state.book.get(id).ok_or("not_found")?.link;
    let institution = Institution {
        asks_for_code: link.status == Status::TokenRequired
            || sandbox::find(&link.institution).is_some_and(|known| known.asks_for_code),
        ..sandbox::UNLISTED
    };
    let username = Some(connect.username.as_str()).filter(|name| !name.is_empty());
    let username = username.unwrap_or("user_valid");
    match sandbox::log_in(institution, username, &connect.password, code(connect)) {
        Answer::Refused => return Err("login_error"),
        Answer::CodeNeeded => return Err("token_required"),
        Answer::Welcome => {}
    }
    state.turn(id, Status::Valid, now);
    session.used = true;
    let record = state.book.get(id).ok_or("not_found")?;
    Ok(record.link)
}

fn log_in(institution: Institution, connect: &Connect) -> Answer {
    sandbox::log_in(institution, &connect.username, &connect.password, code(connect))
}

/// A form sends an empty field where nothing was typed.
fn code(connect: &Connect) -> Option<&str> {
    connect.otp.as_deref().filter(|code| !code.is_empty())
}

fn institution_name(state: &State, session: &Session, connect: &Connect) -> Option<String> {
    let linked = session.link_id.as_deref().and_then(|id| state.book.get(id));
    linked
        .map(|record| record.link.institution.clone())
        .or_else(|| Some(connect.institution.clone()).filter(|name| !name.is_empty()))
}

#[cfg(test)]
mod tests;
