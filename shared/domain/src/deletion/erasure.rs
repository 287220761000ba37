//! `DELETE /users/{user}`: erasure. A tombstone takes the user's place at once, so that nobody reads, adopts or changes
//! anything of them; then every link of theirs is deleted at Belvo, everything here is removed, and a certificate
//! says what was done and when.

use std::{collections::BTreeSet, fmt};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    callbacks::ATTEMPTS,
    change::{Action, AuditEvent, Source, WriterId},
    deletion::back::is_back,
    external_id::ExternalId,
    failure::StoreError,
    letters,
    link::{LinkRecord, LinkState, ProviderLink},
    policy::{Policy, after},
    ports::{Ambient, ErasureRequests, Ledgers, Tombstones},
    session::LinkSession,
    values::LinkId,
};

/// Names an erasure, for whoever asked for it. Says nothing of the user.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ErasureId(String);

/// Why a text names no erasure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an erasure is named 'er_' and 28 lower-case letters")]
pub struct ErasureIdError;

impl ErasureId {
    const PREFIX: &str = "er_";

    /// A new name from 128 random bits.
    #[must_use]
    pub fn mint(random: [u8; 16]) -> Self {
        Self(format!("{}{}", Self::PREFIX, letters::encode(random)))
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ErasureId {
    type Error = ErasureIdError;
    fn try_from(raw: String) -> Result<Self, Self::Error> {
        let named = raw.strip_prefix(Self::PREFIX).is_some_and(letters::is_encoded);
        named.then_some(Self(raw)).ok_or(ErasureIdError)
    }
}

impl From<ErasureId> for String {
    fn from(id: ErasureId) -> Self {
        id.0
    }
}

impl fmt::Display for ErasureId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The tombstone of a user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erasure {
    /// Its name.
    #[serde(rename = "erasure_id")]
    pub id: ErasureId,
    /// The user who was.
    pub external_id: ExternalId,
    /// When the user asked.
    pub requested_at: Timestamp,
    /// When there is something to do next; `None` once it is complete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Timestamp>,
    /// How many links of theirs are gone at Belvo; known once all are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub links: Option<usize>,
    /// 1 for a new one, one more with each change.
    #[serde(rename = "rev")]
    pub revision: u64,
}

impl Erasure {
    /// The same, to be looked at then.
    #[must_use]
    pub fn due(&self, at: Timestamp) -> Self {
        Self { due_at: Some(at), revision: self.revision + 1, ..self.clone() }
    }

    /// The same, complete.
    #[must_use]
    pub fn complete(&self) -> Self {
        Self { due_at: None, revision: self.revision + 1, ..self.clone() }
    }
}

/// What was erased and when. Nothing in it tells whose it was but to who was given the erasure's name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// The erasure's name.
    pub erasure_id: ErasureId,
    /// When it was asked for.
    pub requested_at: Timestamp,
    /// When nothing was left.
    pub completed_at: Timestamp,
    /// Links that Belvo confirmed to be gone.
    pub links_deleted: usize,
}

/// What is still there of a user who is being erased.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remains {
    /// The records of links.
    pub links: Vec<LinkRecord>,
    /// Their link sessions.
    pub sessions: Vec<LinkSession>,
}

/// How far an erasure is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// These links are still to be parked and marked.
    Parking(Vec<LinkRecord>),
    /// These links of the user were never bound here, or are there though they were taken for gone: they are to be
    /// taken up, to be deleted.
    Found(Vec<ProviderLink>),
    /// Something is under way, or might still come: look again then.
    Waiting(Timestamp),
    /// No link is left and none can come.
    Empty,
}

/// How far the erasure is, given what is left here and what Belvo lists for the user.
#[must_use]
pub fn progress(
    erasure: &Erasure,
    remains: &Remains,
    listed: &[ProviderLink],
    now: Timestamp,
    policy: &Policy,
) -> Progress {
    let soon = after(now, policy.deletion_every);
    let live = |record: &&LinkRecord| record.holds_link() && !record.state.is_final();
    let parking: Vec<_> = remains.links.iter().filter(live).cloned().collect();
    if !parking.is_empty() {
        return Progress::Parking(parking);
    }
    let held = remains.links.iter().filter(|record| record.holds_link() && !is_back(record, now, policy));
    let held: BTreeSet<LinkId> = held.map(|record| record.link_id).collect();
    let found: Vec<_> = listed.iter().filter(|link| !held.contains(&link.id)).cloned().collect();
    if !found.is_empty() {
        return Progress::Found(found);
    }
    let under_way = remains.links.iter().any(|record| record.state == LinkState::Deleting);
    if under_way || !listed.is_empty() {
        return Progress::Waiting(soon);
    }
    let closes = last_chance(erasure, remains, policy);
    if now < closes { Progress::Waiting(closes) } else { Progress::Empty }
}

/// Until when a link may still be made by a token that was issued before the tombstone, and a request that read the
/// user before it may still write.
fn last_chance(erasure: &Erasure, remains: &Remains, policy: &Policy) -> Timestamp {
    let skew = policy.clock_skew.saturating_add(policy.clock_skew);
    let open: SignedDuration = policy.session_window.saturating_add(skew);
    let last = remains.sessions.iter().map(|session| session.issued_at).max();
    after(last.map_or(erasure.requested_at, |at| at.max(erasure.requested_at)), open)
}

/// Whether the user is or was erased, though Belvo shows links of theirs: then there is something to do again, unless
/// this is a rehearsal.
pub(crate) async fn reopen(
    store: &impl Tombstones,
    user: &ExternalId,
    at: Timestamp,
    rehearsal: bool,
) -> Result<bool, StoreError> {
    let Some(erasure) = store.erasure(user).await? else { return Ok(false) };
    if erasure.due_at.is_none() && !rehearsal {
        store.put_erasure(&erasure.due(at)).await?; // false: it is open again already
    }
    Ok(true)
}

/// Begins the erasure of a user; the same one when it was asked for before. `None`: there is no such user.
pub async fn erase(
    store: &(impl Ledgers + ErasureRequests),
    ambient: &impl Ambient,
    user: &ExternalId,
) -> Result<Option<Erasure>, StoreError> {
    for _ in 0..ATTEMPTS {
        let Some(ledger) = store.ledger(user).await? else { return store.erasure(user).await };
        let requested_at = ambient.now();
        let erasure = Erasure {
            id: ErasureId::mint(ambient.random()),
            external_id: ledger.user.external_id.clone(),
            requested_at,
            due_at: Some(requested_at),
            links: None,
            revision: 1,
        };
        let event = AuditEvent::new(requested_at, Action::Erase, Source::Erasure);
        let event = AuditEvent { external_id: Some(erasure.external_id.clone()), ..event };
        if store.erase(&ledger.user, &erasure, &event, &WriterId::mint(ambient.random())).await? {
            return Ok(Some(erasure));
        }
    }
    Err(StoreError::Busy("the user kept changing".into()))
}
