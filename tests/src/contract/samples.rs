//! The people and things of the rules. Places are new for every rule, so names may repeat.

use std::collections::BTreeSet;

use domain::{
    change::{Action, AuditEvent, Change, Commit, Source, WriterId},
    external_id::ExternalId,
    link::{AccessMode, Claim, LinkRecord, LinkState, LinkStatus, QuarantineReason, QuarantinedLink},
    masked::{Ending, MaskedAccount, MaskedName},
    ports::{Spent, Users},
    session::{LinkSession, Purpose},
    sweep::{
        Breaker, Canary, Counts, LastFull, Negative, Plan, Progress, Report, Scope, Stage, Survivor,
        SweepState,
    },
    user::User,
    values::{Code, Currency, Institution, InstitutionName, InstitutionUserId, LinkId, SessionId},
};
use jiff::{SignedDuration, Timestamp};

/// So many seconds after the stories begin.
#[must_use]
pub fn at(seconds: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs(1_772_445_600 + seconds)
}

/// The `external_id` `user_<name>`.
#[must_use]
pub fn id(name: &str) -> ExternalId {
    ExternalId::parse(format!("user_{name}")).expect("letters and '_'")
}

/// The link of this number.
#[must_use]
pub fn link_id(number: u32) -> LinkId {
    LinkId::parse(&format!("00000000-0000-4000-8000-{number:012}")).expect("a UUID")
}

/// The writer of this number. Every commit has one of its own, unless it repeats another.
#[must_use]
pub fn writer(number: u8) -> WriterId {
    WriterId::mint([number; 16])
}

/// A user, and the event of registering.
#[must_use]
pub fn user(name: &str) -> (User, AuditEvent) {
    let user = User::new(id(name), at(0));
    let event = AuditEvent::new(at(0), Action::Register, Source::Registration);
    let event = AuditEvent { external_id: Some(user.external_id.clone()), ..event };
    (user, event)
}

/// A registered user's id.
pub async fn registered(users: &impl Users, name: &str) -> ExternalId {
    let (user, event) = user(name);
    let writer = WriterId::mint(std::array::from_fn(|at| *name.as_bytes().get(at).unwrap_or(&0)));
    users.register(&user, &event, &writer).await.expect("the store is up");
    user.external_id
}

/// A new link session of this user.
#[must_use]
pub fn session(owner: &ExternalId, number: u8) -> LinkSession {
    LinkSession {
        id: SessionId::mint([number; 16]),
        owner: owner.clone(),
        purpose: Purpose::Create,
        issued_at: at(i64::from(number)),
        expires_at: at(i64::from(number) + 600),
        link_id: None,
        outcome: None,
        due_at: None,
        revision: 1,
    }
}

/// Erebor.
#[must_use]
pub fn institution() -> Institution {
    Institution::parse("erebor_mx_retail").expect("Belvo's own name")
}

/// A new record of a link that waits for Belvo.
#[must_use]
pub fn pending(owner: &ExternalId, number: u32) -> LinkRecord {
    LinkRecord::pending(link_id(number), &session(owner, 1), institution(), at(60))
}

/// A new record of a bound link, with everything that one can have.
#[must_use]
pub fn bound(owner: &ExternalId, number: u32) -> LinkRecord {
    LinkRecord {
        access_mode: Some(AccessMode::Recurrent),
        status: Some(LinkStatus::Valid),
        state: LinkState::Active,
        institution_user_id: Some(InstitutionUserId::parse(format!("login-{number}")).expect("visible")),
        created_at: Some(at(30)),
        institution_name: InstitutionName::parse("Erebor México").ok(),
        accounts: Some(vec![account()]),
        superseded_by: Some(link_id(0)),
        missing_since: Some(at(50)),
        ..pending(owner, number)
    }
}

/// An account of a link, masked.
fn account() -> MaskedAccount {
    MaskedAccount {
        category: Code::parse("CHECKING_ACCOUNT").ok(),
        name: Some(MaskedName::of("Cuenta Corriente")),
        number: Ending::of("646180157042875763"),
        currency: Currency::parse("MXN").ok(),
    }
}

/// The same record, one change later.
#[must_use]
pub fn next(record: &LinkRecord) -> LinkRecord {
    LinkRecord {
        state: LinkState::NeedsUpdate,
        status: Some(LinkStatus::Invalid),
        revision: record.revision + 1,
        ..record.clone()
    }
}

