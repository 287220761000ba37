//! What every store must do, as rules: one function a rule, whose name is the rule.
//!
//! Rules over the ports alone ([`registering`], [`aliasing`], [`reading`], [`committing`], [`owning`], [`indexing`],
//! [`sweeping`], [`trailing`], [`deleting`], [`erasing`], [`inbox`], [`following`]) hold of any store, and so do those of the budget of calls ([`counting`]). Rules that look at items
//! ([`items`], [`damage`], [`large`]) hold of the one table that DynamoDB keeps, wherever that is: a [`Place`]. [`wire`] makes the network between store and engine lose and spoil
//! what it carries. `tests/store.rs` runs all of them in every place.

pub mod aliasing;
pub mod committing;
pub mod counting;
pub mod damage;
pub mod deleting;
pub mod erasing;
pub mod following;
pub mod inbox;
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
    follow_up,
    ports::{Aliases, Deletions, ErasureRequests, Erasures, Inbox, Trail, Users},
    sweep, webhooks,
};

pub use marked::Marked;
pub use place::{Item, Place, URL_VARIABLE};

/// All of the store's ports at once.
pub trait Store:
    Users
    + Aliases
    + Deletions
    + ErasureRequests
    + Erasures
    + Inbox
    + sweep::Store
    + webhooks::Store
    + follow_up::Store
    + Trail
{
}

impl<T> Store for T where
    T: Users
        + Aliases
        + Deletions
        + ErasureRequests
        + Erasures
        + Inbox
        + sweep::Store
        + webhooks::Store
        + follow_up::Store
        + Trail
{
}
