//! A whole account: a simulated Belvo with a made-up population, the embedded engine behind its door, and the very
//! program, run against both as a process of its own.

mod child;
mod counter;
mod damage;
mod filled;
mod truth;

use adapters::{
    ambient::SystemAmbient,
    dynamo::{Connection, DynamoStore, connect, create_if_missing},
    tls::Trust,
};
use belvo_simulator::{
    Belvo as Simulator, Population, Settings, Switches, population::external_id, system_clock, system_entropy,
};
use cli::{
    engine::{DEV_ACCESS_KEY, DEV_REGION, DEV_SECRET_KEY, Engine},
    world::TABLE,
};
use domain::{
    callbacks::{Success, ingest},
    change::{Change, Commit, Source, WriterId},
    external_id::ExternalId,
    policy::Policy,
    ports::{Ambient, Ledgers},
    register::register,
    session::{LinkSession, Purpose},
    values::{Institution, LinkId, SessionId},
};
use jiff::{SignedDuration, Timestamp, civil::Date, tz::Offset};

pub use child::{Child, Cost};
pub use truth::Difference;

/// Sessions that are written together.
const BATCH: usize = 90;
/// Users that are registered at once.
const AT_ONCE: usize = 16;

/// The account.
pub struct WholeAccount {
    /// Belvo.
    pub belvo: Simulator,
    /// The table's engine.
    pub engine: Engine,
    /// The table.
    pub store: DynamoStore,
    /// Where Belvo is.
    pub belvo_url: String,
    /// Where the table is.
    pub table_url: String,
    population: Population,
}

impl WholeAccount {
    /// Belvo holds this population, made more than a day ago; the table is empty.
    pub async fn of(population: Population) -> Self {
        let from = SystemAmbient.now() - SignedDuration::from_hours(24 * 367);
        let population = Population { from: Some(from), ..population };
        let switches = Switches { rate_limit: None, ..Switches::default() };
        let settings = Settings { switches, ..Settings::default() };
        let belvo = Simulator::new(settings, system_clock(), system_entropy());
        belvo.populate(&population).expect("a population");
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let belvo_url = format!("http://{}", listener.local_addr().expect("an address"));
        tokio::spawn(belvo_simulator::serve(listener, belvo.clone(), std::future::pending()));
        let engine = Engine::in_memory().expect("memory");
        create_if_missing(&engine.client(), TABLE).await.expect("a table");
        let address = counter::open(engine.clone()).await;
        let table_url = format!("http://{address}");
        let store = DynamoStore::new(connect(&here(&table_url)), TABLE);
        Self { belvo, engine, store, belvo_url, table_url, population }
    }

    /// How many users there are.
    #[must_use]
    pub fn users(&self) -> u32 {
        self.population.users
    }

    /// The first and the last day of its links, with a day on either side.
    #[must_use]
    pub fn days(&self) -> (Date, Date) {
        let from = self.population.from.expect("said");
        let day = |at| Offset::UTC.to_datetime(at).date();
        (day(from), day(from + SignedDuration::from_hours(24 * 366)))
    }

    /// The `external_id` of one of them.
    #[must_use]
    pub fn external_id(&self, number: u32) -> String {
        external_id(self.population.seed, number)
    }

    /// Registers all users, and issues the sessions that explain their links.
    pub async fn register(&self) {
        let mut registering = tokio::task::JoinSet::new();
        for number in 0..self.population.users {
            let user = ExternalId::parse(self.external_id(number)).expect("valid");
            let store = self.store.clone();
            registering
                .spawn(async move { register(&store, &SystemAmbient, user, Source::Registration).await });
            if registering.len() >= AT_ONCE {
                registering.join_next().await.expect("some").expect("no panic").expect("registered");
            }
        }
        while let Some(registered) = registering.join_next().await {
            registered.expect("no panic").expect("registered");
        }
        let explained = self.belvo.truth().filter_map(|truth| Some((truth.owner?, truth.issued_at?)));
        let mut sessions = Vec::new();
        for (number, (owner, issued_at)) in explained.enumerate() {
            sessions.push(Change::Session(session(number, &owner, issued_at)));
            if sessions.len() == BATCH {
                self.write(std::mem::take(&mut sessions)).await;
            }
        }
        self.write(sessions).await;
    }

    /// The apps of all users who have an orphan tell of it after all. How many did.
    pub async fn report_orphans(&self) -> usize {
        let settings = cli::world::sandbox(&self.belvo_url).expect("loopback");
        let ambient = SystemAmbient;
        let gate = domain::calls::Governor::new(
            self.store.clone(),
            ambient,
            domain::budget::Limits::unlimited(),
            domain::budget::Class::Interactive,
            &settings.account(),
        );
        let provider = adapters::belvo::Belvo::new(settings).expect("a client").through(gate);
        let mut told = 0;
        for truth in self.belvo.truth().filter(|truth| truth.orphan) {
            let user = ExternalId::parse(truth.owner.expect("an orphan names its user")).expect("valid");
            let link = LinkId::parse(&truth.link).expect("an id");
            let ledger = self.store.ledger(&user).await.expect("up").expect("registered");
            let issued = ledger.sessions.iter().find(|session| Some(session.issued_at) == truth.issued_at);
            let session = issued.expect("issued").id.clone();
            let institution = Institution::parse("any").expect("valid");
            let success = Success { user, session, link, institution };
            let policy = Policy::default();
            ingest(&self.store, &provider, &ambient, &policy, &success).await.expect("told");
            told += 1;
        }
        told
    }

    async fn write(&self, changes: Vec<Change>) {
        let writer = WriterId::mint(SystemAmbient.random());
        let commit = Commit { changes, audit: Vec::new(), writer, fence: None };
        self.store.commit(&commit).await.expect("written");
    }
}

fn here(url: &str) -> Connection {
    Connection {
        region: DEV_REGION.to_owned(),
        endpoint: Some(url.to_owned()),
        access_key_id: DEV_ACCESS_KEY.to_owned(),
        secret_access_key: DEV_SECRET_KEY.into(),
        session_token: None,
        trust: Trust::default(),
    }
}

fn session(number: usize, owner: &str, issued_at: Timestamp) -> LinkSession {
    LinkSession {
        id: SessionId::mint(
            (number as u128).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835).to_be_bytes(),
        ),
        owner: ExternalId::parse(owner).expect("valid"),
        purpose: Purpose::Create,
        issued_at,
        expires_at: issued_at + Policy::default().token_life,
        link_id: None,
        outcome: None,
        due_at: None,
        revision: 1,
    }
}
