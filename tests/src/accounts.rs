//! A file of accounts from before, and an operator who brings it in.

use std::{io::Cursor, sync::Arc};

use cli::{
    backfill::{Backfill, Format, Lines, Reached, Teller},
    clock::HandClock,
    stack::Stack,
};
use domain::backfill::{Fault, Tally};
use tokio::sync::Notify;

use crate::Story;

/// The columns of the file.
pub const HEADER: &str = "reference,external_id,link_id";

/// What an operator was told.
#[derive(Debug, Default)]
pub struct Told {
    /// Bad lines by number.
    pub bad: Vec<(u64, String)>,
    /// How far it was after each chunk.
    pub reached: Vec<Reached>,
    /// Is told after each chunk.
    pub chunk: Arc<Notify>,
}

impl Teller for Told {
    fn bad(&mut self, line: u64, fault: Fault) {
        self.bad.push((line, fault.to_string()));
    }

    fn reached(&mut self, reached: &Reached) {
        self.reached.push(*reached);
        self.chunk.notify_one();
    }
}

/// The text of a file with these lines.
pub fn file<'a>(lines: impl IntoIterator<Item = &'a str>) -> String {
    [HEADER].into_iter().chain(lines).collect::<Vec<_>>().join("\n")
}

/// The lines of a text.
pub fn lines(text: &str) -> Lines<Cursor<Vec<u8>>> {
    Lines::open(Cursor::new(text.as_bytes().to_vec()), Format::Csv).expect("a header")
}

impl Story {
    /// What it takes to bring accounts in here.
    pub fn backfill(&self) -> Backfill<HandClock> {
        let Stack { store, provider, ambient, policy, key, .. } = self.world.stack.clone();
        Backfill { store, provider, ambient, policy, key }
    }

    /// Brings these lines in, after a dry run that told the same and wrote nothing.
    pub async fn brings_in<'a>(&self, lines: impl IntoIterator<Item = &'a str>) -> (Tally, Told) {
        let text = file(lines);
        let (before, mut rehearsed, mut told) = (self.table().await, Told::default(), Told::default());
        let foreseen = self.backfill().rehearse(&mut self::lines(&text), &mut rehearsed).await.expect("up");
        assert_eq!(self.table().await, before, "a dry run writes nothing");
        let run = self.backfill();
        let tally = run.run(&mut self::lines(&text), None, Tally::default(), &mut told).await.expect("up");
        assert_eq!((foreseen, &rehearsed.bad), (tally, &told.bad));
        (tally, told)
    }
}
