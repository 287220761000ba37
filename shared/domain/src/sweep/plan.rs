//! The plan of a sweep: one part per user, one per link that nobody owns, and the breakers over all of it.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{
    change::{Action, AuditEvent},
    external_id::ExternalId,
    link::{LinkState, Marker, ProviderLink},
    observe::Notice,
    plan::{Markers, News, UserPlan, plan_user, quarantine::plan_unowned},
    policy::{Negatives, Policy},
    ports::Book,
    user::Ledger,
    values::LinkId,
};

use super::{Triage, probe::Probed};

/// What a sweep would change. Nothing is left to decide for whoever applies it.
#[derive(Clone, Debug, Default)]
pub struct AccountPlan {
    /// One part per user, each applied on its own.
    pub users: BTreeMap<ExternalId, UserPlan>,
    /// Links that nobody owns.
    pub unowned: Vec<UserPlan>,
    /// Negative changes that the breakers held back: they wait for a sweep that may make them.
    pub withheld: usize,
}

/// One line of a plan, for people and for machines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// What is to be done.
    pub action: Action,
    /// To which link.
    pub link_id: Option<LinkId>,
    /// Of which user.
    pub external_id: Option<ExternalId>,
    /// The link's state before.
    pub before: Option<LinkState>,
    /// The link's state after.
    pub after: Option<LinkState>,
}

impl AccountPlan {
    /// The plan line by line.
    #[must_use]
    pub fn steps(&self) -> Vec<Step> {
        let step = |event: &AuditEvent| Step {
            action: event.action,
            link_id: event.link_id,
            external_id: event.external_id.clone(),
            before: event.before,
            after: event.after,
        };
        self.parts().flat_map(|part| &part.audit).map(step).collect()
    }

    fn parts(&self) -> impl Iterator<Item = &UserPlan> {
        self.users.values().chain(&self.unowned)
    }

    fn negatives(&self) -> usize {
        self.parts().map(UserPlan::negatives).sum()
    }
}

/// What a sweep knows of one user: what we hold, read just now, and what Belvo says.
#[derive(Clone, Debug)]
struct UserNews {
    ledger: Ledger,
    seen: Vec<ProviderLink>,
    missing: Vec<LinkId>,
}

/// Everything that the plan is made from.
#[derive(Clone, Debug, Default)]
pub(super) struct Knowledge {
    users: BTreeMap<ExternalId, UserNews>,
    unowned: Vec<ProviderLink>,
    markers: Markers,
    known: usize,
}

impl Knowledge {
    pub(super) fn of(book: &Book, triage: &Triage) -> Self {
        let bound = book.links.values().flatten().filter(|record| record.holds_link());
        let owned = bound.map(|record| (record.link_id, Marker::Owned(record.owner.clone())));
        let held = book.quarantined.iter().map(|(id, link)| (*id, Marker::Quarantined(link.clone())));
        let markers: Markers = held.chain(owned).collect();
        let known = book.links.values().flatten().filter(|record| record.is_live()).count();
        Self { users: BTreeMap::new(), unowned: triage.unowned.clone(), markers, known }
    }

    pub(super) fn learn(&mut self, ledger: Ledger, triage: &Triage, probed: &Probed) {
        let user = ledger.user.external_id.clone();
        let concerns = |id: &LinkId| triage.suspects.get(id).is_some_and(|owners| owners.contains(&user));
        let listed = triage.touched.get(&user).cloned().unwrap_or_default();
        let found = probed.found.iter().filter(|link| concerns(&link.id)).cloned();
        let news = UserNews {
            seen: listed.into_iter().chain(found).collect(),
            missing: probed.missing.iter().copied().filter(|id| concerns(id)).collect(),
            ledger,
        };
        self.users.insert(user, news);
    }
}

/// Plans for the whole account. When the breakers trip, nothing is taken away at all (I8).
#[must_use]
pub(super) fn plan_account(knowledge: &Knowledge, notice: Notice, policy: &Policy) -> AccountPlan {
    let with = |negatives| plan_all(knowledge, notice, &Policy { negatives, ..policy.clone() });
    let wanted = with(Negatives::Allowed);
    let negatives = wanted.negatives();
    if policy.negatives == Negatives::Allowed && !policy.trips(negatives, knowledge.known) {
        return wanted;
    }
    AccountPlan { withheld: negatives, ..with(Negatives::Withheld) }
}

fn plan_all(knowledge: &Knowledge, notice: Notice, policy: &Policy) -> AccountPlan {
    let for_user = |news: &UserNews| {
        let markers = &knowledge.markers;
        let told = News { seen: &news.seen, missing: &news.missing, named: None, markers, notice };
        plan_user(&news.ledger, &told, policy)
    };
    let users = knowledge.users.iter().map(|(user, news)| (user.clone(), for_user(news)));
    let for_link = |link: &ProviderLink| plan_unowned(link, knowledge.markers.get(&link.id), notice, policy);
    AccountPlan {
        users: users.filter(|(_, plan)| !plan.is_empty()).collect(),
        unowned: knowledge.unowned.iter().map(for_link).filter(|plan| !plan.is_empty()).collect(),
        withheld: 0,
    }
}
