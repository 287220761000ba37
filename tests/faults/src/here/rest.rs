//! The store's ports: indexes, sweeps, webhooks, what is followed up, the trail.

use domain::{
    census::{Entry, Member},
    change::Filed,
    external_id::ExternalId,
    failure::StoreError,
    follow_up::Agenda,
    link::{LinkRecord, QuarantinedLink},
    ports::{Census, FiledWebhooks, FollowUps, Inbox, Meter, Spent, Stretch, Subject, Sweeps, Trail},
    sweep::{Plan, PlanId, Report, SweepState},
    values::{LinkId, SessionId},
    webhooks::{Webhook, WebhookState},
};
use jiff::{Timestamp, civil::Date};

use super::{Ask, Here};
use crate::{invariants, rare::Rare, world::World};

impl Census for Here {
    async fn made_between(&self, from: Date, to: Date) -> Result<Vec<Entry>, StoreError> {
        self.ask("made between", Ask::Read, |world| {
            let made = world.table.made_between(from, to);
            world.trace.tell(|| {
                let told = made.iter().map(|entry| entry.link_id).collect::<Vec<_>>();
                format!("    {from} to {to}: {told:?}")
            });
            Ok(made)
        })
        .await
    }

    async fn named(&self, most: usize) -> Result<Vec<Entry>, StoreError> {
        self.ask("named", Ask::Read, |world| Ok(world.table.named(most))).await
    }

    async fn standing(&self, links: &[(ExternalId, LinkId)]) -> Result<Vec<Entry>, StoreError> {
        self.ask("standing", Ask::Read, |world| Ok(world.table.standing(links))).await
    }

    async fn grouped(&self, behind: Option<&Member>) -> Result<Vec<Member>, StoreError> {
        self.ask("grouped", Ask::Read, |world| Ok(world.table.grouped(behind))).await
    }

    async fn quarantine(&self, most: usize) -> Result<Vec<QuarantinedLink>, StoreError> {
        self.ask("quarantine", Ask::Read, |world| Ok(world.table.quarantine(most))).await
    }

    async fn quarantine_size(&self, most: usize) -> Result<usize, StoreError> {
        self.ask("quarantine size", Ask::Read, |world| Ok(world.table.quarantine_size(most))).await
    }
}

impl Sweeps for Here {
    async fn state(&self) -> Result<SweepState, StoreError> {
        self.ask("state", Ask::Read, |world| Ok(world.table.state())).await
    }

    async fn put_state(&self, state: &SweepState, held: u64) -> Result<bool, StoreError> {
        self.ask("put state", Ask::Write, |world| {
            let put = world.table.put_state(state, held);
            world.note_lease(state, held, put);
            Ok(put)
        })
        .await
    }

    async fn finish(
        &self,
        state: &SweepState,
        held: u64,
        report: &Report,
        plan: Option<&Plan>,
    ) -> Result<bool, StoreError> {
        self.ask("finish", Ask::Write, |world| {
            let put = world.table.finish(state, held, report, plan);
            if put && !report.breakers.is_empty() {
                world.seen.saw(Rare::BreakerTrips);
                world.withheld += 1;
                world.trace.tell(|| format!("    withheld for {:?}", report.breakers));
            }
            world.note_lease(state, held, put);
            Ok(put)
        })
        .await
    }

    async fn reports(&self, most: usize) -> Result<Vec<Report>, StoreError> {
        self.ask("reports", Ask::Read, |world| Ok(world.table.reports(most))).await
    }

    async fn plan(&self, id: &PlanId) -> Result<Option<Plan>, StoreError> {
        self.ask("plan", Ask::Read, |world| Ok(world.table.plan(id))).await
    }

    async fn mark_applied(&self, plan: &Plan, at: Timestamp) -> Result<bool, StoreError> {
        self.ask("mark applied", Ask::Write, |world| Ok(world.table.mark_applied(plan, at))).await
    }
}

impl World {
    /// Who takes the lease, and from whom.
    fn note_lease(&mut self, state: &SweepState, held: u64, put: bool) {
        if !put {
            return;
        }
        invariants::after_state(self, state.token, held);
        if state.token <= held {
            return;
        }
        let current = self.current;
        let others = self.tasks.iter().enumerate().filter(|(number, task)| *number != current && task.alive);
        let others: Vec<_> = others.filter_map(|(_, task)| task.lease).collect();
        if others.contains(&held) {
            self.seen.saw(Rare::LeaseStolen);
        }
        if !others.is_empty() {
            self.seen.saw(Rare::SweepsTogether);
        }
        self.task().lease = Some(state.token);
    }
}

impl Meter for Here {
    fn spent(&self) -> Spent {
        self.with(|world| world.table.spent())
    }
}

impl Inbox for Here {
    async fn file(&self, webhook: &Webhook) -> Result<bool, StoreError> {
        self.ask("file", Ask::Write, |world| Ok(world.table.file_webhook(webhook))).await
    }
}

impl FiledWebhooks for Here {
    async fn due_webhooks(&self, now: Timestamp, most: usize) -> Result<Vec<Webhook>, StoreError> {
        self.ask("due webhooks", Ask::Read, |world| Ok(world.table.due_webhooks(now, most))).await
    }

    async fn settle(&self, webhook: &Webhook) -> Result<bool, StoreError> {
        self.ask("settle", Ask::Write, |world| Ok(world.table.settle(webhook))).await
    }

    async fn webhooks(
        &self,
        state: WebhookState,
        day: Option<Date>,
        most: usize,
    ) -> Result<Vec<Webhook>, StoreError> {
        self.ask("webhooks", Ask::Read, |world| Ok(world.table.webhooks(state, day, most))).await
    }

    async fn webhooks_about(&self, links: &[LinkId]) -> Result<Vec<Webhook>, StoreError> {
        self.ask("webhooks about", Ask::Read, |world| Ok(world.table.webhooks_about(links))).await
    }

    async fn records(&self, links: &[(ExternalId, LinkId)]) -> Result<Vec<LinkRecord>, StoreError> {
        self.ask("records", Ask::Read, |world| Ok(world.table.some_records(links))).await
    }
}

impl FollowUps for Here {
    async fn due_sessions(
        &self,
        now: Timestamp,
        most: usize,
    ) -> Result<Vec<(ExternalId, SessionId)>, StoreError> {
        self.ask("due sessions", Ask::Read, |world| Ok(world.table.due_sessions(now, most))).await
    }

    async fn agenda(&self) -> Result<Agenda, StoreError> {
        self.ask("agenda", Ask::Read, |world| Ok(world.table.agenda())).await
    }

    async fn put_agenda(&self, agenda: &Agenda) -> Result<bool, StoreError> {
        self.ask("put agenda", Ask::Write, |world| Ok(world.table.put_agenda(agenda))).await
    }
}

impl Trail for Here {
    async fn trail(&self, of: &Subject, stretch: &Stretch) -> Result<Vec<Filed>, StoreError> {
        self.ask("trail", Ask::Read, |world| Ok(world.table.trail(of, stretch))).await
    }
}
