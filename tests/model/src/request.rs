//! What a process may ask of the table and of Belvo: each one step of the model.

use std::sync::Arc;

use domain::{
    change::{Change, Commit},
    sweep::SweepState,
    values::LinkId,
};

/// One request.
#[derive(Clone, Debug)]
pub enum Request {
    /// The user's records. `rechecking`: the deleter looks whether what an intent rests on still stands.
    Ledger {
        /// See above.
        rechecking: bool,
    },
    /// The user's records alone, of the same reading.
    Links {
        /// As above.
        rechecking: bool,
    },
    /// Intents of these links.
    Intents(Vec<LinkId>),
    /// The live links, as the index has them.
    Members,
    /// Intents that are due by this minute.
    Due(i64),
    /// A transaction.
    Commit(Arc<Commit>),
    /// The sweeps' state.
    State,
    /// The sweeps' state, replaced while this token is held; at the end of a sweep, too.
    PutState(Arc<SweepState>, u64),
    /// Belvo's list of the user's links.
    LinksOf,
    /// Belvo's list of these links.
    LinksById(Vec<LinkId>),
    /// One link at Belvo. `survivor`: asked for the sake of another that is to go.
    Link {
        /// Which.
        id: LinkId,
        /// See above.
        survivor: bool,
    },
    /// A deletion at Belvo.
    Delete(LinkId),
}

impl Request {
    /// Whether it has an effect that may happen though its answer is lost.
    pub fn has_effect(&self) -> bool {
        match self {
            Self::Commit(_) | Self::PutState(..) | Self::Delete(_) => true,
            Self::Ledger { .. }
            | Self::Links { .. }
            | Self::Intents(_)
            | Self::Members
            | Self::Due(_)
            | Self::State
            | Self::LinksOf
            | Self::LinksById(_)
            | Self::Link { .. } => false,
        }
    }

    /// It in few words, for people who read a trace.
    pub fn told(&self) -> String {
        let short = |id: &LinkId| {
            crate::names::place(*id).map_or_else(|| "no link".to_owned(), |n| format!("link {n}"))
        };
        match self {
            Self::Ledger { .. } | Self::Links { .. } => "records".to_owned(),
            Self::Intents(links) => {
                format!("intents of {}", links.iter().map(short).collect::<Vec<_>>().join(", "))
            }
            Self::Members => "live links".to_owned(),
            Self::Due(_) => "what is due".to_owned(),
            Self::Commit(commit) => commit.changes.iter().map(written).collect::<Vec<_>>().join(" + "),
            Self::State => "the sweeps' state".to_owned(),
            Self::PutState(state, held) => format!("token {held} -> {}", state.token),
            Self::LinksOf | Self::LinksById(_) => "Belvo's list".to_owned(),
            Self::Link { id, .. } => format!("Belvo for {}", short(id)),
            Self::Delete(id) => format!("Belvo to DELETE {}", short(id)),
        }
    }
}

fn written(change: &Change) -> String {
    let n = |id: &LinkId| crate::names::place(*id).unwrap_or(99);
    match change {
        Change::Link(record) => format!("link {} {:?}", n(&record.link_id), record.state),
        Change::Intent(intent) => format!("intent {} {:?}", n(&intent.link_id), intent.stage),
        Change::Stands(kept) => format!("if link {} stands", n(&kept.link_id)),
        Change::Unmarked(id) => format!("if link {} is unmarked", n(id)),
        Change::Own(..) => "owner".to_owned(),
        Change::Quarantine(_) => "quarantine".to_owned(),
        Change::Session(_) => "session".to_owned(),
    }
}