/// A link that nobody owns, new to the quarantine.
#[must_use]
pub fn quarantined(number: u32) -> QuarantinedLink {
    QuarantinedLink {
        link_id: link_id(number),
        reason: QuarantineReason::UnknownUser,
        claim: Claim::Named(id("nobody")),
        institution: institution(),
        status: LinkStatus::Valid,
        created_at: at(30),
        first_seen_at: at(60),
        revision: 1,
    }
}

/// The audit event of a change to this link.
#[must_use]
pub fn event(owner: Option<&ExternalId>, number: u32) -> AuditEvent {
    let action = if owner.is_some() { Action::Bind } else { Action::Quarantine };
    let event = AuditEvent::new(at(60), action, Source::Sweep);
    AuditEvent { external_id: owner.cloned(), link_id: Some(link_id(number)), ..event }
}

/// A commit of these changes, with no event.
#[must_use]
pub fn commit(writer: WriterId, changes: Vec<Change>) -> Commit {
    Commit { changes, audit: Vec::new(), writer, fence: None }
}

/// The commit that binds a new link to its user: ownership, record and event.
#[must_use]
pub fn binding(owner: &ExternalId, number: u32, writer: WriterId) -> Commit {
    let changes = vec![Change::Own(link_id(number), owner.clone()), Change::Link(bound(owner, number))];
    Commit { changes, audit: vec![event(Some(owner), number)], writer, fence: None }
}

/// A sweep's report.
#[must_use]
pub fn report(started: i64) -> Report {
    Report {
        scope: Scope::Full,
        started_at: at(started),
        finished_at: at(started + 5),
        dry_run: false,
        remaining_days: 0,
        counts: counts(),
        canary: Canary::NotNeeded,
        withheld: 0,
        breakers: BTreeSet::new(),
        plan: None,
        left: 0,
        shared: Vec::new(),
        probable: Vec::new(),
        spent: Spent { belvo_calls: 7, table_requests: 9, read_units: 2.5, write_units: 4.0 },
    }
}

/// What a sweep counted.
#[must_use]
pub fn counts() -> Counts {
    let actions = [(Action::Bind, 1), (Action::Supersede, 2)].into();
    Counts { listed: 3, known: 3, quarantined: 1, actions, ..Counts::default() }
}

/// A plan that was withheld.
#[must_use]
pub fn plan(made: i64) -> Plan {
    let breakers = [Breaker::ShrunkenListing, Breaker::TooMany].into();
    let superseded = Negative {
        action: Action::Supersede,
        external_id: id("ana"),
        link_id: link_id(1),
        before: LinkState::Active,
        after: LinkState::Superseded,
        missing_since: None,
        revision: 3,
        survivor: Some(Survivor { link_id: link_id(2), revision: 1 }),
        asked_at: at(made),
    };
    let missed = Negative {
        action: Action::NoteMissing,
        after: LinkState::Active,
        missing_since: Some(at(made)),
        survivor: None,
        ..superseded.clone()
    };
    Plan::new(at(made), at(0), breakers, (20, 9), vec![superseded, missed], Some(link_id(2)))
}

/// The sweeps' state under this token, with a sweep under way that is at this stage.
#[must_use]
pub fn under_way(token: u64, stage: Stage) -> SweepState {
    let progress = Progress {
        stage,
        counts: counts(),
        negatives: plan(1).negatives,
        canary: Some(link_id(2)),
        shared: vec![vec![link_id(1), link_id(2)]],
        spent: report(0).spent,
        ..Progress::new(Scope::Recent, at(0))
    };
    SweepState {
        paused: None,
        token,
        lease_until: Some(at(60)),
        progress: Some(progress),
        last_full: Some(LastFull { finished_at: at(-60), listed: 20, known: 21, first_day: None }),
        last_recent: Some(at(-30)),
        unusable_page: 2,
        environment: Some("sandbox.belvo.com".to_owned()),
        adopting_since: Some(at(50)),
    }
}

/// The same, ended.
#[must_use]
pub fn at_rest(token: u64) -> SweepState {
    SweepState { lease_until: None, progress: None, ..under_way(token, Stage::Conclusion) }
}
