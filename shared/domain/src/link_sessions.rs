//! The start of a session in the app: repairs this user's links now and issues a widget token.

mod update;

use jiff::{SignedDuration, Timestamp};

use crate::{
    callbacks::ATTEMPTS,
    change::{Action, AuditEvent, CarriedOut, Change, Source, carry_out},
    external_id::ExternalId,
    failure::{Outage, ProviderError, StoreError},
    link::{LinkRecord, LinkState, LinkStatus, Marker, ProviderLink, QuarantinedLink},
    observe::{Decision, Notice},
    plan::{Markers, News, UserPlan, plan_user},
    policy::{Policy, after, before},
    ports::{Ambient, Ledgers, Lookup, Provider, TokenRequest, WidgetToken},
    session::{LinkSession, Purpose},
    side_by_side::both,
    user::Ledger,
    values::{LinkId, SessionId},
};

pub use update::Refusal;

/// What a session start came to.
#[derive(Debug)]
pub enum Opened {
    /// The session is durable; its token may leave.
    Session(Box<Opening>),
    /// No such user.
    NoSuchUser,
    /// Update Mode was asked for, and there is nothing to log in again for. The repair is durable all the same.
    Refused(Refusal),
    /// The user opened too many sessions within the hour.
    TooMany,
}

/// A session, and how the user's links stand.
#[derive(Debug)]
pub struct Opening {
    /// The session.
    pub session: LinkSession,
    /// The widget's access token.
    pub token: WidgetToken,
    /// The user's links as they stand now.
    pub links: Vec<LinkRecord>,
    /// Those of them that were orphans a moment ago.
    pub recovered: Vec<LinkId>,
    /// Links at Belvo that name this user, but that no session explains.
    pub claimable: Vec<QuarantinedLink>,
}

/// Opens a session: two calls to Belvo (list, token), and two requests to the store, three when Belvo shows
/// links that the user does not have. Update Mode takes one call more, which nobody waits for longer.
pub async fn open(
    store: &impl Ledgers,
    provider: &impl Provider,
    ambient: &impl Ambient,
    policy: &Policy,
    user: &ExternalId,
    update: Option<LinkId>,
) -> Result<Opened, Outage> {
    let asked_at = ambient.now();
    let Some(ledger) = store.ledger(user).await? else { return Ok(Opened::NoSuchUser) };
    if let Some(refusal) = update.and_then(|id| update::refused_unasked(&ledger, id)) {
        return Ok(Opened::Refused(refusal));
    }
    if recent(&ledger, asked_at) >= policy.sessions_per_hour {
        return Ok(Opened::TooMany);
    }
    let shown = look(provider, &ledger.user.external_id, update, asked_at).await?;
    let start = Start { store, provider, ambient, policy, shown: &shown, update };
    start.open(ledger).await
}

/// What Belvo shows of the user's links, and when it was asked.
struct Shown {
    links: Vec<ProviderLink>,
    /// Belvo has no such link as the one that is to be updated.
    absent: bool,
    asked_at: Timestamp,
}

/// Asks Belvo for the user's links, and at the same time for the one that is to be updated: it may name nobody (an
/// operator gave it to its user), and absence from a list proves nothing.
async fn look(
    provider: &impl Provider,
    user: &ExternalId,
    update: Option<LinkId>,
    asked_at: Timestamp,
) -> Result<Shown, ProviderError> {
    let Some(id) = update else {
        return Ok(Shown { links: provider.links_of(user).await?, absent: false, asked_at });
    };
    let (listed, one) = both(provider.links_of(user), provider.link(id)).await;
    let (mut links, one) = (listed?, one?);
    links.retain(|link| link.id != id);
    let absent = one == Lookup::NotFound;
    if let Lookup::Found(link) = one {
        links.push(link);
    }
    Ok(Shown { links, absent, asked_at })
}

fn recent(ledger: &Ledger, now: Timestamp) -> usize {
    let since = before(now, SignedDuration::from_hours(1));
    ledger.sessions.iter().filter(|session| session.issued_at > since).count()
}

fn issue(ambient: &impl Ambient, policy: &Policy, user: &ExternalId, update: Option<LinkId>) -> LinkSession {
    let issued_at = ambient.now();
    let expires_at = after(issued_at, policy.token_life);
    LinkSession {
        id: SessionId::mint(ambient.random()),
        owner: user.clone(),
        purpose: update.map_or(Purpose::Create, Purpose::Update),
        issued_at,
        expires_at,
        link_id: None,
        outcome: None,
        due_at: Some(after(expires_at, policy.clock_skew)),
        revision: 1,
    }
}

/// One start of a session, once Belvo has shown the user's links.
struct Start<'a, S, P, A> {
    store: &'a S,
    provider: &'a P,
    ambient: &'a A,
    policy: &'a Policy,
    shown: &'a Shown,
    update: Option<LinkId>,
}

