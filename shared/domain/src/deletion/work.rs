//! One run of the deleter: what is due, a step each. Any number of runs may happen at once and end anywhere: each step
//! is a conditional write, and what was armed is asked for again.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::{
    change::{Action, AuditEvent, CarriedOut, Change, Source, carry_out},
    deletion::{
        Intent, Stage, Why,
        disconnect::parked,
        erasure::reopen,
        pace::Pace,
        step::{self, Next},
    },
    external_id::ExternalId,
    failure::{ProviderError, StoreError, is_one_users},
    link::{LinkRecord, LinkState, Marker},
    observe::Notice,
    plan::Markers,
    policy::Policy,
    ports::{Ambient, Budget, Census, Deletions, Erasures, Lookup, Provider, ProviderDeletion, Timer},
    values::LinkId,
};

/// How many links that stand are asked for at most, until one is there.
const CANARIES: usize = 3;

/// What a deleter needs of the store.
pub trait Store: Deletions + Erasures + Census + Budget {}
impl<S: Deletions + Erasures + Census + Budget> Store for S {}

/// Why a run broke off. What was done stays done.
#[derive(Debug, thiserror::Error)]
pub enum WorkError {
    /// The store could not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Belvo could not be asked.
    #[error(transparent)]
    Provider(#[from] ProviderError),
}

/// What a run came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Links that Belvo was asked to delete.
    pub asked: usize,
    /// Links that Belvo confirmed to be gone.
    pub confirmed: usize,
    /// Superseded links that were marked.
    pub marked: usize,
    /// Deletions that were taken back, because what they rested on had changed.
    pub taken_back: usize,
    /// Deletions that somebody should look at: open for longer than the policy finds normal.
    pub overdue: usize,
    /// Deletions and erasures that were met while deletion is off or stopped.
    pub held_back: usize,
    /// Erasures that were completed.
    pub erased: usize,
    /// Links that Belvo refused to delete.
    pub refused: usize,
    /// Steps that somebody else was quicker with, or whose records cannot be read.
    pub skipped: usize,
}

/// Who deletes.
#[derive(Clone, Copy, Debug)]
pub struct Deleter<'a, S, P, A> {
    /// The store.
    pub store: &'a S,
    /// Belvo.
    pub provider: &'a P,
    /// Time, chance and waiting.
    pub ambient: &'a A,
    /// The rules' figures.
    pub policy: &'a Policy,
    /// Belvo's environment, for the counters of calls.
    pub account: &'a str,
}

