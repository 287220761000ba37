//! What the use cases need from outside, in the domain's words. Implementations are in `adapters`.

mod acting;
mod deletions;
mod follow_ups;
mod publisher;
mod sweeps;
mod trail;

pub use acting::Acting;
pub use deletions::{Deletions, ErasureRequests, Erasures, Intents, ProviderDeletion, Tombstones};
pub use follow_ups::{Consent, ConsentPage, Consents, FiledWebhooks, FollowUps, Inbox};
pub use publisher::{Publisher, Unpublished};
pub use sweeps::{Census, Meter, Spent, Sweeps};
pub use trail::{Place, Stretch, Subject, Trail};

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp, civil::Date};

use crate::{
    budget::{Class, Limits, Window},
    change::{AuditEvent, Commit, WriterId},
    consent::ConsentHolder,
    external_id::ExternalId,
    failure::{CommitError, ProviderError, StoreError},
    link::{LinkRecord, ProviderLink},
    plan::Markers,
    user::{Ledger, User},
    values::{Code, Currency, Institution, InstitutionName, LinkId},
};

/// Time and chance. Implementations: the real ones, and ones that a test turns by hand.
pub trait Ambient: Send + Sync {
    /// Now, by our clock.
    fn now(&self) -> Timestamp;
    /// 128 random bits that nobody can guess.
    fn random(&self) -> [u8; 16];
}

/// Waiting. In a story that is told by hand, nobody waits: the clock is turned.
pub trait Timer: Send + Sync {
    /// Comes back after this long.
    fn sleep(&self, time: SignedDuration) -> impl Future<Output = ()> + Send;
}

/// What asking for permits came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permit {
    /// The calls may be made, within this window.
    Granted,
    /// The window has no room for them.
    Full,
    /// Belvo throttled somebody: nobody calls in this window.
    Paused,
}

/// Calls that somebody wants to make.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// Belvo's environment: each has a budget of its own.
    pub account: &'a str,
    /// When.
    pub window: Window,
    /// What for.
    pub class: Class,
    /// How many.
    pub calls: u32,
    /// The account's limits.
    pub limits: &'a Limits,
}

/// The account's counters of calls to Belvo.
pub trait Budget: Send + Sync {
    /// Counts the calls, if all bounds of their class allow it. MUST be one conditional write, whatever others do
    /// at the same time.
    fn take(&self, wanted: &Wanted<'_>) -> impl Future<Output = Result<Permit, StoreError>> + Send;

    /// What [`Budget::take`] would answer now. Writes nothing and promises nothing.
    fn room(&self, wanted: &Wanted<'_>) -> impl Future<Output = Result<Permit, StoreError>> + Send;

    /// Shuts these windows for everybody. At most 25, and all at once: somebody may be waiting.
    fn shut(&self, account: &str, windows: &[Window]) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// What registering came to. "Known already" is an answer: the repeat of a request is ordinary life.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Registered {
    /// The user is new.
    New(User),
    /// The user was registered before, at the time it says; the one whom an alias stands for.
    Known(User),
    /// Somebody had this id and was erased: it is never used again.
    Erased,
}

/// The only thing that registration needs.
pub trait Users: Sync {
    /// Records `user` with `event` if it is new. MUST be atomic: two calls at once yield one `New`, and a
    /// repeat of the same call with the same `writer` is `New` again.
    fn register(
        &self,
        user: &User,
        event: &AuditEvent,
        writer: &WriterId,
    ) -> impl Future<Output = Result<Registered, StoreError>> + Send;

    /// Records `user`, whose alias is the id of somebody who was erased: from now on that stands for `user`. MUST be
    /// atomic and safe to repeat as [`Users::register`] is; `Known` when it stands for somebody else meanwhile.
    fn register_again(
        &self,
        user: &User,
        tombstone: &ExternalId,
        event: &AuditEvent,
        writer: &WriterId,
    ) -> impl Future<Output = Result<Registered, StoreError>> + Send;
}

/// What making an id stand for a user came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aliased {
    /// It stands for the user from now on.
    New,
    /// It did already.
    Known,
    /// It is a user, or stands for another.
    Taken,
    /// Another id stands for the user already.
    HasAnother,
}

/// Users who were brought in under an `external_id` of their own: the id that the app's reference derives to
/// stands for theirs.
pub trait Aliases: Sync {
    /// Makes `alias` stand for `user`, who is registered, and files `event`. MUST be atomic: an id that is a
    /// user, or stands for one, never stands for another, and one user has at most one alias. A repeat with
    /// the same `writer` is `New` again.
    fn stand_for(
        &self,
        alias: &ExternalId,
        user: &User,
        event: &AuditEvent,
        writer: &WriterId,
    ) -> impl Future<Output = Result<Aliased, StoreError>> + Send;
}

/// Reading and changing what we hold of one user. An alias reads as the user whom it stands for.
pub trait Ledgers: Sync {
    /// Everything of one user, consistently read; `None` when there is no such user.
    fn ledger(&self, user: &ExternalId) -> impl Future<Output = Result<Option<Ledger>, StoreError>> + Send;

