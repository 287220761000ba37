//! What must hold of the lease and of erasures, and when everything has come to rest.

use std::collections::BTreeMap;

use domain::{
    deletion::{Intent, Why, erasure::Erasure},
    external_id::ExternalId,
    link::{Claim, LinkState, LinkStatus, Marker},
    values::LinkId,
    webhooks::Webhook,
};

use crate::{belvo::Truth, table::Records, weather::Kind, world::World};

/// I9: the lease's token never falls, and nobody moves the checkpoint under an old one.
pub fn after_state(world: &mut World, token: u64, held: u64) {
    if token < world.token || held < world.token.min(token) {
        let was = world.token;
        world.violated(
            "I9",
            format!("the lease's token was {was}, and is moved to {token} by who held {held}"),
        );
    }
    world.token = world.token.max(token);
}

/// I11: from the tombstone on there is no such user.
pub fn after_erase(world: &mut World, user: &ExternalId, erased: bool) {
    let still = world.table.records.users.contains_key(user);
    if erased && still {
        world.violated("I11", "a user was erased and is there".to_owned());
    }
}

/// I11: with the certificate nothing of the user is left. A list that lies, or shows another account, can hide a link
/// until a sweep meets it and opens the erasure again; and what another run has just taken up, that this one's list did
/// not show, opens it again when it is gone: that is looked at when everything has come to rest.
pub fn after_certificate(world: &mut World, user: &ExternalId) {
    if [Kind::Gap, Kind::Nothing, Kind::WrongKeys].iter().any(|kind| world.weather.rate(*kind) > 0) {
        return;
    }
    let going = |id: &LinkId| world.table.records.intents.get(id).is_some_and(Intent::is_open);
    let left = left_of(world, user, |id| !going(id));
    let now = world.now;
    let there = world.belvo.links.values().find(|truth| {
        let shown = world.belvo.there(truth.link.id, now).is_some() && truth.listed_from <= now;
        truth.link.claim.names(user) && shown && !truth.planted
    });
    let there = there.map(|truth| truth.link.id);
    if left > 0 {
        world.violated("I11", format!("an erasure is certified, and {left} records are left"));
    }
    if let Some(id) = there {
        world.violated("I11", format!("an erasure is certified, and Belvo has link {id}"));
    }
}

/// How many records there are of a user, of links only those that count.
fn left_of(world: &World, user: &ExternalId, counts: impl Fn(&LinkId) -> bool) -> usize {
    let records = &world.table.records;
    let owned = |marker: &Marker| matches!(marker, Marker::Owned(owner) if owner == user);
    records.links.keys().filter(|(owner, id)| owner == user && counts(id)).count()
        + records.sessions.keys().filter(|(owner, _)| owner == user).count()
        + records.markers.iter().filter(|(id, marker)| owned(marker) && counts(id)).count()
}

/// I11: of whoever was erased nothing is left once it was certified.
pub(super) fn i11_nothing_left(world: &World) -> Result<(), String> {
    let certified = world.table.records.tombstones.iter().filter(|(_, erasure)| erasure.due_at.is_none());
    let mut of = certified.map(|(user, _)| left_of(world, user, |_| true)).filter(|left| *left > 0);
    of.next().map_or(Ok(()), |left| Err(format!("{left} records of an erased user are left")))
}

