//! The two clients, and what each is served by.

use adapters::{
    belvo::{BaseUrl, Belvo, Settings},
    dynamo::{Connection, DynamoStore, connect, create_if_missing},
    telemetry::chain,
    tls::Trust,
};
use axum::Router;
use belvo_simulator::{Belvo as Simulator, system_clock, system_entropy};
use cli::{
    engine::{DEV_ACCESS_KEY, DEV_REGION, DEV_SECRET_KEY, Engine},
    world::TABLE,
};
use domain::{
    external_id::ExternalId,
    ports::{Ledgers, Provider},
};
use tests::{cloud::Stopwatch, tls::Server};
use tokio_rustls::rustls::ServerConfig;

/// Which client.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    /// The SDK's.
    Table,
    /// Belvo's.
    Belvo,
}

/// One of the clients, with its connections.
pub(crate) enum Caller {
    Table(DynamoStore),
    Belvo(Box<Belvo>),
}

impl Kind {
    pub(crate) const BOTH: [Self; 2] = [Self::Table, Self::Belvo];

    /// What it calls, behind TLS.
    pub(crate) async fn behind(self, config: ServerConfig) -> Server {
        self.altered(config, |router| router).await
    }

    /// The same, with a change.
    pub(crate) async fn altered(self, config: ServerConfig, alter: impl FnOnce(Router) -> Router) -> Server {
        match self {
            Self::Table => {
                let engine = Engine::in_memory().expect("memory");
                create_if_missing(&engine.client(), TABLE).await.expect("a table");
                let door = |port| alter(cli::door::router(engine, port));
                Server::open(config, &Stopwatch::default(), door).await
            }
            Self::Belvo => {
                let settings = belvo_simulator::Settings::default();
                let belvo = Simulator::new(settings, system_clock(), system_entropy());
                Server::open(config, &Stopwatch::default(), |_| alter(belvo.router())).await
            }
        }
    }
}

/// The table at this address.
pub(crate) fn table(url: &str, trust: Trust) -> (Connection, String) {
    let connection = Connection {
        region: DEV_REGION.to_owned(),
        endpoint: Some(url.to_owned()),
        access_key_id: DEV_ACCESS_KEY.to_owned(),
        secret_access_key: DEV_SECRET_KEY.into(),
        session_token: None,
        trust,
    };
    (connection, TABLE.to_owned())
}

impl Caller {
    pub(crate) fn of(kind: Kind, url: &str, trust: Trust) -> Self {
        match kind {
            Kind::Table => {
                let (connection, table) = table(url, trust);
                Self::Table(DynamoStore::new(connect(&connection), table))
            }
            Kind::Belvo => {
                let (url, keys) = (BaseUrl::parse(url).expect("https"), belvo_simulator::Settings::default());
                let settings = Settings::new(url, keys.secret_id.into(), keys.secret_password.into());
                Self::Belvo(Belvo::new(Settings { trust, ..settings }).expect("a client").into())
            }
        }
    }

    /// Asks for what is there of a user who is unknown; gives what the log would tell of a failure.
    pub(crate) async fn call(&self) -> Result<(), String> {
        let nobody = ExternalId::parse("lk_nobody").expect("valid");
        match self {
            Self::Table(store) => {
                let found = store.ledger(&nobody).await.map_err(|error| chain(&error))?;
                assert!(found.is_none(), "nobody is registered");
            }
            Self::Belvo(belvo) => {
                let found = belvo.links_of(&nobody).await.map_err(|error| chain(&error))?;
                assert_eq!(found, [], "nobody has a link");
            }
        }
        Ok(())
    }
}