impl<S, P, A> Deleter<'_, S, P, A>
where
    S: Store,
    P: Provider + ProviderDeletion,
    A: Ambient + Timer,
{
    /// One run. Stops by itself at `until`.
    pub async fn run(&self, until: Option<Timestamp>) -> Result<Tally, WorkError> {
        let mut tally = Tally::default();
        self.erasures(&mut tally).await?;
        self.mark_superseded(&mut tally).await?;
        let mut pace = Pace::new(self.account, self.policy.deletion_mode);
        let mut trusted = None;
        let due = self.store.due(self.ambient.now(), self.policy.deletions_per_run).await?;
        for intent in due {
            let now = self.ambient.now();
            tally.overdue += usize::from(intent.is_overdue(now, self.policy));
            if until.is_some_and(|until| until <= now) {
                break;
            }
            if self.held_back().await? {
                tally.held_back += 1;
                continue;
            }
            let done = match step::next(&intent) {
                Next::Arm | Next::Ask => self.ask(&intent, &mut pace, until, &mut tally).await,
                Next::Look => self.look(&intent, &mut trusted, &mut tally).await,
                Next::Nothing => Ok(()),
            };
            tolerate(done, &mut tally)?;
        }
        Ok(tally)
    }

    /// Whether Belvo must not be asked for deletions: read anew before each.
    pub(super) async fn held_back(&self) -> Result<bool, StoreError> {
        Ok(!self.policy.provider_deletion || self.store.stopped().await?)
    }

    /// Arms the intent, and asks.
    async fn ask(
        &self,
        intent: &Intent,
        pace: &mut Pace<'_>,
        until: Option<Timestamp>,
        tally: &mut Tally,
    ) -> Result<(), WorkError> {
        if intent.stage == Stage::Marked && !self.still_stands(intent, tally).await? {
            return Ok(());
        }
        if !pace.turn(self.store, self.ambient, until).await? || self.held_back().await? {
            tally.held_back += 1;
            return Ok(());
        }
        let armed = step::armed(intent, self.ambient.now(), self.policy);
        if !self.put(intent, &armed).await? {
            tally.skipped += 1;
            return Ok(());
        }
        tally.asked += 1;
        let answer = self.provider.delete(intent.link_id).await?;
        pace.learn(answer);
        let after = step::answered(&armed, answer, self.ambient.now(), self.policy);
        tally.skipped += usize::from(!self.put(&armed, &after).await?);
        Ok(())
    }

    /// Looks whether the link is gone.
    async fn look(
        &self,
        intent: &Intent,
        trusted: &mut Option<bool>,
        tally: &mut Tally,
    ) -> Result<(), WorkError> {
        let found = matches!(self.provider.link(intent.link_id).await?, Lookup::Found(_));
        let trust = match (found, intent.stage, *trusted) {
            (false, Stage::Unknown, None) => self.sees_our_account().await?,
            (_, _, known) => known.unwrap_or(true),
        };
        *trusted = (intent.stage == Stage::Unknown && !found).then_some(trust).or(*trusted);
        let after = step::looked(intent, found, trust, self.ambient.now(), self.policy);
        if after.stage == Stage::Done && after.why == Why::Erasure {
            // Two runs at once: one may have taken the link up when the other had certified already.
            reopen(self.store, &after.owner, self.ambient.now(), false).await?;
        }
        if self.put(intent, &after).await? {
            tally.confirmed += usize::from(after.stage == Stage::Done);
        } else {
            tally.skipped += 1;
        }
        Ok(())
    }

    /// Whether Belvo shows these keys an account with links, if we know of any that still stand (I7's canary). Some may
    /// have gone without a sweep having noted it yet.
    pub(super) async fn sees_our_account(&self) -> Result<bool, WorkError> {
        let standing = self.store.grouped(None).await?;
        for canary in standing.iter().take(CANARIES) {
            if matches!(self.provider.link(canary.link_id).await?, Lookup::Found(_)) {
                return Ok(true);
            }
        }
        Ok(standing.is_empty())
    }

    /// Whether what the intent rests on still holds; if not, it is taken back. A user's own wish always does.
    async fn still_stands(&self, intent: &Intent, tally: &mut Tally) -> Result<bool, WorkError> {
        let Why::SupersededBy(survivor) = intent.why else { return Ok(true) };
        if self.may_go(intent, survivor).await? {
            return Ok(true);
        }
        let event = self.event(Action::CancelDeletion, intent, None);
        let changes = vec![Change::Intent(intent.next(Stage::Cancelled, None))];
        let done = carry_out(self.store, self.ambient, changes, vec![event]).await?;
        tally.taken_back += usize::from(done == CarriedOut::Done);
        Ok(false)
    }

    /// Replaces the intent, and the link's record where the stage says something of it. False: somebody was quicker.
    async fn put(&self, before: &Intent, after: &Intent) -> Result<bool, WorkError> {
        let ledger_record = self.record(before).await?;
        let notice = Notice { source: Source::Deletion, asked_at: self.ambient.now() };
        let mut changes = vec![Change::Intent(after.clone())];
        let record = ledger_record.and_then(|record| moved(&record, after.stage, notice));
        let action = match after.stage {
            Stage::Armed if before.stage == Stage::Marked => Some(Action::ArmDeletion),
            Stage::Done => Some(Action::ConfirmDeletion),
            Stage::Marked | Stage::Armed | Stage::Requested | Stage::Unknown | Stage::Cancelled => None,
        };
        // Once armed, the link counts as gone: the survivor may give way to another meanwhile, and be deleted.
        if let (Stage::Marked, Stage::Armed, Why::SupersededBy(survivor)) =
            (before.stage, after.stage, after.why)
        {
            changes.push(Change::Unmarked(survivor));
        }
        let audit = action.map(|action| self.event(action, after, record.as_ref()));
        changes.extend(record.map(Change::Link));
        let done = carry_out(self.store, self.ambient, changes, audit.into_iter().collect()).await?;
        Ok(done == CarriedOut::Done)
    }

    /// The record of the link, whether its user is there, is being erased, or was and came back: then their id leads to
    /// somebody new, and a ledger would be that one's.
    async fn record(&self, intent: &Intent) -> Result<Option<LinkRecord>, StoreError> {
        let links = self.store.remains(&intent.owner).await?.links;
        Ok(links.into_iter().find(|record| record.link_id == intent.link_id))
    }

    pub(super) fn event(&self, action: Action, intent: &Intent, after: Option<&LinkRecord>) -> AuditEvent {
        AuditEvent {
            external_id: Some(intent.owner.clone()),
            link_id: Some(intent.link_id),
            before: after.map(|_| LinkState::Deleting),
            after: after.map(|record| record.state),
            ..AuditEvent::new(self.ambient.now(), action, Source::Deletion)
        }
    }

    /// Links of `ids` that nobody else here has.
    pub(super) async fn not_anothers(
        &self,
        owner: &ExternalId,
        ids: &[LinkId],
    ) -> Result<BTreeSet<LinkId>, StoreError> {
        let markers = if ids.is_empty() { Markers::new() } else { self.store.markers(ids).await? };
        let anothers = |id: &LinkId| match markers.get(id) {
            Some(Marker::Owned(held)) => held != owner,
            Some(Marker::Quarantined(_)) | None => false,
        };
        Ok(ids.iter().copied().filter(|id| !anothers(id)).collect())
    }
}

/// What concerns one link alone does not keep the others waiting: it is tried again when its time comes. Keys that Belvo
/// does not take concern all.
pub(super) fn tolerate(done: Result<(), WorkError>, tally: &mut Tally) -> Result<(), WorkError> {
    match done {
        Err(WorkError::Provider(ProviderError::Refused { status, .. })) if !matches!(status, 401 | 403) => {
            tally.refused += 1;
            Ok(())
        }
        Err(WorkError::Store(error)) if is_one_users(&error) => {
            tally.skipped += 1;
            Ok(())
        }
        done => done,
    }
}

/// The record as the stage of its deletion leaves it, if that is new.
fn moved(record: &LinkRecord, stage: Stage, notice: Notice) -> Option<LinkRecord> {
    let becomes = match stage {
        Stage::Done => LinkState::Gone,
        Stage::Armed | Stage::Requested | Stage::Unknown => LinkState::Deleting,
        Stage::Marked | Stage::Cancelled => record.state,
    };
    (record.state != becomes && record.state != LinkState::Gone)
        .then(|| LinkRecord { state: becomes, ..parked(record, notice) })
}
