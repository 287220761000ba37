//! Answers of the store, as values that can be compared: errors by their variant, records whole.
//!
//! Where the ports promise no order, there is one here: entries of the indexes by time (a range of days, or links that were
//! asked for one by one), records that were asked for, the sessions of [`Remains`], and the groups.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    census::{Entry, Group, Holder, Member},
    change::Filed,
    deletion::{
        Intent,
        erasure::{Certificate, Erasure, Remains},
    },
    external_id::ExternalId,
    failure::{CommitError, StoreError},
    follow_up::Agenda,
    link::{LinkRecord, QuarantinedLink},
    plan::Markers,
    ports::{Aliased, Census, Permit, Registered},
    sweep::{Plan, Report, SweepState},
    user::Ledger,
    values::{LinkId, SessionId},
    webhooks::Webhook,
};
use jiff::Timestamp;

/// What a store answered.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Answer {
    /// What one word tells.
    Word(&'static str),
    OwnedByAnother(LinkId),
    Count(usize),
    Moment(Option<Timestamp>),
    Registered(Registered),
    Ledger(Option<Ledger>),
    Links(Option<Vec<LinkRecord>>),
    Markers(Markers),
    Intents(BTreeMap<LinkId, Intent>),
    Due(Vec<Intent>),
    Erasure(Option<Erasure>),
    Erasing(Vec<Erasure>),
    Remains(Remains),
    Certificates(Vec<Certificate>),
    Entries(Vec<Entry>),
    Groups(Groups),
    Quarantine(Vec<QuarantinedLink>),
    State(Box<SweepState>),
    Reports(Vec<Report>),
    Plan(Option<Plan>),
    Webhooks(Vec<Webhook>),
    Records(Vec<LinkRecord>),
    Sessions(Vec<(ExternalId, SessionId)>),
    Agenda(Agenda),
    Trail(Vec<Filed>),
}

impl Answer {
    /// An error is its variant: what it tells for the log is each place's own.
    pub(crate) fn of(error: &CommitError) -> Self {
        match error {
            CommitError::Stale => Self::Word("stale"),
            CommitError::OwnedByAnother(link) => Self::OwnedByAnother(*link),
            CommitError::Store(StoreError::Busy(_)) => Self::Word("busy"),
            CommitError::Store(StoreError::Refused(_)) => Self::Word("refused"),
            CommitError::Store(StoreError::Corrupt { .. }) => Self::Word("corrupt"),
        }
    }

    pub(crate) fn done((): ()) -> Self {
        Self::Word("done")
    }

    pub(crate) fn is(so: bool) -> Self {
        Self::Word(if so { "true" } else { "false" })
    }

    pub(crate) fn aliased(aliased: Aliased) -> Self {
        Self::Word(match aliased {
            Aliased::New => "new",
            Aliased::Known => "known",
            Aliased::Taken => "taken",
            Aliased::HasAnother => "has another",
        })
    }

    pub(crate) fn permit(permit: Permit) -> Self {
        Self::Word(match permit {
            Permit::Granted => "granted",
            Permit::Full => "full",
            Permit::Paused => "paused",
        })
    }

    pub(crate) fn entries(mut entries: Vec<Entry>) -> Self {
        entries.sort_by_key(|entry| (entry.made, entry.link_id, holder(entry)));
        Self::Entries(entries)
    }

    pub(crate) fn records(mut records: Vec<LinkRecord>) -> Self {
        records.sort_by_key(|record| (record.owner.clone(), record.link_id));
        Self::Records(records)
    }

    pub(crate) fn remains(mut remains: Remains) -> Self {
        remains.sessions.sort_by_key(|session| session.issued_at);
        Self::Remains(remains)
    }

    pub(crate) fn state(state: SweepState) -> Self {
        Self::State(Box::new(state))
    }

    /// What it came to, for counting.
    pub(crate) fn outcome(&self) -> &'static str {
        let amount = |nothing| if nothing { "nothing" } else { "something" };
        match self {
            Self::Word(word) => word,
            Self::OwnedByAnother(_) => "owned by another",
            Self::Registered(Registered::New(_)) => "new",
            Self::Registered(Registered::Known(_)) => "known",
            Self::Registered(Registered::Erased) => "erased",
            Self::Count(count) => amount(*count == 0),
            Self::Moment(told) => amount(told.is_none()),
            Self::Ledger(told) => amount(told.is_none()),
            Self::Links(told) => amount(told.is_none()),
            Self::Markers(told) => amount(told.is_empty()),
            Self::Intents(told) => amount(told.is_empty()),
            Self::Due(told) => amount(told.is_empty()),
            Self::Erasure(told) => amount(told.is_none()),
            Self::Erasing(told) => amount(told.is_empty()),
            Self::Remains(told) => amount(*told == Remains::default()),
            Self::Certificates(told) => amount(told.is_empty()),
            Self::Entries(told) => amount(told.is_empty()),
            Self::Groups(told) => amount(told.members.is_empty()),
            Self::Quarantine(told) => amount(told.is_empty()),
            Self::State(told) => amount(**told == SweepState::default()),
            Self::Reports(told) => amount(told.is_empty()),
            Self::Plan(told) => amount(told.is_none()),
            Self::Webhooks(told) => amount(told.is_empty()),
            Self::Records(told) => amount(told.is_empty()),
            Self::Sessions(told) => amount(told.is_empty()),
            Self::Agenda(told) => amount(*told == Agenda::default()),
            Self::Trail(told) => amount(told.is_empty()),
        }
    }
}

fn holder(entry: &Entry) -> Option<ExternalId> {
    match &entry.holder {
        Holder::User(user) => Some(user.clone()),
        Holder::Nobody => None,
    }
}

/// All groups. In which order they stand is each place's own; that they are told side by side, and gone on with from
/// any place, is not.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Groups {
    members: Vec<Member>,
    side_by_side: bool,
    goes_on: bool,
}

/// Reads all groups, and once more from behind one of their members.
pub(crate) async fn groups(store: &impl Census, from: usize) -> Result<Groups, StoreError> {
    let mut members: Vec<Member> = Vec::new();
    loop {
        let more = store.grouped(members.last()).await?;
        if more.is_empty() {
            break;
        }
        members.extend(more);
    }
    let goes_on = match from.checked_rem(members.len()) {
        Some(at) => store.grouped(members.get(at)).await? == members[at + 1..],
        None => true,
    };
    let side_by_side = stand_side_by_side(&members);
    members.sort_by_key(|member| (member.group, member.superseded, member.owner.clone(), member.link_id));
    Ok(Groups { members, side_by_side, goes_on })
}

/// Each group in one piece, and who was superseded behind the others.
fn stand_side_by_side(members: &[Member]) -> bool {
    let place = |member: &Member| (member.group, member.superseded);
    let mut pieces: Vec<(Group, bool)> = members.iter().map(place).collect();
    pieces.dedup();
    let mut begun = BTreeSet::new();
    let in_order = pieces.windows(2).all(|two| two[0].0 != two[1].0 || !two[0].1);
    let mut groups: Vec<Group> = pieces.into_iter().map(|(group, _)| group).collect();
    groups.dedup();
    in_order && groups.into_iter().all(|group| begun.insert(group))
}
