//! Exit and event callbacks: how the widget ended, kept on the session.

use crate::{
    change::{Action, AuditEvent, CarriedOut, Change, Source, carry_out},
    external_id::ExternalId,
    failure::StoreError,
    ports::{Ambient, Ledgers},
    session::{LinkSession, Outcome},
    values::{InstitutionUserId, SessionId},
};

use super::ATTEMPTS;

/// A widget says a handful of things in a session. What comes beyond is taken and not kept.
const MOST_CHANGES: u64 = 30;

/// An exit or event callback.
#[derive(Clone, Debug)]
pub struct Told {
    /// The caller.
    pub user: ExternalId,
    /// The session that the caller names.
    pub session: SessionId,
    /// What the widget said.
    pub outcome: Outcome,
    /// Which login at the institution it was about, where the widget says so. Never kept.
    pub login: Option<InstitutionUserId>,
}

/// An outcome that is on its session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The session.
    pub session: LinkSession,
    /// It was told for the first time, and not repeated.
    pub news: bool,
}

/// Keeps the outcome on the session; `None` when the session is not the caller's. Told twice, kept once.
pub async fn end_session(
    store: &impl Ledgers,
    ambient: &impl Ambient,
    told: &Told,
) -> Result<Option<Kept>, StoreError> {
    for _ in 0..ATTEMPTS {
        let ledger = store.ledger(&told.user).await?;
        let Some(session) = ledger.as_ref().and_then(|ledger| ledger.session(&told.session)) else {
            return Ok(None);
        };
        let full = session.revision >= MOST_CHANGES;
        if full || session.outcome.as_ref().is_some_and(|kept| same(kept, &told.outcome)) {
            return Ok(Some(Kept { session: session.clone(), news: false }));
        }
        let ended = LinkSession {
            outcome: Some(told.outcome.clone()),
            revision: session.revision + 1,
            ..session.clone()
        };
        let event = AuditEvent::of_session(told.outcome.at, Action::EndSession, Source::Callback, &ended);
        let changes = vec![Change::Session(ended.clone())];
        if carry_out(store, ambient, changes, vec![event]).await? == CarriedOut::Done {
            return Ok(Some(Kept { session: ended, news: true }));
        }
    }
    Err(StoreError::Busy("the session kept changing".into()))
}

/// Whether two outcomes say the same, whenever they were told.
fn same(kept: &Outcome, told: &Outcome) -> bool {
    Outcome { at: kept.at, ..told.clone() } == *kept
}
