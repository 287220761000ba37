//! What must hold after each commit.

use domain::{
    change::{Action, Change, Commit, Source},
    external_id::ExternalId,
    link::{LinkRecord, LinkState},
    policy::{BindingProof, after},
    values::LinkId,
};
use jiff::Timestamp;

use super::guards::{i8_blast_radius, i9_fenced, i12_isolation, i14_explained, note_taken_away};
use crate::{
    belvo::Truth,
    table::{Key, Table},
    world::World,
};

/// The records that a commit changes, as they were.
pub type Before = Vec<(Key, Option<LinkRecord>)>;

/// A commit that was made.
pub struct Made<'a> {
    /// The world after it.
    pub world: &'a World,
    /// What was made.
    pub commit: &'a Commit,
    /// What was there.
    pub before: &'a Before,
}

pub(super) type Held = Result<(), String>;

/// Whether an invariant holds of a commit.
type Holds = fn(&Made<'_>) -> Held;

/// Each with its name.
const STEPS: [(&str, Holds); 8] = [
    ("I1", i1_ownership),
    ("I5", i5_monotonic),
    ("I6", i6_last_link),
    ("I7", i7_proof_of_absence),
    ("I8", i8_blast_radius),
    ("I9", i9_fenced),
    ("I12", i12_isolation),
    ("I14", i14_explained),
];

/// What a commit will change.
pub fn before(table: &Table, commit: &Commit) -> Before {
    let links = commit.changes.iter().filter_map(|change| match change {
        Change::Link(record) => Some((record.owner.clone(), record.link_id)),
        Change::Own(..)
        | Change::Quarantine(_)
        | Change::Session(_)
        | Change::Stands(_)
        | Change::Intent(_)
        | Change::Unmarked(_) => None,
    });
    links.map(|key| (key.clone(), table.records.links.get(&key).cloned())).collect()
}

/// Looks at a commit that was made.
pub fn after_commit(world: &mut World, commit: &Commit, before: &Before) {
    world.task().unrecorded = false;
    note_taken_away(world, commit);
    let made = Made { world, commit, before };
    let broken = STEPS.iter().filter_map(|(name, holds)| holds(&made).err().map(|what| (*name, what)));
    let broken: Vec<_> = broken.collect();
    for (name, what) in broken {
        world.violated(name, what);
    }
    if let Some(lines) = told(world, commit) {
        for line in lines {
            world.trace.tell(|| line);
        }
    }
    for change in &commit.changes {
        if let Change::Link(record) = change {
            world.trace.note(record.revision);
            world.trace.note(record.state as u64);
        }
    }
}

fn told(world: &World, commit: &Commit) -> Option<Vec<String>> {
    world.trace.is_told().then(|| {
        let line = |event: &domain::change::AuditEvent| {
            format!(
                "    = {:?} {:?} {:?} {:?} -> {:?}",
                event.action, event.source, event.link_id, event.before, event.after
            )
        };
        commit.audit.iter().map(line).collect()
    })
}

impl Made<'_> {
    /// Each changed record, before and after.
    pub(super) fn records(&self) -> impl Iterator<Item = (Option<&LinkRecord>, &LinkRecord)> {
        let old = |record: &LinkRecord| {
            let of = |(key, _): &&(Key, Option<LinkRecord>)| key.0 == record.owner && key.1 == record.link_id;
            self.before.iter().find(of).and_then(|(_, before)| before.as_ref())
        };
        self.commit.changes.iter().filter_map(move |change| match change {
            Change::Link(record) => Some((old(record), record)),
            Change::Own(..)
            | Change::Quarantine(_)
            | Change::Session(_)
            | Change::Stands(_)
            | Change::Intent(_)
            | Change::Unmarked(_) => None,
        })
    }

    /// Whether it was made with keys of another account, and there is no link that could have shown that.
    fn is_blind(&self) -> bool {
        let wrong = self.world.tasks.get(self.world.current).is_some_and(|task| task.wrong_keys);
        wrong && !self.world.table.has_canary()
    }

    pub(super) fn source(&self) -> Option<Source> {
        self.commit.audit.first().map(|event| event.source)
    }

    fn does(&self, action: Action, id: LinkId) -> bool {
        self.commit.audit.iter().any(|event| event.action == action && event.link_id == Some(id))
    }
}

