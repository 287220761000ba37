//! Bringing a file of accounts in, chunk by chunk: memory does not grow with the file, and after each chunk what
//! is done is durable and noted. A run that was ended anyhow goes on from there, or from the start: lines that
//! come again change nothing.

mod lines;
mod progress;
#[cfg(test)]
mod tests;

pub use lines::{Format, Lines, Numbered, Position};
pub use progress::{Progress, Reached};

use std::{io::BufRead, sync::Arc};

use adapters::dynamo::DynamoStore;
use domain::{
    backfill::{Asked, Brought, Fault, Line, Rehearsal, Tally, Unbrought, bring_in, lanes, look, unheld},
    external_id::ReferenceKey,
    policy::Policy,
    ports::{Ambient, Ledgers, Provider, Timer},
    values::LinkId,
};
use tokio::task::JoinSet;

use crate::{belvo, failure::Failure, stack::Metered};

/// Lines that are in memory at once.
pub const CHUNK: usize = 500;
/// Lines that are brought in side by side: most of the time is waiting for the table.
const AT_ONCE: usize = 16;

/// Who is told while a file is brought in.
pub trait Teller {
    /// A line is bad.
    fn bad(&mut self, line: u64, fault: Fault);
    /// Everything up to here is done.
    fn reached(&mut self, reached: &Reached);
}

/// What it takes to bring accounts in.
#[derive(Clone, Debug)]
pub struct Backfill<A> {
    /// The store.
    pub store: DynamoStore,
    /// Belvo.
    pub provider: Metered<A>,
    /// Time and chance.
    pub ambient: A,
    /// The rules' figures.
    pub policy: Policy,
    /// Turns references into ids.
    pub key: ReferenceKey,
}

/// What a line came to.
type Done = (u64, Result<Brought, Fault>);

impl<A: Ambient + Timer + Clone + 'static> Backfill<A> {
    /// Brings the lines in from where they stand, and notes after each chunk how far it is.
    pub async fn run<R: BufRead>(
        &self,
        lines: &mut Lines<R>,
        progress: Option<&Progress>,
        mut tally: Tally,
        teller: &mut dyn Teller,
    ) -> Result<Tally, Failure> {
        loop {
            let chunk = lines.chunk(CHUNK)?;
            if chunk.is_empty() {
                break;
            }
            let (good, bad) = self.parsed(chunk);
            let asked = self.ask(&good).await?;
            let done = self.bring_in(good, asked).await?;
            tell(done, bad, &mut tally, teller);
            let reached = Reached { at: lines.at(), tally };
            progress.map_or(Ok(()), |progress| progress.note(&reached))?;
            teller.reached(&reached);
        }
        progress.map_or(Ok(()), Progress::end)?;
        Ok(tally)
    }

    /// What [`Backfill::run`] would come to. Nothing is written.
    pub async fn rehearse<R: BufRead>(
        &self,
        lines: &mut Lines<R>,
        teller: &mut dyn Teller,
    ) -> Result<Tally, Failure> {
        let (mut tally, mut rehearsal) = (Tally::default(), Rehearsal::default());
        loop {
            let chunk = lines.chunk(CHUNK)?;
            if chunk.is_empty() {
                return Ok(tally);
            }
            let (good, bad) = self.parsed(chunk);
            let asked = self.ask(&good).await?;
            let mut done = Vec::new();
            for (number, line) in good {
                let held = look(&self.store, &line).await?;
                done.push((number, rehearsal.foresee(&line, &held, &asked, &self.policy)));
            }
            tell(done, bad, &mut tally, teller);
            teller.reached(&Reached { at: lines.at(), tally });
        }
    }

    fn parsed(&self, chunk: Vec<Numbered>) -> (Vec<(u64, Line)>, Vec<Done>) {
        let (mut good, mut bad) = (Vec::new(), Vec::new());
        for (number, said) in chunk {
            match said.and_then(|said| Line::parse(said, &self.key)) {
                Ok(line) => good.push((number, line)),
                Err(fault) => bad.push((number, Err(fault))),
            }
        }
        (good, bad)
    }

    /// Asks Belvo for all the chunk's links that nobody owns, fifty a call.
    async fn ask(&self, lines: &[(u64, Line)]) -> Result<Asked, Failure> {
        let ids: Vec<LinkId> = lines.iter().filter_map(|(_, line)| line.link()).collect();
        let ids = unheld(&ids, &self.store.markers(&ids).await?);
        let at = self.ambient.now();
        let shown = self.provider.links_by_id(&ids).await;
        let shown = shown.map_err(|error| {
            belvo::stopped(&error, "what was brought in stays, and the same command goes on")
        })?;
        Ok(Asked { shown: shown.into_iter().map(|link| (link.id, link)).collect(), at })
    }

    /// Side by side, but for lines that have something in common.
    async fn bring_in(&self, lines: Vec<(u64, Line)>, asked: Asked) -> Result<Vec<Done>, Failure> {
        let (asked, mut done, mut tasks) = (Arc::new(asked), Vec::new(), JoinSet::new());
        for lane in lanes(lines) {
            if tasks.len() == AT_ONCE
                && let Some(ended) = tasks.join_next().await
            {
                done.extend(ended.map_err(Failure::request)??);
            }
            let (work, asked) = (self.clone(), Arc::clone(&asked));
            tasks.spawn(async move { work.bring_in_lane(lane, &asked).await });
        }
        while let Some(ended) = tasks.join_next().await {
            done.extend(ended.map_err(Failure::request)??);
        }
        Ok(done)
    }

    async fn bring_in_lane(&self, lines: Vec<(u64, Line)>, asked: &Asked) -> Result<Vec<Done>, Failure> {
        let mut done = Vec::new();
        for (number, line) in lines {
            let brought = bring_in(&self.store, &self.ambient, &self.policy, &line, asked).await;
            done.push((
                number,
                match brought {
                    Ok(brought) => Ok(brought),
                    Err(Unbrought::Bad(fault)) => Err(fault),
                    Err(Unbrought::Store(error)) => return Err(error.into()),
                },
            ));
        }
        Ok(done)
    }
}

/// Counts a chunk's lines, and tells the bad ones in the order of the file.
fn tell(done: Vec<Done>, bad: Vec<Done>, tally: &mut Tally, teller: &mut dyn Teller) {
    let mut all: Vec<_> = done.into_iter().chain(bad).collect();
    all.sort_unstable_by_key(|(number, _)| *number);
    for (number, line) in all {
        tally.count(&line);
        if let Err(fault) = line {
            teller.bad(number, fault);
        }
    }
}
