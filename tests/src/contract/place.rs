//! Where a table can be: in the embedded engine, in memory or on a file, or in an independent engine in
//! another process. Every place is new and empty, so rules neither wait for nor see each other.

use std::{collections::HashMap, io::Write, sync::Arc, sync::Once, time::Duration};

use adapters::{
    ambient::SystemAmbient,
    dynamo::{Connection, DynamoStore, connect, create_if_missing},
    tls::Trust,
};
use aws_sdk_dynamodb::{Client, config::HttpClient, types::AttributeValue};
use cli::engine::{Engine, client_over};
use domain::{letters, ports::Ambient};
use tempfile::TempDir;

use super::marked::Marked;

/// Names the independent engine: a URL such as `http://127.0.0.1:18005`.
pub const URL_VARIABLE: &str = "LINKKEEPER_TEST_DYNAMODB_URL";

/// One item as DynamoDB has it.
pub type Item = HashMap<String, AttributeValue>;

/// A new table, the store on it, and a way to look at the items behind the store's back.
#[derive(Clone, Debug)]
pub struct Place {
    /// The store.
    pub store: Marked,
    client: Client,
    table: String,
    _folder: Option<Arc<TempDir>>,
}

impl Place {
    /// In the embedded engine, in memory.
    pub async fn memory() -> Self {
        let engine = Engine::in_memory().expect("memory is there");
        Self::on(engine.client()).await
    }

    /// In the embedded engine, on a file.
    pub async fn file() -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let engine = Engine::open(&folder.path().join("linkkeeper.db")).expect("a new file");
        Self { _folder: Some(Arc::new(folder)), ..Self::on(engine.client()).await }
    }

    /// In the independent engine; `None`, said loudly, when nobody named one.
    pub async fn elsewhere() -> Option<Self> {
        static SAID: Once = Once::new();
        let Some(url) = url() else {
            SAID.call_once(skipped);
            return None;
        };
        let connection = Connection {
            region: "us-east-1".to_owned(),
            endpoint: Some(url),
            access_key_id: "test".to_owned(),
            secret_access_key: "test".into(),
            session_token: None,
            trust: Trust::default(),
        };
        let place = Self::on(connect(&connection)).await;
        let store = DynamoStore::new(place.client.clone(), place.table.clone());
        Some(Self { store: Marked::new(store, Some(SystemAmbient.random())), ..place })
    }

    /// The same table, over another HTTP client than the engine's own.
    #[must_use]
    pub fn over(&self, http: impl HttpClient + 'static) -> DynamoStore {
        DynamoStore::new(client_over(http), self.table.clone())
    }

    /// The account's budget of calls in this table. Nobody waits for it here, so it may take its time.
    #[must_use]
    pub fn budget(&self) -> DynamoStore {
        DynamoStore::new(self.client.clone(), self.table.clone()).granting_within(Duration::from_mins(1))
    }

    /// A new table in this engine.
    pub async fn on(client: Client) -> Self {
        let table = format!("contract-{}", letters::encode(SystemAmbient.random()));
        create_if_missing(&client, &table).await.expect("the engine makes tables");
        let store = Marked::new(DynamoStore::new(client.clone(), table.clone()), None);
        Self { store, client, table, _folder: None }
    }

    /// Removes the table, where it would stay behind.
    pub async fn leave(self) {
        self.client.delete_table().table_name(&self.table).send().await.expect("the table was there");
    }

    /// The item under this key.
    pub async fn item(&self, pk: &str, sk: &str) -> Option<Item> {
        let get = self.client.get_item().table_name(&self.table).consistent_read(true);
        let get = get.key("pk", text(pk)).key("sk", text(sk));
        get.send().await.expect("a readable table").item
    }

    /// The items under this partition key whose sort key begins so.
    pub async fn items(&self, pk: &str, prefix: &str) -> Vec<Item> {
        let query = self.client.query().table_name(&self.table).consistent_read(true);
        let query = query.key_condition_expression("pk = :pk AND begins_with(sk, :prefix)");
        let query = query.expression_attribute_values(":pk", text(pk));
        let query = query.expression_attribute_values(":prefix", text(prefix));
        query.send().await.expect("a readable table").items.unwrap_or_default()
    }

    /// Every item of the table, as far as one page shows.
    pub async fn everything(&self) -> Vec<Item> {
        let scan = self.client.scan().table_name(&self.table).consistent_read(true);
        scan.send().await.expect("a readable table").items.unwrap_or_default()
    }

    /// Puts an item there behind the store's back.
    pub async fn put(&self, item: Item) {
        let put = self.client.put_item().table_name(&self.table).set_item(Some(item));
        put.send().await.expect("a writable table");
    }

    /// Sets one attribute of an item that is there, behind the store's back.
    pub async fn set(&self, pk: &str, sk: &str, name: &str, value: AttributeValue) {
        let mut item = self.item(pk, sk).await.expect("the item is there");
        item.insert(name.to_owned(), value);
        self.put(item).await;
    }

    /// Removes one attribute of an item that is there, behind the store's back.
    pub async fn unset(&self, pk: &str, sk: &str, name: &str) {
        let mut item = self.item(pk, sk).await.expect("the item is there");
        item.remove(name).expect("the attribute is there");
        self.put(item).await;
    }
}

fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

#[expect(clippy::disallowed_methods, reason = "which engines there are is told by who runs the tests")]
fn url() -> Option<String> {
    std::env::var(URL_VARIABLE).ok().filter(|url| !url.is_empty())
}

/// Straight to the terminal: what a passing test prints would not be shown.
fn skipped() {
    let said = format!(
        "\nSKIPPED: the store was not tried on an independent DynamoDB engine.\n\
         SKIPPED: start one, for example MiniStack, and set {URL_VARIABLE}=http://127.0.0.1:<port>.\n\n"
    );
    std::io::stderr().write_all(said.as_bytes()).expect("standard error is open");
}