impl<S: Ledgers, P: Provider, A: Ambient> Start<'_, S, P, A> {
    /// Commits the repairs and the session together, deciding anew while others change the same records. Where
    /// no session is to be had the repairs are committed alone: a link that became valid must be seen as valid.
    async fn open(&self, mut ledger: Ledger) -> Result<Opened, Outage> {
        let session = issue(self.ambient, self.policy, &ledger.user.external_id, self.update);
        let mut token = None;
        for _ in 0..ATTEMPTS {
            let markers = markers_of(self.store, &ledger, &self.shown.links).await?;
            let plan = plan(&ledger, self.shown, &markers, self.policy);
            let (mut changes, mut audit) = (plan.changes.clone(), plan.audit.clone());
            let ending =
                match self.update.and_then(|id| update::refused(&ledger, &plan, id, self.shown.absent)) {
                    Some(refusal) => Err(refusal),
                    None => Ok(self.token(token.take(), &session).await?),
                };
            if ending.is_ok() {
                let (at, source) = (session.issued_at, Source::SessionStart);
                audit.push(AuditEvent::of_session(at, Action::OpenSession, source, &session));
                changes.push(Change::Session(session.clone()));
            }
            if self.carried_out(changes, audit).await? {
                return Ok(match ending {
                    Ok(token) => Opened::Session(Box::new(opening(ledger, &plan, &markers, session, token))),
                    Err(refusal) => Opened::Refused(refusal),
                });
            }
            token = ending.ok();
            let fresh = self.store.ledger(&session.owner).await?;
            ledger = fresh.ok_or_else(|| StoreError::Busy("the user is being changed".into()))?;
        }
        Err(StoreError::Busy("the user's records kept changing".into()).into())
    }

    /// The token that there is already, or a new one.
    async fn token(
        &self,
        had: Option<WidgetToken>,
        session: &LinkSession,
    ) -> Result<WidgetToken, ProviderError> {
        let request = TokenRequest { external_id: session.owner.clone(), link_id: self.update };
        match had {
            Some(token) => Ok(token),
            None => self.provider.token(&request).await,
        }
    }

    async fn carried_out(&self, changes: Vec<Change>, audit: Vec<AuditEvent>) -> Result<bool, StoreError> {
        if changes.is_empty() {
            return Ok(true);
        }
        Ok(carry_out(self.store, self.ambient, changes, audit).await? == CarriedOut::Done)
    }
}

/// Who holds the links that Belvo shows for the user and that are not the user's yet.
async fn markers_of(
    store: &impl Ledgers,
    ledger: &Ledger,
    shown: &[ProviderLink],
) -> Result<Markers, StoreError> {
    let unheld = |link: &&ProviderLink| {
        let bound = ledger.link(link.id).is_some_and(LinkRecord::holds_link);
        !bound && link.status != LinkStatus::Unconfirmed
    };
    let ids: Vec<_> = shown.iter().filter(unheld).map(|link| link.id).collect();
    if ids.is_empty() { Ok(Markers::new()) } else { store.markers(&ids).await }
}

fn plan(ledger: &Ledger, shown: &Shown, markers: &Markers, policy: &Policy) -> UserPlan {
    let notice = Notice { source: Source::SessionStart, asked_at: shown.asked_at };
    let news = News { seen: &shown.links, missing: &[], named: None, markers, notice };
    plan_user(ledger, &news, policy)
}

fn opening(
    ledger: Ledger,
    plan: &UserPlan,
    markers: &Markers,
    session: LinkSession,
    token: WidgetToken,
) -> Opening {
    let bound = |decision: &Decision| matches!(decision, Decision::Bind(_));
    let recovered =
        plan.decisions.iter().filter(|(_, decision)| bound(decision)).map(|(id, _)| *id).collect();
    let claimable = claimable(&ledger, plan, markers);
    let mut links = ledger.with(&plan.changes).links;
    links.retain(|record| record.state != LinkState::Gone);
    Opening { session, token, links, recovered, claimable }
}

/// The quarantined links that name this user, as they stand after the plan.
fn claimable(ledger: &Ledger, plan: &UserPlan, markers: &Markers) -> Vec<QuarantinedLink> {
    let changed = plan.changes.iter().filter_map(|change| match change {
        Change::Quarantine(link) => Some(link),
        Change::Link(_)
        | Change::Own(..)
        | Change::Session(_)
        | Change::Stands(_)
        | Change::Intent(_)
        | Change::Unmarked(_) => None,
    });
    let held = markers.values().filter_map(|marker| match marker {
        Marker::Quarantined(link) => Some(link),
        Marker::Owned(_) => None,
    });
    let mut links: Vec<QuarantinedLink> = Vec::new();
    for link in changed.chain(held).filter(|link| link.claim.names(&ledger.user.external_id)) {
        let set_aside = matches!(plan.decisions.get(&link.link_id), Some(Decision::Quarantine(_)));
        if set_aside && !links.iter().any(|known| known.link_id == link.link_id) {
            links.push(link.clone());
        }
    }
    links
}

#[cfg(test)]
mod tests;
