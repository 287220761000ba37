//! `linkkeeper sessions <user>`: the user's link sessions, and how each of them ended. Never a token.

use std::io::Write;

use adapters::{ambient::SystemAmbient, config::Environment};
use domain::{
    ports::Ambient,
    session::{LinkSession, Purpose, SessionState},
    values::{Code, LinkId, SessionId},
};
use jiff::Timestamp;
use serde::Serialize;

use crate::{
    args::Sessions,
    commands::{reconcile::word, say},
    data::{existing_store, ledger_of},
    failure::Failure,
};

/// Lists them, the latest first.
pub(crate) async fn run(
    wanted: &Sessions,
    environment: &Environment,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let store = existing_store(&wanted.place, environment).await?;
    let ledger = ledger_of(&store, &wanted.user, &wanted.place, environment).await?;
    let now = SystemAmbient.now();
    let told: Vec<_> = ledger.sessions.iter().rev().map(|session| Told::of(session, now)).collect();
    if wanted.json {
        for session in &told {
            say(out, serde_json::to_string(session).map_err(Failure::request)?);
        }
    } else {
        say(out, table(&told));
    }
    Ok(())
}

/// A session as it is told.
#[derive(Serialize)]
struct Told<'a> {
    session_id: &'a SessionId,
    state: SessionState,
    issued_at: Timestamp,
    /// Only for Update Mode.
    update_of: Option<LinkId>,
    made_link_id: Option<LinkId>,
    code: Option<&'a Code>,
    step: Option<&'a Code>,
    /// When Belvo is to be asked what it may have made.
    due_at: Option<Timestamp>,
}

impl<'a> Told<'a> {
    fn of(session: &'a LinkSession, now: Timestamp) -> Self {
        let outcome = session.outcome.as_ref();
        Self {
            session_id: &session.id,
            state: session.state(now),
            issued_at: session.issued_at,
            update_of: match session.purpose {
                Purpose::Create => None,
                Purpose::Update(link) => Some(link),
            },
            made_link_id: session.link_id,
            code: outcome.and_then(|outcome| outcome.code.as_ref()),
            step: outcome.and_then(|outcome| outcome.step.as_ref()),
            due_at: session.due_at,
        }
    }
}

fn table(sessions: &[Told<'_>]) -> String {
    if sessions.is_empty() {
        return "No sessions of the last 90 days.".to_owned();
    }
    let row = |session: &Told<'_>| {
        let made = session.made_link_id.map(|link| link.to_string());
        let told = session.code.or(session.step).map(ToString::to_string);
        let due = session.due_at.map(|at| format!("looked up at {at:.0}"));
        [
            session.session_id.to_string(),
            word(session.state),
            format!("{:.0}", session.issued_at),
            session.update_of.map_or_else(|| "connect".to_owned(), |link| format!("update {link}")),
            made.or(told).or(due).unwrap_or_default(),
        ]
    };
    super::table(["session", "state", "issued", "for", "note"], sessions.iter().map(row))
}

#[cfg(test)]
mod tests {
    use domain::external_id::ExternalId;
    use jiff::SignedDuration;

    use super::*;

    #[test]
    fn a_session_is_told_with_its_state_and_without_its_user() {
        let issued_at = Timestamp::UNIX_EPOCH;
        let session = LinkSession {
            id: SessionId::mint([1; 16]),
            owner: ExternalId::parse("user_ana").expect("an id"),
            purpose: Purpose::Create,
            issued_at,
            expires_at: issued_at + SignedDuration::from_mins(10),
            link_id: None,
            outcome: None,
            due_at: Some(issued_at + SignedDuration::from_mins(12)),
            revision: 1,
        };
        for (minutes, state) in [(0, "open"), (12, "abandoned")] {
            let told = [Told::of(&session, issued_at + SignedDuration::from_mins(minutes))];
            let json = serde_json::to_string(&told).expect("JSON");
            for told in [table(&told), json] {
                assert!(told.contains(state) && told.contains("ls_") && !told.contains("user_ana"), "{told}");
            }
        }
        assert!(table(&[]).contains("No sessions"));
    }
}
