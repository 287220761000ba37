//! What is to change for one user: pure data, with nothing left to decide for whoever carries it out.
//!
//! The plan is made on a copy of what we hold (`draft`); what differs afterwards is the change, and the
//! audit event is read off the difference. So nothing can change without its event (I14).

mod diff;
mod draft;
#[cfg(test)]
mod properties;
pub mod quarantine;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::{
    change::{AuditEvent, Change},
    explain::{self, Explanation},
    link::{Marker, ProviderLink},
    observe::{Decision, Notice, observe},
    policy::Policy,
    user::Ledger,
    values::{LinkId, SessionId},
};
use draft::Draft;

/// Who holds the link ids that a user's ledger does not know.
pub type Markers = BTreeMap<LinkId, Marker>;

/// What was learned about one user's links, and how.
#[derive(Clone, Debug)]
pub struct News<'a> {
    /// Belvo's records.
    pub seen: &'a [ProviderLink],
    /// Links that Belvo answered `not_found` for.
    pub missing: &'a [LinkId],
    /// The session that a callback named.
    pub named: Option<&'a SessionId>,
    /// Who holds those links of `seen` that are not the user's yet, as far as it was read.
    pub markers: &'a Markers,
    /// From where and when.
    pub notice: Notice,
}

/// What is to change for one user.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserPlan {
    /// What was decided about each link that Belvo showed.
    pub decisions: BTreeMap<LinkId, Decision>,
    /// The records as they shall be.
    pub changes: Vec<Change>,
    /// One event for each.
    pub audit: Vec<AuditEvent>,
}

impl UserPlan {
    /// How many of the changes take something away.
    #[must_use]
    pub fn negatives(&self) -> usize {
        self.audit.iter().filter(|event| event.action.is_negative()).count()
    }

    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Links that were set aside or refused while nobody had looked up who holds them.
    #[must_use]
    pub fn unread(&self, markers: &Markers) -> Vec<LinkId> {
        let set_aside = |decision: &Decision| matches!(decision, Decision::Quarantine(_));
        let ids = self.decisions.iter().filter(|(_, decision)| set_aside(decision)).map(|(id, _)| *id);
        ids.filter(|id| !markers.contains_key(id)).collect()
    }
}

/// Plans for one user. The same news in any order, or twice, gives the same plan.
#[must_use]
pub fn plan_user(ledger: &Ledger, news: &News<'_>, policy: &Policy) -> UserPlan {
    carry(ledger, news, decide(ledger, news, policy), policy)
}

/// Plans for links that are this user's because somebody may say so, and no session is asked. Those that the user
/// has already are refreshed.
#[must_use]
pub fn plan_vouched(ledger: &Ledger, seen: &[ProviderLink], notice: Notice, policy: &Policy) -> UserPlan {
    let markers = &Markers::new();
    let news = News { seen, missing: &[], named: None, markers, notice };
    let decision = |link: &ProviderLink| match ledger.link(link.id) {
        Some(record) if record.holds_link() => observe(link, ledger, None, notice, policy),
        Some(_) | None => Decision::Bind(None),
    };
    let decisions = seen.iter().map(|link| (link.id, decision(link))).collect();
    carry(ledger, &news, decisions, policy)
}

fn carry(
    ledger: &Ledger,
    news: &News<'_>,
    decisions: BTreeMap<LinkId, Decision>,
    policy: &Policy,
) -> UserPlan {
    let mut draft = Draft::of(ledger, news.markers, news.notice);
    let seen: BTreeMap<_, _> = news.seen.iter().map(|link| (link.id, link)).collect();
    for (id, link) in seen {
        if let Some(decision) = decisions.get(&id) {
            draft.take(link, decision);
        }
    }
    for id in news.missing {
        draft.miss(*id, policy);
    }
    draft.settle(policy);
    let (changes, audit) = draft.difference();
    UserPlan { decisions, changes, audit }
}

fn decide(ledger: &Ledger, news: &News<'_>, policy: &Policy) -> BTreeMap<LinkId, Decision> {
    let explained = explain::explain(ledger, news.seen, policy);
    let named = news.named.and_then(|id| ledger.session(id));
    let explanation = |link: &ProviderLink| -> Option<Explanation> {
        let vouched = named.map(|session| explain::by_named(session, link, policy));
        vouched.or_else(|| explained.get(&link.id).cloned())
    };
    let decision = |link: &ProviderLink| match news.markers.get(&link.id) {
        Some(Marker::Owned(owner)) if *owner != ledger.user.external_id => Decision::Refuse,
        _ => observe(link, ledger, explanation(link).as_ref(), news.notice, policy),
    };
    news.seen.iter().map(|link| (link.id, decision(link))).collect()
}
