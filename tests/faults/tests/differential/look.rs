//! A look at everything that is there, through the ports.

use domain::{
    ports::{Stretch, Subject},
    sweep::PlanId,
    webhooks::WebhookState,
};
use faults::table::Table;
use jiff::{Timestamp, civil::Date};
use tests::contract::samples::id;

use super::{draw::PEOPLE, op::Op, rest::every_link};

const MANY: usize = 10_000;
const WHOLE: Stretch = Stretch { from: None, until: None, behind: None, most: MANY };
const FIRST_DAY: Date = Date::constant(2026, 1, 1);
const LAST_DAY: Date = Date::constant(2026, 12, 31);

/// Reads all of it.
pub(crate) fn everything(table: &Table) -> Vec<Op> {
    let people = PEOPLE.map(id);
    let pairs = people.iter().flat_map(|user| every_link().into_iter().map(|link| (user.clone(), link)));
    let pairs: Vec<_> = pairs.collect();
    let mut all = vec![
        Op::Markers(every_link()),
        Op::Intents(every_link()),
        Op::Records(pairs.clone()),
        Op::Standing(pairs),
        Op::WebhooksAbout(every_link()),
        Op::Stopped(),
        Op::LookedThrough(),
        Op::State(),
        Op::Agenda(),
        Op::Grouped(0),
        Op::MadeBetween(FIRST_DAY, LAST_DAY),
        Op::Due(Timestamp::MAX, MANY),
        Op::Erasing(Timestamp::MAX, MANY),
        Op::DueSessions(Timestamp::MAX, MANY),
        Op::DueWebhooks(Timestamp::MAX, MANY),
    ];
    let counted = [Op::Named, Op::Quarantine, Op::QuarantineSize, Op::Reports, Op::Certificates];
    all.extend(counted.map(|op| op(MANY)));
    let states = [WebhookState::Waiting, WebhookState::Worked, WebhookState::Dead];
    all.extend(states.map(|state| Op::Webhooks(state, None, MANY)));
    all.extend(table.plans.keys().cloned().map(|id: PlanId| Op::Plan(id)));
    all.extend(every_link().into_iter().map(|link| Op::Trail(Subject::Link(link), WHOLE)));
    for user in people {
        all.push(Op::Ledger(user.clone()));
        all.push(Op::Erasure(user.clone()));
        all.push(Op::Remains(user.clone()));
        all.push(Op::Trail(Subject::User(user), WHOLE));
    }
    all
}
