//! What somebody does in a story.

use domain::{
    external_id::ExternalId,
    link::LinkStatus,
    values::{LinkId, SessionId},
};
use jiff::Timestamp;

/// Which link something is done to. Chosen when it is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// This one.
    Id(LinkId),
    /// One that was made for this person.
    Of(usize),
    /// One that was made for somebody else.
    NotOf(usize),
    /// Any.
    Any,
    /// One that is not made yet.
    Future,
    /// One that never was.
    Guess,
}

/// What somebody does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Registers.
    Register(usize),
    /// Opens a session, perhaps for a link.
    Open(usize, Option<Which>),
    /// Goes through the widget, which makes a link.
    Widget(Widget),
    /// Forwards a success.
    Callback(Callback),
    /// Forwards an exit, or the error that the account is connected already.
    Exit(usize, SessionId, bool),
    /// Claims a link.
    Claim(usize, Which),
    /// Disconnects one.
    Disconnect(usize, Which),
    /// Asks for erasure.
    Erase(usize),
    /// Lists the links.
    List(usize),
    /// Names a link that may be anybody's, under the last session of theirs.
    Attack(usize, Which),
    /// Belvo sends a webhook, under the older secret or the present one.
    Webhook(String, bool),
    /// A tick of the sweep; a full one if an operator asks for it.
    Sweep(bool),
    /// A tick of the follow-up.
    FollowUp,
    /// A run of the deletions.
    Delete,
    /// An operator gives a link to whom it was made for.
    Give(Which),
    /// An operator takes a deletion back.
    Cancel(Which),
    /// An operator stops deletions, or lets them go on.
    Switch(bool),
    /// An operator applies the plan that was withheld last.
    Apply,
    /// At Belvo a link takes another status.
    Flip(Which, LinkStatus),
    /// At Belvo a link vanishes.
    Vanish(Which),
}

/// A way through the widget.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Widget {
    /// Who.
    pub person: usize,
    /// With which session.
    pub session: SessionId,
    /// For whom it was opened.
    pub of: ExternalId,
    /// When.
    pub opened_at: Timestamp,
    /// Under whose `external_id` it is made, if not their own.
    pub victim: Option<usize>,
}

/// A success callback.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Callback {
    /// Who forwards it.
    pub person: usize,
    /// Of which session.
    pub session: SessionId,
    /// Of which link.
    pub link: Which,
}

/// What became of a deed.
#[derive(Clone, Debug)]
pub enum Came {
    /// It was answered.
    Answered(u16, Vec<u8>),
    /// The tick came to its end, well or not.
    Ended(bool),
    /// The process died.
    Died,
}

impl Deed {
    /// A word for it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Register(_) => "register",
            Self::Open(..) => "open",
            Self::Widget(_) => "widget",
            Self::Callback(_) => "callback",
            Self::Exit(..) => "exit",
            Self::Claim(..) => "claim",
            Self::Disconnect(..) => "disconnect",
            Self::Erase(_) => "erase",
            Self::List(_) => "list",
            Self::Attack(..) => "attack",
            Self::Webhook(..) => "webhook",
            Self::Sweep(_) => "sweep",
            Self::FollowUp => "follow-up",
            Self::Delete => "delete",
            Self::Give(_) => "give",
            Self::Cancel(_) => "cancel",
            Self::Switch(_) => "switch",
            Self::Apply => "apply",
            Self::Flip(..) => "flip",
            Self::Vanish(_) => "vanish",
        }
    }

    /// Who does it, if it is a person.
    pub fn person(&self) -> Option<usize> {
        match self {
            Self::Register(person)
            | Self::Open(person, _)
            | Self::Exit(person, _, _)
            | Self::Claim(person, _)
            | Self::Disconnect(person, _)
            | Self::Erase(person)
            | Self::Attack(person, _)
            | Self::List(person) => Some(*person),
            Self::Widget(widget) => Some(widget.person),
            Self::Callback(callback) => Some(callback.person),
            Self::Webhook(..)
            | Self::Sweep(_)
            | Self::FollowUp
            | Self::Delete
            | Self::Give(_)
            | Self::Cancel(_)
            | Self::Switch(_)
            | Self::Apply
            | Self::Flip(..)
            | Self::Vanish(_) => None,
        }
    }
}
