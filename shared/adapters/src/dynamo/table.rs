//! The table's shape, for places where nobody deploys a template: the embedded engine and test endpoints.

use std::time::Duration;

use aws_sdk_dynamodb::{
    Client,
    error::{BuildError, ProvideErrorMetadata, SdkError},
    types::{
        AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
        ProjectionType, ScalarAttributeType, StreamSpecification, StreamViewType, TableDescription,
        TableStatus, TimeToLiveSpecification,
    },
};

use super::{
    item::PURGE_AT,
    key::{BY_GROUP, BY_TIME, GROUP, MADE, MONTH, PK, SK, STANDING},
};

/// The indexes, with their keys.
pub(super) const INDEXES: [(&str, [&str; 2]); 2] = [(BY_TIME, [MONTH, MADE]), (BY_GROUP, [GROUP, STANDING])];

/// How often a new table is looked at until it is there.
const LOOKS: usize = 100;
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(100);

/// Why there is no table.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// The endpoint cannot be reached.
    #[error("no DynamoDB answers there: check the URL, and that it is running")]
    Unreachable,
    /// The endpoint refused.
    #[error("DynamoDB refused to make the table: {0}")]
    Refused(String),
    /// The table did not become active.
    #[error("the table was made but did not become active")]
    Inactive,
    /// The table tells nobody of its changes.
    #[error("the table has no stream: enable one with new images (see template.yaml)")]
    NoStream,
    /// The table has not all that this version reads.
    #[error(
        "the table was made by an earlier version: it lacks the index {0}; add the indexes (see template.yaml), \
         or for local data delete the folder .linkkeeper"
    )]
    Old(&'static str),
}

/// Makes the table and its time to live, unless it exists. For local places only: in the cloud the template
/// makes the table, and a missing one is an error to be seen.
pub async fn create_if_missing(client: &Client, table: &str) -> Result<(), TableError> {
    match client.describe_table().table_name(table).send().await {
        Ok(_) => {}
        Err(error) if error.code() == Some("ResourceNotFoundException") => create(client, table).await?,
        Err(error) => return Err(failed(&error)),
    }
    let made = await_active(client, table, PAUSE).await?; // somebody else may just be making it
    if let Some((missing, _)) = INDEXES.into_iter().find(|(name, _)| !has(&made, name)) {
        return Err(TableError::Old(missing));
    }
    expire(client, table).await
}

/// Gives the table its stream, unless it has one: for local places too, where an earlier version may have made it.
pub async fn stream_if_missing(client: &Client, table: &str) -> Result<(), TableError> {
    if stream_of(client, table).await?.is_some() {
        return Ok(());
    }
    let stream = StreamSpecification::builder().stream_enabled(true);
    let stream = stream.stream_view_type(StreamViewType::NewImage).build().map_err(unbuilt)?;
    match client.update_table().table_name(table).stream_specification(stream).send().await {
        Ok(_) => {}
        // somebody was quicker
        Err(error) if matches!(error.code(), Some("ResourceInUseException" | "ValidationException")) => {}
        Err(error) => return Err(failed(&error)),
    }
    await_active(client, table, PAUSE).await?;
    stream_of(client, table).await?.map(|_| ()).ok_or(TableError::NoStream)
}

/// The name of the table's stream, if it has one.
pub async fn stream_of(client: &Client, table: &str) -> Result<Option<String>, TableError> {
    let answer = client.describe_table().table_name(table).send().await;
    let table = answer.map_err(|error| failed(&error))?.table;
    let streams = |table: &TableDescription| {
        table.stream_specification().is_some_and(StreamSpecification::stream_enabled)
    };
    Ok(table.filter(streams).and_then(|table| table.latest_stream_arn))
}

async fn create(client: &Client, table: &str) -> Result<(), TableError> {
    let of_indexes = INDEXES.iter().flat_map(|(_, keys)| keys);
    let attributes = [PK, SK].iter().chain(of_indexes).map(|name| attribute(name)).collect::<Result<_, _>>();
    let indexes = INDEXES.into_iter().map(|(name, keys)| index(name, keys)).collect::<Result<_, _>>();
    let create = client
        .create_table()
        .table_name(table)
        .billing_mode(BillingMode::PayPerRequest)
        .set_attribute_definitions(Some(attributes.map_err(unbuilt)?))
        .set_key_schema(Some(keys([PK, SK]).map_err(unbuilt)?))
        .set_global_secondary_indexes(Some(indexes.map_err(unbuilt)?));
    match create.send().await {
        Ok(_) => Ok(()),
        Err(error) if error.code() == Some("ResourceInUseException") => Ok(()), // somebody was quicker
        Err(error) => Err(failed(&error)),
    }
}

