//! The few things that a world is about: a user, up to three links, minutes.

use std::sync::LazyLock;

use domain::{
    external_id::ExternalId,
    link::{Claim, LinkRecord, LinkState, LinkStatus, ProviderLink},
    policy::Policy,
    user::{Ledger, User},
    values::{Institution, InstitutionUserId, LinkId},
};
use jiff::{SignedDuration, Timestamp};

/// Most links of a world.
pub const LINKS: usize = 3;

/// The minutes between two answers "not found" that prove something. What the properties ask for, whatever the
/// production is told.
pub const GRACE: i64 = 2;

/// So many minutes after the beginning.
pub fn minute(minutes: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * 365 * 56) + SignedDuration::from_mins(minutes)
}

/// The user.
pub fn ana() -> &'static ExternalId {
    static ANA: LazyLock<ExternalId> = LazyLock::new(|| ExternalId::parse("ana").expect("an id"));
    &ANA
}

/// The ids of the links.
pub fn ids() -> &'static [LinkId; LINKS] {
    static IDS: LazyLock<[LinkId; LINKS]> = LazyLock::new(|| {
        std::array::from_fn(|n| {
            LinkId::parse(&format!("{:08x}-0000-4000-8000-000000000000", n + 1)).expect("an id")
        })
    });
    &IDS
}

/// The place of a link; `None` for the id that no link has.
pub fn place(id: LinkId) -> Option<usize> {
    ids().iter().position(|known| *known == id)
}

/// A link as Belvo shows it. `login` tells accounts apart.
pub fn shown(n: usize, login: u8, valid: bool) -> ProviderLink {
    ProviderLink {
        id: ids()[n],
        institution: Institution::parse("erebor_mx_retail").expect("an institution"),
        access_mode: None,
        status: if valid { LinkStatus::Valid } else { LinkStatus::Invalid },
        claim: Claim::Named(ana().clone()),
        created_at: minute(-1000),
        institution_user_id: Some(InstitutionUserId::parse(format!("login-{login}")).expect("a login")),
    }
}

/// The record of a link that was bound long ago.
pub fn bound(n: usize, login: u8, survivor: Option<usize>) -> LinkRecord {
    let record = LinkRecord::bound(&shown(n, login, true), ana().clone(), None, minute(-999));
    let state = if survivor.is_some() { LinkState::Superseded } else { record.state };
    LinkRecord { state, superseded_by: survivor.map(|kept| ids()[kept]), revision: 1, ..record }
}

/// Everything that is held of the user.
pub fn ledger(links: Vec<LinkRecord>) -> Ledger {
    Ledger { user: User::new(ana().clone(), minute(-2000)), links, sessions: Vec::new() }
}

/// The production's rules, with figures that a few minutes are enough for.
pub fn policy() -> Policy {
    Policy {
        provider_deletion: true,
        superseded_kept: None,
        ghost_grace: SignedDuration::from_mins(GRACE),
        deletion_every: SignedDuration::from_mins(1),
        deletion_patience: SignedDuration::from_mins(1),
        ..Policy::default()
    }
}
