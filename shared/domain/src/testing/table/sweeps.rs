//! What sweeps leave for each other, in memory.

use jiff::Timestamp;

use super::Table;
use crate::{
    failure::StoreError,
    ports::Sweeps,
    sweep::{Plan, PlanId, Report, SweepState},
};

impl Table {
    pub(crate) fn plans(&self) -> Vec<Plan> {
        self.with(|items| items.plans.values().cloned().collect())
    }

    /// Changes a stored plan behind everybody's back.
    pub(crate) fn alter(&self, plan: Plan) {
        self.with(|items| items.plans.insert(plan.id.clone(), plan));
    }

    /// Somebody else takes the lease.
    pub(crate) fn take_lease(&self) {
        self.with(|items| items.state.get_or_insert_default().token += 1);
    }
}

impl Sweeps for Table {
    async fn state(&self) -> Result<SweepState, StoreError> {
        Ok(self.with(|items| items.state.clone().unwrap_or_default()))
    }

    async fn put_state(&self, state: &SweepState, held: u64) -> Result<bool, StoreError> {
        Ok(self.with(|items| {
            let same = items.state.as_ref().map_or(0, |state| state.token) == held;
            if same {
                items.state = Some(state.clone());
            }
            same
        }))
    }

    async fn finish(
        &self,
        state: &SweepState,
        held: u64,
        report: &Report,
        plan: Option<&Plan>,
    ) -> Result<bool, StoreError> {
        let put = self.put_state(state, held).await?;
        if put {
            self.with(|items| {
                items.reports.insert(report.started_at, report.clone());
                items.plans.extend(plan.map(|plan| (plan.id.clone(), plan.clone())));
            });
        }
        Ok(put)
    }

    async fn reports(&self, most: usize) -> Result<Vec<Report>, StoreError> {
        Ok(self.with(|items| items.reports.values().rev().take(most).cloned().collect()))
    }

    async fn plan(&self, id: &PlanId) -> Result<Option<Plan>, StoreError> {
        Ok(self.with(|items| items.plans.get(id).cloned()))
    }

    async fn mark_applied(&self, plan: &Plan, at: Timestamp) -> Result<bool, StoreError> {
        Ok(self.with(|items| match items.plans.get_mut(&plan.id) {
            Some(kept) if kept.applied_at.is_none() => {
                kept.applied_at = Some(at);
                true
            }
            Some(_) | None => false,
        }))
    }
}