/// Also for a table that is there already: whoever made it may have died before this.
async fn expire(client: &Client, table: &str) -> Result<(), TableError> {
    let ttl = TimeToLiveSpecification::builder().attribute_name(PURGE_AT).enabled(true).build();
    let ttl =
        client.update_time_to_live().table_name(table).time_to_live_specification(ttl.map_err(unbuilt)?);
    match ttl.send().await {
        Ok(_) => Ok(()),
        Err(error) if error.code() == Some("ValidationException") => Ok(()), // enabled already
        Err(error) => Err(failed(&error)),
    }
}

async fn await_active(client: &Client, table: &str, pause: Duration) -> Result<TableDescription, TableError> {
    for _ in 0..LOOKS {
        let answer = client.describe_table().table_name(table).send().await;
        let described = answer.map_err(|error| failed(&error))?.table;
        if let Some(table) = described.filter(|table| table.table_status == Some(TableStatus::Active)) {
            return Ok(table);
        }
        tokio::time::sleep(pause).await;
    }
    Err(TableError::Inactive)
}

fn attribute(name: &str) -> Result<AttributeDefinition, BuildError> {
    AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S).build()
}

/// Of keys only: whoever changes something reads the record itself.
fn index(name: &str, of: [&str; 2]) -> Result<GlobalSecondaryIndex, BuildError> {
    let keys_only = Projection::builder().projection_type(ProjectionType::KeysOnly).build();
    let index = GlobalSecondaryIndex::builder().index_name(name).projection(keys_only);
    index.set_key_schema(Some(keys(of)?)).build()
}

fn keys([hash, range]: [&str; 2]) -> Result<Vec<KeySchemaElement>, BuildError> {
    let key = |name, of| KeySchemaElement::builder().attribute_name(name).key_type(of).build();
    Ok(vec![key(hash, KeyType::Hash)?, key(range, KeyType::Range)?])
}

fn has(table: &TableDescription, index: &str) -> bool {
    table.global_secondary_indexes().iter().any(|known| known.index_name() == Some(index))
}

fn unbuilt(_: BuildError) -> TableError {
    TableError::Refused("the request cannot be built".to_owned())
}

pub(super) fn failed<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> TableError {
    error.as_service_error().map_or(TableError::Unreachable, |service| {
        TableError::Refused(service.code().unwrap_or("no code").to_owned())
    })
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };

    use super::*;
    use crate::{aws::Connection, dynamo::connect, tls::Trust};

    const MAKING: &str = r#"{"Table":{"TableName":"linkkeeper","TableStatus":"CREATING"}}"#;

    /// Describes the same table to everybody, for ever.
    async fn describe(listener: TcpListener) {
        let length = MAKING.len();
        let head = "HTTP/1.1 200 OK\r\ncontent-type: application/x-amz-json-1.0\r\nconnection: close\r\n";
        let answer = format!("{head}content-length: {length}\r\n\r\n{MAKING}");
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut asked = Vec::new();
            while !asked.ends_with(b"}") {
                stream.read_buf(&mut asked).await.expect("a request");
            }
            stream.write_all(answer.as_bytes()).await.expect("a client that listens");
        }
    }

    #[tokio::test]
    async fn a_table_that_never_becomes_active_is_given_up() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let endpoint = Some(format!("http://{}", listener.local_addr().expect("bound")));
        let server = tokio::spawn(describe(listener));
        let client = connect(&Connection {
            region: "local".to_owned(),
            endpoint,
            access_key_id: "id".to_owned(),
            secret_access_key: "secret".into(),
            session_token: None,
            trust: Trust::default(),
        });
        let error = await_active(&client, "linkkeeper", Duration::ZERO).await.expect_err("never active");
        assert!(matches!(error, TableError::Inactive), "{error:?}");
        assert_eq!(error.to_string(), "the table was made but did not become active");
        server.abort();
    }
}
