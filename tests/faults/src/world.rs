//! Everything that one schedule is made of: the table, Belvo, the clock, chance, and who is at work.

use std::collections::{BTreeMap, BTreeSet};

use domain::{calls::Governor, external_id::ExternalId, link::LinkRecord, policy::Policy, values::LinkId};
use fastrand::Rng;
use jiff::{SignedDuration, Timestamp};

use crate::{
    belvo::{Belvo, Pass},
    here::Here,
    rare::{Rare, Seen},
    table::Table,
    trace::Trace,
    weather::{Kind, Weather},
};

/// For whom a process works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// A person, by number.
    Person(usize),
    /// Belvo, which sends a webhook.
    Belvo,
    /// The schedule.
    Schedule,
    /// An operator.
    Operator,
}

/// When a process goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wake {
    /// At any moment.
    Now,
    /// Then.
    At(Timestamp),
}

/// One process at work on one event.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "four things that may each be so or not")]
pub struct Task {
    /// What it does.
    pub name: &'static str,
    /// For whom.
    pub who: Who,
    /// How far its clock is off.
    pub skew: SignedDuration,
    /// Whether its keys are for another environment.
    pub wrong_keys: bool,
    /// When it goes on.
    pub wake: Option<Wake>,
    /// Whether it dies now.
    pub doomed: bool,
    /// Whether it is still at work.
    pub alive: bool,
    /// The lease's token that it took.
    pub lease: Option<u64>,
    /// Whether Belvo deleted for it, and it has not noted that yet.
    pub unrecorded: bool,
    /// Its way to Belvo.
    pub gate: Option<Governor<Here, Here>>,
    /// The list that it reads.
    pub pass: Option<Pass>,
}

/// Something that must never be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Which invariant.
    pub invariant: &'static str,
    /// What happened.
    pub what: String,
}

/// What becomes of one request or call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Done and answered.
    Fine,
    /// Not done, and told so.
    Before,
    /// Done, and told that it failed.
    After,
    /// Done twice.
    Twice,
    /// Another transaction was in the way.
    Conflict,
    /// The process dies before it is done.
    DiesBefore,
    /// The process dies after it was done.
    DiesAfter,
    /// The process stands still first.
    Freezes,
    /// Belvo throttles.
    Throttled,
    /// Refused.
    Refused,
}

/// A death that is asked for: at this request of all, before its effect or after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Death {
    /// Counted from 0.
    pub at: u64,
    /// Whether the effect comes first.
    pub after: bool,
}

/// The world.
#[derive(Debug)]
pub struct World {
    /// The only chance.
    pub chance: Rng,
    /// The true time.
    pub now: Timestamp,
    /// What may go wrong.
    pub weather: Weather,
    /// Deaths that are asked for.
    pub deaths: Vec<Death>,
    /// The store.
    pub table: Table,
    /// Belvo.
    pub belvo: Belvo,
    /// The rules' figures of this schedule.
    pub policy: Policy,
    /// Who is or was at work.
    pub tasks: Vec<Task>,
    /// Who is at work now.
    pub current: usize,
    /// What happened.
    pub trace: Trace,
    /// What must never be, and was.
    pub violations: Vec<Violation>,
    /// What rarely happens.
    pub seen: Seen,
    /// The links that negative changes are about, by the sweep that made them.
    pub taken_away: BTreeMap<Timestamp, BTreeSet<LinkId>>,
    /// Deletions that were taken back.
    pub cancelled: Vec<LinkId>,
    /// Times that Belvo answered `not_found` for a link.
    pub not_found: Vec<(LinkId, Timestamp)>,
    /// The greatest token of the lease so far.
    pub token: u64,
    /// The ids that each person had, the present one last.
    pub people: Vec<Vec<ExternalId>>,
    /// Plans that were withheld.
    pub withheld: u64,
    /// How far the last clock was off.
    skew: SignedDuration,
}

/// The start of every story.
pub fn beginning() -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * 365 * 56 + 15)
}

impl Task {
    /// One that begins.
    pub fn new(name: &'static str, who: Who, skew: SignedDuration, wrong_keys: bool) -> Self {
        Self {
            name,
            who,
            skew,
            wrong_keys,
            wake: Some(Wake::Now),
            doomed: false,
            alive: true,
            lease: None,
            unrecorded: false,
            gate: None,
            pass: None,
        }
    }
}

impl World {
    /// How far the clock of the next process is off.
    pub fn skew(&mut self) -> SignedDuration {
        let apart = self.weather.apart.max(SignedDuration::from_secs(3)).as_secs() * 1_000;
        let off = if self.strikes(Kind::Clocks) { self.chance.i64(-apart..=apart) } else { 0 };
        let skew = SignedDuration::from_millis(off);
        if skew < self.skew {
            self.seen.saw(Rare::ClockBack);
        }
        self.skew = skew;
        skew
    }

    /// An empty one.
    pub fn new(seed: u64, told: bool) -> Self {
        Self {
            chance: Rng::with_seed(seed),
            now: beginning(),
            weather: Weather::default(),
            deaths: Vec::new(),
            table: Table::default(),
            belvo: Belvo::default(),
            policy: Policy::default(),
            tasks: Vec::new(),
            current: 0,
            trace: Trace::new(told),
            violations: Vec::new(),
            seen: Seen::default(),
            taken_away: BTreeMap::new(),
            cancelled: Vec::new(),
            not_found: Vec::new(),
            token: 0,
            people: Vec::new(),
            withheld: 0,
            skew: SignedDuration::ZERO,
        }
    }

    /// Who is at work now.
    pub fn task(&mut self) -> &mut Task {
        let current = self.current;
        &mut self.tasks[current]
    }

    /// The time by the clock of who is at work.
    pub fn clock(&self) -> Timestamp {
        let skew = self.tasks.get(self.current).map_or(SignedDuration::ZERO, |task| task.skew);
        self.now + skew
    }

    /// Something that must never be.
    pub fn violated(&mut self, invariant: &'static str, what: String) {
        self.trace.tell(|| format!("!! {invariant}: {what}"));
        self.violations.push(Violation { invariant, what });
    }

    /// Whether this kind of fault strikes now.
    pub fn strikes(&mut self, kind: Kind) -> bool {
        self.weather.strikes(kind, &mut self.chance)
    }

    /// Who is at work goes on at any moment.
    pub fn go_on(&mut self) {
        self.task().wake = Some(Wake::Now);
    }

    /// Who is at work goes on then, or earlier if something else of theirs does.
    pub fn wake_at(&mut self, at: Timestamp) {
        let wake = &mut self.task().wake;
        *wake = Some(match *wake {
            Some(Wake::Now) => Wake::Now,
            Some(Wake::At(sooner)) if sooner < at => Wake::At(sooner),
            Some(Wake::At(_)) | None => Wake::At(at),
        });
    }

    /// The record of this link, whoever has it.
    pub fn owned(&self, id: LinkId) -> Option<&LinkRecord> {
        self.table.records.links.values().find(|record| record.link_id == id && record.holds_link())
    }
}
