//! What sweeps leave for each other.

use domain::{
    ports::Spent,
    sweep::{Plan, PlanId, Report, SweepState},
};
use jiff::Timestamp;

use super::Table;
use crate::planted::Bug;

impl Table {
    pub(crate) fn state(&self) -> SweepState {
        self.state.clone().unwrap_or_default()
    }

    pub(crate) fn put_state(&mut self, state: &SweepState, held: u64) -> bool {
        let token = self.state.as_ref().map_or(0, |state| state.token);
        let same = token == held || self.is_planted(Bug::NoLease);
        if same {
            self.state = Some(state.clone());
        }
        same
    }

    /// Filing the same report again is success.
    pub(crate) fn finish(
        &mut self,
        state: &SweepState,
        held: u64,
        report: &Report,
        plan: Option<&Plan>,
    ) -> bool {
        let put = self.put_state(state, held);
        if put {
            self.reports.insert(report.started_at, report.clone());
            self.plans.extend(plan.map(|plan| (plan.id.clone(), plan.clone())));
        }
        put || self.reports.get(&report.started_at) == Some(report)
    }

    pub(crate) fn reports(&self, most: usize) -> Vec<Report> {
        self.reports.values().rev().take(most).cloned().collect()
    }

    pub(crate) fn plan(&self, id: &PlanId) -> Option<Plan> {
        self.plans.get(id).cloned()
    }

    pub(crate) fn mark_applied(&mut self, plan: &Plan, at: Timestamp) -> bool {
        match self.plans.get_mut(&plan.id) {
            Some(kept) if kept.applied_at.is_none() || kept.applied_at == Some(at) => {
                kept.applied_at = Some(at);
                true
            }
            Some(_) | None => false,
        }
    }

    pub(crate) fn spent(&self) -> Spent {
        Spent { table_requests: self.requests, ..Spent::default() }
    }
}
