//! Reading a table's stream: what was filed in the audit trail, as it is filed. The embedded engine's and DynamoDB's
//! alike.
//!
//! A stream is made of shards. Those of one lineage are read parents first, so what happened to one item is told in its
//! order; between shards there is none.

use std::collections::{BTreeMap, BTreeSet};

use adapters::dynamo;
use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_dynamodbstreams::{
    Client,
    types::{AttributeValue as Image, OperationType, Record, Shard, ShardIteratorType},
};
use domain::change::Filed;

use crate::failure::Failure;

/// Where reading begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// With the oldest record that is kept: a day old in the cloud, and of the first day in the embedded engine.
    Oldest,
    /// With whatever comes.
    Now,
}

/// Reads a stream, wherever it is.
#[derive(Debug)]
pub struct Reader {
    client: Client,
    stream: String,
    /// The shards that are being read, and where in them.
    open: BTreeMap<String, String>,
    /// The shards that were begun ever.
    begun: BTreeSet<String>,
}

impl Reader {
    /// Begins to read.
    pub async fn open(client: Client, stream: String, start: Start) -> Result<Self, Failure> {
        let mut reader = Self { client, stream, open: BTreeMap::new(), begun: BTreeSet::new() };
        if start == Start::Now {
            // Also those that take no more records: they are at their end at once.
            for id in reader.shards().await?.iter().filter_map(Shard::shard_id) {
                reader.begin(id, ShardIteratorType::Latest).await?;
            }
        }
        reader.begin_what_is_new().await?;
        Ok(reader)
    }

    /// What has come since; nothing, for now, when nothing has. One that cannot be read is told in the log.
    pub async fn more(&mut self) -> Result<Vec<Filed>, Failure> {
        loop {
            let (filed, records) = self.page().await?;
            if !filed.is_empty() || records == 0 {
                return Ok(filed); // else only other items changed: there may be more behind them
            }
        }
    }

    /// The next page of every shard: what was filed, of how many records.
    async fn page(&mut self) -> Result<(Vec<Filed>, usize), Failure> {
        let (mut filed, mut records) = (Vec::new(), 0);
        let before = self.open.len();
        for (shard, at) in self.open.clone() {
            let answer = self.client.get_records().shard_iterator(at).send().await;
            let answer = answer.map_err(|error| Failure::stream(&error))?;
            records += answer.records().len();
            filed.extend(answer.records().iter().filter_map(read));
            match answer.next_shard_iterator {
                Some(next) => self.open.insert(shard, next),
                None => self.open.remove(&shard),
            };
        }
        if self.open.len() < before {
            self.begin_what_is_new().await?; // its children, if it was split
        }
        Ok((filed, records))
    }

    async fn shards(&self) -> Result<Vec<Shard>, Failure> {
        let (mut shards, mut behind) = (Vec::new(), None);
        loop {
            let describe = self.client.describe_stream().stream_arn(&self.stream);
            let answer = describe.set_exclusive_start_shard_id(behind).send().await;
            let described = answer.map_err(|error| Failure::stream(&error))?.stream_description;
            let Some(described) = described else { return Ok(shards) };
            shards.extend(described.shards.unwrap_or_default());
            behind = described.last_evaluated_shard_id;
            if behind.is_none() {
                return Ok(shards);
            }
        }
    }

    /// Begins with the shards that nobody has begun and whose parents are read.
    async fn begin_what_is_new(&mut self) -> Result<(), Failure> {
        let shards = self.shards().await?;
        let there: BTreeSet<_> = shards.iter().filter_map(Shard::shard_id).collect();
        for shard in &shards {
            let Some(id) = shard.shard_id().filter(|id| !self.begun.contains(*id)) else { continue };
            let parent = shard.parent_shard_id().filter(|parent| there.contains(parent));
            let read = |parent: &str| self.begun.contains(parent) && !self.open.contains_key(parent);
            if parent.is_none_or(read) {
                self.begin(id, ShardIteratorType::TrimHorizon).await?;
            }
        }
        Ok(())
    }

    async fn begin(&mut self, shard: &str, at: ShardIteratorType) -> Result<(), Failure> {
        let iterator = self.client.get_shard_iterator().stream_arn(&self.stream).shard_id(shard);
        let answer = iterator.shard_iterator_type(at).send().await;
        let at = answer.map_err(|error| Failure::stream(&error))?.shard_iterator;
        self.begun.insert(shard.to_owned());
        self.open.extend(at.map(|at| (shard.to_owned(), at)));
        Ok(())
    }
}

/// The audit event that a record tells of, if it does.
fn read(record: &Record) -> Option<Filed> {
    if record.event_name != Some(OperationType::Insert) {
        return None;
    }
    let image = record.dynamodb()?.new_image()?;
    let item = image.iter().map(|(name, value)| (name.clone(), own(value))).collect();
    dynamo::filed(item).unwrap_or_else(|error| {
        tracing::error!(error = %adapters::telemetry::chain(&error), "passed over");
        None
    })
}

/// The same value, in the words of the table's own client.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the SDK's type may grow; no field of ours has a form of later"
)]
fn own(value: &Image) -> AttributeValue {
    match value {
        Image::S(text) => AttributeValue::S(text.clone()),
        Image::N(number) => AttributeValue::N(number.clone()),
        Image::Bool(truth) => AttributeValue::Bool(*truth),
        Image::M(map) => {
            AttributeValue::M(map.iter().map(|(name, value)| (name.clone(), own(value))).collect())
        }
        Image::L(list) => AttributeValue::L(list.iter().map(own).collect()),
        Image::Ss(texts) => AttributeValue::Ss(texts.clone()),
        Image::Ns(numbers) => AttributeValue::Ns(numbers.clone()),
        Image::B(bytes) => AttributeValue::B(bytes.clone()),
        Image::Bs(bytes) => AttributeValue::Bs(bytes.clone()),
        Image::Null(null) => AttributeValue::Null(*null),
        _ => AttributeValue::Null(true),
    }
}
