//! What must hold, each under its name in docs/assurance.md: after each step (`steps`,
//! `calls`, `answers`), or when everything has come to rest (`rest`).
//!
//! Where ARCHITECTURE.md decided otherwise than the plan, it is ARCHITECTURE.md that is checked: what a link that was
//! planted while its victim's session is open may do (I1), what a sweeper that was overtaken may still add (I9).

mod answers;
mod calls;
mod guards;
mod rest;
mod steps;

pub use answers::after_answer;
pub use calls::{after_call, before_delete};
pub use rest::{after_certificate, after_erase, after_replay, after_state, at_rest};
pub use steps::{Before, Made, after_commit, before};
