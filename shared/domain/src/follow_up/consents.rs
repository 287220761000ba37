//! Consents of Brazilian open finance: they end, and the account's holder is to be told a week ahead, once.

use jiff::Timestamp;

use crate::{
    change::{Action, AuditEvent, Change, Source},
    failure::{Outage, StoreError, is_one_users},
    link::{LinkRecord, Marker},
    observe::Notice,
    plan::UserPlan,
    policy::{Policy, after},
    ports::{Ambient, Consent, Consents, Ledgers},
    user::Ledger,
};

use super::{Agenda, Follower, Learned, Store, TakenIn, take_in};

/// What reading consents came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Noted {
    /// Consents that were read.
    pub read: usize,
    /// Of them, those that were noted to end soon, for the first time.
    pub noted: usize,
    /// Users whose records cannot be read or written.
    pub refused: usize,
    /// Calls to Belvo, repeats aside.
    pub calls: usize,
}

/// Reads the next page of consents, when the last reading is a day old, and notes those that end soon.
pub async fn note_consents<S: Store, P: Consents, A: Ambient>(
    on: &Follower<'_, S, P, A>,
) -> Result<Noted, Outage> {
    let agenda = on.store.agenda().await?;
    let now = on.ambient.now();
    let rests = agenda.consents_read_at.is_some_and(|at| after(at, on.policy.consents_every) > now);
    if (rests && agenda.consents_page == 1) || on.is_late() {
        return Ok(Noted::default());
    }
    let page = on.provider.consents(agenda.consents_page).await?;
    let mut told = Noted { read: page.consents.len(), calls: 1, ..Noted::default() };
    let soon: Vec<_> = page.consents.into_iter().filter(|consent| is_soon(consent, now, on.policy)).collect();
    let notice = Notice { source: Source::FollowUp, asked_at: now };
    for consent in soon {
        match note_one(on.store, on.ambient, on.policy, &consent, notice).await {
            Ok(noted) => told.noted += usize::from(noted),
            Err(error) if is_one_users(&error) => told.refused += 1,
            Err(error) => return Err(error.into()),
        }
    }
    let next = if page.more {
        Agenda { consents_page: agenda.consents_page.saturating_add(1), ..agenda }
    } else {
        Agenda { consents_page: 1, consents_read_at: Some(now), ..agenda }
    };
    // Somebody else who was quicker has read the same page.
    on.store.put_agenda(&Agenda { revision: next.revision + 1, ..next }).await?;
    Ok(told)
}

fn is_soon(consent: &Consent, now: Timestamp, policy: &Policy) -> bool {
    consent.ends_at.is_some_and(|ends_at| ends_at <= after(now, policy.consent_notice))
}

/// Notes that a consent ends soon, or has ended. Whether that is new.
pub(crate) async fn note_one(
    store: &impl Ledgers,
    ambient: &impl Ambient,
    policy: &Policy,
    consent: &Consent,
    notice: Notice,
) -> Result<bool, StoreError> {
    let Some(ends_at) = consent.ends_at.filter(|_| is_soon(consent, notice.asked_at, policy)) else {
        return Ok(false);
    };
    let holder = store.markers(&[consent.link_id]).await?.remove(&consent.link_id);
    let Some(Marker::Owned(user)) = holder else { return Ok(false) };
    let learned = Learned { user: &user, seen: &[], missing: &[], notice };
    let note = |ledger: &Ledger, plan: &mut UserPlan| {
        if let Some((change, event)) = noted(ledger, consent, ends_at, notice) {
            plan.changes.push(change);
            plan.audit.push(event);
        }
    };
    Ok(match take_in(store, ambient, policy, learned, note).await? {
        TakenIn::Done(audit) => audit.iter().any(|event| event.action == Action::NoteConsent),
        TakenIn::NoUser => false,
    })
}

/// The record that says that this end was noted; `None` if it does already, or is of no use any more.
fn noted(
    ledger: &Ledger,
    consent: &Consent,
    ends_at: Timestamp,
    notice: Notice,
) -> Option<(Change, AuditEvent)> {
    let before = ledger.link(consent.link_id)?;
    if !before.holds_link() || !before.is_live() || before.consent_ends_at == Some(ends_at) {
        return None;
    }
    let after =
        LinkRecord { consent_ends_at: Some(ends_at), revision: before.revision + 1, ..before.clone() };
    let event = AuditEvent::of_link(Action::NoteConsent, Some(before), &after, notice);
    Some((Change::Link(after), event))
}
