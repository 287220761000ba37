//! What every store must do, as rules: one function a rule, whose name is the rule.
//!
//! Rules over the ports alone ([`registering`], [`aliasing`], [`reading`], [`committing`], [`owning`], [`indexing`],
//! [`sweeping`], [`trailing`], [`deleting`], [`erasing`]) hold of any store, and so do those of the budget of calls ([`counting`]). Rules that look at items
//! ([`items`], [`damage`], [`large`]) hold of the one table that DynamoDB keeps, wherever that is: a [`Place`]. [`wire`] makes the network between store and engine lose and spoil
//! what it carries. `tests/store.rs` runs all of them in every place.

pub mod aliasing;
pub mod committing;
pub mod counting;
pub mod damage;
pub mod deleting;
pub mod erasing;
pub mod indexing;
pub mod items;
pub mod large;
mod marked;
pub mod owning;
mod place;
pub mod reading;
pub mod registering;
pub mod samples;
pub mod sweeping;
pub mod trailing;
pub mod wire;

use domain::{
    ports::{Aliases, Deletions, Erasures, Trail, Users},
    sweep,
};

pub use marked::Marked;
pub use place::{Item, Place, URL_VARIABLE};

/// All of the store's ports at once.
pub trait Store: Users + Aliases + Deletions + Erasures + sweep::Store + Trail {}

impl<T: Users + Aliases + Deletions + Erasures + sweep::Store + Trail> Store for T {}
