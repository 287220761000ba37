//! Operations of the store, as values: what is asked of both places, told again, and left out.

use domain::{
    budget::{Class, Limits, Window},
    change::{AuditEvent, Commit, WriterId},
    deletion::erasure::{Certificate, Erasure},
    external_id::ExternalId,
    failure::{CommitError, StoreError},
    follow_up::Agenda,
    ports::{Budget, Stretch, Subject, Wanted},
    sweep::{Plan, PlanId, Report, SweepState},
    user::User,
    values::LinkId,
    webhooks::{Webhook, WebhookState},
};
use jiff::{Timestamp, civil::Date};
use tests::contract::Store;

use super::answer::{Answer, groups};

/// Calls that somebody wants to make.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Calls {
    pub(crate) account: &'static str,
    pub(crate) window: Window,
    pub(crate) class: Class,
    pub(crate) many: u32,
    pub(crate) limits: Limits,
}

impl Calls {
    fn wanted(&self) -> Wanted<'_> {
        let Self { account, window, class, many, limits } = self;
        Wanted { account, window: *window, class: *class, calls: *many, limits }
    }
}

/// What a sweep leaves behind.
#[derive(Clone, Debug)]
pub(crate) struct Ending {
    pub(crate) state: SweepState,
    pub(crate) held: u64,
    pub(crate) report: Report,
    pub(crate) plan: Option<Plan>,
}

/// Each operation: what it is told with, its name, how a store is asked, and what its answer is.
macro_rules! operations {
    ($store:ident; $($op:ident($($told:ident: $as:ty),*) $name:literal: $ask:expr, $answer:expr;)*) => {
        /// One operation of one port. A `usize` is how many are asked for at most.
        #[derive(Clone, Debug)]
        pub(crate) enum Op {
            $($op($($as),*),)*
        }

        impl Op {
            /// The operation's name.
            pub(crate) fn name(&self) -> &'static str {
                match self {
                    $(Self::$op { .. } => $name,)*
                }
            }

            /// What this store answers.
            pub(crate) async fn ask(&self, $store: &(impl Store + Budget)) -> Answer {
                match self {
                    $(Self::$op($($told),*) => match $ask.await {
                        Ok(answer) => $answer(answer),
                        Err(error) => Answer::of(&CommitError::from(error)),
                    },)*
                }
            }
        }
    };
}

operations! { store;
    Register(user: User, event: AuditEvent, writer: WriterId)
        "register": store.register(user, event, writer), Answer::Registered;
    RegisterAgain(user: User, tombstone: ExternalId, event: AuditEvent, writer: WriterId)
        "register again": store.register_again(user, tombstone, event, writer), Answer::Registered;
    StandFor(alias: ExternalId, user: User, event: AuditEvent, writer: WriterId)
        "stand for": store.stand_for(alias, user, event, writer), Answer::aliased;
    Ledger(user: ExternalId) "ledger": store.ledger(user), Answer::Ledger;
    Links(user: ExternalId) "links": store.links(user), Answer::Links;
    Markers(links: Vec<LinkId>) "markers": store.markers(links), Answer::Markers;
    Commit(commit: Commit) "commit": store.commit(commit), Answer::done;
    Intents(links: Vec<LinkId>) "intents": store.intents(links), Answer::Intents;
    Due(now: Timestamp, most: usize) "due intents": store.due(*now, *most), Answer::Due;
    Stopped() "stopped": store.stopped(), Answer::is;
    Stop(stopped: bool) "stop": store.stop(*stopped), Answer::done;
    LookedThrough() "looked through": store.looked_through(), Answer::Moment;
    NoteLookedThrough(at: Timestamp) "note looked through": store.note_looked_through(*at), Answer::done;
    Erasure(user: ExternalId) "erasure": store.erasure(user), Answer::Erasure;
    PutErasure(erasure: Erasure) "put erasure": store.put_erasure(erasure), Answer::is;
    Erase(user: User, erasure: Erasure, event: AuditEvent, writer: WriterId)
        "erase": store.erase(user, erasure, event, writer), Answer::is;
    Erasing(now: Timestamp, most: usize) "erasing": store.erasing(*now, *most), Answer::Erasing;
    Remains(user: ExternalId) "remains": store.remains(user), Answer::remains;
    Purge(user: ExternalId, links: Vec<LinkId>, late: bool)
        "purge": purged(store, user, links, *late), Answer::Count;
    Certify(erasure: Erasure, certificate: Certificate)
        "certify": store.certify(erasure, certificate), Answer::is;
    Certificates(most: usize) "certificates": store.certificates(*most), Answer::Certificates;
    Take(calls: Calls) "take": store.take(&calls.wanted()), Answer::permit;
    Room(calls: Calls) "room": store.room(&calls.wanted()), Answer::permit;
    Shut(account: &'static str, windows: Vec<Window>) "shut": store.shut(account, windows), Answer::done;
    MadeBetween(from: Date, to: Date) "made between": store.made_between(*from, *to), Answer::entries;
    Named(most: usize) "named": store.named(*most), Answer::Entries;
    Standing(links: Vec<(ExternalId, LinkId)>) "standing": store.standing(links), Answer::entries;
    Grouped(from: usize) "grouped": groups(store, *from), Answer::Groups;
    Quarantine(most: usize) "quarantine": store.quarantine(*most), Answer::Quarantine;
    QuarantineSize(most: usize) "quarantine size": store.quarantine_size(*most), Answer::Count;
    State() "state": store.state(), Answer::state;
    PutState(state: Box<SweepState>, held: u64) "put state": store.put_state(state, *held), Answer::is;
    Finish(end: Box<Ending>)
        "finish": store.finish(&end.state, end.held, &end.report, end.plan.as_ref()), Answer::is;
    Reports(most: usize) "reports": store.reports(*most), Answer::Reports;
    Plan(id: PlanId) "plan": store.plan(id), Answer::Plan;
    MarkApplied(plan: Box<Plan>, at: Timestamp) "mark applied": store.mark_applied(plan, *at), Answer::is;
    File(webhook: Webhook) "file": store.file(webhook), Answer::is;
    DueWebhooks(now: Timestamp, most: usize)
        "due webhooks": store.due_webhooks(*now, *most), Answer::Webhooks;
    Settle(webhook: Webhook) "settle": store.settle(webhook), Answer::is;
    Webhooks(state: WebhookState, day: Option<Date>, most: usize)
        "webhooks": store.webhooks(*state, *day, *most), Answer::Webhooks;
    WebhooksAbout(links: Vec<LinkId>) "webhooks about": store.webhooks_about(links), Answer::Webhooks;
    Records(links: Vec<(ExternalId, LinkId)>) "records": store.records(links), Answer::records;
    DueSessions(now: Timestamp, most: usize)
        "due sessions": store.due_sessions(*now, *most), Answer::Sessions;
    Agenda() "agenda": store.agenda(), Answer::Agenda;
    PutAgenda(agenda: Agenda) "put agenda": store.put_agenda(agenda), Answer::is;
    Trail(of: Subject, stretch: Stretch) "trail": store.trail(of, stretch), Answer::Trail;
}

/// As an erasure does it: what of these links remains is read, and then goes; `late` if they changed in between.
async fn purged(
    store: &impl Store,
    user: &ExternalId,
    links: &[LinkId],
    late: bool,
) -> Result<usize, StoreError> {
    let mut read = store.remains(user).await?;
    read.links.retain(|record| links.is_empty() || links.contains(&record.link_id));
    for record in &mut read.links {
        record.revision -= u64::from(late);
    }
    store.purge(user, &read).await
}
