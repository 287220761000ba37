//! What was seen: each operation with each of its outcomes, so that it is known that the cases of interest are reached.

use std::{collections::BTreeMap, fmt, iter::Sum};

use domain::change::{Change, Commit};

use super::{answer::Answer, op::Op};

/// What must be seen of each operation: as often as one in so many of all.
const RAREST: u64 = 10_000;

const DONE_OR_STALE: &[&str] = &["done", "stale"];
const IS_OR_NOT: &[&str] = &["true", "false"];
const ANY: &[&str] = &["nothing", "something"];
const PERMITS: &[&str] = &["granted", "full", "paused"];

/// Each operation with its outcomes.
const OUTCOMES: [(&str, &[&str]); 59] = [
    ("agenda", ANY),
    ("certificates", ANY),
    ("certify", IS_OR_NOT),
    ("commit of a holder", &["done", "owned by another"]),
    ("commit of a link", DONE_OR_STALE),
    ("commit of a link set aside", DONE_OR_STALE),
    ("commit of a session", DONE_OR_STALE),
    ("commit of an intent", DONE_OR_STALE),
    ("commit of events", DONE_OR_STALE),
    ("commit of several", &["done", "stale", "owned by another", "refused"]),
    ("commit on what is unmarked", DONE_OR_STALE),
    ("commit on what stands", DONE_OR_STALE),
    ("commit, fenced", &["done", "stale", "owned by another", "refused"]),
    ("due intents", ANY),
    ("due sessions", ANY),
    ("due webhooks", ANY),
    ("erase", IS_OR_NOT),
    ("erasing", ANY),
    ("erasure", ANY),
    ("file", IS_OR_NOT),
    ("finish", IS_OR_NOT),
    ("grouped", ANY),
    ("intents", ANY),
    ("ledger", ANY),
    ("links", ANY),
    ("looked through", ANY),
    ("made between", ANY),
    ("mark applied", IS_OR_NOT),
    ("markers", ANY),
    ("named", ANY),
    ("note looked through", &["done"]),
    ("plan", ANY),
    ("purge", ANY),
    ("put agenda", IS_OR_NOT),
    ("put erasure", IS_OR_NOT),
    ("put state", IS_OR_NOT),
    ("quarantine", ANY),
    ("quarantine size", ANY),
    ("records", ANY),
    ("register", &["new", "known", "erased"]),
    ("register again", &["new", "known", "erased", "refused"]),
    ("remains", ANY),
    ("reports", ANY),
    ("room", PERMITS),
    ("settle", IS_OR_NOT),
    ("shut", &["done"]),
    ("stand for", &["new", "known", "taken", "has another", "refused"]),
    ("standing", ANY),
    ("state", ANY),
    ("stop", &["done"]),
    ("stopped", IS_OR_NOT),
    ("take", PERMITS),
    ("told again: commit", &["done", "stale", "owned by another"]),
    ("told again: finish", IS_OR_NOT),
    ("told again: register", &["new", "known"]),
    ("told again: stand for", &["new", "taken"]),
    ("trail", ANY),
    ("webhooks", ANY),
    ("webhooks about", ANY),
];

/// How often each operation came to each outcome, and how many answers were looked at besides.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    times: BTreeMap<(String, &'static str), u64>,
    looked: u64,
}

impl Seen {
    pub(crate) fn saw(&mut self, op: &Op, again: bool, answer: &Answer) {
        let name = match (op, again) {
            (op, true) => format!("told again: {}", op.name()),
            (Op::Commit(commit), false) => of_commit(commit).to_owned(),
            (op, false) => op.name().to_owned(),
        };
        *self.times.entry((name, answer.outcome())).or_default() += 1;
    }

    pub(crate) fn looked(&mut self) {
        self.looked += 1;
    }

    /// Operations that were drawn, and those that were looks at what is there.
    pub(crate) fn total(&self) -> (u64, u64) {
        (self.times.values().sum(), self.looked)
    }

    /// What was seen too rarely, and what must never be: neither place is ever busy or damaged.
    pub(crate) fn wanting(&self) -> Vec<String> {
        let least = (self.total().0 / RAREST).max(1);
        let times = |name: &str, outcome| self.times.get(&(name.to_owned(), outcome)).copied().unwrap_or(0);
        let wanted = OUTCOMES.iter().flat_map(|(name, outcomes)| outcomes.iter().map(move |it| (*name, *it)));
        let rare = wanted.filter(|(name, outcome)| times(name, outcome) < least);
        let never = self.times.keys().filter(|(_, outcome)| ["busy", "corrupt"].contains(outcome));
        rare.map(|(name, outcome)| format!("{name}: {outcome}"))
            .chain(never.map(|(name, outcome)| format!("{name}: {outcome}")))
            .collect()
    }
}

impl Sum for Seen {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |mut sum, one| {
            one.times.into_iter().for_each(|(what, times)| *sum.times.entry(what).or_default() += times);
            Self { looked: sum.looked + one.looked, ..sum }
        })
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.times
            .iter()
            .try_for_each(|((name, outcome), times)| writeln!(f, "{times:>8}  {name}: {outcome}"))
    }
}

/// What a commit is of, where that is one thing.
fn of_commit(commit: &Commit) -> &'static str {
    match (commit.changes.as_slice(), commit.fence) {
        ([], _) => "commit of events",
        (_, Some(_)) => "commit, fenced",
        ([Change::Link(_)], None) => "commit of a link",
        ([Change::Own(..)], None) => "commit of a holder",
        ([Change::Quarantine(_)], None) => "commit of a link set aside",
        ([Change::Session(_)], None) => "commit of a session",
        ([Change::Stands(_)], None) => "commit on what stands",
        ([Change::Intent(_)], None) => "commit of an intent",
        ([Change::Unmarked(_)], None) => "commit on what is unmarked",
        (_, None) => "commit of several",
    }
}
