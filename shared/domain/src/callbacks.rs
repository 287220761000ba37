//! What the widget said: a hint, never a fact. The link is read back from Belvo before anything is bound.

mod existing;
mod outcome;
#[cfg(test)]
mod tests;

pub use existing::{Existing, existing};
pub use outcome::{Kept, Told, end_session};

use crate::{
    change::{Action, AuditEvent, CarriedOut, Change, Source, carry_out},
    duplicates::{Duplicate, group_of},
    explain::{Explanation, by_named},
    external_id::ExternalId,
    failure::{ProviderError, StoreError},
    link::{LinkRecord, LinkState, ProviderLink},
    observe::{Decision, Notice},
    plan::{Markers, News, UserPlan, plan_user},
    policy::Policy,
    ports::{Ambient, Ledgers, Lookup, Provider},
    session::{LinkSession, Purpose},
    user::Ledger,
    values::{Institution, LinkId, SessionId},
};

/// How often a use case decides anew when somebody else changed a record meanwhile.
pub(crate) const ATTEMPTS: usize = 4;

/// A success callback: this session of this user made this link, says the widget.
#[derive(Clone, Debug)]
pub struct Success {
    /// The caller.
    pub user: ExternalId,
    /// The session that the caller names.
    pub session: SessionId,
    /// The link that the caller names.
    pub link: LinkId,
    /// The institution that the caller names.
    pub institution: Institution,
}

/// What became of a success callback.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ingested {
    /// The link is the user's now.
    Bound(LinkRecord),
    /// It was already; the record is as Belvo says now.
    Known(LinkRecord),
    /// Belvo could not be asked: the link waits.
    Pending(LinkRecord),
    /// The link is real, but nothing proves that it is the user's.
    Quarantined,
    /// Not the user's, not there, or not visible yet.
    NotYours,
    /// Too many links of this user wait for Belvo already.
    TooManyPending,
}

/// What became of a success callback, and what the user may be told beside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// What became of it.
    pub ingested: Ingested,
    /// The link is one of several to one login.
    pub duplicate: Option<Duplicate>,
}

impl From<Ingested> for Taken {
    fn from(ingested: Ingested) -> Self {
        Self { ingested, duplicate: None }
    }
}

/// Takes in a success callback: one read, one call to Belvo, at most one write.
pub async fn ingest(
    store: &impl Ledgers,
    provider: &impl Provider,
    ambient: &impl Ambient,
    policy: &Policy,
    success: &Success,
) -> Result<Taken, StoreError> {
    let Some(mut ledger) = callers_ledger(store, success).await? else {
        return Ok(Ingested::NotYours.into());
    };
    let notice = Notice { source: Source::Callback, asked_at: ambient.now() };
    let answer = provider.link(success.link).await;
    for _ in 0..ATTEMPTS {
        let (ingested, plan) = decide(store, &ledger, &answer, success, notice, policy).await?;
        let taken = taken(ingested, &ledger, &plan, success);
        if plan.is_empty() {
            return Ok(taken);
        }
        match carry_out(store, ambient, plan.changes, plan.audit).await? {
            CarriedOut::Done => return Ok(taken),
            CarriedOut::OwnedByAnother(_) => return Ok(Ingested::NotYours.into()),
            CarriedOut::Stale => {}
        }
        let Some(fresh) = callers_ledger(store, success).await? else {
            return Ok(Ingested::NotYours.into());
        };
        ledger = fresh;
    }
    Err(StoreError::Busy("the user's records kept changing".into()))
}

/// Adds what the user may be told of a link that is theirs, read off the records as they stand then: a repeated
/// callback is told the same.
fn taken(ingested: Ingested, ledger: &Ledger, plan: &UserPlan, success: &Success) -> Taken {
    let duplicate = match &ingested {
        Ingested::Bound(_) | Ingested::Known(_) => {
            group_of(&ledger.clone().with(&plan.changes).links, success.link)
        }
        Ingested::Pending(_) | Ingested::Quarantined | Ingested::NotYours | Ingested::TooManyPending => None,
    };
    Taken { ingested, duplicate }
}

/// The caller's ledger, when the session is the caller's and the link is not buried. Belvo is asked for
/// nobody else, so a stranger's call costs no call to Belvo.
async fn callers_ledger(store: &impl Ledgers, success: &Success) -> Result<Option<Ledger>, StoreError> {
    let ledger = store.ledger(&success.user).await?;
    Ok(ledger.filter(|ledger| {
        let buried = ledger.link(success.link).is_some_and(LinkRecord::is_buried);
        ledger.session(&success.session).is_some() && !buried
    }))
}

