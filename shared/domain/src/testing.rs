//! What the domain's own tests stand on: makers of values, a table and a Belvo in memory, a clock by hand.

mod belvo;
mod cases;
mod hand;
mod make;
mod shaky;
mod sweeping;
mod table;

pub(crate) use belvo::{Belvo, Call};
pub(crate) use cases::{Case, case, records};
pub(crate) use hand::{Hand, finished};
pub(crate) use make::*;
pub(crate) use shaky::{Life, Shaky};
pub(crate) use sweeping::{ordered, report, swept, tick};
pub(crate) use table::{Fault, Table};
