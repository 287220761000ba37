//! What the properties remember of a world, and what they ask of it.

use domain::{
    deletion::{Intent, Stage, Why},
    link::{LinkRecord, LinkState},
};

use crate::{
    kept::Kept,
    names::{GRACE, LINKS},
    world::{Asker, World},
};

/// What was seen of one link.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Evidence {
    /// Belvo was asked to delete it since it was marked last.
    pub asked: bool,
    /// Belvo took its deletion.
    pub taken: bool,
    /// The first and the last minute in which somebody heard `not_found`, with nothing found, and noted, in between.
    pub missed: Option<(i64, i64)>,
    /// The user wants it to go.
    pub wished: bool,
}

impl Evidence {
    /// Somebody heard `not_found`.
    pub fn miss(&mut self, now: i64) {
        self.missed = Some((self.missed.map_or(now, |(first, _)| first), now));
    }
}

/// Properties that a step broke.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(clippy::struct_excessive_bools, reason = "each is a property by itself")]
pub struct Broken {
    /// The last link of a login was deleted, and nobody had asked for it.
    pub last: bool,
    /// Belvo was asked to delete what was not armed.
    pub unarmed: bool,
    /// A writer changed something with a token that was not the last one.
    pub fenced: bool,
    /// A link was taken for gone without proof.
    pub gone: bool,
}

/// Whether Belvo may be, or have been, asked.
pub trait Armed {
    /// See above.
    fn is_armed(&self) -> bool;
}

impl Armed for Intent {
    fn is_armed(&self) -> bool {
        match self.stage {
            Stage::Armed | Stage::Requested | Stage::Unknown | Stage::Done => true,
            Stage::Marked | Stage::Cancelled => false,
        }
    }
}

/// Makes the records of an intent look as they did when it was marked.
pub fn as_marked(records: &mut [LinkRecord], intent: &Intent) {
    let Why::SupersededBy(survivor) = intent.why else { return };
    for record in records {
        if record.link_id == intent.link_id {
            (record.state, record.superseded_by) = (LinkState::Superseded, Some(survivor));
        } else if record.link_id == survivor {
            record.state = LinkState::Active;
        }
    }
}

impl World {
    /// Somebody takes a link for gone.
    pub(crate) fn conclude(&mut self, n: usize, asker: Asker) {
        let seen = self.evidence[n];
        let others = (0..LINKS).filter(|other| *other != n).filter_map(|other| self.records[other].as_ref());
        let believed = asker.vouched || !others.into_iter().any(|record| record.is_live());
        let twice = seen.missed.is_some_and(|(first, last)| first + GRACE <= last);
        let proven = (seen.taken && seen.missed.is_some()) || (twice && believed);
        self.broken.gone |= !proven;
    }

    /// Nothing that was taken back was ever asked for.
    pub fn keeps_what_was_taken_back(&self) -> bool {
        let taken_back = |intent: &Kept<Intent>| intent.stage == Stage::Cancelled;
        !(0..LINKS).any(|n| self.evidence[n].asked && self.intents[n].as_ref().is_some_and(taken_back))
    }

    /// Every login of which we hold links has one that is shown, unless the user wanted some of it to go. Where
    /// deletions are open only if `strictly`.
    pub fn shows_every_login(&self, strictly: bool) -> bool {
        let logins = self.belvo.iter().flatten().map(|link| link.login);
        logins.into_iter().all(|login| {
            let of = || (0..LINKS).filter(move |n| self.belvo[*n].is_some_and(|link| link.login == login));
            let records = || of().filter_map(|n| self.records[n].as_ref());
            let open = |n: usize| self.intents[n].as_ref().is_some_and(|intent| intent.is_open());
            let excused = of().any(|n| self.evidence[n].wished || (!strictly && open(n)));
            let live = records().any(|record| record.is_live());
            excused || !live || records().any(|record| record.state.is_connected())
        })
    }
}
