//! Where the program's data is: a folder of the local stack, or a table somewhere else.

use std::{
    fs::{File, TryLockError, create_dir_all},
    path::{Path, PathBuf},
};

use adapters::{
    aws,
    config::{AWS_ENDPOINT_URL_DYNAMODB, Environment, REFERENCE_KEY, REFERENCE_KEY_ARN, Reader, TABLE_NAME},
    dynamo::{Connection, DynamoStore, TableError, connect, create_if_missing, stream_if_missing, stream_of},
    tls::Trust,
};
use aws_sdk_dynamodbstreams::{Client as StreamClient, Config as StreamConfig, config::BehaviorVersion};
use domain::{
    external_id::{ExternalId, ReferenceKey},
    ports::Ledgers,
    user::Ledger,
    values::Reference,
};

use crate::{
    args::Place,
    edge::is_local_url,
    engine::{DEV_ACCESS_KEY, DEV_REGION, DEV_SECRET_KEY, Engine},
    failure::Failure,
    world::{DEV_REFERENCE_KEY, DEV_WEBHOOK_AUTHORIZATION, TABLE},
};

/// A folder of the local stack, held by one `local` at a time.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    _lock: File,
}

impl Folder {
    /// Makes the folder if need be and takes it.
    pub fn take(path: &Path) -> Result<Self, Failure> {
        let unusable = |cause| Failure::Data { path: path.to_owned(), cause };
        create_dir_all(path).map_err(unusable)?;
        let lock = File::create(path.join("lock")).map_err(unusable)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(Failure::DataInUse(path.to_owned())),
            Err(TryLockError::Error(cause)) => Err(unusable(cause)),
        }
    }

    /// The embedded engine's file.
    #[must_use]
    pub fn engine(&self) -> PathBuf {
        engine_file(&self.path)
    }

    /// The simulated Belvo's file.
    #[must_use]
    pub fn belvo(&self) -> PathBuf {
        self.path.join("belvo.json")
    }
}

fn engine_file(folder: &Path) -> PathBuf {
    folder.join("dynamodb.sqlite")
}

/// The store that an operator's command works on. A local one must exist already.
pub async fn existing_store(place: &Place, environment: &Environment) -> Result<DynamoStore, Failure> {
    if let Some(url) = &place.dynamodb_url {
        return elsewhere(url, environment).await;
    }
    let client = existing_engine(place)?.client();
    create_if_missing(&client, TABLE).await?;
    Ok(DynamoStore::new(client, TABLE))
}

fn existing_engine(place: &Place) -> Result<Engine, Failure> {
    let file = engine_file(&place.data);
    if file.exists() { Ok(Engine::open(&file)?) } else { Err(Failure::NoData(place.data.clone())) }
}

/// The stream of that store's table: who reads it, and its name. On this machine one is made when missing; what was
/// written before is not in it.
pub async fn existing_stream(
    place: &Place,
    environment: &Environment,
) -> Result<(StreamClient, String), Failure> {
    let (client, streams, table) = match &place.dynamodb_url {
        None => {
            let engine = existing_engine(place)?;
            (engine.client(), engine.streams(), TABLE)
        }
        Some(url) => {
            let connection = connection(url, environment)?;
            let table = environment.get(TABLE_NAME).unwrap_or(TABLE);
            (connect(&connection), streams(&connection), table)
        }
    };
    if place.is_local() {
        stream_if_missing(&client, table).await?;
    }
    let stream = stream_of(&client, table).await?;
    Ok((streams, stream.ok_or(TableError::NoStream)?))
}

/// An address on this machine serves streams as well; AWS has another for them, which the region tells.
fn streams(connection: &Connection) -> StreamClient {
    let local = connection.endpoint.as_deref().filter(|url| is_local_url(url)).map(str::to_owned);
    let mut config = StreamConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(connection.region())
        .credentials_provider(connection.credentials())
        .timeout_config(aws::timeouts())
        .http_client(aws::http(&connection.trust));
    config.set_endpoint_url(local);
    StreamClient::from_conf(config.build())
}

/// The store at a DynamoDB address. Its table is made when missing on this machine only: elsewhere the
/// template makes it.
pub async fn elsewhere(url: &str, environment: &Environment) -> Result<DynamoStore, Failure> {
    let parsed = reqwest::Url::parse(url).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    if parsed.is_none() {
        return Err(Failure::Url { what: "DynamoDB", flag: "--dynamodb-url" });
    }
    let table = environment.get(TABLE_NAME).unwrap_or(TABLE);
    let client = connect(&connection(url, environment)?);
    if is_local_url(url) {
        create_if_missing(&client, table).await?;
    }
    Ok(DynamoStore::new(client, table))
}

fn connection(url: &str, environment: &Environment) -> Result<Connection, Failure> {
    let of = |name: &str, local: &str| environment.get(name).unwrap_or(local).to_owned();
    Ok(Connection {
        region: of("AWS_REGION", DEV_REGION),
        endpoint: Some(url.to_owned()),
        access_key_id: of("AWS_ACCESS_KEY_ID", DEV_ACCESS_KEY),
        secret_access_key: of("AWS_SECRET_ACCESS_KEY", DEV_SECRET_KEY).into(),
        session_token: environment.get("AWS_SESSION_TOKEN").map(Into::into),
        trust: trust(environment)?,
    })
}

fn trust(environment: &Environment) -> Result<Trust, Failure> {
    let mut reader = Reader::new(environment);
    let trust = reader.trust();
    reader.finish(trust).map_err(|error| Failure::Value(error.to_string()))
}

