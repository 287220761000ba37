//! Deterministic fault simulation: the real routers and event handlers, on one thread, by a seeded scheduler and a
//! virtual clock, over a model of the store and a model of Belvo, with a fault possible at every request.
//!
//! Reading order: [`world`] (what there is), [`here`] (the way to it, with its faults), [`story`] (who does what when),
//! [`invariants`] (what must hold), [`run`] (playing a seed, and making what fails small).

pub mod bases;
pub mod belvo;
pub mod campaign;
pub mod crash;
pub mod deed;
pub mod here;
pub mod invariants;
pub mod planted;
pub mod program;
pub mod rare;
pub mod run;
pub mod stage;
pub mod story;
pub mod table;
pub mod trace;
pub mod weather;
pub mod world;
