//! The way to the world that a process has: the clock, chance, the table and Belvo, with a turn for others and a fault
//! possible at every request.

mod bank;
mod ledgers;
mod rest;

use std::{
    fmt,
    future::{pending, poll_fn},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::Poll,
};

use domain::{
    failure::{CommitError, ProviderError, StoreError},
    ports::{Ambient, Timer},
};
use jiff::{SignedDuration, Timestamp};

use crate::{
    rare::Rare,
    weather::Kind,
    world::{Fate, World},
};

pub use bank::{ACCOUNT, Bank};

/// The way to the world. Clones lead to the same one.
#[derive(Clone)]
pub struct Here(Arc<Mutex<World>>);

impl fmt::Debug for Here {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Here")
    }
}

/// What is asked for, as far as faults care.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Something is read.
    Read,
    /// Something is written, on conditions.
    Write,
    /// Belvo is asked.
    Call,
    /// Belvo is asked to do something.
    Order,
}

/// An error that a fault is told by.
pub trait Broken {
    /// Nobody knows whether it was done.
    fn unknown() -> Self;
    /// It was refused.
    fn refused() -> Self;
    /// Another transaction was in the way.
    fn conflict() -> Self;
}

impl Broken for StoreError {
    fn unknown() -> Self {
        Self::Busy("a fault".into())
    }
    fn refused() -> Self {
        Self::Refused("a fault".into())
    }
    fn conflict() -> Self {
        Self::unknown() // the store tries these again by itself, and gives up
    }
}

impl Broken for CommitError {
    fn unknown() -> Self {
        StoreError::unknown().into()
    }
    fn refused() -> Self {
        StoreError::refused().into()
    }
    fn conflict() -> Self {
        Self::Stale
    }
}

impl Broken for ProviderError {
    fn unknown() -> Self {
        Self::Unknown("a fault")
    }
    fn refused() -> Self {
        Self::Refused { status: 400, code: None }
    }
    fn conflict() -> Self {
        Self::Throttled
    }
}

impl Here {
    /// The way to this world.
    pub fn new(world: World) -> Self {
        Self(Arc::new(Mutex::new(world)))
    }

    fn lock(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks at the world, or changes it.
    pub fn with<T>(&self, act: impl FnOnce(&mut World) -> T) -> T {
        act(&mut self.lock())
    }

    /// Another world in its place.
    pub fn begin(&self, world: World) -> World {
        std::mem::replace(&mut *self.lock(), world)
    }

    /// Lets others have their turn.
    async fn turn(&self) {
        let mut waited = false;
        poll_fn(|_| {
            if std::mem::replace(&mut waited, true) {
                return Poll::Ready(());
            }
            self.with(World::go_on);
            Poll::Pending
        })
        .await;
    }

    async fn wait_until(&self, at: Timestamp) {
        poll_fn(|_| {
            self.with(|world| {
                if world.now >= at {
                    return Poll::Ready(());
                }
                world.wake_at(at);
                Poll::Pending
            })
        })
        .await;
    }

    async fn die(&self) -> ! {
        self.with(|world| {
            world.task().doomed = true;
            world.seen.saw(Rare::Death);
        });
        pending().await
    }

    /// One request to the table or call to Belvo: a turn for the others, perhaps a fault, the effect.
    async fn ask<T, E: Broken>(
        &self,
        name: &'static str,
        kind: Ask,
        act: impl Fn(&mut World) -> Result<T, E>,
    ) -> Result<T, E> {
        self.turn().await;
        let fate = self.with(|world| world.fate(name, kind));
        match fate {
            Fate::Fine => self.done(name, &act),
            Fate::Before => Err(E::unknown()),
            Fate::Refused => Err(E::refused()),
            Fate::Conflict | Fate::Throttled => Err(E::conflict()),
            Fate::After => {
                drop(self.done(name, &act));
                Err(E::unknown())
            }
            Fate::Twice => {
                drop(self.done(name, &act));
                self.done(name, &act)
            }
            Fate::DiesBefore => self.die().await,
            Fate::DiesAfter => {
                drop(self.done(name, &act));
                self.die().await
            }
            Fate::Freezes => {
                let until = self.with(World::frozen_until);
                self.wait_until(until).await;
                self.done(name, &act)
            }
        }
    }

    fn done<T, E>(&self, name: &'static str, act: impl Fn(&mut World) -> Result<T, E>) -> Result<T, E> {
        self.with(|world| {
            let done = act(world);
            world.trace.note(u64::from(done.is_ok()));
            if done.is_err() {
                world.trace.tell(|| format!("    {name}: no"));
            }
            done
        })
    }
}

impl World {
    /// What becomes of this request.
    fn fate(&mut self, name: &'static str, kind: Ask) -> Fate {
        let number = self.trace.operations;
        self.trace.operations += 1;
        self.now += SignedDuration::from_micros(self.chance.i64(500..40_000));
        let fate = match self.deaths.iter().find(|death| death.at == number) {
            Some(death) if death.after => Fate::DiesAfter,
            Some(_) => Fate::DiesBefore,
            None => self.drawn(kind),
        };
        self.note_fate(fate, name);
        fate
    }

