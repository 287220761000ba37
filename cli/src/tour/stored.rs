//! What is stored, read through the store's own ports and put beside what Belvo has.
//!
//! Rows name people by what the app calls them and never carry the `institution_user_id`.

use std::collections::BTreeMap;

use belvo_simulator::Link as BelvosLink;
use domain::{
    external_id::ExternalId,
    link::{LinkRecord, LinkState, Marker, QuarantinedLink},
    plan::Markers,
    ports::Ledgers,
    user::Ledger,
    values::LinkId,
};
use jiff::Timestamp;
use serde::Serialize;

use super::words;
use crate::{failure::Failure, world::World};

/// The people of the story, as the app calls them.
pub(super) const PEOPLE: [&str; 2] = ["ana", "bruno"];

/// A record to show.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum Stored {
    /// A user.
    User { user: &'static str, external_id: ExternalId, created_at: Timestamp },
    /// A link: here, at Belvo, or both.
    Link(Box<LinkRow>),
}

/// A link as both sides have it.
#[derive(Clone, Debug, Serialize)]
pub(super) struct LinkRow {
    pub(super) link_id: String,
    /// When Belvo made it, as far as it could be asked.
    pub(super) created_at: Option<Timestamp>,
    /// Whose it is with us; nobody's when in quarantine.
    pub(super) user: Option<&'static str>,
    pub(super) institution: String,
    /// Belvo's status now; none when Belvo has no such link.
    pub(super) at_belvo: Option<&'static str>,
    /// Our state word.
    pub(super) state: String,
    /// What else is to be said: why it is quarantined, what took its place, which session proves it.
    pub(super) note: String,
}

/// Everything that we hold of the two, to see whether anything changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Everything {
    pub(super) ledgers: BTreeMap<&'static str, Ledger>,
    pub(super) markers: Markers,
}

/// Reads everything, consistently per user.
pub(super) async fn everything(world: &World) -> Result<Everything, Failure> {
    let mut ledgers = BTreeMap::new();
    for user in PEOPLE {
        if let Some(ledger) = world.stack.store.ledger(&world.external_id(user)?).await? {
            ledgers.insert(user, ledger);
        }
    }
    let ids =
        world.belvo.links().iter().map(|link| LinkId::parse(&link.id)).collect::<Result<Vec<_>, _>>()?;
    let markers = if ids.is_empty() { Markers::new() } else { world.stack.store.markers(&ids).await? };
    Ok(Everything { ledgers, markers })
}

impl Everything {
    /// The users.
    pub(super) fn users(&self) -> Vec<Stored> {
        let row = |(user, ledger): (&&'static str, &Ledger)| Stored::User {
            user,
            external_id: ledger.user.external_id.clone(),
            created_at: ledger.user.created_at,
        };
        self.ledgers.iter().map(row).collect()
    }

    /// The links of these people, and those that only name them; each person's oldest first.
    pub(super) fn links(&self, of: &[&'static str], at_belvo: &[BelvosLink]) -> Vec<Stored> {
        let mut rows = Vec::new();
        for (user, ledger) in self.ledgers.iter().filter(|(user, _)| of.contains(user)) {
            let id = &ledger.user.external_id;
            let held = self.quarantined().filter(|held| held.claim.names(id));
            let mut known: Vec<LinkRow> = held.map(|held| of_quarantined(user, held)).collect();
            known.extend(ledger.links.iter().map(|record| of_record(user, record)));
            let named = at_belvo.iter().filter(|link| link.external_id.as_deref() == Some(id.as_str()));
            let unknown = named.filter(|link| !known.iter().any(|row| row.link_id == link.id));
            let orphans: Vec<_> = unknown.map(|link| of_orphan(user, link)).collect();
            rows.extend(known.into_iter().chain(orphans));
        }
        for row in &mut rows {
            row.at_belvo =
                at_belvo.iter().find(|link| link.id == row.link_id).map(|link| link.status.as_str());
        }
        rows.sort_by(|one, other| one.place().cmp(&other.place()));
        rows.into_iter().map(|row| Stored::Link(Box::new(row))).collect()
    }

    fn quarantined(&self) -> impl Iterator<Item = &QuarantinedLink> {
        self.markers.values().filter_map(|marker| match marker {
            Marker::Quarantined(link) => Some(link),
            Marker::Owned(_) => None,
        })
    }

    /// How many records this person has that are accounts or wait to become one.
    pub(super) fn count(&self, user: &str) -> usize {
        let ledger = self.ledgers.get(user);
        ledger.map_or(0, |ledger| ledger.links.iter().filter(|link| link.state != LinkState::Gone).count())
    }
}

impl LinkRow {
    /// By person, nobody's last; then by age.
    fn place(&self) -> (bool, Option<&str>, bool, Option<Timestamp>, &str) {
        (self.user.is_none(), self.user, self.created_at.is_none(), self.created_at, &self.link_id)
    }
}

fn of_record(user: &'static str, record: &LinkRecord) -> LinkRow {
    let pending = record.state == LinkState::Pending;
    let how = if pending { "told in" } else { "from" };
    let proof = record.session_id.as_ref().map(|id| format!("{how} session {id}"));
    let ghost = record.missing_since.map(|at| format!("not found since {}", words::time(at)));
    let parked = record.superseded_by.map(|id| format!("replaced by {id}"));
    LinkRow {
        link_id: record.link_id.to_string(),
        created_at: record.created_at,
        user: (!pending).then_some(user),
        institution: record.institution.to_string(),
        at_belvo: None,
        state: words::word_of(&record.state),
        note: ghost.or(parked).or(proof).unwrap_or_else(|| "without a session".to_owned()),
    }
}

fn of_quarantined(named: &'static str, held: &QuarantinedLink) -> LinkRow {
    LinkRow {
        link_id: held.link_id.to_string(),
        created_at: Some(held.created_at),
        user: None,
        institution: held.institution.to_string(),
        at_belvo: None,
        state: "quarantined".to_owned(),
        note: format!("names {named}, but {}", words::word_of(&held.reason)),
    }
}

/// Belvo has it, and nobody here knows.
fn of_orphan(named: &'static str, link: &BelvosLink) -> LinkRow {
    LinkRow {
        link_id: link.id.clone(),
        created_at: Some(link.created_at),
        user: None,
        institution: link.institution.clone(),
        at_belvo: None,
        state: "unknown".to_owned(),
        note: format!("names {named}"),
    }
}
