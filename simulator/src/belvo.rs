//! The handle that everybody holds: HTTP routes, tests and the widget all go through it to one state
//! behind one lock.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use jiff::Timestamp;

use crate::book::{Book, Record};
use crate::calls::Calls;
use crate::creation::{credentials_storage, person, refresh_rate};
use crate::encoding::{hex, uuid, uuid_of};
use crate::link::{InstitutionUserId, Link, NewLink, Status};
use crate::sandbox::institution_user_id;
use crate::snapshot::{OpenError, SnapshotFile};
use crate::state::State;
use crate::widget::{self, Connect, Connected};
use crate::world::{Clock, Entropy};
use crate::{api, control, faults};
use crate::{keys::KeyBook, settings::Settings, switches::Switches};

/// A Belvo. Cloning it is cheap and gives another handle to the same one.
#[derive(Clone)]
pub struct Belvo {
    inner: Arc<Inner>,
}

struct Inner {
    secret_id: String,
    secret_password: String,
    keys: KeyBook,
    base_url: Option<String>,
    clock: Clock,
    entropy: Entropy,
    state: Mutex<State>,
    file: Option<SnapshotFile>,
    /// Held during a round of webhooks, so that no delivery is attempted twice at once.
    rounds: tokio::sync::Mutex<()>,
}

impl Belvo {
    /// A Belvo that forgets everything when it is dropped.
    #[must_use]
    pub fn new(settings: Settings, clock: Clock, entropy: Entropy) -> Self {
        Self::with(settings, clock, entropy, None, Book::default())
    }

    /// A Belvo whose links and widget tokens live in a file. The file is written after every change,
    /// before the change is answered. If that fails (a full disk), an error is logged, the change
    /// stays in memory, and the next change writes everything again.
    pub fn open(settings: Settings, clock: Clock, entropy: Entropy, path: &Path) -> Result<Self, OpenError> {
        let (file, book) = SnapshotFile::open(path)?;
        Ok(Self::with(settings, clock, entropy, Some(file), book))
    }

    fn with(
        settings: Settings,
        clock: Clock,
        entropy: Entropy,
        file: Option<SnapshotFile>,
        book: Book,
    ) -> Self {
        let state = State::new(book, settings.switches, settings.webhooks);
        Self {
            inner: Arc::new(Inner {
                keys: KeyBook::of(&settings.secret_id, &settings.secret_password),
                secret_id: settings.secret_id,
                secret_password: settings.secret_password,
                base_url: settings.base_url,
                clock,
                entropy,
                state: Mutex::new(state),
                file,
                rounds: tokio::sync::Mutex::default(),
            }),
        }
    }

    /// The API, the widget and the control API.
    pub fn router(&self) -> Router {
        api::gate(
            self,
            api::routes().merge(widget::routes()).merge(control::routes()).with_state(self.clone()),
        )
    }

    /// Makes one more pair of keys good, as the dashboard does.
    pub fn issue_keys(&self, id: &str, password: &str) {
        self.inner.keys.issue(id, password);
    }

    /// Deletes the keys with this id, as the dashboard does.
    pub fn revoke_keys(&self, id: &str) {
        self.inner.keys.revoke(id);
    }

    pub(crate) fn keys(&self) -> &KeyBook {
        &self.inner.keys
    }

    /// How often each API route was called.
    #[must_use]
    pub fn calls(&self) -> Calls {
        self.lock().calls.clone()
    }

    /// Starts counting again.
    pub fn reset_calls(&self) {
        self.lock().calls = Calls::default();
    }

    /// How it behaves now.
    #[must_use]
    pub fn switches(&self) -> Switches {
        self.lock().switches.clone()
    }

    /// Changes how it behaves, from the next request on.
    pub fn set_switches(&self, switches: Switches) {
        self.lock().switches = switches;
    }

    /// Every link, newest first, whether it is visible yet or not.
    #[must_use]
    pub fn links(&self) -> Vec<Link> {
        self.settle();
        let state = self.lock();
        let records = state.book.newest_first();
        records.map(|record| record.link).collect()
    }
}

/// What a test does behind the counter.
#[expect(clippy::must_use_candidate, reason = "these act; their answers may be ignored")]
impl Belvo {
    /// Puts a link there, without any of Belvo's rules.
    pub fn plant(&self, new: NewLink) -> Link {
        let record = self.planted(new);
        let link = record.link.clone();
        self.change(|state| {
            state.upkeep.watch(&record.link);
            state.book.put(record);
        });
        link
    }