    fn drawn(&mut self, kind: Ask) -> Fate {
        if self.strikes(Kind::Lag) {
            if self.table.lags() { self.table.catch_up() } else { self.table.fall_behind() }
        }
        let table = matches!(kind, Ask::Read | Ask::Write);
        if table {
            self.table.asked();
        }
        let writes = matches!(kind, Ask::Write | Ask::Order);
        match () {
            () if self.strikes(Kind::Death) && writes && self.chance.bool() => Fate::DiesAfter,
            () if self.strikes(Kind::Death) => Fate::DiesBefore,
            () if self.strikes(Kind::Before) => Fate::Before,
            () if writes && self.strikes(Kind::After) => Fate::After,
            () if kind == Ask::Write && self.strikes(Kind::Twice) => Fate::Twice,
            () if kind == Ask::Write && self.strikes(Kind::Conflict) => Fate::Conflict,
            () if !table && self.strikes(Kind::Throttle) => Fate::Throttled,
            () if self.strikes(Kind::Refusal) => Fate::Refused,
            () if self.strikes(Kind::Freeze) => Fate::Freezes,
            () => Fate::Fine,
        }
    }

    fn note_fate(&mut self, fate: Fate, name: &'static str) {
        let (current, now) = (self.current, self.now);
        self.trace.note(current as u64);
        self.trace.word(name);
        self.trace.note(fate as u64);
        self.trace.note(now.as_microsecond().unsigned_abs());
        self.seen.count_fate(fate);
        let task = self.tasks.get(current);
        let dies_unrecorded = task.is_some_and(|task| task.unrecorded)
            && (fate == Fate::DiesBefore || (fate == Fate::DiesAfter && name == "delete"));
        if dies_unrecorded {
            self.seen.saw(Rare::DeathAfterDelete);
        }
        if fate == Fate::After && name == "delete" {
            self.seen.saw(Rare::DeleteReplyLost);
        }
        let told = task.map_or("", |task| task.name);
        self.trace.tell(|| {
            let fate = if fate == Fate::Fine { String::new() } else { format!("  ** {fate:?}") };
            format!("{now:.3} #{current} {told}: {name}{fate}")
        });
    }

    /// A request is cut off by its function's time, a tick may stand still for longer.
    fn frozen_until(&mut self) -> Timestamp {
        let seconds = match self.task().who {
            crate::world::Who::Person(_) | crate::world::Who::Belvo => self.chance.i64(1..20),
            crate::world::Who::Schedule | crate::world::Who::Operator => self.chance.i64(1..600),
        };
        self.now + SignedDuration::from_secs(seconds)
    }
}

impl crate::rare::Seen {
    fn count_fate(&mut self, fate: Fate) {
        match fate {
            Fate::Twice => self.saw(Rare::OwnRepeat),
            Fate::Conflict => self.saw(Rare::TransactionConflict),
            Fate::Freezes => self.saw(Rare::Freeze),
            Fate::Throttled => self.saw(Rare::Throttled),
            Fate::Fine | Fate::Before | Fate::After | Fate::DiesBefore | Fate::DiesAfter | Fate::Refused => {}
        }
    }
}

impl Ambient for Here {
    fn now(&self) -> Timestamp {
        self.with(|world| world.clock())
    }

    fn random(&self) -> [u8; 16] {
        self.with(|world| world.chance.u128(..).to_be_bytes())
    }
}

impl Timer for Here {
    async fn sleep(&self, time: SignedDuration) {
        let until = self.with(|world| world.now + time);
        self.wait_until(until).await;
    }
}
