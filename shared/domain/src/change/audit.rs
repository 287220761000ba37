//! The audit trail: what happened, when, by whom and on what evidence. One event for each change, written in its
//! transaction (I14), and never changed again. It names people, links and sessions by opaque ids only (I15).

use std::{fmt, str::FromStr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Action, Source, WriterId};
use crate::{
    external_id::ExternalId,
    link::{LinkRecord, LinkState, QuarantineReason},
    observe::Notice,
    session::LinkSession,
    sweep::PlanId,
    values::{LinkId, SessionId},
};

/// Who made something happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// The user, in the app.
    User,
    /// A program of the app's that may name any user.
    Admin,
    /// A person with the account's own keys, by `linkkeeper`.
    Operator,
    /// The schedule.
    Schedule,
    /// Belvo, by a webhook.
    Belvo,
}

/// What a change rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Evidence {
    /// Somebody asked for it who may.
    Request,
    /// A link session of the user's explains the link.
    Session,
    /// Belvo's record names the user, and the account's rule takes that for enough.
    ExternalId,
    /// The user said so.
    UsersWord,
    /// An operator said so, or a file that an operator vouches for.
    OperatorsWord,
    /// What the widget said.
    WidgetsWord,
    /// Belvo's own record, as it was read.
    Record,
    /// Belvo answered `not_found`.
    NotFound,
    /// Belvo answered `not_found` twice, a grace period apart.
    NotFoundTwice,
    /// Belvo said so by a webhook.
    Webhook,
    /// The link is of the same login as this one, which takes its place.
    DuplicateOf(LinkId),
    /// Nothing shows whose the link is.
    Unexplained(QuarantineReason),
}

impl Source {
    /// Who acts, as far as the way tells by which it came.
    #[must_use]
    pub fn actor(self) -> Actor {
        match self {
            Self::Registration
            | Self::SessionStart
            | Self::Callback
            | Self::Claim
            | Self::Disconnect
            | Self::Erasure => Actor::User,
            Self::Sweep | Self::FollowUp | Self::Deletion => Actor::Schedule,
            Self::Operator | Self::Backfill => Actor::Operator,
            Self::Webhook => Actor::Belvo,
        }
    }

    /// What a change rests on that comes this way, when nothing better is known.
    fn evidence(self) -> Evidence {
        match self {
            Self::Registration | Self::SessionStart | Self::Disconnect | Self::Erasure => Evidence::Request,
            Self::Callback => Evidence::WidgetsWord,
            Self::Claim => Evidence::UsersWord,
            Self::Operator | Self::Backfill => Evidence::OperatorsWord,
            Self::Sweep | Self::FollowUp | Self::Deletion => Evidence::Record,
            Self::Webhook => Evidence::Webhook,
        }
    }
}

impl Evidence {
    /// What a change to no link's record rests on.
    fn of(action: Action, source: Source) -> Self {
        match (action, source) {
            (Action::ConfirmDeletion, Source::Deletion) => Self::NotFound,
            (Action::OpenSession, Source::SessionStart) => Self::Request,
            (_, source) => source.evidence(),
        }
    }

    /// What a change to a link's record rests on.
    fn of_link(action: Action, after: &LinkRecord, source: Source) -> Self {
        match action {
            Action::Bind if after.session_id.is_some() => Self::Session,
            Action::Bind if source == Source::Backfill => Self::OperatorsWord,
            Action::Bind => Self::ExternalId,
            Action::Supersede => after.superseded_by.map_or(Self::Record, Self::DuplicateOf),
            Action::Refresh | Action::Restore | Action::Drop => Self::Record,
            Action::NoteMissing => Self::NotFound,
            Action::Retire => Self::NotFoundTwice,
            Action::Register
            | Action::Alias
            | Action::OpenSession
            | Action::EndSession
            | Action::Await
            | Action::Claim
            | Action::Quarantine
            | Action::LookUp
            | Action::NoteConsent
            | Action::Disconnect
            | Action::MarkDeletion
            | Action::ArmDeletion
            | Action::CancelDeletion
            | Action::ConfirmDeletion
            | Action::Erase
            | Action::CertifyErasure => Self::of(action, source),
        }
    }
}

/// One line of the audit trail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEvent {
    /// When it was decided.
    pub at: Timestamp,
    /// What happened.
    pub action: Action,
    /// Where the knowledge came from.
    pub source: Source,
    /// Who acted, where the source does not tell: see [`AuditEvent::actor`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Actor>,
    /// What it rests on. Events of the first version do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Evidence>,
    /// The plan that was carried out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan_id: Option<PlanId>,
    /// The user concerned, unless nobody owns the link.
    pub external_id: Option<ExternalId>,
    /// The link concerned.
    pub link_id: Option<LinkId>,
    /// The session that explains it.
    pub session_id: Option<SessionId>,
    /// The link's state before.
    pub before: Option<LinkState>,
    /// The link's state after.
    pub after: Option<LinkState>,
}

impl AuditEvent {
    /// The event of a change that concerns no link yet.
    #[must_use]
    pub fn new(at: Timestamp, action: Action, source: Source) -> Self {
        Self {
            at,
            action,
            source,
            by: None,
            evidence: Some(Evidence::of(action, source)),
            plan_id: None,
            external_id: None,
            link_id: None,
            session_id: None,
            before: None,
            after: None,
        }
    }

    /// The event of a change to a user's link.
    #[must_use]
    pub fn of_link(action: Action, before: Option<&LinkRecord>, after: &LinkRecord, notice: Notice) -> Self {
        Self {
            evidence: Some(Evidence::of_link(action, after, notice.source)),
            external_id: Some(after.owner.clone()),
            link_id: Some(after.link_id),
            session_id: after.session_id.clone(),
            before: before.map(|before| before.state),
            after: Some(after.state),
            ..Self::new(notice.asked_at, action, notice.source)
        }
    }

    /// The event of a change to a link session.
    #[must_use]
    pub fn of_session(at: Timestamp, action: Action, source: Source, session: &LinkSession) -> Self {
        Self {
            external_id: Some(session.owner.clone()),
            session_id: Some(session.id.clone()),
            ..Self::new(at, action, source)
        }
    }

    /// Who acted.
    #[must_use]
    pub fn actor(&self) -> Actor {
        self.by.unwrap_or(self.source.actor())
    }
}

/// The name of one event, the same wherever and however often it is told: who wrote it, and which of theirs it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId {
    /// Who wrote the commit that it belongs to.
    pub writer: WriterId,
    /// Which of that commit's events it is.
    pub number: usize,
}

/// Why a text is no event's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an event's id is 28 letters, '-' and a number of three digits or more")]
pub struct EventIdError;

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:03}", self.writer.as_str(), self.number)
    }
}

impl FromStr for EventId {
    type Err = EventIdError;

    fn from_str(text: &str) -> Result<Self, EventIdError> {
        let (writer, digits) = text.split_once('-').ok_or(EventIdError)?;
        let writer = WriterId::parse(writer).ok_or(EventIdError)?;
        let number = digits.parse().map_err(|_| EventIdError)?;
        let id = Self { writer, number };
        if id.to_string() == text { Ok(id) } else { Err(EventIdError) }
    }
}

/// An event as it stands in the trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filed {
    /// Its name.
    pub id: EventId,
    /// What happened.
    pub event: AuditEvent,
}
