//! What happens around the app while the story is told: time, Belvo, the schedules.

use axum::{
    body::Body,
    http::{Request, header},
};
use domain::{ports::Ambient, sweep::Report};
use jiff::SignedDuration;
use serde_json::json;

use super::{step::Event, story::Story, words};
use crate::{failure::Failure, world::DEV_WEBHOOK_AUTHORIZATION};

impl Story<'_> {
    /// Belvo changes and tells nobody.
    pub(super) fn unseen(&mut self, what: String) {
        self.step.events.push(Event::Unseen { what });
    }

    /// Time goes by.
    pub(super) fn pass(&mut self, minutes: i64) {
        self.world.pass(SignedDuration::from_mins(minutes));
        let clock = words::time(self.world.clock.now());
        self.step.events.push(Event::Passed { minutes, clock });
    }

    /// The schedule runs.
    pub(super) async fn sweep(&mut self) -> Result<Report, Failure> {
        let report = self.world.sweep().await?;
        self.step.events.push(Event::Swept { report: json!(report) });
        Ok(report)
    }

    /// A webhook about a link comes, of Belvo's or forged; the status that it is answered with.
    pub(super) async fn webhook(
        &mut self,
        authentic: bool,
        kind: &str,
        code: &str,
        link: &str,
    ) -> Result<u16, Failure> {
        let body = json!({"webhook_type": kind, "webhook_code": code, "link_id": link});
        let value = if authentic { DEV_WEBHOOK_AUTHORIZATION } else { "Bearer somebody-else-wrote-this" };
        let request = Request::post("/webhooks/belvo").header(header::AUTHORIZATION, value);
        let request = request.body(Body::from(body.to_string())).map_err(Failure::request)?;
        let status = self.world.send(request).await?.status;
        self.step.events.push(Event::Heard { webhook: format!("{kind} {code} of link {link}"), status });
        Ok(status)
    }

    /// The schedule of what waits for its time runs.
    pub(super) async fn follow_up(&mut self) -> Result<follow_up::Answer, Failure> {
        let answer = self.world.follow_up().await?;
        self.step.events.push(Event::FollowedUp { counts: json!(answer) });
        Ok(answer)
    }

    /// The function that deletes links runs once a minute, for so many minutes.
    pub(super) async fn delete(&mut self, minutes: i64) -> Result<(), Failure> {
        let (mut asked, mut confirmed, mut erased) = (0, 0, 0);
        for _ in 0..minutes {
            let tally = self.world.delete().await?;
            (asked, confirmed, erased) =
                (asked + tally.asked, confirmed + tally.confirmed, erased + tally.erased);
            self.world.pass(SignedDuration::from_mins(1));
        }
        self.step.events.push(Event::Deleted { minutes, asked, confirmed, erased });
        Ok(())
    }

    /// Whether Belvo still has the link.
    pub(super) fn at_belvo(&self, link: &str) -> bool {
        self.world.belvo.links().iter().any(|known| known.id == link)
    }
}
