//! Linkkeeper's words, rules, ports and use cases.
//!
//! Nothing here does I/O, reads a clock, the environment or randomness, or knows HTTP, DynamoDB or a
//! runtime: decisions are functions over data, and everything else comes in through [`ports`].
//!
//! Reading order: [`values`] and [`external_id`] (what things are called), [`link`] and [`session`]
//! (what we hold), [`observe`], [`explain`] and [`duplicates`] (the rules), [`plan`] (what is to change),
//! [`budget`] and [`calls`] (how Belvo is
//! asked), then one file per use case: [`register`], [`link_sessions`], [`callbacks`], [`claims`], [`backfill`],
//! [`sweep`], [`webhooks`], [`follow_up`], [`deletion`]; and [`published`] (what the rest of the company is told).

pub mod backfill;
pub mod budget;
pub mod callbacks;
pub mod calls;
pub mod census;
pub mod change;
pub mod claims;
pub mod consent;
pub mod deletion;
pub mod duplicates;
pub mod explain;
pub mod external_id;
pub mod failure;
pub mod follow_up;
pub mod letters;
pub mod link;
pub mod link_sessions;
pub mod masked;
pub mod observe;
pub mod pii;
pub mod plan;
pub mod policy;
pub mod ports;
pub mod published;
mod recognition;
pub mod register;
pub mod session;
mod side_by_side;
pub mod sweep;
#[cfg(test)]
mod testing;
pub mod user;
pub mod values;
pub mod webhooks;
