//! What the store's requests have cost, by DynamoDB's own account.
//!
//! A request counts once however often the SDK sends it, and one that fails counts without units, as DynamoDB
//! tells them only with a success: it bills failed conditions, too.

use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_dynamodb::{
    operation::{
        batch_get_item::BatchGetItemOutput, batch_write_item::BatchWriteItemOutput, get_item::GetItemOutput,
        put_item::PutItemOutput, query::QueryOutput, scan::ScanOutput,
        transact_write_items::TransactWriteItemsOutput, update_item::UpdateItemOutput,
    },
    types::{ConsumedCapacity, ReturnConsumedCapacity},
};
use domain::ports::{Meter, Spent};

use super::DynamoStore;

/// What every request asks to be told.
pub(super) const TOLD: ReturnConsumedCapacity = ReturnConsumedCapacity::Total;

/// The sum so far. Clones of a store share it.
#[derive(Clone, Debug, Default)]
pub(super) struct Till(Arc<Mutex<Spent>>);

impl Till {
    fn add(&self, spent: Spent) {
        let mut sum = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *sum = *sum + spent;
    }
}

impl Meter for DynamoStore {
    fn spent(&self) -> Spent {
        *self.till.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl DynamoStore {
    /// Awaits a request's answer, and counts the request and the units that the answer tells. Boxed: the SDK's
    /// futures are so large that a use case which holds one inline would fill a thread's stack.
    pub(super) fn counted<A: Bill, E>(
        &self,
        sent: impl Future<Output = Result<A, E>> + Send,
    ) -> impl Future<Output = Result<A, E>> + Send {
        let (sent, till) = (Box::pin(sent), self.till.clone());
        async move {
            till.add(Spent { table_requests: 1, ..Spent::default() });
            let answer = sent.await;
            if let Ok(answer) = &answer {
                till.add(answer.units());
            }
            answer
        }
    }
}

/// An answer that tells its units.
pub(super) trait Bill {
    /// The units, and nothing else.
    fn units(&self) -> Spent;
}

macro_rules! bill {
    ($kind:ident: $($answer:ty),*) => {
        $(impl Bill for $answer {
            fn units(&self) -> Spent {
                self.consumed_capacity().into_iter().map($kind).fold(Spent::default(), |sum, line| sum + line)
            }
        })*
    };
}

bill!(read: GetItemOutput, BatchGetItemOutput, QueryOutput, ScanOutput);
bill!(written: PutItemOutput, UpdateItemOutput, BatchWriteItemOutput, TransactWriteItemsOutput);

fn read(line: &ConsumedCapacity) -> Spent {
    Spent { read_units: line.capacity_units().unwrap_or_default(), ..Spent::default() }
}

/// A transaction that is repeated under its token reads instead, and says so.
fn written(line: &ConsumedCapacity) -> Spent {
    match (line.read_capacity_units(), line.write_capacity_units()) {
        (None, None) => Spent { write_units: line.capacity_units().unwrap_or_default(), ..Spent::default() },
        (read, write) => Spent {
            read_units: read.unwrap_or_default(),
            write_units: write.unwrap_or_default(),
            ..Spent::default()
        },
    }
}
