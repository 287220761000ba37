//! Drawing operations: of few people, links, sessions, webhooks and windows, so that they meet; mostly as the use cases
//! would, from what is there, and often enough too late, twice or out of nothing.
//!
//! What callers owe the store is kept: a mark is of one write and its repeats; records begin at revision 1, tombstones are
//! replaced from 2 on; a sweep ends under the token that it holds; a webhook's id and its link go together; a reading is of a
//! user as registered. No two times are the same but those of events, and none is finer than a microsecond but that of
//! Belvo's: in which order an index tells what is due at one moment, nobody promises.

use domain::{
    change::{Action, AuditEvent, Source, WriterId},
    external_id::ExternalId,
    user::User,
    values::{LinkId, SessionId},
};
use fastrand::Rng;
use faults::table::Table;
use jiff::{SignedDuration, Timestamp, civil::Date, tz::Offset};
use tests::contract::samples::{at, id, link_id};

use super::op::Op;

/// Ids of users, be they users, aliases, tombstones or nothing.
pub(crate) const PEOPLE: [&str; 8] = ["ana", "bia", "caio", "davi", "elis", "fabio", "gil", "hugo"];
/// Links.
pub(crate) const LINKS: u32 = 6;
/// Sessions of each user.
const SESSIONS: u8 = 3;
/// How far apart times are, in seconds: three months.
const SPAN: i64 = 80 * 24 * 3_600;

/// Whoever draws.
pub(crate) struct Draw {
    pub(crate) rng: Rng,
    /// Things that were made so far: whatever has to be unlike all others is numbered.
    made: u64,
    /// Whether the last one was told again.
    pub(crate) again: bool,
    /// Writes that can be told again.
    past: Vec<Op>,
    /// The agenda's revision, as far as it is known here.
    pub(crate) agenda: u64,
}

type Way = fn(&mut Draw, &Table) -> Op;

/// What can be drawn, and how often.
const WAYS: [(u32, Way); 8] = [
    (16, Draw::people),
    (40, Draw::commit),
    (10, Draw::links_and_markers),
    (14, Draw::deletions),
    (22, Draw::erasing),
    (14, Draw::sweeping),
    (18, Draw::waiting),
    (14, Draw::census),
];

impl Draw {
    pub(crate) fn new(seed: u64) -> Self {
        Self { rng: Rng::with_seed(seed), made: 0, again: false, past: Vec::new(), agenda: 0 }
    }

    /// The next operation on this table.
    pub(crate) fn next(&mut self, table: &Table) -> Op {
        self.again = !self.past.is_empty() && self.one_in(25);
        if self.again {
            let behind = self.rng.usize(..self.past.len().min(12));
            return self.past[self.past.len() - 1 - behind].clone();
        }
        let all: u32 = WAYS.iter().map(|(weight, _)| weight).sum();
        let mut left = self.rng.u32(..all);
        let way = WAYS.iter().find(|(weight, _)| {
            let here = left < *weight;
            left = left.saturating_sub(*weight);
            here
        });
        let op = way.map_or(Op::State(), |(_, way)| way(self, table));
        if is_repeatable(&op, table) {
            self.past.push(op.clone());
        }
        op
    }

    pub(crate) fn one_in(&mut self, times: u32) -> bool {
        self.rng.u32(..times) == 0
    }

    /// Most often this, sometimes that.
    pub(crate) fn mostly<T>(&mut self, this: T, that: impl FnOnce(&mut Self) -> T) -> T {
        if self.one_in(6) { that(self) } else { this }
    }

    pub(crate) fn maybe<T>(&mut self, some: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.rng.bool().then(|| some(self))
    }

    pub(crate) fn one_of<T>(&mut self, all: impl IntoIterator<Item = T>) -> Option<T> {
        let all: Vec<T> = all.into_iter().collect();
        let at = self.rng.usize(..all.len().max(1));
        all.into_iter().nth(at)
    }