/// When everything has come to rest. While a breaker trips every day, as when Belvo lists nothing any more, what waits
/// for a person waits.
pub fn at_rest(world: &mut World, fixed: &Records, tripped: bool) {
    if !world.violations.is_empty() {
        return;
    }
    let mut broken: Vec<(&'static str, String)> = Vec::new();
    if let Some(what) = difference(fixed, &world.table.records).filter(|_| !tripped) {
        broken.push(("I10", format!("after two clean days the third changes {what}")));
    }
    let now = world.now;
    for truth in world.belvo.links.values().filter(|truth| truth.gone_at.is_none_or(|at| at > now)) {
        broken.extend(i2_nothing_lost(world, truth).err().map(|what| ("I2", what)));
        broken.extend(i11_stays_erased(world, truth).err().map(|what| ("I11", what)));
    }
    if !tripped {
        broken.extend(i10_nothing_is_left_open(world).err().map(|what| ("I10", what)));
    }
    broken.extend(i11_nothing_left(world).err().map(|what| ("I11", what)));
    broken.extend(i4_once(world).err().map(|what| ("I4", what)));
    for (name, what) in broken {
        world.violated(name, what);
    }
}

/// I4: what was delivered comes again, and changes nothing.
pub fn after_replay(world: &mut World, before: &Records) {
    if !world.violations.is_empty() {
        return;
    }
    let (mut before, mut after) = (before.clone(), world.table.records.clone());
    for records in [&mut before, &mut after] {
        // What only waits for Belvo is let go and named again: Belvo has not shown that it is anybody's.
        records.links.retain(|_, record| record.holds_link());
    }
    if let Some(what) = difference(&before, &after) {
        world.violated("I4", format!("what was delivered before changes {what}"));
    }
}

/// The first thing that differs. When something is looked at next is no difference.
fn difference(one: &Records, other: &Records) -> Option<String> {
    of("link", &one.links, &other.links)
        .or_else(|| of("user", &one.users, &other.users))
        .or_else(|| of("alias", &one.aliases, &other.aliases))
        .or_else(|| of("session", &one.sessions, &other.sessions))
        .or_else(|| of("holder", &holders(one), &holders(other)))
        .or_else(|| {
            let timeless =
                |intent: &Intent| Intent { due_at: None, asked_at: None, revision: 0, ..intent.clone() };
            let map = |records: &Records| -> BTreeMap<LinkId, Intent> {
                records.intents.iter().map(|(id, intent)| (*id, timeless(intent))).collect()
            };
            of("intent", &map(one), &map(other))
        })
        .or_else(|| {
            let timeless = |erasure: &Erasure| (erasure.id.clone(), erasure.due_at.is_some());
            let map = |records: &Records| -> BTreeMap<_, _> {
                records.tombstones.iter().map(|(id, erasure)| (id.clone(), timeless(erasure))).collect()
            };
            of("tombstone", &map(one), &map(other))
        })
        .or_else(|| {
            // What stood under a link was removed with it. A webhook of it that comes again is filed anew, and that is all.
            let held = |webhook: &Webhook| {
                webhook
                    .link_id
                    .is_some_and(|id| other.markers.contains_key(&id) || one.markers.contains_key(&id))
            };
            let map = |records: &Records| -> BTreeMap<_, _> {
                let kept = records.webhooks.iter().filter(|(_, webhook)| held(webhook));
                kept.map(|(id, webhook)| (id.clone(), webhook.clone())).collect()
            };
            of("webhook", &map(one), &map(other))
        })
}

/// Who holds what. Why a link is in quarantine is told by the callback that came last, when several name different
/// sessions; that it is there does not depend on them.
fn holders(records: &Records) -> BTreeMap<LinkId, Option<ExternalId>> {
    let holder = |marker: &Marker| match marker {
        Marker::Owned(owner) => Some(owner.clone()),
        Marker::Quarantined(_) => None,
    };
    records.markers.iter().map(|(id, marker)| (*id, holder(marker))).collect()
}

fn of<K: Ord, V: PartialEq + std::fmt::Debug>(
    what: &str,
    one: &BTreeMap<K, V>,
    other: &BTreeMap<K, V>,
) -> Option<String> {
    let changed = other.iter().find(|(key, value)| one.get(key) != Some(value));
    let gone = || one.iter().find(|(key, _)| !other.contains_key(key));
    match (changed, gone()) {
        (Some((key, after)), _) => Some(format!("a {what}: {:?} -> {after:?}", one.get(key))),
        (None, Some((_, before))) => Some(format!("a {what}: {before:?} -> nothing")),
        (None, None) => None,
    }
}

/// I2: a link that Belvo has is some user's, or in quarantine; and whoever wanted it deleted has got it deleted.
pub(super) fn i2_nothing_lost(world: &World, truth: &Truth) -> Result<(), String> {
    let id = truth.link.id;
    if truth.link.status == LinkStatus::Unconfirmed {
        return Ok(());
    }
    let named = match &truth.link.claim {
        Claim::Named(user) if world.table.records.tombstones.contains_key(user) => return Ok(()),
        Claim::Named(user) => Some(user),
        Claim::Absent | Claim::Malformed => None,
    };
    let marker = world.table.records.markers.get(&id);
    let record = world.owned(id);
    match (marker, record) {
        (Some(Marker::Quarantined(_)), None) => Ok(()),
        (Some(Marker::Owned(owner)), Some(record)) if record.owner == *owner => match record.state {
            LinkState::Gone => Err(format!("link {id} is taken for gone, and Belvo has it")),
            LinkState::Deleting if world.policy.provider_deletion => {
                Err(format!("link {id} was to be deleted, and Belvo has it"))
            }
            LinkState::Pending
            | LinkState::Active
            | LinkState::NeedsUpdate
            | LinkState::Superseded
            | LinkState::Deleting => Ok(()),
        },
        (marker, record) => Err(format!(
            "link {id} (named: {}) is lost: holder {marker:?}, record {:?}",
            named.is_some(),
            record.map(|record| record.state)
        )),
    }
}

/// I11: of somebody who was erased Belvo has nothing left, where we may delete at all.
pub(super) fn i11_stays_erased(world: &World, truth: &Truth) -> Result<(), String> {
    let Claim::Named(user) = &truth.link.claim else { return Ok(()) };
    let erased = world.table.records.tombstones.contains_key(user);
    let unconfirmed = truth.link.status == LinkStatus::Unconfirmed;
    if erased && world.policy.provider_deletion && !unconfirmed {
        return Err(format!("link {} of an erased user is at Belvo", truth.link.id));
    }
    Ok(())
}

/// I10: where we may delete, what was wanted deleted is, and who wanted to be erased is.
pub(super) fn i10_nothing_is_left_open(world: &World) -> Result<(), String> {
    if !world.policy.provider_deletion {
        return Ok(());
    }
    let wished = |intent: &&Intent| intent.is_open() && !matches!(intent.why, Why::SupersededBy(_));
    if let Some(intent) = world.table.records.intents.values().find(wished) {
        return Err(format!("a deletion is not carried through: {intent:?}"));
    }
    match world.table.records.tombstones.values().find(|erasure| erasure.due_at.is_some()) {
        Some(erasure) => Err(format!("erasure {} is not carried through", erasure.id)),
        None => Ok(()),
    }
}

/// I4: a session makes one link, a link is bound once, a user is registered once.
pub(super) fn i4_once(world: &World) -> Result<(), String> {
    let records = &world.table.records;
    let mut made: Vec<_> = records
        .links
        .values()
        .filter(|record| record.holds_link())
        .filter_map(|r| r.session_id.clone())
        .collect();
    let count = made.len();
    made.sort_unstable();
    made.dedup();
    if made.len() < count {
        return Err("a session made two links".to_owned());
    }
    let mut bound: Vec<_> = world
        .table
        .trail
        .iter()
        .filter(|filed| {
            matches!(filed.event.action, domain::change::Action::Bind | domain::change::Action::Register)
        })
        .map(|filed| (filed.event.action, filed.event.external_id.clone(), filed.event.link_id))
        .collect();
    let count = bound.len();
    bound.sort_unstable();
    bound.dedup();
    if bound.len() < count {
        Err("a link was bound twice, or a user registered twice".to_owned())
    } else {
        Ok(())
    }
}
