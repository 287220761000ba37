//! A table as a sweep would leave it, filled without one: in a fraction of the time that adopting takes.

use std::collections::HashMap;

use adapters::{ambient::SystemAmbient, belvo::Belvo};
use belvo_simulator::population::{Expected, Truth};
use cli::world::sandbox;
use domain::{
    change::Change,
    external_id::ExternalId,
    link::{Claim, LinkRecord, LinkState, ProviderLink, QuarantineReason, QuarantinedLink},
    ports::{Ambient, Provider},
    values::LinkId,
};
use jiff::{SignedDuration, Timestamp, civil::Date};

use super::{BATCH, WholeAccount};

impl WholeAccount {
    /// Fills the table with what is true of Belvo's links.
    pub async fn fill(&self) {
        let belvo = Belvo::new(sandbox(&self.belvo_url).expect("loopback")).expect("a client");
        let mut truths: HashMap<String, Truth> =
            self.belvo.truth().map(|truth| (truth.link.clone(), truth)).collect();
        let (mut day, last) = self.days();
        let mut changes = Vec::new();
        while day <= last {
            for link in listed(&belvo, day).await {
                let truth = truths.remove(&link.id.to_string()).expect("true of each link");
                changes.extend(stands(link, &truth, SystemAmbient.now()));
                if changes.len() >= BATCH {
                    self.write(std::mem::take(&mut changes)).await;
                }
            }
            day = day.checked_add(SignedDuration::from_hours(24)).expect("a day");
        }
        self.write(changes).await;
        assert!(truths.is_empty(), "every link was listed");
    }
}

async fn listed(belvo: &Belvo, day: Date) -> Vec<ProviderLink> {
    let mut links = Vec::new();
    for number in 1.. {
        let page = belvo.made_on(day, day, number).await.expect("a page");
        links.extend(page.links);
        if !page.more {
            break;
        }
    }
    links
}

fn stands(link: ProviderLink, truth: &Truth, now: Timestamp) -> Vec<Change> {
    let state = match truth.state {
        Expected::Active => LinkState::Active,
        Expected::NeedsUpdate => LinkState::NeedsUpdate,
        Expected::Superseded => LinkState::Superseded,
        Expected::Quarantined => return vec![Change::Quarantine(set_aside(link, truth, now))],
        Expected::Unbound => return Vec::new(),
    };
    let owner = ExternalId::parse(truth.owner.clone().expect("bound")).expect("valid");
    let record = LinkRecord {
        link_id: link.id,
        owner: owner.clone(),
        institution: link.institution,
        access_mode: link.access_mode,
        status: Some(link.status),
        state,
        institution_user_id: link.institution_user_id,
        created_at: Some(link.created_at),
        last_observed_at: now,
        institution_name: None,
        accounts: None,
        session_id: None,
        superseded_by: truth.survivor.as_deref().map(|id| LinkId::parse(id).expect("an id")),
        missing_since: None,
        consent_ends_at: None,
        revision: 1,
    };
    vec![Change::Own(link.id, owner), Change::Link(record)]
}

fn set_aside(link: ProviderLink, truth: &Truth, now: Timestamp) -> QuarantinedLink {
    let reason = match &link.claim {
        Claim::Absent => QuarantineReason::NoExternalId,
        Claim::Malformed => QuarantineReason::MalformedExternalId,
        Claim::Named(_) if truth.owner.is_some() => QuarantineReason::NoSession,
        Claim::Named(_) => QuarantineReason::UnknownUser,
    };
    QuarantinedLink {
        link_id: link.id,
        reason,
        claim: link.claim,
        institution: link.institution,
        status: link.status,
        created_at: link.created_at,
        first_seen_at: now,
        revision: 1,
    }
}
