//! What must hold when somebody is answered.

use domain::{
    external_id::ExternalId,
    link::{Claim, LinkState, Marker},
    values::LinkId,
    webhooks::WebhookId,
};

use crate::{
    deed::{Callback, Deed, Which},
    world::World,
};

/// Looks at an answer.
pub fn after_answer(world: &mut World, deed: &Deed, status: u16, body: &[u8]) {
    if let Err(what) = i3_durable(world, deed, status, body) {
        world.violated("I3", what);
    }
    if let Err(what) = i12_discreet(world, deed, body) {
        world.violated("I12", what);
    }
    if status == 500 && world.weather.rate(crate::weather::Kind::Refusal) == 0 {
        world.violated("I3", format!("{} is answered 500", deed.name()));
    }
}

/// I3: what a success promised is in the table. Only an erasure may have removed it since.
pub(super) fn i3_durable(world: &World, deed: &Deed, status: u16, body: &[u8]) -> Result<(), String> {
    let promised = (200..300).contains(&status);
    let erased = own(world, deed).iter().any(|id| world.table.records.tombstones.contains_key(id));
    let purged = matches!(deed, Deed::Webhook(..)) && !world.table.records.tombstones.is_empty();
    if !promised || erased || purged || is_kept(world, deed, body) {
        return Ok(());
    }
    Err(format!("{} was answered {status}, and nothing is kept", deed.name()))
}

/// The ids of the person who does it.
fn own<'a>(world: &'a World, deed: &Deed) -> &'a [ExternalId] {
    deed.person().map(|person| world.people[person].as_slice()).unwrap_or_default()
}

fn is_kept(world: &World, deed: &Deed, body: &[u8]) -> bool {
    let (records, own) = (&world.table.records, own(world, deed));
    let has = |id: LinkId, wanted: &dyn Fn(LinkState) -> bool| {
        own.iter().any(|owner| world.table.record(owner, id).is_some_and(|record| wanted(record.state)))
    };
    if let Deed::Callback(Callback { link: Which::Id(id), .. }) = deed {
        return has(*id, &|_| true) || records.markers.contains_key(id);
    }
    if let Deed::Claim(_, Which::Id(id)) = deed {
        return has(*id, &LinkState::is_bound);
    }
    if let Deed::Disconnect(_, Which::Id(id)) = deed {
        return has(*id, &LinkState::is_final) || records.intents.contains_key(id);
    }
    if let Deed::Webhook(sent, _) = deed {
        return records.webhooks.contains_key(&WebhookId::of(sent.as_bytes()));
    }
    if let Deed::Exit(_, session, _) = deed {
        return records.sessions.keys().any(|(_, id)| id == session);
    }
    if let Deed::Open(..) = deed {
        let text = String::from_utf8_lossy(body);
        return records.sessions.values().any(|session| text.contains(session.id.as_str()));
    }
    if let Deed::Register(_) = deed {
        return own.iter().any(|id| records.users.contains_key(id));
    }
    !matches!(deed, Deed::Erase(_)) // whose tombstone was looked for
}

/// I12: nobody is told of anybody else's links, nor their ids.
pub(super) fn i12_discreet(world: &World, deed: &Deed, body: &[u8]) -> Result<(), String> {
    let Some(person) = deed.person() else { return Ok(()) };
    let own = &world.people[person];
    let text = String::from_utf8_lossy(body);
    for (other, ids) in world.people.iter().enumerate() {
        if other != person && ids.iter().any(|id| text.contains(id.as_str())) {
            return Err(format!("person {person} is told the id of person {other}"));
        }
    }
    for truth in world.belvo.links.values() {
        let named = match &truth.link.claim {
            Claim::Named(id) => own.contains(id),
            Claim::Absent | Claim::Malformed => true,
        };
        let theirs = own.contains(&truth.made_for) || named || holds(world, own, truth.link.id);
        if !theirs && text.contains(&truth.link.id.to_string()) {
            return Err(format!("person {person} is told of link {}", truth.link.id));
        }
    }
    Ok(())
}

fn holds(world: &World, own: &[ExternalId], id: LinkId) -> bool {
    matches!(world.table.records.markers.get(&id), Some(Marker::Owned(owner)) if own.contains(owner))
        || own
            .iter()
            .any(|owner| world.table.record(owner, id).is_some_and(|r| r.state == LinkState::Pending))
}
