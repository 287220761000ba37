//! An exhaustive model of superseding, deleting, cancelling and sweeping.
//!
//! Its processes are the production's own use cases, played over ports that remember what each process was answered
//! ([`mod@line`]): one request is one step, and stateright tries every order of the steps of all processes. The table,
//! Belvo and the clock are the model's ([`world`]). Any guard can be taken away at the port ([`guards`]), and the
//! table of what then breaks is asserted ([`table`]). Figures and what was found: `docs/model.md`.

pub mod belvo;
mod belvo_port;
pub mod calm;
pub mod commit;
pub mod errand;
pub mod evidence;
pub mod explore;
pub mod game;
pub mod guards;
pub mod kept;
pub mod line;
pub mod names;
pub mod ports;
pub mod properties;
pub mod request;
pub mod run;
pub mod steps;
pub mod table;
pub mod world;
pub mod worlds;
