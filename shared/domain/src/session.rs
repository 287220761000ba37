//! Link sessions: what we issued to a user, and therefore what proves whose a link is.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    external_id::ExternalId,
    policy::{Policy, after, before},
    values::{Code, Institution, LinkId, SessionId},
};

/// What a session was issued for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// To connect an account.
    Create,
    /// To log in again for this link (Update Mode).
    Update(LinkId),
}

/// How the widget ended, if it said so without a link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// `exit` or `event`.
    pub kind: OutcomeKind,
    /// Belvo's code, such as `login_error` or `duplicated`. Messages are not kept: they may name people.
    pub code: Option<Code>,
    /// The institution that was chosen.
    pub institution: Option<Institution>,
    /// The widget's step, such as `abandon-survey`.
    pub step: Option<Code>,
    /// When it reached us.
    pub at: Timestamp,
}

/// Which of the widget's callbacks told of an [`Outcome`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutcomeKind {
    /// The user closed the widget.
    Exit,
    /// Something happened on the way: an error, a warning, a page.
    Event,
}

/// How a session stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionState {
    /// The widget may still be open.
    Open,
    /// It made a link, or logged in again for one.
    Made,
    /// The user closed the widget before.
    Ended,
    /// Nobody said how it ended.
    Abandoned,
}

/// One attempt to connect or update an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkSession {
    /// Our id of it.
    #[serde(rename = "session_id")]
    pub id: SessionId,
    /// The user whom it was issued to.
    #[serde(rename = "external_id")]
    pub owner: ExternalId,
    /// What it was issued for.
    pub purpose: Purpose,
    /// When it was issued, by our clock.
    pub issued_at: Timestamp,
    /// When the widget token in it stops working.
    pub expires_at: Timestamp,
    /// The link that it made: at most one, since Belvo invalidates the token with the first.
    #[serde(rename = "made_link_id", default, skip_serializing_if = "Option::is_none")]
    pub link_id: Option<LinkId>,
    /// How the widget ended, as far as it said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// When it is to be looked up at Belvo, unless it made a link by then; `None` once that is settled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Timestamp>,
    /// 1 for a new session, one more with each change.
    #[serde(rename = "rev")]
    pub revision: u64,
}

impl LinkSession {
    /// Whether a link made at `created_at` can come from this session: issued before, and not long before.
    /// Skew is granted on both sides, since Belvo's clock is not ours.
    #[must_use]
    pub fn covers(&self, created_at: Timestamp, policy: &Policy) -> bool {
        let from = before(self.issued_at, policy.clock_skew);
        let until = after(after(self.issued_at, policy.session_window), policy.clock_skew);
        self.purpose == Purpose::Create && (from..=until).contains(&created_at)
    }

    /// How it stands. What the widget tells on the way is no end.
    #[must_use]
    pub fn state(&self, now: Timestamp) -> SessionState {
        let exited = self.outcome.as_ref().is_some_and(|outcome| outcome.kind == OutcomeKind::Exit);
        match self.link_id {
            Some(_) => SessionState::Made,
            None if exited => SessionState::Ended,
            None if now < self.due_at.unwrap_or(self.expires_at) => SessionState::Open,
            None => SessionState::Abandoned,
        }
    }

    /// The same session, spent on `link`.
    #[must_use]
    pub fn spent_on(&self, link: LinkId) -> Self {
        Self { link_id: Some(link), due_at: None, revision: self.revision + 1, ..self.clone() }
    }

    /// The same session after Belvo was asked for what it may have made.
    #[must_use]
    pub fn looked_up(&self) -> Self {
        Self { due_at: None, revision: self.revision + 1, ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::SignedDuration;

    fn session(purpose: Purpose) -> LinkSession {
        LinkSession {
            id: SessionId::mint([1; 16]),
            owner: ExternalId::parse("user").expect("valid"),
            purpose,
            issued_at: Timestamp::UNIX_EPOCH,
            expires_at: Timestamp::UNIX_EPOCH,
            link_id: None,
            outcome: None,
            due_at: None,
            revision: 1,
        }
    }

    #[test]
    fn a_session_covers_its_window_and_the_skew_and_nothing_else() {
        let policy = Policy::default();
        let covered = |seconds: i64| {
            session(Purpose::Create)
                .covers(Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds), &policy)
        };
        let window = policy.session_window.as_secs() + policy.clock_skew.as_secs();
        assert!(covered(-policy.clock_skew.as_secs()) && covered(0) && covered(window));
        assert!(!covered(-policy.clock_skew.as_secs() - 1) && !covered(window + 1));
    }

    #[test]
    fn a_session_is_open_until_it_made_a_link_was_left_or_is_over() {
        let at = |minute| Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minute);
        let told = |kind| Some(Outcome { kind, code: None, institution: None, step: None, at: at(1) });
        let open = LinkSession { due_at: Some(at(12)), ..session(Purpose::Create) };
        assert_eq!((open.state(at(11)), open.state(at(12))), (SessionState::Open, SessionState::Abandoned));
        assert_eq!(open.looked_up().state(at(13)), SessionState::Abandoned);
        assert_eq!(open.spent_on(LinkId::nil()).state(at(1)), SessionState::Made);
        let with = |kind| LinkSession { outcome: told(kind), ..open.clone() }.state(at(2));
        let ends = (with(OutcomeKind::Exit), with(OutcomeKind::Event));
        assert_eq!(ends, (SessionState::Ended, SessionState::Open));
    }

    #[test]
    fn a_session_for_update_mode_explains_no_new_link() {
        assert!(!session(Purpose::Update(LinkId::nil())).covers(Timestamp::UNIX_EPOCH, &Policy::default()));
    }
}
