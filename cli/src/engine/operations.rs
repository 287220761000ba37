//! The table of operations: DynamoDB's name, the engine's function, and what kind of units it costs.
//!
//! Whoever calls a data operation without asking for its capacity is asked for it here and does not
//! see it: that is how the [`Meter`](super::Meter) knows.

use dynoxide::types::ConsumedCapacity;
use dynoxide::{Database, DynoxideError, actions};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Answer, Units};

/// One request as the engine took it.
pub(super) struct Call {
    pub(super) name: &'static str,
    pub(super) units: Units,
    pub(super) answer: Answer,
}

/// Tables and streams are two services; no operation name occurs in both.
const TARGETS: [&str; 2] = ["DynamoDB_20120810.", "DynamoDBStreams_20120810."];

macro_rules! operations {
    (
        free { $($free:literal => $free_call:ident,)* }
        read { $($read:literal => $read_call:ident($Read:ident),)* }
        write { $($write:literal => $write_call:ident($Write:ident),)* }
    ) => {
        /// Runs the operation that the target names. `None`: there is no such operation here.
        pub(super) fn call(db: &Database, target: &str, body: &[u8]) -> Option<Call> {
            let name = TARGETS.iter().find_map(|prefix| target.strip_prefix(prefix))?;
            Some(match name {
                $($free => free($free, body, |request| db.$free_call(request)),)*
                $($read => billed!($read, body, db.$read_call(actions::$read_call::$Read), read_of),)*
                $($write => billed!($write, body, db.$write_call(actions::$write_call::$Write), write_of),)*
                _ => return None,
            })
        }
    };
}

/// A macro and not a function, because the engine's requests and answers share fields but no trait.
macro_rules! billed {
    ($name:literal, $body:ident, $db:ident.$call:ident($Request:ty), $units_of:ident) => {{
        let mut units = Units::default();
        let result = decode::<$Request>($body).and_then(|mut request| {
            let asked = ask_for_capacity(&mut request.return_consumed_capacity);
            let mut answer = $db.$call(request)?;
            units = answer.consumed_capacity.lines().iter().map($units_of).fold(units, sum);
            if !asked {
                answer.consumed_capacity = None;
            }
            encode(&answer)
        });
        Call { name: $name, units, answer: answer(result) }
    }};
}

operations! {
    free {
        "CreateTable" => create_table,
        "DeleteTable" => delete_table,
        "DescribeTable" => describe_table,
        "UpdateTable" => update_table,
        "ListTables" => list_tables,
        "UpdateTimeToLive" => update_time_to_live,
        "DescribeTimeToLive" => describe_time_to_live,
        "ListStreams" => list_streams,
        "DescribeStream" => describe_stream,
        "GetShardIterator" => get_shard_iterator,
        "GetRecords" => get_records,
    }
    read {
        "GetItem" => get_item(GetItemRequest),
        "BatchGetItem" => batch_get_item(BatchGetItemRequest),
        "Query" => query(QueryRequest),
        "Scan" => scan(ScanRequest),
        "TransactGetItems" => transact_get_items(TransactGetItemsRequest),
    }
    write {
        "PutItem" => put_item(PutItemRequest),
        "UpdateItem" => update_item(UpdateItemRequest),
        "DeleteItem" => delete_item(DeleteItemRequest),
        "BatchWriteItem" => batch_write_item(BatchWriteItemRequest),
        "TransactWriteItems" => transact_write_items(TransactWriteItemsRequest),
    }
}

/// What DynamoDB says to a target it does not know.
pub(super) fn unknown() -> Answer {
    Answer {
        status: 400,
        body: br#"{"__type":"com.amazon.coral.service#UnknownOperationException"}"#.to_vec(),
    }
}

fn free<Q: DeserializeOwned, A: Serialize>(
    name: &'static str,
    body: &[u8],
    run: impl FnOnce(Q) -> Result<A, DynoxideError>,
) -> Call {
    let result = decode(body).and_then(run).and_then(|done| encode(&done));
    Call { name, units: Units::default(), answer: answer(result) }
}

/// Whether the caller wants the capacity; if not, we do. A wrong word stays, to be refused.
fn ask_for_capacity(field: &mut Option<String>) -> bool {
    let asked = !matches!(field.as_deref(), None | Some("NONE"));
    if !asked {
        *field = Some("TOTAL".to_owned());
    }
    asked
}

/// One line of the bill, or one per table.
trait Bill {
    fn lines(&self) -> &[ConsumedCapacity];
}

impl Bill for Option<ConsumedCapacity> {
    fn lines(&self) -> &[ConsumedCapacity] {
        self.as_slice()
    }
}

impl Bill for Option<Vec<ConsumedCapacity>> {
    fn lines(&self) -> &[ConsumedCapacity] {
        self.as_deref().unwrap_or_default()
    }
}

fn read_of(line: &ConsumedCapacity) -> Units {
    told(line).unwrap_or(Units { read: line.capacity_units, write: 0.0 })
}

fn write_of(line: &ConsumedCapacity) -> Units {
    told(line).unwrap_or(Units { read: 0.0, write: line.capacity_units })
}

/// Transactions say which kind they used: a write repeated under its token costs reads.
fn told(line: &ConsumedCapacity) -> Option<Units> {
    let (read, write) = (line.read_capacity_units, line.write_capacity_units);
    (read.is_some() || write.is_some())
        .then(|| Units { read: read.unwrap_or_default(), write: write.unwrap_or_default() })
}

fn sum(mut left: Units, right: Units) -> Units {
    left += right;
    left
}

fn answer(result: Result<Vec<u8>, DynoxideError>) -> Answer {
    match result {
        Ok(body) => Answer { status: 200, body },
        Err(error) => Answer { status: error.status_code(), body: error.to_json().into_bytes() },
    }
}

fn encode(answer: &impl Serialize) -> Result<Vec<u8>, DynoxideError> {
    serde_json::to_vec(answer)
        .map_err(|_| DynoxideError::InternalServerError("the answer has no JSON form".to_owned()))
}

fn decode<Q: DeserializeOwned>(body: &[u8]) -> Result<Q, DynoxideError> {
    serde_json::from_slice(body).map_err(|error| refusal(&error.to_string()))
}

/// The engine's own HTTP server sorts these errors, but keeps the sorting to itself. Values that
/// DynamoDB finds fault with come marked, with DynamoDB's words; of any other body nothing is repeated,
/// since it may hold anything.
fn refusal(said: &str) -> DynoxideError {
    const FAULTS: [&str; 3] = ["VALIDATION_REQUEST:", "VALIDATION_AS_READ:", "VALIDATION:"];
    let plain = said.split(" at line ").next().unwrap_or_default();
    if let Some(fault) = FAULTS.iter().find_map(|mark| plain.strip_prefix(mark)) {
        return DynoxideError::ValidationException(fault.to_owned());
    }
    if plain.starts_with("missing field") {
        return DynoxideError::ValidationException(plain.to_owned());
    }
    if plain.contains("empty AttributeValue") || plain.contains("Supplied AttributeValue") {
        let one = "Supplied AttributeValue must contain exactly one of the supported datatypes";
        return DynoxideError::ValidationException(one.to_owned());
    }
    DynoxideError::SerializationException("the body has not the shape of a request".to_owned())
}
