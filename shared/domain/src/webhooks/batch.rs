//! Webhooks that are worked off together: read, gathered by their links, looked into, and settled.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::{
    failure::{Outage, StoreError, is_one_users},
    link::{LinkRecord, LinkStatus, Marker},
    policy::{BindingProof, Policy, after},
    ports::{Ambient, Consents, Provider},
    side_by_side::side_by_side,
    values::LinkId,
};

use super::{DeadReason, Desk, Kind, Said, Store, Tally, Webhook, look::Look};

/// What the webhooks of one link come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// Everything that they ask for is done.
    Worked,
    /// It cannot be done with these records.
    Failed,
    /// Not before this.
    Later(Timestamp),
    /// Left to the next run.
    Left,
}

/// What we hold of a link.
#[derive(Clone, Debug)]
pub(super) enum Known {
    /// A user's.
    Of(Box<LinkRecord>),
    /// Nobody's: new, or in quarantine.
    Nobodys(Option<Marker>),
    /// What we hold cannot be read.
    Damaged,
}

/// What the webhooks of one link say together.
#[derive(Clone, Copy, Debug)]
struct Hint {
    received_at: Timestamp,
    changed: bool,
}

/// What is to be done about a link.
#[derive(Debug, PartialEq, Eq)]
enum Next {
    Nothing,
    Ask,
    Later(Timestamp),
}

/// Some webhooks at work.
pub(super) struct Batch<'a, S, P, A> {
    desk: &'a Desk<'a, S, P, A>,
    tally: &'a mut Tally,
}

impl<'a, S: Store, P: Provider + Consents, A: Ambient> Batch<'a, S, P, A> {
    pub(super) fn new(desk: &'a Desk<'a, S, P, A>, tally: &'a mut Tally) -> Self {
        Self { desk, tally }
    }

    /// Works them off; tells how many are settled, for now or for good.
    pub(super) async fn work(mut self, due: Vec<Webhook>) -> Result<usize, Outage> {
        let (readable, mut settled) = self.read(due);
        let fates = self.fates(&readable).await?;
        let now = self.desk.on.ambient.now();
        for (link, webhook) in readable {
            let said = webhook.said.as_ref().map(Said::asks_for);
            settled.extend(match fates.get(&link).copied().unwrap_or(Fate::Left) {
                Fate::Worked => {
                    self.tally.unknown += usize::from(said == Some(Kind::Unknown));
                    Some(webhook.worked(now))
                }
                Fate::Failed => Some(webhook.failed(now, self.desk.on.policy)),
                Fate::Later(at) => Some(webhook.put_off(at)),
                Fate::Left => None,
            });
        }
        Ok(self.settle(settled).await?)
    }

    /// Those that can be read, with their links; and the dead.
    fn read(&self, due: Vec<Webhook>) -> (Vec<(LinkId, Webhook)>, Vec<Webhook>) {
        let now = self.desk.on.ambient.now();
        let (mut readable, mut dead) = (Vec::new(), Vec::new());
        for webhook in due {
            let raw = webhook.body.as_ref().map(super::Body::expose);
            let said = webhook.said.clone().or_else(|| raw.and_then(self.desk.read));
            match (webhook.link_id, said) {
                (Some(link), Some(said)) => readable.push((link, Webhook { said: Some(said), ..webhook })),
                (None, _) | (_, None) => dead.push(webhook.died(now, DeadReason::Unreadable)),
            }
        }
        (readable, dead)
    }

    async fn fates(&mut self, readable: &[(LinkId, Webhook)]) -> Result<BTreeMap<LinkId, Fate>, Outage> {
        let hints = hints(readable);
        let now = self.desk.on.ambient.now();
        let (mut fates, mut wanted) = (BTreeMap::new(), Vec::new());
        let mut consents = BTreeSet::new();
        for (link, known) in self.known(hints.keys().copied().collect()).await? {
            let Some(hint) = hints.get(&link) else { continue };
            if matches!(known, Known::Of(_)) {
                let about = readable.iter().filter(|(about, _)| *about == link);
                let named = about.filter_map(|(_, webhook)| webhook.said.as_ref()?.consent);
                consents.extend(named.map(|consent| (link, consent)));
            }
            match next(*hint, &known, now, self.desk.on.policy) {
                Some(Next::Nothing) => drop(fates.insert(link, Fate::Worked)),
                Some(Next::Later(at)) => drop(fates.insert(link, Fate::Later(at))),
                None => drop(fates.insert(link, Fate::Failed)),
                Some(Next::Ask) => wanted.push((link, known)),
            }
        }
        let mut look = Look { desk: self.desk, tally: self.tally, fates };
        look.at(wanted).await?;
        look.at_consents(consents).await?;
        Ok(look.fates)
    }

