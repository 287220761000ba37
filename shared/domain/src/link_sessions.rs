//! The start of a session in the app: repairs this user's links now and issues a widget token.

mod purpose;
mod repair;
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
    ports::{Ambient, Ledgers, Lookup, Provider, Recognised, WidgetToken},
    recognition::{self, Wanted, recognise},
    session::{LinkSession, Purpose},
    side_by_side::both,
    user::Ledger,
    values::{LinkId, SessionId},
};

pub use purpose::For;
pub(crate) use repair::{Repaired, repaired};
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
/// links that the user does not have. At the same time, and without a wait, one call more in Update Mode, and one each for the
/// names of institutions and the accounts of links that are not known yet.
pub async fn open(
    store: &impl Ledgers,
    provider: &impl Provider,
    ambient: &impl Ambient,
    policy: &Policy,
    user: &ExternalId,
    wanted: For,
) -> Result<Opened, Outage> {
    let update = wanted.link();
    let asked_at = ambient.now();
    let Some(ledger) = store.ledger(user).await? else { return Ok(Opened::NoSuchUser) };
    if let Some(refusal) = update.and_then(|id| update::refused_unasked(&ledger, id)) {
        return Ok(Opened::Refused(refusal));
    }
    if recent(&ledger, asked_at) >= policy.sessions_per_hour {
        return Ok(Opened::TooMany);
    }
    let shown = look(provider, &ledger.user.external_id, update, asked_at).await?;
    let start = Start { store, provider, ambient, policy, shown: &shown, wanted: &wanted };
    start.open(ledger).await
}

/// What Belvo shows of the user's links, and when it was asked.
struct Shown {
    links: Vec<ProviderLink>,
    /// Belvo has no such link as the one that is to be updated.
    absent: bool,
    asked_at: Timestamp,
    source: Source,
}

impl Shown {
    fn notice(&self) -> Notice {
        Notice { source: self.source, asked_at: self.asked_at }
    }
}

/// What Belvo answered beside its list.
struct Answered {
    token: WidgetToken,
    wanted: Wanted,
    recognised: Recognised,
}

/// Asks Belvo for the user's links, and at the same time for the one that is to be updated: it may name nobody (an
/// operator gave it to its user), and absence from a list proves nothing.
async fn look(
    provider: &impl Provider,
    user: &ExternalId,
    update: Option<LinkId>,
    asked_at: Timestamp,
) -> Result<Shown, ProviderError> {
    let source = Source::SessionStart;
    let Some(id) = update else {
        return Ok(Shown { links: provider.links_of(user).await?, absent: false, asked_at, source });
    };
    let (listed, one) = both(provider.links_of(user), provider.link(id)).await;
    let (mut links, one) = (listed?, one?);
    links.retain(|link| link.id != id);
    let absent = one == Lookup::NotFound;
    if let Lookup::Found(link) = one {
        links.push(link);
    }
    Ok(Shown { links, absent, asked_at, source })
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
    wanted: &'a For,
}

impl<S: Ledgers, P: Provider, A: Ambient> Start<'_, S, P, A> {
    /// Commits the repairs and the session together, deciding anew while others change the same records. Where
    /// no session is to be had the repairs are committed alone: a link that became valid must be seen as valid.
    async fn open(&self, mut ledger: Ledger) -> Result<Opened, Outage> {
        let session = issue(self.ambient, self.policy, &ledger.user.external_id, self.wanted.link());
        let mut had = None;
        for _ in 0..ATTEMPTS {
            let markers = markers_of(self.store, &ledger, &self.shown.links).await?;
            let mut plan = plan(&ledger, self.shown, &markers, self.policy);
            let refusal =
                self.wanted.link().and_then(|id| update::refused(&ledger, &plan, id, self.shown.absent));
            let ending = match refusal {
                Some(refusal) => Err(refusal),
                None => Ok(self.ask(had.take(), &ledger, &plan, &session).await?),
            };
            if let Ok(answered) = &ending {
                self.complete(&mut plan, &ledger, &session, answered);
            }
            if self.carried_out(&plan).await? {
                return Ok(match ending {
                    Ok(Answered { token, .. }) => {
                        Opened::Session(Box::new(opening(ledger, &plan, &markers, session, token)))
                    }
                    Err(refusal) => Opened::Refused(refusal),
                });
            }
            had = ending.ok();
            let fresh = self.store.ledger(&session.owner).await?;
            ledger = fresh.ok_or_else(|| StoreError::Busy("the user is being changed".into()))?;
        }
        Err(StoreError::Busy("the user's records kept changing".into()).into())
    }

    /// Asks for a token, and at the same time for what people recognise their links by; only once.
    async fn ask(
        &self,
        had: Option<Answered>,
        ledger: &Ledger,
        plan: &UserPlan,
        session: &LinkSession,
    ) -> Result<Answered, ProviderError> {
        if let Some(answered) = had {
            return Ok(answered);
        }
        let request = self.wanted.request(&session.owner);
        let wanted = recognition::wanted(ledger, plan);
        let recognised = self.provider.recognised(&wanted.institutions, &wanted.links);
        let (token, recognised) = both(self.provider.token(&request), recognised).await;
        Ok(Answered { token: token?, wanted, recognised })
    }

    /// Adds to the repairs what a session brings.
    fn complete(&self, plan: &mut UserPlan, ledger: &Ledger, session: &LinkSession, answered: &Answered) {
        let Answered { wanted, recognised, .. } = answered;
        recognise(ledger, plan, wanted, recognised, self.shown.notice(), self.policy);
        let (at, source) = (session.issued_at, Source::SessionStart);
        plan.audit.push(AuditEvent::of_session(at, Action::OpenSession, source, session));
        plan.changes.push(Change::Session(session.clone()));
    }

    async fn carried_out(&self, plan: &UserPlan) -> Result<bool, StoreError> {
        let (changes, audit) = (plan.changes.clone(), plan.audit.clone());
        let done = changes.is_empty()
            || carry_out(self.store, self.ambient, changes, audit).await? == CarriedOut::Done;
        Ok(done)
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
    let news = News { seen: &shown.links, missing: &[], named: None, markers, notice: shown.notice() };
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
