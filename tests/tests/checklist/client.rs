//! A simulator with three links on a port of its own, and the raw client.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use adapters::belvo::{Belvo, Settings, Timeouts};
use belvo_simulator::{Belvo as Simulator, NewLink, Scenario};
use cli::{clock::HandClock, world};
use domain::{
    external_id::ExternalId,
    failure::ProviderError,
    ports::{Ambient, Lookup, Provider},
    values::{LinkId, Reference},
};
use jiff::{
    Timestamp,
    civil::{Date, date},
};
use tokio::{net::TcpListener, sync::oneshot};

/// All days that a link of a bench can be of: its clock begins with 1970, in some zone the day before.
const DAYS: (Date, Date) = (date(1969, 12, 31), date(2100, 1, 1));

/// The answers to the three questions, each in a few words.
pub(crate) struct Answers(pub(crate) [String; 3]);

/// What a drifting list came to.
pub(crate) struct Drifted {
    /// Records that the pages held.
    pub(crate) listed: usize,
    /// Those that were not repeats.
    pub(crate) different: usize,
    /// What a lookup of the skipped one answers.
    pub(crate) lookup: &'static str,
}

/// Where a scenario is tried out.
pub(crate) struct Bench {
    simulator: Simulator,
    settings: Settings,
    ana: ExternalId,
    link: LinkId,
    _stop: oneshot::Sender<()>,
}

impl Bench {
    /// Two links of Ana's, and one of Bia's.
    pub(crate) async fn new() -> Self {
        let clock = HandClock::at(Timestamp::UNIX_EPOCH);
        let (now, random) = (clock.clone(), clock.clone());
        let simulator = Simulator::new(
            belvo_simulator::Settings::default(),
            Arc::new(move || now.now()),
            Arc::new(move || random.random()),
        );
        let key = world::dev_reference_key().unwrap();
        let id_of = |name| ExternalId::derive(&key, &Reference::parse(name).unwrap());
        let plant = |owner: &ExternalId| {
            let external_id = Some(owner.as_str().to_owned());
            simulator.plant(NewLink { external_id, ..NewLink::default() }).id
        };
        let ana = id_of("ana");
        plant(&id_of("bia"));
        plant(&ana);
        let link = LinkId::parse(&plant(&ana)).unwrap();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let stopped = async { stopped.await.unwrap_or_default() };
        tokio::spawn(belvo_simulator::serve(listener, simulator.clone(), stopped));
        let settings = world::sandbox(&format!("http://{address}")).unwrap();
        Self { simulator, settings, ana, link, _stop: stop }
    }

    /// Reads both pages of a list of so many links while it drifts, and asks for the one that it skipped.
    pub(crate) async fn met_while_drifting(self, number: usize) -> Drifted {
        let have = self.simulator.links().len();
        (have..number).for_each(|_| drop(self.simulator.plant(NewLink::default())));
        self.simulator.play(&Scenario::named("drift").unwrap()).unwrap();
        let client = Belvo::new(self.settings).unwrap();
        let mut met = Vec::new();
        for page in 1..=2 {
            met.extend(
                client.made_on(DAYS.0, DAYS.1, page).await.unwrap().links.into_iter().map(|link| link.id),
            );
        }
        let different: BTreeSet<LinkId> = met.iter().copied().collect();
        let all = self.simulator.links().into_iter().map(|link| LinkId::parse(&link.id).unwrap());
        let skipped = all.into_iter().find(|id| !different.contains(id)).unwrap();
        let lookup = found(&client.link(skipped).await.unwrap());
        Drifted { listed: met.len(), different: different.len(), lookup }
    }

    /// Asks all three under this scenario.
    pub(crate) async fn answers(self, scenario: &str) -> Answers {
        let scenario = Scenario::named(scenario).unwrap();
        self.simulator.play(&scenario).unwrap();
        let mut settings = self.settings;
        // Where nothing ever comes, how long one waits makes no difference but to the test.
        if matches!(scenario.name.as_str(), "never-answers" | "slow-drip") {
            settings.timeouts = Timeouts { call: Duration::from_millis(200), ..settings.timeouts };
        }
        let client = Belvo::new(settings).unwrap();
        let links = client.links_of(&self.ana).await.map(|links| format!("{} links", links.len()));
        let link = client.link(self.link).await.map(|lookup| found(&lookup).to_owned());
        let page = client.made_on(DAYS.0, DAYS.1, 1).await.map(|page| {
            let more = if page.more { ", more" } else { "" };
            format!("{} of {}, {} unreadable{more}", page.links.len(), page.count, page.unreadable)
        });
        Answers([links, link, page].map(|answer| answer.unwrap_or_else(|error| told(&error))))
    }
}

fn found(lookup: &Lookup) -> &'static str {
    match lookup {
        Lookup::Found(_) => "found",
        Lookup::NotFound => "not found",
    }
}

fn told(error: &ProviderError) -> String {
    match error {
        ProviderError::Refused { status, .. } => format!("refused {status}"),
        ProviderError::Throttled => "throttled".to_owned(),
        ProviderError::Unsent(_) => "unsent".to_owned(),
        ProviderError::Unknown(_) => "unknown".to_owned(),
    }
}