    /// What we hold of these links. One damaged item among many spoils itself and no other.
    async fn known(&self, links: Vec<LinkId>) -> Result<Vec<(LinkId, Known)>, StoreError> {
        match self.try_known(&links).await {
            Err(error) if is_one_users(&error) => {}
            known => return known,
        }
        let mut all = Vec::new();
        for link in links {
            match self.try_known(&[link]).await {
                Err(error) if is_one_users(&error) => all.push((link, Known::Damaged)),
                known => all.extend(known?),
            }
        }
        Ok(all)
    }

    async fn try_known(&self, links: &[LinkId]) -> Result<Vec<(LinkId, Known)>, StoreError> {
        if links.is_empty() {
            return Ok(Vec::new());
        }
        let store = self.desk.on.store;
        let mut markers = store.markers(links).await?;
        let owned = markers.iter().filter_map(|(link, marker)| match marker {
            Marker::Owned(user) => Some((user.clone(), *link)),
            Marker::Quarantined(_) => None,
        });
        let owned: Vec<_> = owned.collect();
        let records = if owned.is_empty() { Vec::new() } else { store.records(&owned).await? };
        let mut records: BTreeMap<_, _> =
            records.into_iter().map(|record| (record.link_id, record)).collect();
        let known = |link: &LinkId| match (records.remove(link), markers.remove(link)) {
            (Some(record), _) => (*link, Known::Of(Box::new(record))),
            (None, Some(Marker::Owned(_))) => (*link, Known::Damaged), // owner and record are written together
            (None, marker) => (*link, Known::Nobodys(marker)),
        };
        Ok(links.iter().map(known).collect())
    }

    async fn settle(self, settled: Vec<Webhook>) -> Result<usize, StoreError> {
        let on = &self.desk.on;
        let mut count = 0;
        for some in settled.chunks(on.policy.users_at_once.max(1)) {
            let made = side_by_side(some.iter().map(|webhook| on.store.settle(webhook))).await;
            for (webhook, made) in some.iter().zip(made) {
                if made? {
                    count += 1;
                    self.tally.count(webhook);
                }
            }
        }
        Ok(count)
    }
}

/// What each link's webhooks say together.
fn hints(readable: &[(LinkId, Webhook)]) -> BTreeMap<LinkId, Hint> {
    let mut hints: BTreeMap<LinkId, Hint> = BTreeMap::new();
    for (link, webhook) in readable {
        let asks = webhook.said.as_ref().map_or(Kind::Unknown, Said::asks_for);
        let hint =
            Hint { received_at: webhook.received_at, changed: matches!(asks, Kind::Changed | Kind::Consent) };
        let known = hints.entry(*link).or_insert(hint);
        known.received_at = known.received_at.min(hint.received_at);
        known.changed |= hint.changed;
    }
    hints
}

/// What is to be done about a link; `None` if what we hold of it cannot be read.
fn next(hint: Hint, known: &Known, now: Timestamp, policy: &Policy) -> Option<Next> {
    match known {
        Known::Damaged => None,
        Known::Of(record) if record.is_buried() => Some(Next::Nothing),
        Known::Of(record) => {
            // Belvo visits some links every few hours: only what may be news is worth a call.
            let fine = record.status == Some(LinkStatus::Valid) && record.missing_since.is_none();
            Some(if fine && !hint.changed { Next::Nothing } else { Next::Ask })
        }
        Known::Nobodys(_) => {
            let ripe = after(after(hint.received_at, policy.young), policy.clock_skew);
            let waits = policy.proof == BindingProof::Session && now < ripe;
            Some(if waits { Next::Later(ripe) } else { Next::Ask })
        }
    }
}