    /// The user's links only, consistently read; `None` when there is no such user.
    fn links(
        &self,
        user: &ExternalId,
    ) -> impl Future<Output = Result<Option<Vec<LinkRecord>>, StoreError>> + Send;

    /// Who holds these link ids; ids that nobody holds are left out.
    fn markers(&self, ids: &[LinkId]) -> impl Future<Output = Result<Markers, StoreError>> + Send;

    /// Makes all changes of `commit` or none. MUST be conditional as [`crate::change`] says, MUST recognise
    /// its own repeated write, and MUST be durable before it returns.
    fn commit(&self, commit: &Commit) -> impl Future<Output = Result<(), CommitError>> + Send;
}

/// What Belvo answered about one id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// Belvo has it.
    Found(ProviderLink),
    /// Belvo answered 404 with code `not_found`, to an authenticated call. Nothing else counts as this.
    NotFound,
}

/// What a widget token is asked for.
#[derive(Clone, Debug)]
pub struct TokenRequest {
    /// The user, for the link that the widget makes.
    pub external_id: ExternalId,
    /// Only for Update Mode: the link to log in again for.
    pub link_id: Option<LinkId>,
    /// Only for Brazil's open finance: who consents.
    pub consent: Option<ConsentHolder>,
}

/// A widget access token: a secret that goes to the user's app and nowhere else.
pub type WidgetToken = secrecy::SecretString;

/// One page of Belvo's list of links.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// The records that can be read.
    pub links: Vec<ProviderLink>,
    /// How many records could not be read and were set aside.
    pub unreadable: usize,
    /// How many links Belvo says there are in all.
    pub count: usize,
    /// Whether there is a page after this one.
    pub more: bool,
}

/// One account of a link, as far as duplicates are told by it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The link that it was read through.
    pub link_id: LinkId,
    /// The institution.
    pub institution: Institution,
    /// The institution's name for it. Personal: never stored or logged in clear.
    pub name: Option<String>,
    /// Its number. Personal: never stored or logged in clear.
    pub number: Option<String>,
    /// What kind of account it is.
    pub category: Option<Code>,
    /// Its currency.
    pub currency: Option<Currency>,
}

/// What people recognise links by, as far as Belvo told it; what it did not tell is `None`.
#[derive(Clone, Debug, Default)]
pub struct Recognised {
    /// The institutions' own names, of those that Belvo has one for.
    pub names: Option<BTreeMap<Institution, InstitutionName>>,
    /// The links' accounts, of those that have some.
    pub accounts: Option<Vec<Account>>,
}

/// Belvo.
pub trait Provider: Sync {
    /// Which of Belvo's environments this is: the name of its host.
    fn environment(&self) -> String;

    /// All links whose record names this user.
    fn links_of(
        &self,
        user: &ExternalId,
    ) -> impl Future<Output = Result<Vec<ProviderLink>, ProviderError>> + Send;

    /// One link.
    fn link(&self, id: LinkId) -> impl Future<Output = Result<Lookup, ProviderError>> + Send;

    /// A token for the widget.
    fn token(
        &self,
        request: &TokenRequest,
    ) -> impl Future<Output = Result<WidgetToken, ProviderError>> + Send;

    /// One page of the links that Belvo made on these days, both included, in its own time zone, which is not
    /// known. `page` counts from 1.
    fn made_on(
        &self,
        from: Date,
        to: Date,
        page: u32,
    ) -> impl Future<Output = Result<Page, ProviderError>> + Send;

    /// One page of the links that need a new login or token.
    fn unusable(&self, page: u32) -> impl Future<Output = Result<Page, ProviderError>> + Send;

    /// Those of these links that Belvo lists. One that is missing is not gone: ask for it with
    /// [`Provider::link`].
    fn links_by_id(
        &self,
        ids: &[LinkId],
    ) -> impl Future<Output = Result<Vec<ProviderLink>, ProviderError>> + Send;

    /// What people recognise these institutions and links by. Not worth a wait or a failure: what Belvo does not tell
    /// at once is left out. Of either at most fifty, and no call where there are none.
    fn recognised(
        &self,
        institutions: &[Institution],
        links: &[LinkId],
    ) -> impl Future<Output = Recognised> + Send;

    /// The accounts of these links, as Belvo has them stored: no institution is visited.
    fn accounts_of(
        &self,
        links: &[LinkId],
    ) -> impl Future<Output = Result<Vec<Account>, ProviderError>> + Send;
}
