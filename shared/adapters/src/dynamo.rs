//! The store: one table of DynamoDB, in the cloud, in the embedded engine and anywhere else alike.
//!
//! One partition per user, named by the `external_id`, so a ledger is one query. One item per link id
//! beside it says who holds the link: that item, written in the same transaction as the mapping, is what
//! makes an owner unique. Every write is conditional and returns the old item when it fails, and carries a
//! writer's mark, so that our own repeated write is told from somebody else's.

mod census;
mod commit;
mod connect;
mod expression;
mod failure;
mod item;
mod key;
mod ledger;
mod parts;
mod record;
mod table;
mod users;

pub use connect::{Connection, OPERATION_TIMEOUT, connect, open};
pub use table::{TableError, create_if_missing};

use aws_sdk_dynamodb::Client;

/// The store's one implementation.
#[derive(Clone, Debug)]
pub struct DynamoStore {
    client: Client,
    table: String,
}

impl DynamoStore {
    /// A store on this table.
    #[must_use]
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { client, table: table.into() }
    }
}