/// The key for references: on local data the published one, which the local stack uses; elsewhere the
/// configured one, if any.
pub async fn reference_key(
    place: &Place,
    environment: &Environment,
) -> Result<Option<ReferenceKey>, Failure> {
    if place.is_local() {
        return Ok(Some(ReferenceKey::parse(DEV_REFERENCE_KEY)?));
    }
    if [REFERENCE_KEY, REFERENCE_KEY_ARN].iter().all(|name| environment.get(name).is_none()) {
        return Ok(None);
    }
    let mut reader = Reader::new(environment);
    let key = reader.reference_key();
    let key = reader.finish(key).map_err(|error| Failure::Value(error.to_string()))?;
    Ok(Some(key.await?))
}

/// What we hold of the user whom an operator names: by the app's own key first, then by `external_id`.
pub async fn ledger_of(
    store: &DynamoStore,
    named: &str,
    place: &Place,
    environment: &Environment,
) -> Result<Ledger, Failure> {
    for user in ids(named, place, environment).await? {
        if let Some(ledger) = store.ledger(&user).await? {
            return Ok(ledger);
        }
    }
    Err(Failure::NoUser)
}

/// The users whom an operator may mean, also when they are no users any more: by the app's own key first, then by
/// `external_id`. An alias is told as the user whom it stands for.
pub async fn ids_of(
    store: &DynamoStore,
    named: &str,
    place: &Place,
    environment: &Environment,
) -> Result<Vec<ExternalId>, Failure> {
    let mut users = ids(named, place, environment).await?;
    for id in &mut users {
        if let Some(ledger) = store.ledger(id).await? {
            *id = ledger.user.external_id;
        }
    }
    Ok(users)
}

async fn ids(named: &str, place: &Place, environment: &Environment) -> Result<Vec<ExternalId>, Failure> {
    let reference = Reference::parse(named)?;
    let key = reference_key(place, environment).await?;
    let by_reference = key.map(|key| ExternalId::derive(&key, &reference));
    Ok([by_reference, ExternalId::parse(named).ok()].into_iter().flatten().collect())
}

/// The variables that make another program, such as a function under cargo lambda, use this local stack.
#[must_use]
pub fn exports(belvo: &str, dynamodb: &str) -> Vec<(&'static str, String)> {
    let simulator = belvo_simulator::Settings::default();
    vec![
        (TABLE_NAME, TABLE.to_owned()),
        (AWS_ENDPOINT_URL_DYNAMODB, dynamodb.to_owned()),
        ("AWS_REGION", DEV_REGION.to_owned()),
        ("AWS_ACCESS_KEY_ID", DEV_ACCESS_KEY.to_owned()),
        ("AWS_SECRET_ACCESS_KEY", DEV_SECRET_KEY.to_owned()),
        (adapters::config::WEBHOOK_AUTHORIZATION, DEV_WEBHOOK_AUTHORIZATION.to_owned()),
        (adapters::config::BELVO_API_URL, belvo.to_owned()),
        (adapters::config::BELVO_SECRET_ID, simulator.secret_id),
        (adapters::config::BELVO_SECRET_PASSWORD, simulator.secret_password),
        (adapters::config::WIDGET_URL, format!("{belvo}/widget/")),
        (REFERENCE_KEY, DEV_REFERENCE_KEY.to_owned()),
    ]
}

#[cfg(test)]
mod tests {
    use adapters::config::AWS_CA_BUNDLE;

    use super::*;

    #[test]
    fn a_folder_is_held_by_one_at_a_time() {
        let folder = tempfile::tempdir().expect("a folder");
        let first = Folder::take(folder.path()).expect("free");
        assert!(matches!(Folder::take(folder.path()), Err(Failure::DataInUse(_))));
        drop(first);
        assert!(Folder::take(folder.path()).is_ok());
    }

    #[test]
    fn a_file_in_place_of_the_folder_is_told() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        assert!(matches!(Folder::take(file.path()), Err(Failure::Data { .. })));
    }

    #[tokio::test]
    async fn a_wrong_url_is_told_before_anything_is_tried() {
        let environment = Environment::made_of([]);
        for bad in ["", "localhost:8000", "ftp://host", "dynamodb"] {
            assert!(matches!(elsewhere(bad, &environment).await, Err(Failure::Url { .. })), "{bad}");
        }
    }

    #[tokio::test]
    async fn authorities_that_cannot_be_read_are_told_before_anything_is_tried() {
        let environment = Environment::made_of([(AWS_CA_BUNDLE, "/no-such-folder/hunter2.pem")]);
        let failed = elsewhere("https://dynamodb.invalid", &environment).await.expect_err("no such file");
        let told = failed.to_string();
        assert!(told.contains(AWS_CA_BUNDLE) && !told.contains("hunter2"), "{told}");
    }

    #[tokio::test]
    async fn commands_do_not_make_data_up() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = Place { data: folder.path().join("none"), dynamodb_url: None };
        let environment = Environment::made_of([]);
        assert!(matches!(existing_store(&place, &environment).await, Err(Failure::NoData(_))));
    }

    #[tokio::test]
    async fn the_published_key_is_for_local_data_only() {
        let place = |url: Option<&str>| Place { data: "unused".into(), dynamodb_url: url.map(str::to_owned) };
        let cloud = place(Some("https://dynamodb.sa-east-1.amazonaws.com"));
        let nothing = Environment::made_of([]);
        assert!(matches!(reference_key(&place(None), &nothing).await, Ok(Some(_))));
        assert!(matches!(reference_key(&cloud, &nothing).await, Ok(None)));
        for name in [REFERENCE_KEY, REFERENCE_KEY_ARN] {
            let wrong = Environment::made_of([(name, "short")]);
            assert!(matches!(reference_key(&cloud, &wrong).await, Err(Failure::Value(_))), "{name}");
        }
    }
}
