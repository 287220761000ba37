//! What must hold when Belvo is called.

use domain::{
    budget::Limits,
    deletion::{Stage, Why},
    values::LinkId,
};
use jiff::SignedDuration;

use crate::{weather::Kind, world::World};

/// I13: in any half minute at most as many calls as the account's budget says, retries included; and never more than
/// Belvo allows while clocks are as close as we say they must be.
pub fn after_call(world: &mut World) {
    let close = world.weather.rate(Kind::Clocks) == 0;
    let near = world.weather.apart <= SignedDuration::from_secs(6);
    let most = if close { Limits::default().window() as usize * 6 } else { 80 };
    let busiest = world.belvo.busiest;
    if (close || near) && busiest > most {
        world.violated("I13", format!("{busiest} calls to Belvo within half a minute"));
    }
}

/// I6 at Belvo: a link is deleted only with an intent that was armed before; and a duplicate only while its survivor
/// stands here and nobody wants that deleted.
pub fn before_delete(world: &mut World, id: LinkId) {
    if !world.policy.provider_deletion {
        return world.violated("I6", format!("link {id} is deleted, and deletion is off"));
    }
    let Some(intent) = world.table.records.intents.get(&id) else {
        return world.violated("I6", format!("link {id} is deleted, and nobody wanted that"));
    };
    let armed = matches!(intent.stage, Stage::Armed);
    let survivor = match intent.why {
        Why::SupersededBy(survivor) => Some((survivor, intent.owner.clone())),
        Why::Disconnect | Why::Erasure => None,
    };
    let later = matches!(intent.stage, Stage::Requested | Stage::Unknown | Stage::Done);
    if !armed && !later {
        world.violated("I6", format!("link {id} is deleted, and its intent is not armed"));
    }
    let Some((survivor, owner)) = survivor else { return };
    if world.belvo.there(id, world.now).is_none() {
        return; // gone already: nothing is lost by asking again
    }
    let going = |id: &LinkId| {
        world
            .table
            .records
            .intents
            .get(id)
            .is_some_and(|intent| intent.is_open() && intent.stage != Stage::Marked)
    };
    let user_is_there = world.table.records.users.contains_key(&owner);
    if user_is_there && going(&survivor) {
        world
            .violated("I6", format!("link {id} is deleted for the sake of {survivor}, which is deleted too"));
    }
}
