//! Short ways to make what the rules talk about. Time is told in minutes after the start of the story.

use jiff::{SignedDuration, Timestamp};

use crate::{
    change::Source,
    external_id::ExternalId,
    link::{Claim, LinkRecord, LinkState, LinkStatus, ProviderLink, QuarantineReason, QuarantinedLink},
    observe::Notice,
    session::{LinkSession, Purpose},
    user::{Ledger, User},
    values::{Institution, InstitutionUserId, LinkId, SessionId},
};

/// So many minutes after the start of the story.
pub(crate) fn minute(minutes: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * 365 * 56) + SignedDuration::from_mins(minutes)
}

pub(crate) fn ana() -> ExternalId {
    ExternalId::parse("ana").expect("valid")
}

pub(crate) fn bia() -> ExternalId {
    ExternalId::parse("bia").expect("valid")
}

pub(crate) fn link_id(number: u8) -> LinkId {
    LinkId::parse(&format!("{number:08x}-0000-4000-8000-000000000000")).expect("valid")
}

pub(crate) fn session_id(number: u8) -> SessionId {
    SessionId::mint([number; 16])
}

pub(crate) fn bank() -> Institution {
    Institution::parse("erebor_mx_retail").expect("valid")
}

pub(crate) fn login(name: &str) -> InstitutionUserId {
    InstitutionUserId::parse(name).expect("valid")
}

/// A session of this user, to connect an account.
pub(crate) fn session(number: u8, owner: &ExternalId, issued: i64) -> LinkSession {
    LinkSession {
        id: session_id(number),
        owner: owner.clone(),
        purpose: Purpose::Create,
        issued_at: minute(issued),
        expires_at: minute(issued + 10),
        link_id: None,
        outcome: None,
        due_at: None,
        revision: 1,
    }
}

/// The session after it made this link.
pub(crate) fn spent(session: LinkSession, number: u8) -> LinkSession {
    LinkSession { link_id: Some(link_id(number)), ..session }
}

/// A valid link that Belvo shows, of a login that no other link has.
pub(crate) fn shown(number: u8, owner: &ExternalId, created: i64) -> ProviderLink {
    ProviderLink {
        id: link_id(number),
        institution: bank(),
        access_mode: None,
        status: LinkStatus::Valid,
        claim: Claim::Named(owner.clone()),
        created_at: minute(created),
        institution_user_id: Some(login(&format!("login-{number}"))),
    }
}

/// The same link with another status.
pub(crate) fn with_status(link: ProviderLink, status: LinkStatus) -> ProviderLink {
    ProviderLink { status, ..link }
}

/// The same link of a given login.
pub(crate) fn with_login(link: ProviderLink, name: &str) -> ProviderLink {
    ProviderLink { institution_user_id: Some(login(name)), ..link }
}

/// The record of this link, bound to this user when it was made.
pub(crate) fn bound(link: &ProviderLink, owner: &ExternalId, by: Option<u8>) -> LinkRecord {
    LinkRecord {
        link_id: link.id,
        owner: owner.clone(),
        institution: link.institution.clone(),
        access_mode: link.access_mode,
        status: Some(link.status.clone()),
        state: LinkState::of(&link.status),
        institution_user_id: link.institution_user_id.clone(),
        created_at: Some(link.created_at),
        last_observed_at: link.created_at,
        institution_name: None,
        accounts: None,
        session_id: by.map(session_id),
        superseded_by: None,
        missing_since: None,
        consent_ends_at: None,
        revision: 1,
    }
}

/// The same record in another state.
pub(crate) fn in_state(record: LinkRecord, state: LinkState) -> LinkRecord {
    LinkRecord { state, ..record }
}

pub(crate) fn pending(number: u8, session: &LinkSession, at: i64) -> LinkRecord {
    LinkRecord::pending(link_id(number), session, bank(), minute(at))
}

/// The item of a link that was set aside a minute after it was made.
pub(crate) fn set_aside(link: &ProviderLink, reason: QuarantineReason) -> QuarantinedLink {
    QuarantinedLink {
        link_id: link.id,
        reason,
        claim: link.claim.clone(),
        institution: link.institution.clone(),
        status: link.status.clone(),
        created_at: link.created_at,
        first_seen_at: link.created_at + SignedDuration::from_mins(1),
        revision: 1,
    }
}

pub(crate) fn ledger(owner: &ExternalId, links: Vec<LinkRecord>, sessions: Vec<LinkSession>) -> Ledger {
    Ledger { user: User::new(owner.clone(), minute(-60)), links, sessions }
}

pub(crate) fn notice(source: Source, at: i64) -> Notice {
    Notice { source, asked_at: minute(at) }
}