/// What to answer and what to change, given what Belvo said.
async fn decide(
    store: &impl Ledgers,
    ledger: &Ledger,
    answer: &Result<Lookup, ProviderError>,
    success: &Success,
    notice: Notice,
    policy: &Policy,
) -> Result<(Ingested, UserPlan), StoreError> {
    let link = match answer {
        Ok(Lookup::Found(link)) if link.id == success.link => link,
        Ok(Lookup::Found(_) | Lookup::NotFound) => return Ok((Ingested::NotYours, UserPlan::default())),
        Err(_) => return Ok(put_off(ledger, success, notice, policy)),
    };
    let plan = plan_one(store, ledger, link, success, notice, policy).await?;
    let record = || ledger.clone().with(&plan.changes).link(link.id).cloned();
    let ingested = match plan.decisions.get(&link.id) {
        Some(Decision::Bind(_)) => record().map(Ingested::Bound),
        Some(Decision::Refresh(_) | Decision::Unchanged) => record().map(Ingested::Known),
        Some(Decision::Quarantine(_)) if may_be_theirs(link, ledger, success, policy) => {
            Some(Ingested::Quarantined)
        }
        Some(Decision::Wait) if link.claim.names(&ledger.user.external_id) => {
            return Ok(put_off(ledger, success, notice, policy));
        }
        Some(Decision::Quarantine(_) | Decision::Wait | Decision::Refuse) | None => None,
    };
    Ok((ingested.unwrap_or(Ingested::NotYours), plan))
}

/// Whether the caller may learn that this link exists, though nothing proves whose it is: it names them, or
/// the session that they name may have made it. A link that names nobody is otherwise not there for them (I12).
fn may_be_theirs(link: &ProviderLink, ledger: &Ledger, success: &Success, policy: &Policy) -> bool {
    let made = |session| matches!(by_named(session, link, policy), Explanation::By(_));
    link.claim.names(&ledger.user.external_id) || ledger.session(&success.session).is_some_and(made)
}

/// Plans for the one link. Who holds it is looked up only when it is to be set aside: the rare case.
async fn plan_one(
    store: &impl Ledgers,
    ledger: &Ledger,
    link: &ProviderLink,
    success: &Success,
    notice: Notice,
    policy: &Policy,
) -> Result<UserPlan, StoreError> {
    let seen = std::slice::from_ref(link);
    let plan = |markers: &Markers| {
        let news = News { seen, missing: &[], named: Some(&success.session), markers, notice };
        plan_user(ledger, &news, policy)
    };
    let mut planned = plan(&Markers::new());
    let unread = planned.unread(&Markers::new());
    if !unread.is_empty() {
        planned = plan(&store.markers(&unread).await?);
    }
    if let Some(session) = spent_update(ledger, success) {
        let event = AuditEvent::of_session(notice.asked_at, Action::EndSession, notice.source, &session);
        planned.audit.push(AuditEvent { link_id: session.link_id, ..event });
        planned.changes.push(Change::Session(session));
    }
    Ok(planned)
}

/// The Update Mode session, spent, when the callback is its first.
fn spent_update(ledger: &Ledger, success: &Success) -> Option<LinkSession> {
    let session = ledger.session(&success.session)?;
    let first = session.purpose == Purpose::Update(success.link) && session.link_id.is_none();
    first.then(|| session.spent_on(success.link))
}

/// Belvo could not be asked: a link of the user's stays as it is, a new one waits for the next sweep.
fn put_off(ledger: &Ledger, success: &Success, notice: Notice, policy: &Policy) -> (Ingested, UserPlan) {
    let (record, session) = (ledger.link(success.link), ledger.session(&success.session));
    match (record, session) {
        (Some(record), _) if record.holds_link() => (Ingested::Known(record.clone()), UserPlan::default()),
        (Some(record), _) if !record.state.is_final() => {
            (Ingested::Pending(record.clone()), UserPlan::default())
        }
        (dropped, Some(session)) if waiting(ledger) < policy.pending_per_user => {
            let (link, institution) = (success.link, success.institution.clone());
            let mut record = LinkRecord::pending(link, session, institution, notice.asked_at);
            record.revision += dropped.map_or(0, |dropped| dropped.revision);
            let audit = vec![AuditEvent::of_link(Action::Await, dropped, &record, notice)];
            let changes = vec![Change::Link(record.clone())];
            (Ingested::Pending(record), UserPlan { changes, audit, ..UserPlan::default() })
        }
        (_, _) => (Ingested::TooManyPending, UserPlan::default()),
    }
}

fn waiting(ledger: &Ledger) -> usize {
    ledger.links.iter().filter(|record| record.state == LinkState::Pending).count()
}
