//! Sessions that ended without a callback: looked up at Belvo once, by the user, when their token is over. So a lost
//! callback is repaired within minutes, though the user never comes back.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::{
    change::{Action, AuditEvent, Change, Source},
    external_id::ExternalId,
    failure::{Outage, is_one_users},
    observe::Notice,
    plan::UserPlan,
    ports::{Ambient, Provider},
    session::LinkSession,
    user::Ledger,
    values::SessionId,
};

use super::{Follower, Learned, Store, TakenIn, take_in};

/// What looking up came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LookedUp {
    /// Sessions that were looked up.
    pub sessions: usize,
    /// Links that found their user by that.
    pub bound: usize,
    /// Users whose records cannot be read or written.
    pub refused: usize,
    /// Calls to Belvo, repeats aside.
    pub calls: usize,
}

/// Looks up the sessions that are due: one call to Belvo for all of a user's. If Belvo cannot be asked they stay due.
pub async fn look_up<S: Store, P: Provider, A: Ambient>(
    on: &Follower<'_, S, P, A>,
) -> Result<LookedUp, Outage> {
    let mut due: BTreeMap<ExternalId, Vec<SessionId>> = BTreeMap::new();
    for (user, session) in on.store.due_sessions(on.ambient.now(), on.policy.look_ups_per_run).await? {
        due.entry(user).or_default().push(session);
    }
    let mut looked_up = LookedUp::default();
    for (user, sessions) in due {
        if on.is_late() {
            break;
        }
        one(on, &user, &sessions, &mut looked_up).await?;
    }
    Ok(looked_up)
}

/// Whoever's records cannot be read costs no call: nothing could be made of the answer.
async fn one<S: Store, P: Provider, A: Ambient>(
    on: &Follower<'_, S, P, A>,
    user: &ExternalId,
    sessions: &[SessionId],
    told: &mut LookedUp,
) -> Result<(), Outage> {
    let notice = Notice { source: Source::FollowUp, asked_at: on.ambient.now() };
    if !is_due(on, user, sessions, notice.asked_at, told).await? {
        return Ok(());
    }
    let seen = on.provider.links_of(user).await?;
    told.calls += 1;
    let learned = Learned { user, seen: &seen, missing: &[], notice };
    let mark = |ledger: &Ledger, plan: &mut UserPlan| mark(ledger, plan, sessions, notice.asked_at);
    match take_in(on.store, on.ambient, on.policy, learned, mark).await {
        Ok(TakenIn::Done(audit)) => {
            told.sessions += count(&audit, Action::LookUp);
            told.bound += count(&audit, Action::Bind);
        }
        Ok(TakenIn::NoUser) => told.refused += 1,
        Err(error) if is_one_users(&error) => told.refused += 1,
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

/// Whether one of these sessions is still to be looked up.
async fn is_due<S: Store, P: Provider, A: Ambient>(
    on: &Follower<'_, S, P, A>,
    user: &ExternalId,
    sessions: &[SessionId],
    at: Timestamp,
    told: &mut LookedUp,
) -> Result<bool, Outage> {
    let ledger = match on.store.ledger(user).await {
        Err(error) if is_one_users(&error) => None,
        ledger => ledger?,
    };
    told.refused += usize::from(ledger.is_none());
    Ok(ledger.is_some_and(|ledger| still_due(&ledger, sessions, at).next().is_some()))
}

fn count(audit: &[AuditEvent], action: Action) -> usize {
    audit.iter().filter(|event| event.action == action).count()
}

/// Notes that these sessions were looked up. Those that made a link leave the list by that.
fn mark(ledger: &Ledger, plan: &mut UserPlan, sessions: &[SessionId], at: Timestamp) {
    let changed: Vec<_> = plan.changes.iter().filter_map(session_of).cloned().collect();
    for session in still_due(ledger, sessions, at).filter(|session| !changed.contains(&session.id)) {
        let looked_up = session.looked_up();
        plan.audit.push(AuditEvent::of_session(at, Action::LookUp, Source::FollowUp, &looked_up));
        plan.changes.push(Change::Session(looked_up));
    }
}

/// Those of these sessions that are due by their own word: the list of them may lag behind.
fn still_due<'a>(
    ledger: &'a Ledger,
    sessions: &'a [SessionId],
    at: Timestamp,
) -> impl Iterator<Item = &'a LinkSession> {
    let named = ledger.sessions.iter().filter(|session| sessions.contains(&session.id));
    named.filter(move |session| session.due_at.is_some_and(|due| due <= at))
}

fn session_of(change: &Change) -> Option<&SessionId> {
    match change {
        Change::Session(LinkSession { id, .. }) => Some(id),
        Change::Link(_)
        | Change::Own(..)
        | Change::Quarantine(_)
        | Change::Stands(_)
        | Change::Intent(_)
        | Change::Unmarked(_) => None,
    }
}
