//! What a piece of a story costs: the meters are read before and after.

use belvo_simulator::Calls;
use cli::engine::{Meter, Units};
use tests::Story;

/// What something cost.
#[derive(Clone, Debug)]
pub(crate) struct Spent {
    meter: Meter,
    calls: Calls,
}

/// What `act` answers and costs. Nothing else may happen in the story meanwhile.
pub(crate) async fn spent<T>(story: &Story, act: impl Future<Output = T>) -> (T, Spent) {
    story.world.engine.reset_meter();
    story.world.belvo.reset_calls();
    let answer = act.await;
    (answer, Spent { meter: story.world.engine.meter(), calls: story.world.belvo.calls() })
}

impl Spent {
    /// Requests to DynamoDB by operation, in alphabetical order.
    pub(crate) fn requests(&self) -> Vec<(&'static str, u64)> {
        self.meter.requests.iter().map(|(name, count)| (*name, *count)).collect()
    }

    /// All requests to DynamoDB.
    pub(crate) fn total(&self) -> u64 {
        self.meter.total()
    }

    /// What DynamoDB would have billed.
    pub(crate) fn units(&self) -> Units {
        self.meter.units
    }

    /// All calls to Belvo.
    pub(crate) fn belvo(&self) -> u64 {
        self.calls.total()
    }

    /// Calls to one of Belvo's routes.
    pub(crate) fn belvo_of(&self, route: &str) -> u64 {
        self.calls.of(route)
    }
}
