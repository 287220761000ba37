//! The types of events, and which change is told as which.

use serde::Serialize;

use crate::{
    change::{Action, AuditEvent, Source},
    link::LinkState,
};

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $name:literal,)*) => {
        /// What happened, as the outside is told it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
        pub enum Kind {
            $($(#[$doc])* #[serde(rename = $name)] $kind,)*
        }

        impl Kind {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$kind,)*];

            /// Its name.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$kind => $name,)*
                }
            }
        }
    };
}

kinds! {
    /// A user was registered.
    UserRegistered = "user.registered",
    /// A user asked for erasure: nothing of them is shown from now on.
    UserErasing = "user.erasing",
    /// Everything of a user is gone, here and at Belvo.
    UserErased = "user.erased",
    /// A user began to connect or update an account.
    SessionOpened = "session.opened",
    /// The widget told how a session ended.
    SessionEnded = "session.ended",
    /// A session ended without a word, and Belvo was asked what came of it.
    SessionLookedUp = "session.looked_up",
    /// A link was reported that Belvo could not be asked about yet.
    LinkPending = "link.pending",
    /// A link became a user's.
    LinkBound = "link.bound",
    /// A link became a user's although its callback never came.
    LinkRecovered = "link.recovered",
    /// A quarantined link became a user's on somebody's word.
    LinkClaimed = "link.claimed",
    /// Belvo's record of a link changed.
    LinkUpdated = "link.updated",
    /// A link needs a new login or token.
    LinkNeedsUpdate = "link.needs_update",
    /// A link gave way to another of the same login.
    LinkSuperseded = "link.superseded",
    /// A superseded link is in use again.
    LinkRestored = "link.restored",
    /// A link was set aside: nothing shows whose it is.
    LinkQuarantined = "link.quarantined",
    /// Belvo does not have a link any more, or does not show it.
    LinkMissing = "link.missing",
    /// A link is gone at Belvo.
    LinkGone = "link.gone",
    /// A link that was reported turned out not to be the user's, or not to exist.
    LinkDropped = "link.dropped",
    /// The user disconnected an account.
    LinkDisconnected = "link.disconnected",
    /// A link was deleted at Belvo, and Belvo confirmed it.
    LinkDeleted = "link.deleted",
    /// A consent ends soon, or has ended.
    ConsentExpiring = "consent.expiring",
}

impl Kind {
    /// What is told of a change; `None` of steps that concern nobody outside.
    pub(super) fn of(event: &AuditEvent) -> Option<Self> {
        match event.action {
            Action::Register => Some(Self::UserRegistered),
            Action::Erase => Some(Self::UserErasing),
            Action::CertifyErasure => Some(Self::UserErased),
            Action::OpenSession => Some(Self::SessionOpened),
            Action::EndSession => Some(Self::SessionEnded),
            Action::LookUp => Some(Self::SessionLookedUp),
            Action::Await => Some(Self::LinkPending),
            Action::Bind if was_reported(event) => Some(Self::LinkBound),
            Action::Bind => Some(Self::LinkRecovered),
            Action::Claim => Some(Self::LinkClaimed),
            Action::Refresh if came_to(event, LinkState::NeedsUpdate) => Some(Self::LinkNeedsUpdate),
            Action::Refresh => Some(Self::LinkUpdated),
            Action::Supersede => Some(Self::LinkSuperseded),
            Action::Restore => Some(Self::LinkRestored),
            Action::Quarantine => Some(Self::LinkQuarantined),
            Action::NoteMissing => Some(Self::LinkMissing),
            Action::Retire => Some(Self::LinkGone),
            Action::Drop => Some(Self::LinkDropped),
            Action::Disconnect => Some(Self::LinkDisconnected),
            Action::ConfirmDeletion => Some(Self::LinkDeleted),
            Action::NoteConsent => Some(Self::ConsentExpiring),
            Action::Alias | Action::MarkDeletion | Action::ArmDeletion | Action::CancelDeletion => None,
        }
    }
}

/// Whether the app or a file named the link before anybody had to look for it.
fn was_reported(event: &AuditEvent) -> bool {
    let named = matches!(event.source, Source::Callback | Source::Backfill);
    named || event.before == Some(LinkState::Pending)
}

fn came_to(event: &AuditEvent, state: LinkState) -> bool {
    event.after == Some(state) && event.before != Some(state)
}
