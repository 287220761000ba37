//! The table's shape, for places where nobody deploys a template: the embedded engine and test endpoints.

use std::time::Duration;

use aws_sdk_dynamodb::{
    Client,
    error::{BuildError, ProvideErrorMetadata, SdkError},
    types::{
        AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType, TableStatus,
        TimeToLiveSpecification,
    },
};

use super::{
    item::PURGE_AT,
    key::{PK, SK},
};

/// How often a new table is looked at until it is there.
const LOOKS: usize = 100;

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
}

/// Makes the table and its time to live, unless it exists. For local places only: in the cloud the template
/// makes the table, and a missing one is an error to be seen.
pub async fn create_if_missing(client: &Client, table: &str) -> Result<(), TableError> {
    match client.describe_table().table_name(table).send().await {
        Ok(_) => {}
        Err(error) if error.code() == Some("ResourceNotFoundException") => create(client, table).await?,
        Err(error) => return Err(failed(&error)),
    }
    await_active(client, table).await?; // somebody else may just be making it
    expire(client, table).await
}

async fn create(client: &Client, table: &str) -> Result<(), TableError> {
    let create = client
        .create_table()
        .table_name(table)
        .billing_mode(BillingMode::PayPerRequest)
        .attribute_definitions(attribute(PK).map_err(unbuilt)?)
        .attribute_definitions(attribute(SK).map_err(unbuilt)?)
        .key_schema(key(PK, KeyType::Hash).map_err(unbuilt)?)
        .key_schema(key(SK, KeyType::Range).map_err(unbuilt)?);
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

async fn await_active(client: &Client, table: &str) -> Result<(), TableError> {
    for _ in 0..LOOKS {
        let answer = client.describe_table().table_name(table).send().await;
        let described = answer.map_err(|error| failed(&error))?.table;
        if described.and_then(|table| table.table_status) == Some(TableStatus::Active) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Err(TableError::Inactive)
}

fn attribute(name: &str) -> Result<AttributeDefinition, BuildError> {
    AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S).build()
}

fn key(name: &str, key_type: KeyType) -> Result<KeySchemaElement, BuildError> {
    KeySchemaElement::builder().attribute_name(name).key_type(key_type).build()
}

fn unbuilt(_: BuildError) -> TableError {
    TableError::Refused("the request cannot be built".to_owned())
}

fn failed<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> TableError {
    error.as_service_error().map_or(TableError::Unreachable, |service| {
        TableError::Refused(service.code().unwrap_or("no code").to_owned())
    })
}
