//! Bugs that we plant ourselves: each takes one guard away, in the model of the store or of Belvo and never in the code
//! under test. A run with one of them must fail.

/// One guard less.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bug {
    /// A fenced commit is made whoever holds the lease.
    NoFence,
    /// Changes are made without their audit events.
    NoTrail,
    /// Our own repeated write is not recognised.
    NoWritersMark,
    /// A link that somebody owns can be set aside.
    QuarantineTakes,
    /// The survivor of a duplicate may have changed.
    NoStands,
    /// The survivor of a duplicate may be about to be deleted.
    NoUnmarked,
    /// A link may have two owners.
    NoOwner,
    /// A link's record is written whatever its revision.
    NoLinkRevision,
    /// A session is written whatever its revision.
    NoSessionRevision,
    /// An intent is written whatever its revision.
    NoIntentRevision,
    /// Who registers twice is new twice.
    RegistersAnew,
    /// Who was erased may register under the same id.
    ForgetsTombstones,
    /// An erasure takes what is another's along.
    PurgesAnybody,
    /// An erasure takes along what changed since it was read.
    PurgesWhatChanged,
    /// The checkpoint is moved by whoever comes.
    NoLease,
    /// Calls are not counted.
    NoBudget,
    /// Throttling stops nobody.
    NoPause,
}

/// All of them.
pub const BUGS: [Bug; 17] = [
    Bug::NoFence,
    Bug::NoTrail,
    Bug::NoWritersMark,
    Bug::QuarantineTakes,
    Bug::NoStands,
    Bug::NoUnmarked,
    Bug::NoOwner,
    Bug::NoLinkRevision,
    Bug::NoSessionRevision,
    Bug::NoIntentRevision,
    Bug::RegistersAnew,
    Bug::ForgetsTombstones,
    Bug::PurgesAnybody,
    Bug::PurgesWhatChanged,
    Bug::NoLease,
    Bug::NoBudget,
    Bug::NoPause,
];
