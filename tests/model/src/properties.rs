//! What must hold in every state.

use stateright::Property;

use crate::game::{Game, State};

/// The last live link of a login is never deleted by us, unless the user asked for it.
pub const LAST: &str = "the last link stays";
/// Belvo is never asked to delete what is not armed.
pub const ARMED: &str = "asked only what is armed";
/// What was taken back was not asked for, and is not.
pub const TAKEN_BACK: &str = "taken back is kept";
/// A writer with an old token changes nothing.
pub const FENCED: &str = "fenced out changes nothing";
/// Gone is what Belvo took and no longer has, or what was missed twice, a grace apart, while another was found.
pub const GONE: &str = "gone is proven";
/// A login none of whose links is to be deleted is shown at every moment.
pub const STANDS: &str = "a survivor stands";
/// A login that we hold links of is shown in the end.
pub const SHOWN: &str = "every login is shown";
/// When faults cease, every intent ends.
pub const ENDS: &str = "every intent ends";

/// All of them, with what they mean.
pub const ALL: [(&str, &str); 8] = [
    (LAST, "no deletion of ours removes the last link of a login, unless the user asked for it"),
    (TAKEN_BACK, "of an intent that was taken back, Belvo was never asked"),
    (ARMED, "Belvo is asked to delete a link only while its intent is armed, or further"),
    (FENCED, "whoever writes with a token that is not the last one changes nothing"),
    (
        GONE,
        "a link is gone if Belvo took its deletion and then had it no more, or was missed twice, a grace apart, \
            while another link was found",
    ),
    (STANDS, "at every moment, a login none of whose links is to be deleted has a link that is shown"),
    (SHOWN, "when faults cease, a login of which the user wanted nothing to go has a link that is shown"),
    (ENDS, "when faults cease, every intent is done or taken back after at most eight runs"),
];

/// For the checker.
pub fn all() -> Vec<Property<Game>> {
    vec![
        Property::always(LAST, |game: &Game, state: &State| game.first(LAST, !state.world.broken.last)),
        Property::always(ARMED, |game: &Game, state: &State| game.first(ARMED, !state.world.broken.unarmed)),
        Property::always(TAKEN_BACK, |game: &Game, state: &State| {
            game.first(TAKEN_BACK, state.world.keeps_what_was_taken_back())
        }),
        Property::always(FENCED, |game: &Game, state: &State| game.first(FENCED, !state.world.broken.fenced)),
        Property::always(GONE, |game: &Game, state: &State| game.first(GONE, !state.world.broken.gone)),
        Property::always(STANDS, |game: &Game, state: &State| {
            game.first(STANDS, state.world.shows_every_login(false))
        }),
        Property::always(SHOWN, |game: &Game, state: &State| game.first(SHOWN, game.ends_well(state).1)),
        Property::always(ENDS, |game: &Game, state: &State| game.first(ENDS, game.ends_well(state).0)),
    ]
}

impl Game {
    /// Whether this holds, or was told before.
    fn first(&self, property: &'static str, holds: bool) -> bool {
        holds || !self.notes.told.lock().expect("no panics").insert(property)
    }
}
