//! What must hold after each commit, of its bounds: how much it takes away, by what right, of whom, and with what trace.

use std::collections::BTreeSet;

use domain::{
    change::{Action, Change, Commit, Source},
    deletion::Stage,
};

use super::steps::{Held, Made};
use crate::world::{Who, World};

/// Which links sweeps take away: what they were the first to bind was nobody's before. One whose end came twice, since it died
/// there, may note a link as missing and then retire it.
pub(super) fn note_taken_away(world: &mut World, commit: &Commit) {
    if commit.fence.is_none() {
        return;
    }
    let negative = commit.audit.iter().filter(|event| event.action.is_negative());
    let negative: BTreeSet<_> = negative.filter_map(|event| event.link_id).collect();
    let begun = world.table.state.as_ref().and_then(|state| state.progress.as_ref()).map(|p| p.started_at);
    if let Some(begun) = begun.filter(|_| !negative.is_empty()) {
        world.taken_away.entry(begun).or_default().extend(negative);
    }
}

/// I8: a sweep takes away at most what one may.
pub(super) fn i8_blast_radius(made: &Made<'_>) -> Held {
    let (policy, known) = (&made.world.policy, made.world.table.records.links.len());
    match made.world.taken_away.iter().find(|(_, links)| policy.trips(links.len(), known)) {
        Some((sweep, links)) => Err(format!("the sweep of {sweep} took {} away", links.len())),
        None => Ok(()),
    }
}

/// I9: whoever was overtaken takes nothing away. (What a sweeper adds, it adds as a callback would.)
pub(super) fn i9_fenced(made: &Made<'_>) -> Held {
    let token = made.world.table.state.as_ref().map_or(0, |state| state.token);
    if made.commit.fence.is_some_and(|fence| fence != token) {
        return Err("somebody who was overtaken took something away".to_owned());
    }
    let retires = |action| matches!(action, Action::NoteMissing | Action::Retire);
    let unfenced = made.commit.fence.is_none() && made.source() == Some(Source::Sweep);
    if unfenced && made.commit.audit.iter().any(|event| retires(event.action)) {
        return Err("a sweep took something away without its token".to_owned());
    }
    Ok(())
}

/// I12: what a person asks for changes nothing of anybody else.
pub(super) fn i12_isolation(made: &Made<'_>) -> Held {
    let mut owners: Vec<_> = made.commit.changes.iter().filter_map(owner).collect();
    owners.sort_unstable();
    owners.dedup();
    if owners.len() > 1 {
        return Err("one commit changes records of two users".to_owned());
    }
    let task = &made.world.tasks[made.world.current];
    if let (Who::Person(person), Some(owner)) = (task.who, owners.first())
        && !made.world.people[person].contains(owner)
    {
        return Err(format!("what person {person} asked for changes another's records"));
    }
    Ok(())
}

fn owner(change: &Change) -> Option<&domain::external_id::ExternalId> {
    match change {
        Change::Link(record) => Some(&record.owner),
        Change::Own(_, owner) => Some(owner),
        Change::Session(session) => Some(&session.owner),
        Change::Intent(intent) => Some(&intent.owner),
        Change::Stands(kept) => Some(&kept.owner),
        Change::Quarantine(_) | Change::Unmarked(_) => None,
    }
}

/// I14: each change has its event in the trail, with its cause, and the states that the record had.
pub(super) fn i14_explained(made: &Made<'_>) -> Held {
    let newest = |event: &domain::change::AuditEvent| {
        made.world
            .table
            .trail
            .iter()
            .rev()
            .any(|filed| filed.id.writer == made.commit.writer && filed.event == *event)
    };
    if let Some(event) = made.commit.audit.iter().find(|event| !newest(event)) {
        return Err(format!("{:?} is not in the trail", event.action));
    }
    if let Some(event) = made.commit.audit.iter().find(|event| event.evidence.is_none()) {
        return Err(format!("{:?} rests on nothing", event.action));
    }
    for (before, after) in made.records() {
        let of = |event: &&domain::change::AuditEvent| event.link_id == Some(after.link_id);
        let told = made
            .commit
            .audit
            .iter()
            .filter(of)
            .any(|event| event.after == Some(after.state) || event.after.is_none());
        let moved = before.map(|before| before.state) != Some(after.state);
        let silent = |stage| matches!(stage, Stage::Requested | Stage::Unknown | Stage::Armed);
        let of_deletion = made
            .commit
            .changes
            .iter()
            .any(|change| matches!(change, Change::Intent(intent) if silent(intent.stage)));
        if !told && (moved || !of_deletion) {
            return Err(format!("link {} changed without an event", after.link_id));
        }
    }
    Ok(())
}
