//! Drawing operations on users, on who holds what, and on what is read of them.

use domain::{
    change::Action,
    deletion::{
        Intent, Stage, Why,
        erasure::{Certificate, Erasure, ErasureId},
    },
    external_id::ExternalId,
    ports::{Stretch, Subject},
    user::User,
    values::LinkId,
};
use faults::table::Table;
use tests::contract::samples::link_id;

use super::{
    draw::{Draw, LINKS},
    op::Op,
};

impl Draw {
    pub(crate) fn people(&mut self, table: &Table) -> Op {
        let writer = self.writer();
        match self.rng.u32(..4) {
            0 | 1 => {
                let user = User::new(self.person(), self.moment());
                let event = self.event_of(&user.external_id, Action::Register);
                Op::Register(user, event, writer)
            }
            2 => {
                let tombstone = self.buried(table);
                let back = User { alias: Some(tombstone.clone()), ..User::new(self.person(), self.moment()) };
                let event = self.event_of(&back.external_id, Action::Register);
                Op::RegisterAgain(back, tombstone, event, writer)
            }
            _ => {
                let user = self.known(table);
                let event = self.event_of(&user.external_id, Action::Alias);
                Op::StandFor(self.person(), user, event, writer)
            }
        }
    }

    /// Somebody who was erased, or anybody.
    fn buried(&mut self, table: &Table) -> ExternalId {
        let anybody = self.person();
        match self.one_of(table.records.tombstones.keys().cloned()) {
            Some(buried) => self.mostly(buried, |_| anybody),
            None => anybody,
        }
    }

    pub(crate) fn links_and_markers(&mut self, table: &Table) -> Op {
        match self.rng.u32(..8) {
            0 | 1 => Op::Ledger(self.person()),
            2 => Op::Links(self.person()),
            3 => Op::Markers(self.some(Self::link)),
            4 => Op::Records(self.some(|draw| draw.key(table))),
            _ => self.trail(table),
        }
    }

    /// Whose link, and which: one that is there, or any.
    pub(crate) fn key(&mut self, table: &Table) -> (ExternalId, LinkId) {
        let any = (self.person(), self.link());
        match self.one_of(table.records.links.keys().cloned()) {
            Some(key) => self.mostly(key, |_| any),
            None => any,
        }
    }

    fn trail(&mut self, table: &Table) -> Op {
        let of = if self.rng.bool() { Subject::User(self.person()) } else { Subject::Link(self.link()) };
        let behind = self.one_of(table.trail.iter().map(domain::ports::Place::of));
        let stretch = Stretch {
            from: self.one_in(3).then(|| self.event_at()),
            until: self.one_in(3).then(|| self.event_at()),
            behind: behind.filter(|_| self.one_in(3)),
            most: self.most(),
        };
        Op::Trail(of, stretch)
    }

    pub(crate) fn deletions(&mut self, _: &Table) -> Op {
        match self.rng.u32(..8) {
            0 | 1 => Op::Intents(self.some(Self::link)),
            2 | 3 => Op::Due(self.moment(), self.most()),
            4 => Op::Stopped(),
            5 => Op::Stop(self.rng.bool()),
            6 => Op::LookedThrough(),
            _ => Op::NoteLookedThrough(self.moment()),
        }
    }

    pub(crate) fn erasing(&mut self, table: &Table) -> Op {
        match self.rng.u32(..12) {
            0 => Op::Erasure(self.person()),
            1 | 2 => Op::PutErasure(self.replaced(table)),
            3 | 4 => self.erase(table),
            5 => Op::Erasing(self.moment(), self.most()),
            6 | 7 => Op::Remains(self.person()),
            8 | 9 => {
                let user = self.buried(table);
                let links = if self.one_in(4) { Vec::new() } else { self.some(Self::link) };
                Op::Purge(user, links, self.one_in(3))
            }
            10 => {
                let erasure = self.replaced(table);
                let certificate = Certificate {
                    erasure_id: erasure.id.clone(),
                    requested_at: erasure.requested_at,
                    completed_at: self.moment(),
                    links_deleted: self.rng.usize(..9),
                };
                Op::Certify(erasure, certificate)
            }
            _ => Op::Certificates(self.most()),
        }
    }

    fn erase(&mut self, table: &Table) -> Op {
        let user = self.known(table);
        let another = self.maybe(Self::person).filter(|alias| *alias != user.external_id);
        let read = if self.one_in(8) { User { alias: another, ..user } } else { user };
        let erasure = self.erasure(&read.external_id);
        let event = self.event_of(&read.external_id, Action::Erase);
        Op::Erase(read, erasure, event, self.writer())
    }

    fn erasure(&mut self, user: &ExternalId) -> Erasure {
        let at = self.moment();
        Erasure {
            id: ErasureId::mint(self.fresh()),
            external_id: user.clone(),
            requested_at: at,
            due_at: Some(at),
            links: None,
            revision: 1,
        }
    }

    /// A tombstone as it shall be, from what is there.
    fn replaced(&mut self, table: &Table) -> Erasure {
        let user = self.buried(table);
        let before = table.records.tombstones.get(&user).cloned();
        let before = before.unwrap_or_else(|| self.erasure(&user));
        Erasure {
            due_at: self.maybe(Self::moment),
            links: self.maybe(|draw| draw.rng.usize(..5)),
            revision: self.revision(Some(before.revision)).max(2),
            ..before
        }
    }

    /// An intent as it shall be.
    pub(crate) fn intent(&mut self, table: &Table) -> Intent {
        let link = self.link();
        let before = table.records.intents.get(&link);
        let why = [Why::Disconnect, Why::Erasure, Why::SupersededBy(link_id(self.rng.u32(..LINKS)))];
        let stages =
            [Stage::Marked, Stage::Armed, Stage::Requested, Stage::Unknown, Stage::Done, Stage::Cancelled];
        let (why, stage) = (self.one_of(why), self.one_of(stages));
        let marked = Intent::mark(link, self.person(), why.unwrap_or(Why::Disconnect), self.moment());
        Intent {
            stage: stage.unwrap_or(Stage::Marked),
            due_at: self.maybe(Self::moment),
            asked_at: self.maybe(Self::moment),
            asked: self.rng.u32(..4),
            revision: self.revision(before.map(|before| before.revision)),
            ..marked
        }
    }
}
