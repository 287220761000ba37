//! The store: one table of DynamoDB, in the cloud, in the embedded engine and anywhere else alike.
//!
//! One partition per user, named by the `external_id`, so a ledger is one query. One item per link id
//! beside it says who holds the link: that item, written in the same transaction as the mapping, is what
//! makes an owner unique. Every write is conditional and returns the old item when it fails, and carries a
//! writer's mark, so that our own repeated write is told from somebody else's.

mod budget;
mod census;
mod commit;
mod connect;
mod deletions;
mod erasures;
mod expression;
mod failure;
mod follow_ups;
mod health;
mod image;
pub mod index;
mod item;
mod key;
mod ledger;
mod meter;
mod parts;
mod purge;
mod reading;
pub mod record;
mod sweeps;
mod table;
mod trail;
mod users;
mod webhooks;

pub use budget::GRANT_TIMEOUT;
pub use connect::{Connection, OPERATION_TIMEOUT, connect, open, open_connected};
pub use health::{Health, Newer};
pub use image::{Batch, Changed, filed};
pub use table::{TableError, create_if_missing, stream_if_missing, stream_of};
pub use users::UsersCursor;

use std::time::Duration;

use aws_sdk_dynamodb::{Client, config::AppName};

/// The store's one implementation.
#[derive(Clone, Debug)]
pub struct DynamoStore {
    client: Client,
    table: String,
    grant_timeout: Duration,
    till: meter::Till,
}

impl DynamoStore {
    /// A store on this table.
    #[must_use]
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { client, table: table.into(), grant_timeout: GRANT_TIMEOUT, till: meter::Till::default() }
    }

    /// The same store, whose requests say in their user agent which function makes them: for places where several
    /// share a process.
    #[must_use]
    pub fn asked_by(&self, function: &'static str) -> Self {
        let Ok(name) = AppName::new(function) else { return self.clone() };
        let config = self.client.config().to_builder().app_name(name).build();
        Self { client: Client::from_conf(config), ..self.clone() }
    }

    /// The same store with another deadline for a grant of calls: for places where nobody waits for it.
    #[must_use]
    pub fn granting_within(self, grant_timeout: Duration) -> Self {
        Self { grant_timeout, ..self }
    }
}
