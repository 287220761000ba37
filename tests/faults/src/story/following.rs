//! What clients do after they were answered, or were not; and what Belvo sends.

use domain::{
    external_id::ExternalId,
    link::LinkStatus,
    values::{LinkId, SessionId},
};
use serde_json::{Value, json};

use super::Story;
use crate::{
    deed::{Callback, Came, Deed, Which, Widget},
    rare::Rare,
};

impl Story<'_> {
    fn draw(&self, of: u32) -> u32 {
        self.here.with(|world| world.chance.u32(0..of))
    }

    /// One of these delays, in seconds.
    fn delay(&self, of: &[i64]) -> i64 {
        let most = of[self.draw(u32::try_from(of.len()).unwrap_or(1)) as usize];
        if most == 0 { 0 } else { self.here.with(|world| world.chance.i64(0..=most)) }
    }

    /// What comes of an answer.
    pub(super) fn follow(&mut self, deed: Deed, came: &Came) {
        match came {
            Came::Answered(200..300, body) => {
                let told: Value = serde_json::from_slice(body).unwrap_or_default();
                self.go_on(&deed, &told);
            }
            Came::Answered(500.., _) | Came::Died => self.retry(deed),
            Came::Answered(404, _) if matches!(deed, Deed::Callback(_)) => {
                if self.draw(3) == 0 {
                    let delay = self.delay(&[5, 120]);
                    self.after(delay, deed);
                }
            }
            Came::Answered(..) | Came::Ended(_) => {}
        }
    }

    /// Nobody retries for ever.
    fn retry(&mut self, deed: Deed) {
        let again = if matches!(deed, Deed::Sweep(_) | Deed::FollowUp | Deed::Delete) {
            false // the schedule comes again by itself
        } else if matches!(deed, Deed::Webhook(..)) {
            self.draw(3) > 0
        } else {
            self.draw(2) == 0
        };
        if again {
            let delay = self.delay(&[2, 30, 600]);
            self.after(delay, deed);
        }
    }

    fn go_on(&mut self, deed: &Deed, told: &Value) {
        if let Deed::Register(person) = deed {
            let id = told["external_id"].as_str().and_then(|id| ExternalId::parse(id).ok());
            self.people[*person].id = id;
        }
        if let Deed::Open(person, _) = deed {
            self.opened(*person, told);
        }
        if let Deed::Erase(person) = deed {
            self.people[*person].id = None;
        }
    }

    fn opened(&mut self, person: usize, told: &Value) {
        let session = told["session_id"].as_str().and_then(|id| SessionId::parse(id).ok());
        let of = told["widget"]["config"]["external_id"].as_str().and_then(|id| ExternalId::parse(id).ok());
        let (Some(session), Some(of)) = (session, of) else { return };
        self.people[person].sessions.push(session.clone());
        let opened_at = self.here.with(|world| world.now);
        for claim in told["needs_attention"].as_array().into_iter().flatten() {
            self.claim(person, claim);
        }
        let others: Vec<usize> = (0..self.people.len()).filter(|other| *other != person).collect();
        let plants = self.people[person].attacker && !others.is_empty() && self.draw(2) == 0;
        let victim = plants.then(|| others[self.draw(u32::try_from(others.len()).unwrap_or(1)) as usize]);
        match self.draw(10) {
            0 => {
                let delay = self.delay(&[30, 600]);
                self.after(delay, Deed::Exit(person, session, self.draw(2) == 0));
            }
            1 => {}
            _ => {
                let delay = self.delay(&[0, 20, 300, 1_260]);
                self.after(delay, Deed::Widget(Widget { person, session, of, opened_at, victim }));
            }
        }
    }

    /// "Did you connect this?" Mostly people know.
    fn claim(&mut self, person: usize, link: &Value) {
        let id = link["link_id"].as_str().and_then(|id| LinkId::parse(id).ok());
        let Some(id) = id.filter(|_| link["way_out"] == "claim") else { return };
        let planted = self.here.with(|world| world.belvo.links.get(&id).is_some_and(|truth| truth.planted));
        if self.draw(20) < if planted { 1 } else { 12 } {
            let delay = self.delay(&[10, 3_600]);
            self.after(delay, Deed::Claim(person, Which::Id(id)));
        }
    }

    /// The widget is through: the app tells us, perhaps, and Belvo does, perhaps first.
    pub(super) fn after_widget(&mut self, widget: &Widget, link: LinkId, claimed: &ExternalId) {
        let mut first_callback = None;
        for _ in 0..[0, 1, 1, 1, 1, 2, 3, 1][self.draw(8) as usize] {
            let delay = self.delay(&[0, 1, 60, 3_600, 200_000]);
            first_callback = Some(first_callback.map_or(delay, |first: i64| first.min(delay)));
            let (person, session) = (widget.person, widget.session.clone());
            self.after(delay, Deed::Callback(Callback { person, session, link: Which::Id(link) }));
        }
        let body = json!({
            "webhook_id": link.to_string(), "webhook_type": "ACCOUNTS", "webhook_code": "historical_update",
            "link_id": link.to_string(), "external_id": claimed.as_str(), "data": {"total_accounts": 1},
        });
        for _ in 0..[0, 1, 1, 2][self.draw(4) as usize] {
            let delay = self.delay(&[0, 2, 90, 7_200]);
            if first_callback.is_some_and(|first| delay < first) {
                self.here.with(|world| world.seen.saw(Rare::WebhookFirst));
            }
            let older = self.draw(6) == 0;
            self.after(delay, Deed::Webhook(body.to_string(), older));
        }
        if self.draw(8) == 0 {
            let status = [LinkStatus::Invalid, LinkStatus::TokenRequired, LinkStatus::Valid];
            let status = status[self.draw(3) as usize].clone();
            let delay = self.delay(&[600, 90_000]);
            self.after(delay, Deed::Flip(Which::Id(link), status));
        }
    }
}
