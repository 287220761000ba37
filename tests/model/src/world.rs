//! What is outside of the processes: the table, Belvo, the clock, and what the properties remember.

use std::collections::BTreeMap;

use domain::{
    census::{Group, Member},
    deletion::{Intent, Stage},
    link::{LinkRecord, LinkState},
    policy::Policy,
    sweep::SweepState,
    values::LinkId,
};

use crate::{
    commit::Committed,
    errand::Errand,
    evidence::{Broken, Evidence, as_marked},
    guards::{Guard, Guards},
    kept::{Answer, Kept, print_of},
    names::{LINKS, ana, ids, ledger, minute, place},
    request::Request,
};

/// A link at Belvo.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::struct_excessive_bools, reason = "each turns by itself")]
pub struct AtBelvo {
    /// Which account it is.
    pub login: u8,
    /// Belvo has it.
    pub there: bool,
    /// It works.
    pub valid: bool,
    /// Its deletion was accepted: it is gone with the next minute.
    pub doomed: bool,
    /// Belvo's lists leave it out.
    pub hidden: bool,
}

/// Everything that processes share.
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct World {
    /// Minutes since the beginning.
    pub now: i64,
    /// Links at Belvo.
    pub belvo: [Option<AtBelvo>; LINKS],
    /// Belvo shows us an empty account: the keys are for another one.
    pub elsewhere: bool,
    /// The records of links.
    pub records: [Option<Kept<LinkRecord>>; LINKS],
    /// The intents.
    pub intents: [Option<Kept<Intent>>; LINKS],
    /// The sweeps' state.
    pub sweeps: Kept<SweepState>,
    /// What was seen of each link, for the properties.
    pub evidence: [Evidence; LINKS],
    /// Properties that a step broke.
    pub broken: Broken,
}

/// What a world's answers depend on beside itself.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Which guards stand.
    pub guards: Guards,
    /// The production's figures.
    pub policy: Policy,
}

/// Who asks.
#[derive(Clone, Copy, Debug)]
pub struct Asker {
    /// What for.
    pub errand: Errand,
    /// It has found a link at Belvo in this run.
    pub vouched: bool,
}

impl World {
    /// Does what is asked for, and answers.
    pub fn perform(&mut self, request: &Request, asker: Asker, rules: &Rules) -> Answer {
        match request {
            Request::Ledger { rechecking } => {
                let (records, print) = self.read(*rechecking, rules);
                Answer::of(ledger(records), &print)
            }
            Request::Links { rechecking } => {
                let (records, print) = self.read(*rechecking, rules);
                Answer::of(records, &print)
            }
            Request::Intents(links) => self.intents_of(links, asker, rules),
            Request::Members => self.members(rules),
            Request::Due(now) => self.due(*now),
            Request::Commit(commit) => Answer::plain(self.commit(commit, asker, rules)),
            Request::State => Answer::of(SweepState::clone(&self.sweeps), &self.sweeps),
            Request::PutState(state, held) => Answer::plain(self.put_sweeps(state, *held, rules)),
            Request::LinksOf => Answer::plain(self.listed(ids())),
            Request::LinksById(links) => Answer::plain(self.listed(links)),
            Request::Link { id, survivor } => self.look(*id, *survivor, rules),
            Request::Delete(id) => self.delete(*id),
        }
    }

    /// The records, as they are read. A deleter whose second reading is taken away sees what it saw when it marked.
    fn read(&self, rechecking: bool, rules: &Rules) -> (Vec<LinkRecord>, u64) {
        let mut records: Vec<LinkRecord> =
            self.records.iter().flatten().map(|record| LinkRecord::clone(record)).collect();
        let faked = rechecking && !rules.guards.has(Guard::RecordsRead);
        if !faked {
            return (records, print_of(&self.records));
        }
        for intent in self.intents.iter().flatten().filter(|intent| intent.stage == Stage::Marked) {
            as_marked(&mut records, intent);
        }
        (records, print_of(&(&self.records, &self.intents)))
    }

    fn intents_of(&self, links: &[LinkId], asker: Asker, rules: &Rules) -> Answer {
        let unread = asker.errand == Errand::Delete && !rules.guards.has(Guard::IntentsRead);
        let read = if unread { &links[..1] } else { links };
        let mut intents: BTreeMap<LinkId, Intent> =
            read.iter().filter_map(|id| Some((*id, Intent::clone(self.intent(*id)?)))).collect();
        if matches!(asker.errand, Errand::Cancel(_)) && !rules.guards.has(Guard::CancelOnlyMarked) {
            for intent in intents.values_mut().filter(|intent| intent.stage == Stage::Armed) {
                intent.stage = Stage::Marked;
            }
        }
        let made_of: Vec<_> = read.iter().map(|id| self.intent(*id)).collect();
        Answer::of(intents, &made_of)
    }

    fn members(&self, rules: &Rules) -> Answer {
        if !rules.guards.has(Guard::Canary) {
            return Answer::of(Vec::<Member>::new(), &());
        }
        let member = |record: &Kept<LinkRecord>| {
            Some(Member {
                group: Group::of(record)?,
                owner: ana().clone(),
                link_id: record.link_id,
                superseded: record.state == LinkState::Superseded,
            })
        };
        let members: Vec<_> = self.records.iter().flatten().filter_map(member).collect();
        let made_of: Vec<_> =
            members.iter().map(|member| (place(member.link_id), member.superseded)).collect();
        Answer::of(members, &made_of)
    }

    fn due(&self, now: i64) -> Answer {
        let is_due = |intent: &&Kept<Intent>| intent.due_at.is_some_and(|at| at <= minute(now));
        let mut due: Vec<_> = self.intents.iter().flatten().filter(is_due).collect();
        due.sort_by_key(|intent| (intent.due_at, intent.link_id));
        Answer::of(due.iter().map(|intent| Intent::clone(intent)).collect::<Vec<_>>(), &due)
    }

    fn put_sweeps(&mut self, state: &SweepState, held: u64, rules: &Rules) -> Committed {
        let stands = self.sweeps.token == held;
        if !stands && rules.guards.has(Guard::LeaseToken) {
            return Committed::Stale;
        }
        self.broken.fenced |= !stands;
        self.sweeps = Kept::new(state.clone());
        Committed::Done
    }

    /// The intent of a link.
    pub fn intent(&self, id: LinkId) -> Option<&Kept<Intent>> {
        self.intents[place(id)?].as_ref()
    }

    /// Whether any intent is open.
    pub fn has_open(&self) -> bool {
        self.intents.iter().flatten().any(|intent| intent.is_open())
    }
}
