//! The domain's ports over a line: the table, and who may be asked at it.

use std::{collections::BTreeMap, sync::Arc};

use domain::{
    census::{Entry, Member},
    change::Commit,
    deletion::{
        Intent,
        erasure::{Certificate, Erasure, Remains},
    },
    external_id::ExternalId,
    failure::{CommitError, StoreError},
    link::{LinkRecord, QuarantinedLink},
    plan::Markers,
    ports::{
        Ambient, Budget, Census, Deletions, Erasures, Intents, Ledgers, Meter, Permit, Spent, Sweeps, Timer,
        Tombstones, Wanted,
    },
    sweep::{Plan, PlanId, Report, SweepState},
    user::Ledger,
    values::LinkId,
};
use jiff::{SignedDuration, Timestamp, civil::Date};

use crate::{
    commit::Committed,
    line::{Line, Silence},
    names::minute,
    request::Request,
};

/// The table, Belvo, time and chance, as one process sees them.
pub struct Port<'a>(pub &'a Line<'a>);

impl Port<'_> {
    async fn table<T: Clone + 'static>(
        &self,
        request: impl FnOnce() -> Request + Send,
    ) -> Result<T, StoreError> {
        self.0.ask(request).await.map_err(|silence: Silence| StoreError::Busy(format!("{silence:?}").into()))
    }
}

impl Ambient for Port<'_> {
    fn now(&self) -> Timestamp {
        minute(self.0.now())
    }
    fn random(&self) -> [u8; 16] {
        self.0.chance().to_be_bytes()
    }
}

impl Timer for Port<'_> {
    async fn sleep(&self, _: SignedDuration) {}
}

impl Ledgers for Port<'_> {
    async fn ledger(&self, _: &ExternalId) -> Result<Option<Ledger>, StoreError> {
        let rechecking = self.0.is_rechecking();
        Ok(Some(self.table(|| Request::Ledger { rechecking }).await?))
    }
    async fn links(&self, _: &ExternalId) -> Result<Option<Vec<LinkRecord>>, StoreError> {
        let rechecking = self.0.is_rechecking();
        let links = self.table(|| Request::Links { rechecking }).await?;
        if rechecking {
            self.0.note_rechecked();
        }
        Ok(Some(links))
    }
    async fn markers(&self, _: &[LinkId]) -> Result<Markers, StoreError> {
        Ok(Markers::new())
    }
    async fn commit(&self, commit: &Commit) -> Result<(), CommitError> {
        match self.table(|| Request::Commit(Arc::new(commit.clone()))).await? {
            Committed::Done => Ok(()),
            Committed::Stale => Err(CommitError::Stale),
        }
    }
}

impl Intents for Port<'_> {
    async fn intents(&self, links: &[LinkId]) -> Result<BTreeMap<LinkId, Intent>, StoreError> {
        self.table(|| Request::Intents(links.to_vec())).await
    }
}

impl Deletions for Port<'_> {
    async fn due(&self, _: Timestamp, _: usize) -> Result<Vec<Intent>, StoreError> {
        let now = self.0.now();
        self.table(|| Request::Due(now)).await
    }
    async fn stopped(&self) -> Result<bool, StoreError> {
        self.0.look_at_switch();
        Ok(false)
    }
    async fn stop(&self, _: bool) -> Result<(), StoreError> {
        Ok(())
    }
    async fn looked_through(&self) -> Result<Option<Timestamp>, StoreError> {
        Ok(None) // marks in every run, and not once a day: more can happen
    }
    async fn note_looked_through(&self, _: Timestamp) -> Result<(), StoreError> {
        Ok(())
    }
}

impl Tombstones for Port<'_> {
    async fn erasure(&self, _: &ExternalId) -> Result<Option<Erasure>, StoreError> {
        Ok(None)
    }
    async fn put_erasure(&self, _: &Erasure) -> Result<bool, StoreError> {
        Ok(false)
    }
}

/// No world has an erasure: nothing is due or removed. The records are read all the same.
impl Erasures for Port<'_> {
    async fn erasing(&self, _: Timestamp, _: usize) -> Result<Vec<Erasure>, StoreError> {
        Ok(Vec::new())
    }
    async fn remains(&self, _: &ExternalId) -> Result<Remains, StoreError> {
        let links = self.table(|| Request::Links { rechecking: false }).await?;
        Ok(Remains { links, sessions: Vec::new() })
    }
    async fn purge(&self, _: &ExternalId, _: &Remains) -> Result<usize, StoreError> {
        Ok(0)
    }
    async fn certify(&self, _: &Erasure, _: &Certificate) -> Result<bool, StoreError> {
        Ok(false)
    }
    async fn certificates(&self, _: usize) -> Result<Vec<Certificate>, StoreError> {
        Ok(Vec::new())
    }
}

impl Census for Port<'_> {
    async fn made_between(&self, _: Date, _: Date) -> Result<Vec<Entry>, StoreError> {
        Ok(Vec::new())
    }
    async fn named(&self, _: usize) -> Result<Vec<Entry>, StoreError> {
        Ok(Vec::new())
    }
    async fn standing(&self, _: &[(ExternalId, LinkId)]) -> Result<Vec<Entry>, StoreError> {
        Ok(Vec::new())
    }
    async fn grouped(&self, behind: Option<&Member>) -> Result<Vec<Member>, StoreError> {
        if behind.is_some() { Ok(Vec::new()) } else { self.table(|| Request::Members).await }
    }
    async fn quarantine(&self, _: usize) -> Result<Vec<QuarantinedLink>, StoreError> {
        Ok(Vec::new())
    }
    async fn quarantine_size(&self, _: usize) -> Result<usize, StoreError> {
        Ok(0)
    }
}

impl Sweeps for Port<'_> {
    async fn state(&self) -> Result<SweepState, StoreError> {
        self.table(|| Request::State).await
    }
    async fn put_state(&self, state: &SweepState, held: u64) -> Result<bool, StoreError> {
        let done: Committed = self.table(|| Request::PutState(Arc::new(state.clone()), held)).await?;
        Ok(done == Committed::Done)
    }
    async fn finish(
        &self,
        state: &SweepState,
        held: u64,
        _: &Report,
        _: Option<&Plan>,
    ) -> Result<bool, StoreError> {
        self.put_state(state, held).await
    }
    async fn reports(&self, _: usize) -> Result<Vec<Report>, StoreError> {
        Ok(Vec::new())
    }
    async fn plan(&self, _: &PlanId) -> Result<Option<Plan>, StoreError> {
        Ok(None)
    }
    async fn mark_applied(&self, _: &Plan, _: Timestamp) -> Result<bool, StoreError> {
        Ok(false)
    }
}

impl Budget for Port<'_> {
    async fn take(&self, _: &Wanted<'_>) -> Result<Permit, StoreError> {
        Ok(Permit::Granted)
    }
    async fn room(&self, _: &Wanted<'_>) -> Result<Permit, StoreError> {
        Ok(Permit::Granted)
    }
    async fn shut(&self, _: &str, _: &[domain::budget::Window]) -> Result<(), StoreError> {
        Ok(())
    }
}

impl Meter for Port<'_> {
    fn spent(&self) -> Spent {
        Spent::default()
    }
}
