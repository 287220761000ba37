//! A difference, told with the few operations that lead to it.

use std::fmt::Write;

use domain::{change::Change, external_id::ExternalId, ports::Subject};

use super::{
    op::Op,
    play::{Engine, Model, Story, alike},
};

/// The same story without whatever it differs without.
fn shrunk(engine: &Engine, story: &Story) -> Vec<Op> {
    let mut ops: Vec<Op> = story.told.iter().map(|(op, _)| op.clone()).collect();
    let mut piece = ops.len() / 2;
    while piece > 0 {
        let mut at = 0;
        while at < ops.len() {
            let without: Vec<_> = ops
                .iter()
                .enumerate()
                .filter(|(n, _)| !(at..at + piece).contains(n))
                .map(|(_, op)| op.clone())
                .collect();
            match differs_alike(engine, &without, story) {
                Some(length) => ops = without[..=length].to_vec(),
                None => at += piece,
            }
        }
        piece /= 2;
    }
    ops
}

/// Which of these operations is the first that differs, if that is the difference of the story: what is left out may
/// make another.
fn differs_alike(engine: &Engine, ops: &[Op], story: &Story) -> Option<usize> {
    let (model, real) = (Model::new(None), engine.store());
    let wanted = (story.differs.as_ref()?, &story.told.last()?.1);
    for (number, op) in ops.iter().enumerate() {
        let (ours, theirs) = (model.ask(op), engine.ask(&real, op));
        if !alike(op, &ours, &theirs) {
            return ((&ours, &theirs) == wanted).then_some(number);
        }
    }
    None
}

/// What differs, with all that leads to it.
pub(crate) fn history(engine: &Engine, seed: u64, story: &Story) -> String {
    let mut told = format!("seed {seed}, operation {}\n", story.told.len());
    let (model, real) = (Model::new(None), engine.store());
    for op in shrunk(engine, story) {
        let (ours, theirs) = (model.ask(&op), engine.ask(&real, &op));
        writeln!(told, "{}\n  model: {ours:?}\n  store: {theirs:?}", line(&op)).expect("a text takes all");
    }
    told
}

/// An operation in one line. Test ids point at nobody.
fn line(op: &Op) -> String {
    let Op::Commit(commit) = op else { return format!("{}: {op:?}", whom(op)) };
    let changes: Vec<_> = commit.changes.iter().map(named).collect();
    format!("Commit by {}, fence {:?}: {changes:#?} {:?}", commit.writer.as_str(), commit.fence, commit.audit)
}

/// Of whom an operation is: their ids are hidden in what prints it.
fn whom(op: &Op) -> String {
    let mut ids = Vec::new();
    if let Op::Register(user, ..)
    | Op::RegisterAgain(user, ..)
    | Op::StandFor(_, user, ..)
    | Op::Erase(user, ..) = op
    {
        ids.push(&user.external_id);
        ids.extend(&user.alias);
    }
    if let Op::RegisterAgain(_, id, ..)
    | Op::StandFor(id, ..)
    | Op::Ledger(id)
    | Op::Links(id)
    | Op::Erasure(id)
    | Op::Remains(id)
    | Op::Purge(id, ..)
    | Op::Trail(Subject::User(id), _) = op
    {
        ids.push(id);
    }
    if let Op::PutErasure(erasure) | Op::Certify(erasure, _) = op {
        ids.push(&erasure.external_id);
    }
    ids.into_iter().map(ExternalId::as_str).collect::<Vec<_>>().join(", ")
}

/// A change with whose it is.
fn named(change: &Change) -> String {
    let owner = match change {
        Change::Link(record) => Some(&record.owner),
        Change::Own(_, owner) => Some(owner),
        Change::Session(session) => Some(&session.owner),
        Change::Stands(kept) => Some(&kept.owner),
        Change::Intent(intent) => Some(&intent.owner),
        Change::Quarantine(_) | Change::Unmarked(_) => None,
    };
    format!("{}: {change:?}", owner.map_or("", |owner| owner.as_str()))
}
