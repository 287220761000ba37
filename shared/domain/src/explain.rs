//! Which link session explains which link: the proof behind every binding.
//!
//! Belvo's record does not say which session made a link, so the moment has to tell. A session makes at
//! most one link. Where more links than sessions share the moment, one of them may be planted by somebody
//! who knows the `external_id`, and none of them is bound. A link that was bound on somebody's word goes on counting:
//! it may be the one that the session made, and its rival must not be taken for it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::{
    link::{LinkRecord, LinkStatus, ProviderLink},
    policy::Policy,
    session::{LinkSession, Purpose},
    user::Ledger,
    values::{LinkId, SessionId},
};

/// How a link that names a user relates to that user's sessions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Explanation {
    /// This session made it.
    By(SessionId),
    /// No session covers the moment it was made.
    Nothing,
    /// Only sessions that made other links cover it.
    Used,
    /// Sessions cover it, but fewer than there are links.
    Ambiguous,
}

/// What one session that the caller names says of a link: the user's own app vouches for it.
#[must_use]
pub fn by_named(session: &LinkSession, link: &ProviderLink, policy: &Policy) -> Explanation {
    if !session.covers(link.created_at, policy) {
        return Explanation::Nothing;
    }
    match session.link_id {
        Some(other) if other != link.id => Explanation::Used,
        _ => Explanation::By(session.id.clone()),
    }
}

/// Explains all links of `seen` that name this user and are not bound yet, together.
#[must_use]
pub fn explain(ledger: &Ledger, seen: &[ProviderLink], policy: &Policy) -> BTreeMap<LinkId, Explanation> {
    let unbound = unbound(ledger, seen);
    let vouched = vouched(ledger, &unbound, policy);
    let open: Vec<_> = unbound.into_iter().filter(|link| !vouched.contains_key(&link.id)).collect();
    let free: Vec<&LinkSession> = creating(ledger).filter(|s| is_free(s, ledger, seen, &vouched)).collect();
    let made = made(ledger, &open);
    let matched = matching(&made, &free, policy);
    let contested = contested(&made, &free, &matched, policy);
    let of = |link: &&ProviderLink| match matched.get(&link.id) {
        _ if contested.contains(&link.id) => Explanation::Ambiguous,
        Some(session) => Explanation::By((*session).clone()),
        None if creating(ledger).any(|s| s.covers(link.created_at, policy)) => Explanation::Used,
        None => Explanation::Nothing,
    };
    open.iter().map(|link| (link.id, of(link))).chain(vouched).collect()
}

fn creating(ledger: &Ledger) -> impl Iterator<Item = &LinkSession> {
    ledger.sessions.iter().filter(|session| session.purpose == Purpose::Create)
}

/// What the app said of pending links stands: the session that it named made the link. Of two links with
/// one session neither is believed.
fn vouched(ledger: &Ledger, unbound: &[&ProviderLink], policy: &Policy) -> BTreeMap<LinkId, Explanation> {
    let by = |link: &&ProviderLink| {
        let session = ledger.session(ledger.link(link.id)?.session_id.as_ref()?)?;
        let explanation = by_named(session, link, policy);
        matches!(explanation, Explanation::By(_)).then_some((link.id, explanation))
    };
    let said: Vec<_> = unbound.iter().filter_map(by).collect();
    let alone = |by: &Explanation| said.iter().filter(|(_, other)| other == by).count() == 1;
    let heard =
        said.iter().map(|(id, by)| (*id, if alone(by) { by.clone() } else { Explanation::Ambiguous }));
    heard.collect()
}

/// Whether a session made no link yet, none that may be its own waits for Belvo, and it is not vouched for any. (A link
/// that was dropped and is there after all still has the session that its callback named.)
fn is_free(
    session: &LinkSession,
    ledger: &Ledger,
    seen: &[ProviderLink],
    vouched: &BTreeMap<LinkId, Explanation>,
) -> bool {
    let disproved = |id: LinkId| {
        let link = seen.iter().find(|link| link.id == id);
        link.is_some_and(|link| link.status != LinkStatus::Unconfirmed) && !vouched.contains_key(&id)
    };
    let awaits = |record: &LinkRecord| {
        let waits = !record.state.is_bound() && !disproved(record.link_id);
        record.session_id.as_ref() == Some(&session.id) && (waits || vouched.contains_key(&record.link_id))
    };
    session.link_id.is_none() && !ledger.links.iter().any(awaits)
}

/// The user's confirmed links without an owner, oldest first.
fn unbound<'a>(ledger: &Ledger, seen: &'a [ProviderLink]) -> Vec<&'a ProviderLink> {
    let bound = |id| ledger.link(id).is_some_and(LinkRecord::holds_link);
    let mut links: Vec<_> = seen
        .iter()
        .filter(|link| link.claim.names(&ledger.user.external_id))
        .filter(|link| link.status != LinkStatus::Unconfirmed && !bound(link.id))
        .collect();
    links.sort_by_key(|link| (link.created_at, link.id));
    links.dedup_by_key(|link| link.id);
    links
}

/// When a link was made, and which.
type Made = (Timestamp, LinkId);

/// The links that may each have taken one of the free sessions, oldest first: those without an owner, and those
/// whose owner no session proved.
fn made(ledger: &Ledger, open: &[&ProviderLink]) -> Vec<Made> {
    let unproven = ledger.links.iter().filter(|record| record.holds_link() && record.session_id.is_none());
    let unproven = unproven.filter_map(|record| Some((record.created_at?, record.link_id)));
    let mut made: Vec<_> = open.iter().map(|link| (link.created_at, link.id)).chain(unproven).collect();
    made.sort_unstable();
    made
}

/// As many links as possible, each with a session of its own. All windows have one length, so giving the
/// oldest link the oldest session that covers it is the greatest matching.
fn matching<'a>(
    links: &[Made],
    sessions: &[&'a LinkSession],
    policy: &Policy,
) -> BTreeMap<LinkId, &'a SessionId> {
    let mut free: Vec<_> = sessions.to_vec();
    free.sort_by_key(|session| (session.issued_at, &session.id));
    let mut matched = BTreeMap::new();
    for (made_at, link) in links {
        if let Some(at) = free.iter().position(|session| session.covers(*made_at, policy)) {
            matched.insert(*link, &free.remove(at).id);
        }
    }
    matched
}

/// The links that compete for a session with one that got none: directly, or through others.
fn contested(
    links: &[Made],
    sessions: &[&LinkSession],
    matched: &BTreeMap<LinkId, &SessionId>,
    policy: &Policy,
) -> BTreeSet<LinkId> {
    let covered = |made_at: Timestamp| sessions.iter().any(|session| session.covers(made_at, policy));
    let losers = links.iter().filter(|(made_at, link)| !matched.contains_key(link) && covered(*made_at));
    let mut contested: BTreeSet<LinkId> = losers.map(|(_, link)| *link).collect();
    loop {
        let before = contested.len();
        for session in sessions {
            let rivals = || links.iter().filter(|(made_at, _)| session.covers(*made_at, policy));
            if rivals().any(|(_, link)| contested.contains(link)) {
                contested.extend(rivals().map(|(_, link)| *link));
            }
        }
        if contested.len() == before {
            return contested;
        }
    }
}

#[cfg(test)]
mod tests;