    /// Some of these, some twice, in any order.
    pub(crate) fn some<T>(&mut self, mut one: impl FnMut(&mut Self) -> T) -> Vec<T> {
        let many = self.rng.usize(1..=3);
        (0..many).map(|_| one(self)).collect()
    }

    fn number(&mut self) -> u64 {
        self.made += 1;
        self.made
    }

    /// Bits that were not drawn before.
    pub(crate) fn fresh(&mut self) -> [u8; 16] {
        u128::from(self.number()).to_be_bytes()
    }

    pub(crate) fn writer(&mut self) -> WriterId {
        WriterId::mint(self.fresh())
    }

    /// A moment like no other.
    pub(crate) fn moment(&mut self) -> Timestamp {
        let micros = i64::try_from(self.number()).unwrap_or(0);
        at(self.rng.i64(0..SPAN)) + SignedDuration::from_micros(micros)
    }

    /// A moment at which Belvo made something: as fine as its clock is.
    pub(crate) fn finer(&mut self) -> Timestamp {
        let nanos = if self.rng.bool() { self.rng.i64(0..1_000) } else { 0 };
        self.moment() + SignedDuration::from_nanos(nanos)
    }

    /// A moment of an event: many share one.
    pub(crate) fn event_at(&mut self) -> Timestamp {
        at(self.rng.i64(0..6) * 100)
    }

    pub(crate) fn day(&mut self) -> Date {
        Offset::UTC.to_datetime(at(self.rng.i64(0..SPAN))).date()
    }

    pub(crate) fn most(&mut self) -> usize {
        if self.rng.bool() { 100 } else { self.rng.usize(1..=4) }
    }

    pub(crate) fn person(&mut self) -> ExternalId {
        id(PEOPLE[self.rng.usize(..PEOPLE.len())])
    }

    pub(crate) fn link(&mut self) -> LinkId {
        link_id(self.rng.u32(..LINKS))
    }

    pub(crate) fn session_id(&mut self, owner: &ExternalId) -> SessionId {
        let number = self.rng.u8(..SESSIONS);
        let whose = owner.as_str().bytes().fold(0_u8, u8::wrapping_add);
        SessionId::mint([whose, number, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
    }

    /// A revision for what stands at this one: the next, or one that is not.
    pub(crate) fn revision(&mut self, now: Option<u64>) -> u64 {
        let now = now.unwrap_or(0);
        self.mostly(now + 1, |draw| draw.rng.u64(1..=now + 2))
    }

    /// An event of any of them.
    pub(crate) fn event(&mut self) -> AuditEvent {
        let action = self.one_of([Action::Bind, Action::Refresh, Action::Retire]).unwrap_or(Action::Bind);
        let mut event = AuditEvent::new(self.event_at(), action, Source::Sweep);
        event.link_id = (!self.one_in(4)).then(|| self.link());
        event.external_id = (!self.one_in(3)).then(|| self.person());
        event
    }

    /// An event of this user.
    pub(crate) fn event_of(&mut self, user: &ExternalId, action: Action) -> AuditEvent {
        let event = AuditEvent::new(self.event_at(), action, Source::Operator);
        AuditEvent { external_id: Some(user.clone()), ..event }
    }

    /// Somebody as registered, or who is not.
    pub(crate) fn known(&mut self, table: &Table) -> User {
        let known = self.one_of(table.records.users.values().map(|(user, _)| user.clone()));
        let nobody = User::new(self.person(), self.moment());
        match known {
            Some(known) => self.mostly(known, |_| match table.records.users.get(&nobody.external_id) {
                Some((known, _)) => known.clone(),
                None => nobody,
            }),
            None => nobody,
        }
    }
}

/// A write that has a mark, or is known again by what it files. One that is on an old reading would be another's by then.
fn is_repeatable(op: &Op, table: &Table) -> bool {
    if let Op::StandFor(_, user, ..) = op {
        return table.records.users.get(&user.external_id).is_some_and(|(known, _)| known == user);
    }
    matches!(op, Op::Register(..) | Op::RegisterAgain(..) | Op::Commit(_) | Op::Finish(_))
}
