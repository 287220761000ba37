//! The start of a session in the app: repairs this user's links now and issues a widget token.

use jiff::{SignedDuration, Timestamp};

use crate::{
    callbacks::ATTEMPTS,
    change::{Action, AuditEvent, CarriedOut, Change, Source, carry_out},
    external_id::ExternalId,
    failure::{Outage, StoreError},
    link::{LinkRecord, LinkState, LinkStatus, Marker, ProviderLink, QuarantinedLink},
    observe::{Decision, Notice},
    plan::{Markers, News, UserPlan, plan_user},
    policy::{Policy, after, before},
    ports::{Ambient, Ledgers, Provider, TokenRequest, WidgetToken},
    session::{LinkSession, Purpose},
    user::Ledger,
    values::{LinkId, SessionId},
};

/// What a session start came to.
#[derive(Debug)]
pub enum Opened {
    /// The session is durable; its token may leave.
    Session(Box<Opening>),
    /// No such user.
    NoSuchUser,
    /// Update Mode was asked for a link that is not the user's, or is gone.
    NoSuchLink,
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
/// links that the user does not have.
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
    if update.is_some_and(|id| !may_be_updated(&ledger, id)) {
        return Ok(Opened::NoSuchLink);
    }
    if recent(&ledger, asked_at) >= policy.sessions_per_hour {
        return Ok(Opened::TooMany);
    }
    let user = &ledger.user.external_id.clone(); // the caller may know them by an alias
    let shown = Shown { links: provider.links_of(user).await?, asked_at };
    if update.is_some_and(|id| !shown.links.iter().any(|link| link.id == id)) {
        return Ok(Opened::NoSuchLink); // Belvo would refuse a token for it
    }
    let session = issue(ambient, policy, user, update);
    let request = TokenRequest { external_id: user.clone(), link_id: update };
    let token = provider.token(&request).await?;
    let (links, recovered, claimable) = repair(store, ambient, policy, ledger, &shown, &session).await?;
    Ok(Opened::Session(Box::new(Opening { session, token, links, recovered, claimable })))
}

/// Belvo's links of the user, and when they were asked for.
struct Shown {
    links: Vec<ProviderLink>,
    asked_at: Timestamp,
}

fn may_be_updated(ledger: &Ledger, id: LinkId) -> bool {
    ledger.link(id).is_some_and(|record| record.state.is_bound() && !record.state.is_final())
}

fn recent(ledger: &Ledger, now: Timestamp) -> usize {
    let since = before(now, SignedDuration::from_hours(1));
    ledger.sessions.iter().filter(|session| session.issued_at > since).count()
}

fn issue(ambient: &impl Ambient, policy: &Policy, user: &ExternalId, update: Option<LinkId>) -> LinkSession {
    let issued_at = ambient.now();
    LinkSession {
        id: SessionId::mint(ambient.random()),
        owner: user.clone(),
        purpose: update.map_or(Purpose::Create, Purpose::Update),
        issued_at,
        expires_at: after(issued_at, policy.token_life),
        link_id: None,
        outcome: None,
        revision: 1,
    }
}

type Standing = (Vec<LinkRecord>, Vec<LinkId>, Vec<QuarantinedLink>);

/// Commits the repairs and the session together, deciding anew while others change the same records.
async fn repair(
    store: &impl Ledgers,
    ambient: &impl Ambient,
    policy: &Policy,
    mut ledger: Ledger,
    shown: &Shown,
    session: &LinkSession,
) -> Result<Standing, StoreError> {
    for _ in 0..ATTEMPTS {
        let markers = markers_of(store, &ledger, &shown.links).await?;
        let plan = plan(&ledger, shown, &markers, policy);
        let opening =
            AuditEvent::of_session(session.issued_at, Action::OpenSession, Source::SessionStart, session);
        let mut changes = plan.changes.clone();
        changes.push(Change::Session(session.clone()));
        let audit = plan.audit.iter().cloned().chain([opening]).collect();
        match carry_out(store, ambient, changes, audit).await? {
            CarriedOut::Done => return Ok(standing(ledger, &plan, &markers)),
            CarriedOut::Stale | CarriedOut::OwnedByAnother(_) => {}
        }
        let fresh = store.ledger(&session.owner).await?;
        ledger = fresh.ok_or_else(|| StoreError::Busy("the user is being changed".into()))?;
    }
    Err(StoreError::Busy("the user's records kept changing".into()))
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

fn standing(ledger: Ledger, plan: &UserPlan, markers: &Markers) -> Standing {
    let bound = |decision: &Decision| matches!(decision, Decision::Bind(_));
    let recovered =
        plan.decisions.iter().filter(|(_, decision)| bound(decision)).map(|(id, _)| *id).collect();
    let claimable = claimable(&ledger, plan, markers);
    let links = ledger.with(&plan.changes).links;
    (links.into_iter().filter(|record| record.state != LinkState::Gone).collect(), recovered, claimable)
}

/// The quarantined links that name this user, as they stand after the plan.
fn claimable(ledger: &Ledger, plan: &UserPlan, markers: &Markers) -> Vec<QuarantinedLink> {
    let changed = plan.changes.iter().filter_map(|change| match change {
        Change::Quarantine(link) => Some(link),
        Change::Link(_) | Change::Own(..) | Change::Session(_) | Change::Stands(_) => None,
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
