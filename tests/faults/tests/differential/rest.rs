//! Drawing operations on what sweeps leave, on what waits, on the indexes and on the budget.

use domain::{
    budget::{Class, Limits, Window},
    follow_up::Agenda,
    sweep::{Plan, Report, Stage, SweepState},
    values::{Code, LinkId},
    webhooks::{DeadReason, Said, Webhook, WebhookState},
};
use faults::table::Table;
use tests::contract::samples::{at, at_rest, link_id, plan, report, under_way};

use super::{
    draw::Draw,
    op::{Calls, Ending, Op},
};

/// Bodies of webhooks; so many are about a link each, the others about none.
const BODIES: u32 = 8;
const ABOUT_LINKS: u32 = 6;
const ACCOUNTS: [&str; 2] = ["sandbox.example", "belvo.example"];

impl Draw {
    pub(crate) fn sweeping(&mut self, table: &Table) -> Op {
        match self.rng.u32(..12) {
            0 => Op::State(),
            1..=3 => {
                let (held, token) = self.held(table);
                let raised = if self.rng.bool() { token + 1 } else { held };
                Op::PutState(Box::new(self.state(raised)), held)
            }
            4 | 5 => self.finish(table),
            6 => Op::Reports(self.most()),
            7 => Op::Plan(self.plan(table).id),
            8 => {
                let plan = self.plan(table);
                let at = plan.applied_at.filter(|_| self.rng.bool()).unwrap_or_else(|| self.moment());
                Op::MarkApplied(Box::new(plan), at)
            }
            9 | 10 => {
                let calls = self.calls();
                if self.one_in(3) { Op::Room(calls) } else { Op::Take(calls) }
            }
            _ if self.one_in(3) => Op::Shut(self.account(), self.some(Self::window)),
            _ => Op::Take(self.calls()),
        }
    }

    /// The token that somebody holds, and the one that is given out.
    fn held(&mut self, table: &Table) -> (u64, u64) {
        let token = table.state.as_ref().map_or(0, |state| state.token);
        (self.mostly(token, |draw| draw.rng.u64(..=token + 1)), token)
    }

    fn state(&mut self, token: u64) -> SweepState {
        let part = self.one_of([Stage::Named, Stage::Unusable, Stage::Groups(None), Stage::Conclusion]);
        let state = match part {
            Some(part) if self.rng.bool() => under_way(token, part),
            Some(_) | None => at_rest(token),
        };
        SweepState { last_recent: Some(self.moment()), adopting_since: self.maybe(Self::moment), ..state }
    }

    fn finish(&mut self, table: &Table) -> Op {
        let (held, _) = self.held(table);
        let plan = self.maybe(|draw| draw.plan(table));
        let started_at = self.event_at();
        let report = Report { started_at, withheld: self.rng.usize(..3), ..report(0) };
        Op::Finish(Box::new(Ending { state: self.state(held), held, report, plan }))
    }

    /// A plan that is there, or a new one.
    fn plan(&mut self, table: &Table) -> Plan {
        let known = self.one_of(table.plans.values().cloned());
        let made = self.rng.i64(0..5);
        known.filter(|_| !self.one_in(4)).unwrap_or_else(|| plan(made))
    }

    fn account(&mut self) -> &'static str {
        self.one_of(ACCOUNTS).unwrap_or_default()
    }

    fn window(&mut self) -> Window {
        Window::of(at(0)).after(self.rng.i64(0..4))
    }

    fn calls(&mut self) -> Calls {
        let few = Limits::parse("18").unwrap_or_default();
        Calls {
            account: self.account(),
            window: self.window(),
            class: self.one_of(Class::ALL).unwrap_or(Class::Sweep),
            many: self.mostly(1, |draw| draw.rng.u32(1..12)),
            limits: self.mostly(Limits::default(), |_| few),
        }
    }

    pub(crate) fn waiting(&mut self, table: &Table) -> Op {
        let states = [WebhookState::Waiting, WebhookState::Worked, WebhookState::Dead];
        match self.rng.u32(..16) {
            0..=2 => Op::File(self.webhook()),
            3 | 4 => Op::DueWebhooks(self.moment(), self.most()),
            5..=7 => Op::Settle(self.settled(table)),
            8 | 9 => {
                let state = self.one_of(states).unwrap_or(WebhookState::Waiting);
                let known = self.one_of(table.records.webhooks.values().map(|known| known.received_at));
                let day = known.map(|at| jiff::tz::Offset::UTC.to_datetime(at).date());
                Op::Webhooks(state, day.filter(|_| self.rng.bool()), self.most())
            }
            10 | 11 => Op::WebhooksAbout(self.some(Self::link)),
            12 | 13 => Op::DueSessions(self.moment(), self.most()),
            14 => Op::Agenda(),
            _ => {
                let revision = self.revision(Some(self.agenda));
                self.agenda = self.agenda.max(revision.min(self.agenda + 1));
                let page = self.rng.u32(1..9);
                let consents_read_at = self.maybe(Self::moment);
                Op::PutAgenda(Agenda { consents_page: page, consents_read_at, revision })
            }
        }
    }

    /// A webhook that has just come; its link goes with its body.
    fn webhook(&mut self) -> Webhook {
        let number = self.rng.u32(..BODIES);
        let about = (number < ABOUT_LINKS).then(|| link_id(number));
        Webhook::new(format!("body {number}").as_bytes(), about, self.moment())
    }

    fn settled(&mut self, table: &Table) -> Webhook {
        let unknown = self.webhook();
        let known = self.one_of(table.records.webhooks.values().cloned()).unwrap_or_else(|| unknown.clone());
        let known = self.mostly(known, |_| unknown);
        let (before, at) = (known.revision, self.moment());
        let word = |word| Code::parse(word).ok();
        let said =
            word("LINK").zip(word("token_required")).map(|(kind, code)| Said { kind, code, consent: None });
        let known = Webhook { said: said.filter(|_| self.rng.bool()), ..known };
        let settled = match self.rng.u32(..4) {
            0 => known.worked(at),
            1 => known.died(at, DeadReason::Failed),
            2 => known.clone().revived(at).unwrap_or(known),
            _ => known.put_off(at),
        };
        Webhook { revision: self.revision(Some(before)), ..settled }
    }

    pub(crate) fn census(&mut self, table: &Table) -> Op {
        match self.rng.u32(..8) {
            0 | 1 => {
                let days = [self.day(), self.day()];
                let [from, to] =
                    if self.one_in(8) { days } else { [days[0].min(days[1]), days[0].max(days[1])] };
                Op::MadeBetween(from, to)
            }
            2 => Op::Named(self.most()),
            3 => Op::Standing(self.some(|draw| draw.key(table))),
            4 | 5 => Op::Grouped(self.rng.usize(..8)),
            6 => Op::Quarantine(self.most()),
            _ => Op::QuarantineSize(self.most()),
        }
    }
}

/// All links, for a look at everything.
pub(crate) fn every_link() -> Vec<LinkId> {
    (0..super::draw::LINKS).map(link_id).collect()
}