/// I1: the owner is the user whose session made the link, or who claimed it; a planted link is nobody's but its named
/// victim's, by an own session that covers its moment, by their word, or where the account's rule says so.
pub(super) fn i1_ownership(made: &Made<'_>) -> Held {
    for (before, after) in made.records() {
        let new = !before.is_some_and(LinkRecord::holds_link) && after.holds_link();
        let Some(truth) = made.world.belvo.links.get(&after.link_id).filter(|_| new) else { continue };
        let named = truth.link.claim.names(&after.owner);
        let session = || {
            let id = after.session_id.clone()?;
            made.world.table.records.sessions.get(&(after.owner.clone(), id))
        };
        let by_session = || session().is_some_and(|s| s.covers(truth.link.created_at, &made.world.policy));
        let by_word = made.does(Action::Claim, after.link_id);
        let by_rule = made.world.policy.proof == BindingProof::ExternalId;
        let going = after.state.is_final();
        let same = |ids: &Vec<ExternalId>| ids.contains(&after.owner) && ids.contains(&truth.made_for);
        let came_back = by_word && made.world.people.iter().any(same);
        let right = came_back
            || after.owner == truth.made_for && (named || by_word || by_session())
            || named && (by_session() || by_word || by_rule || going);
        if !right {
            return Err(format!("link {} is bound to somebody whose session did not make it", after.link_id));
        }
        let held = made.world.table.records.links.values();
        let owners = held.filter(|r| r.link_id == after.link_id && r.holds_link()).count();
        if owners > 1 {
            return Err(format!("link {} has {owners} owners", after.link_id));
        }
    }
    Ok(())
}

/// I5: revisions rise by one, tombstones stay but for a deletion that begins anew, and newer evidence is not
/// replaced by older. Of a link on its way out, which may have been removed and taken up between two looks of another
/// run, nothing is decided by when it was seen.
pub(super) fn i5_monotonic(made: &Made<'_>) -> Held {
    for (before, after) in made.records() {
        let id = after.link_id;
        if after.revision != before.map_or(0, |before| before.revision) + 1 {
            return Err(format!(
                "link {id}: revision {} after {:?}",
                after.revision,
                before.map(|b| b.revision)
            ));
        }
        let Some(before) = before.filter(|before| before.holds_link()) else { continue };
        let taken_back = made.does(Action::CancelDeletion, id) && before.state == LinkState::Deleting;
        let on_its_way = before.state == LinkState::Deleting && after.state == LinkState::Deleting;
        if before.is_buried() && !after.is_buried() && !taken_back {
            return Err(format!("link {id} came back from {:?} to {:?}", before.state, after.state));
        }
        let taken_up = made.does(Action::MarkDeletion, id) && after.state == LinkState::Deleting;
        if before.state == LinkState::Gone && after.state != LinkState::Gone && !taken_up {
            return Err(format!("link {id} came back from its tombstone"));
        }
        if after.last_observed_at < before.last_observed_at && !on_its_way {
            return Err(format!("link {id}: older evidence replaces newer"));
        }
    }
    Ok(())
}

/// I6: superseding leaves the group a link that is used.
pub(super) fn i6_last_link(made: &Made<'_>) -> Held {
    for (before, after) in made.records() {
        let was = before.is_some_and(|before| before.state.is_connected());
        let (Some(login), true) = (&after.institution_user_id, was && after.state == LinkState::Superseded)
        else {
            continue;
        };
        let used = made.world.table.links_of(&after.owner).any(|other| {
            other.state.is_connected()
                && other.institution == after.institution
                && other.institution_user_id.as_ref() == Some(login)
        });
        if !used {
            return Err(format!("link {} gave way, and its group has no link left", after.link_id));
        }
    }
    Ok(())
}

/// I7: a link is retired only when it is gone, on two answers, a grace apart. One that Belvo took a request to delete is
/// on its way: that is what ARCHITECTURE.md takes for an answer. With keys of another account, while there is no link to
/// ask for first, nobody can tell.
pub(super) fn i7_proof_of_absence(made: &Made<'_>) -> Held {
    for (before, after) in made.records() {
        let Some(before) = before.filter(|before| before.holds_link()) else { continue };
        if after.state != LinkState::Gone || before.state == LinkState::Gone {
            continue;
        }
        let id = after.link_id;
        let ordered = |truth: &Truth| made.does(Action::ConfirmDeletion, id) && truth.gone_at.is_some();
        let there = made.world.belvo.there(id, made.world.now).is_some_and(|truth| !ordered(truth));
        if there && !(made.does(Action::ConfirmDeletion, id) && made.is_blind()) {
            return Err(format!("link {id} is taken for gone, and Belvo has it"));
        }
        if !made.does(Action::Retire, id) {
            continue;
        }
        let since =
            before.missing_since.ok_or_else(|| format!("link {id} is retired at its first absence"))?;
        let told = made.world.not_found.iter().filter(|(missing, _)| *missing == id).count();
        let graced = after_grace(since, made) <= after.last_observed_at;
        if told < 2 || !graced {
            return Err(format!("link {id} is retired on {told} answers from {since} on"));
        }
    }
    Ok(())
}

fn after_grace(since: Timestamp, made: &Made<'_>) -> Timestamp {
    after(since, made.world.policy.ghost_grace)
}