    /// Gives a link another status. `false`: there is no such link.
    pub fn set_status(&self, id: &str, status: Status) -> bool {
        self.change(|state| {
            let changed = state.book.change(id, |link| link.status = status);
            if let Some(record) = state.book.get(id) {
                state.upkeep.watch(&record.link);
            }
            changed
        })
    }

    /// Deletes a link behind everybody's back. `false`: there is no such link.
    pub fn remove(&self, id: &str) -> bool {
        self.change(|state| state.delete(id).is_some())
    }

    /// What a person does in the Connect Widget, as `POST /widget/connect`.
    #[expect(clippy::needless_pass_by_value, reason = "a visit is made up on the spot and used once")]
    pub fn connect(&self, connect: Connect) -> Connected {
        self.settle();
        faults::widget(self, widget::connect(self, &connect))
    }

    /// Makes the institution refuse the login that Belvo stored for a link, until somebody gives
    /// another. The link keeps its status until Belvo tries. `false`: there is no such link.
    pub fn break_login(&self, id: &str) -> bool {
        self.change(|state| {
            let known = state.book.get(id).is_some();
            if known {
                state.upkeep.broken.insert(id.to_owned());
            }
            known
        })
    }
}

/// For the rest of the house.
impl Belvo {
    fn planted(&self, new: NewLink) -> Record {
        let id = new.id.unwrap_or_else(|| self.fresh_id());
        let institution = new.institution.unwrap_or_else(|| "erebor_mx_retail".to_owned());
        let username = new.username.unwrap_or_else(|| format!("planted-{id}"));
        let mode = new.access_mode.unwrap_or_default();
        let created_at = new.created_at.unwrap_or_else(|| self.now());
        let derived = || institution_user_id(self.secret(), &institution, &username);
        Record {
            person: person(&institution, &username),
            made_at: None,
            link: Link {
                access_mode: mode,
                status: new.status.unwrap_or_default(),
                refresh_rate: new.refresh_rate.or_else(|| refresh_rate(mode)),
                created_by: new.created_by.unwrap_or_else(|| self.created_by()),
                last_accessed_at: new.last_accessed_at.or(Some(created_at)),
                external_id: new.external_id,
                created_at,
                institution_user_id: match new.institution_user_id {
                    InstitutionUserId::Derived => Some(derived()),
                    InstitutionUserId::Null => None,
                    InstitutionUserId::Is(given) => Some(given),
                },
                credentials_storage: new.credentials_storage.unwrap_or_else(|| credentials_storage(mode)),
                stale_in: new.stale_in,
                fetch_resources: new.fetch_resources.unwrap_or_else(|| vec!["ACCOUNTS".to_owned()]),
                id,
                institution,
            },
        }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it holds the lock; if it did, the book would still be whole.
        self.inner.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the book. When this returns, the change is on the disk (if there is a file).
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.lock();
        let answer = change(&mut state);
        if let Some(file) = &self.inner.file
            && let Err(error) = file.save(&state.book)
        {
            tracing::error!(%error, "the snapshot could not be written; it will be tried again at the next change");
        }
        answer
    }

    /// Brings what falls due by itself up to now. Called before each request is looked at.
    pub(crate) fn settle(&self) {
        let now = self.now();
        let mut state = self.lock();
        if state.settle(now) {
            drop(state);
            // Writes the file, if there is one.
            self.change(|_| ());
        }
    }

    /// Now, as precisely as Belvo tells it.
    pub(crate) fn now(&self) -> Timestamp {
        let now = (self.inner.clock)();
        Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
    }

    pub(crate) fn fresh_id(&self) -> String {
        uuid((self.inner.entropy)())
    }

    pub(crate) fn request_id(&self) -> String {
        hex(&(self.inner.entropy)())
    }

    pub(crate) fn rounds(&self) -> &tokio::sync::Mutex<()> {
        &self.inner.rounds
    }

    pub(crate) fn secret(&self) -> &str {
        &self.inner.secret_password
    }

    pub(crate) fn secret_id(&self) -> &str {
        &self.inner.secret_id
    }

    pub(crate) fn base_url(&self) -> Option<&str> {
        self.inner.base_url.as_deref()
    }

    /// The Belvo user whom links made with our key belong to.
    pub(crate) fn created_by(&self) -> String {
        uuid_of(&["created-by", &self.inner.secret_id])
    }
}

#[cfg(test)]
mod tests;
