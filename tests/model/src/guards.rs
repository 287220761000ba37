//! The guards that can be taken away, one by one: at the port, so that the production's code stays as it is.

use std::fmt;

/// One guard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Guard {
    /// A change of an intent is conditional on the intent's revision.
    IntentRevision,
    /// A change of a link's record is conditional on the record's revision.
    LinkRevision,
    /// An intent is marked on condition that there is none for its survivor.
    UnmarkedAtMark,
    /// An intent is armed on condition that there is none for its survivor.
    UnmarkedAtArm,
    /// The deleter reads the survivor's intent before it marks.
    IntentsRead,
    /// An intent is marked on condition that victim and survivor are as they were read.
    StandsAtMark,
    /// A link is superseded on condition that its survivor is as it was read.
    StandsAtSupersede,
    /// Before it arms, the deleter reads whether the victim still gives way to an active survivor.
    RecordsRead,
    /// Before it arms, the deleter asks Belvo whether the survivor works.
    SurvivorAsked,
    /// The intent is armed in the table before Belvo is asked.
    ArmedFirst,
    /// Only what is marked is taken back.
    CancelOnlyMarked,
    /// What a sweep takes away is conditional on the lease's token.
    Fence,
    /// The sweeps' state is conditional on the lease's token.
    LeaseToken,
    /// One `not_found` to the first request ends no deletion.
    SecondNotFound,
    /// Between two `not_found` lies a grace.
    Grace,
    /// A link that stands must be found before `not_found` is believed.
    Canary,
}

impl Guard {
    /// All of them.
    pub const ALL: [Self; 16] = [
        Self::IntentRevision,
        Self::LinkRevision,
        Self::UnmarkedAtMark,
        Self::UnmarkedAtArm,
        Self::IntentsRead,
        Self::StandsAtMark,
        Self::StandsAtSupersede,
        Self::RecordsRead,
        Self::SurvivorAsked,
        Self::ArmedFirst,
        Self::CancelOnlyMarked,
        Self::Fence,
        Self::LeaseToken,
        Self::SecondNotFound,
        Self::Grace,
        Self::Canary,
    ];

    /// The guard in words, with the place where it stands.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::IntentRevision => "an intent's revision is a condition of its change",
            Self::LinkRevision => "a record's revision is a condition of its change",
            Self::UnmarkedAtMark => "marking: no intent for the survivor (`Change::Unmarked`)",
            Self::UnmarkedAtArm => "arming: no intent for the survivor (`Change::Unmarked`)",
            Self::IntentsRead => "marking: the survivor's intent is read before",
            Self::StandsAtMark => "marking: victim and survivor as they were read (`Change::Stands`)",
            Self::StandsAtSupersede => "superseding: the survivor as it was read (`Change::Stands`)",
            Self::RecordsRead => "arming: the records are read again before (`may_go`)",
            Self::SurvivorAsked => "arming: Belvo is asked for the survivor before (`may_go`)",
            Self::ArmedFirst => "armed in the table before Belvo is asked",
            Self::CancelOnlyMarked => "only what is marked is taken back (`can_be_cancelled`)",
            Self::Fence => "what a sweep takes away has the lease's token as a condition",
            Self::LeaseToken => "the sweeps' state has the lease's token as a condition",
            Self::SecondNotFound => "one `not_found` to the first request ends nothing (`Stage::Unknown`)",
            Self::Grace => "a grace lies between two `not_found`",
            Self::Canary => "a standing link is found before `not_found` is believed",
        }
    }
}

/// Which guards stand.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Guards(u32);

impl Guards {
    /// As in production.
    pub const ALL: Self = Self(u32::MAX);

    /// All but these.
    pub fn without(removed: &[Guard]) -> Self {
        Self(removed.iter().fold(u32::MAX, |left, guard| left & !(1 << *guard as u32)))
    }

    /// Whether this one stands.
    pub fn has(self, guard: Guard) -> bool {
        self.0 & (1 << guard as u32) != 0
    }
}

impl fmt::Debug for Guards {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let removed = Guard::ALL.iter().filter(|guard| !self.has(**guard));
        f.write_str("without ")?;
        f.debug_set().entries(removed).finish()
    }
}
