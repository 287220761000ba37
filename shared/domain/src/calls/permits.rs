//! Permits of one process for one class of calls, taken from the account's budget.
//!
//! A denied attempt costs a write like a granted one. So that all in all a call costs at most one, sweeps and
//! deletions look (which is a read) before they take, and take several permits at a time; and nobody asks
//! twice in a window that denied. Somebody who waits for an answer does not look: that would be one more wait.

use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use super::part;
use crate::{
    budget::{Class, Limits, Window},
    failure::ProviderError,
    policy::after,
    ports::{Ambient, Budget, Permit, Timer, Wanted},
};

/// Permits that are taken at once where nobody waits for the answer.
const AT_ONCE: u32 = 3;
/// Windows that a pause shuts beside the present one: a minute.
const PAUSE: i64 = 10;
/// Why nothing was sent.
const USED_UP: &str = "the budget of calls is used up";
const UNREACHABLE: &str = "the budget of calls cannot be asked";

/// What the process knows of the budget.
#[derive(Clone, Copy, Debug, Default)]
struct Known {
    /// Permits left, and the only window that they are good for.
    left: Option<(Window, u32)>,
    /// The latest window that had no permit for us.
    denied: Option<Window>,
    /// The last window of a pause that began here.
    paused_until: Option<Window>,
}

impl Known {
    /// Whether the window need not be asked for.
    fn closed(&self, window: Window) -> bool {
        self.denied == Some(window) || self.paused_until.is_some_and(|last| window <= last)
    }
}

/// The permits of one process for one class.
#[derive(Debug)]
pub(super) struct Permits<B> {
    budget: B,
    limits: Limits,
    class: Class,
    account: String,
    known: Mutex<Known>,
}

impl<B: Clone> Permits<B> {
    pub(super) fn new(budget: B, limits: Limits, class: Class, account: &str) -> Self {
        Self { budget, limits, class, account: account.to_owned(), known: Mutex::default() }
    }

    pub(super) fn of(&self, class: Class, reached: impl FnOnce(&B) -> B) -> Self {
        Self::new(reached(&self.budget), self.limits, class, &self.account)
    }
}

impl<B: Budget> Permits<B> {
    /// Takes a permit for a call to be made now. Waits for it as long as the budget is used up or shut and
    /// the wait ends before `until`; then, and when the budget cannot be asked, nothing may be sent.
    pub(super) async fn take<A: Ambient + Timer>(
        &self,
        ambient: &A,
        until: Timestamp,
    ) -> Result<(), ProviderError> {
        loop {
            let window = Window::of(ambient.now());
            let granted = self.spend(window) || self.ask(window).await?;
            if Window::of(ambient.now()) != window {
                continue; // the table took its time: whatever it said was for a window that is over
            }
            if granted {
                return Ok(());
            }
            let next = window.after(1).begins();
            let moment = after(next, part(self.spread(), ambient.random()));
            if moment > until {
                return Err(ProviderError::Unsent(USED_UP));
            }
            ambient.sleep(moment.duration_since(ambient.now())).await;
        }
    }

    /// Over how much of a window those who were denied come back. Who waits for an answer comes at its start.
    fn spread(&self) -> SignedDuration {
        match self.class {
            Class::Interactive => SignedDuration::ZERO,
            Class::Sweep | Class::Delete => Window::length() * 3 / 4,
        }
    }

    /// Spends a permit that was taken before.
    fn spend(&self, window: Window) -> bool {
        self.with(|known| match &mut known.left {
            _ if known.paused_until.is_some_and(|last| window <= last) => false,
            Some((of, left)) if *of == window && *left > 0 => {
                *left -= 1;
                true
            }
            _ => false,
        })
    }

    /// Asks the table, unless it has answered for this window already.
    async fn ask(&self, window: Window) -> Result<bool, ProviderError> {
        if self.with(|known| known.closed(window)) {
            return Ok(false);
        }
        let unreachable = |_| ProviderError::Unsent(UNREACHABLE);
        let (looks, several) = match self.class {
            Class::Interactive => (false, 1),
            Class::Sweep | Class::Delete => (true, AT_ONCE.min(self.limits.reserved(self.class))),
        };
        let (account, class, limits) = (self.account.as_str(), self.class, &self.limits);
        let wanted = Wanted { account, window, class, calls: several, limits };
        let mut permit = Permit::Granted;
        if looks {
            permit = self.budget.room(&wanted).await.map_err(unreachable)?;
        }
        if permit == Permit::Granted {
            permit = self.budget.take(&wanted).await.map_err(unreachable)?;
        }
        self.with(|known| match permit {
            Permit::Granted => (known.left, known.denied) = (Some((window, several - 1)), None),
            Permit::Full | Permit::Paused => (known.left, known.denied) = (None, Some(window)),
        });
        Ok(permit == Permit::Granted)
    }

    /// Stops everybody for a minute. If even that cannot be written, at least this process stops.
    pub(super) async fn pause<A: Ambient>(&self, ambient: &A) {
        let now = Window::of(ambient.now());
        self.with(|known| (known.left, known.paused_until) = (None, Some(now.after(PAUSE))));
        let windows: Vec<_> = (0..=PAUSE).map(|window| now.after(window)).collect();
        // What cannot be shut now is made good by the next call that is throttled.
        drop(self.budget.shut(&self.account, &windows).await);
    }

    fn with<T>(&self, look: impl FnOnce(&mut Known) -> T) -> T {
        look(&mut self.known.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
