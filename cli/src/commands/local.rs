//! `linkkeeper local`: everything in one process, on loopback.

use std::{
    future::Future,
    io::{self, Write},
    net::SocketAddr,
    time::Duration,
};

use adapters::{
    ambient::SystemAmbient,
    belvo::Belvo,
    config::Environment,
    dynamo::{DynamoStore, create_if_missing, stream_if_missing},
    widget::WidgetUrl,
};
use belvo_simulator::{Belvo as SimulatedBelvo, Switches, Target, system_clock, system_entropy};
use domain::{
    budget::{Class, Limits},
    calls::Governor,
    policy::Policy,
    sweep::Order,
};
use jiff::SignedDuration;
use tokio::{net::TcpListener, sync::watch, time::MissedTickBehavior};

use crate::{
    args::Local,
    commands::say,
    data::{self, Folder},
    door,
    engine::Engine,
    failure::Failure,
    stack::Stack,
    world::{DEV_WEBHOOK_AUTHORIZATION, TABLE, dev_reference_key, dev_webhook_keys, sandbox},
};

/// A stack that was killed in the middle of a sweep keeps the next one waiting no longer than this.
const LEASE: SignedDuration = SignedDuration::from_secs(20);

/// Runs until Ctrl-C.
pub async fn run(local: &Local, environment: &Environment, out: &mut dyn Write) -> Result<(), Failure> {
    if !local.place.is_local() {
        return Err(Failure::NotForRealData);
    }
    let folder = Folder::take(&local.place.data)?;
    let api = bind(local.port, "the API", "--port").await?;
    let belvo = bind(local.belvo_port, "the simulated Belvo", "--belvo-port").await?;
    let belvo_url = format!("http://{}", belvo.1);
    let (store, engine) = open_store(local, environment, &folder).await?;
    let stack = stack(local, store, &belvo_url)?;
    stack.init().await?;
    let simulator = simulator(local, &folder, api.1)?;
    let (stop, stopping) = watch::channel(false);
    let door = open_door(local, engine.as_ref(), &stopping).await?;
    say(out, welcome(local, api.1, &belvo_url, door));
    let mut running = tokio::task::JoinSet::new();
    running.spawn(serve_api(api.0, &stack, stopping.clone()));
    running.spawn(pump(simulator.clone(), stopping.clone()));
    running.spawn(belvo_simulator::serve(belvo.0, simulator, stopped(stopping.clone())));
    running.spawn(schedule(stack, engine, Duration::from_secs(local.sweep_every), stopping));
    tokio::signal::ctrl_c().await.map_err(Failure::loopback)?;
    say(out, "\nStopping. The data stays; start again to go on.");
    stop.send_replace(true);
    while let Some(ended) = running.join_next().await {
        if let Ok(Err(cause)) = ended {
            return Err(Failure::loopback(cause));
        }
    }
    Ok(())
}

async fn bind(
    port: u16,
    what: &'static str,
    flag: &'static str,
) -> Result<(TcpListener, SocketAddr), Failure> {
    let listener = TcpListener::bind(("127.0.0.1", port)).await.map_err(|cause| {
        let taken = cause.kind() == io::ErrorKind::AddrInUse;
        if taken { Failure::PortTaken { port, what, flag } } else { Failure::loopback(cause) }
    })?;
    let address = listener.local_addr().map_err(Failure::loopback)?;
    Ok((listener, address))
}

/// The store, and the embedded engine when it is that.
async fn open_store(
    local: &Local,
    environment: &Environment,
    folder: &Folder,
) -> Result<(DynamoStore, Option<Engine>), Failure> {
    if let Some(url) = &local.place.dynamodb_url {
        return Ok((data::elsewhere(url, environment).await?, None));
    }
    let engine = Engine::open(&folder.engine())?;
    create_if_missing(&engine.client(), TABLE).await?;
    stream_if_missing(&engine.client(), TABLE).await?;
    Ok((DynamoStore::new(engine.client(), TABLE), Some(engine)))
}

fn stack(local: &Local, store: DynamoStore, belvo_url: &str) -> Result<Stack<SystemAmbient>, Failure> {
    let grace = SignedDuration::from_secs(local.grace.into());
    let settings = sandbox(belvo_url)?;
    let (budget, account) = (store.clone(), settings.account());
    let limits = if local.no_rate_limit { Limits::unlimited() } else { Limits::default() };
    let gate = Governor::new(budget, SystemAmbient, limits, Class::Interactive, &account);
    Ok(Stack {
        store,
        provider: Belvo::new(settings)?.through(gate),
        ambient: SystemAmbient,
        // Little is here, and a person looks on: every tick looks at everything.
        policy: Policy {
            young: grace,
            ghost_grace: grace,
            full_every: SignedDuration::ZERO,
            lease: LEASE,
            provider_deletion: local.provider_deletion,
            deletion_every: SignedDuration::from_secs(1),
            consents: true,
            ..Policy::default()
        },
        key: dev_reference_key()?,
        widget: WidgetUrl::parse(&format!("{belvo_url}/widget/"))?,
        webhook_keys: dev_webhook_keys()?,
    })
}

/// Its webhooks go to our API, as in the cloud.
fn simulator(local: &Local, folder: &Folder, api: SocketAddr) -> Result<SimulatedBelvo, Failure> {
    let webhooks = format!("http://{api}/webhooks/belvo");
    let webhooks = Target::parse(&webhooks, Some(DEV_WEBHOOK_AUTHORIZATION)).map_err(Failure::request)?;
    let settings =
        belvo_simulator::Settings { webhooks: Some(webhooks), ..belvo_simulator::Settings::default() };
    let belvo = SimulatedBelvo::open(settings, system_clock(), system_entropy(), &folder.belvo())
        .map_err(|error| Failure::Belvo(error.to_string()))?;
    if local.no_rate_limit {
        belvo.set_switches(Switches { rate_limit: None, delete_limit: None, ..belvo.switches() });
    }
    Ok(belvo)
}

async fn open_door(
    local: &Local,
    engine: Option<&Engine>,
    stopping: &watch::Receiver<bool>,
) -> Result<Option<SocketAddr>, Failure> {
    let (Some(port), Some(engine)) = (local.dynamodb_port, engine) else { return Ok(None) };
    let (address, serving) = door::open(engine.clone(), port).await?;
    let stopped = stopped(stopping.clone());
    tokio::spawn(async move {
        tokio::select! {
            served = serving => drop(served),
            () = stopped => {}
        }
    });
    Ok(Some(address))
}

fn serve_api(
    listener: TcpListener,
    stack: &Stack<SystemAmbient>,
    stopping: watch::Receiver<bool>,
) -> impl Future<Output = io::Result<()>> + Send + use<> {
    axum::serve(listener, stack.api()).with_graceful_shutdown(stopped(stopping)).into_future()
}

/// Lets the simulated Belvo send its webhooks until the end.
async fn pump(simulator: SimulatedBelvo, stopping: watch::Receiver<bool>) -> io::Result<()> {
    tokio::select! {
        () = belvo_simulator::pump(simulator) => {}
        () = stopped(stopping) => {}
    }
    Ok(())
}

async fn stopped(mut stopping: watch::Receiver<bool>) {
    // An error means that the sender is gone, and with it the program.
    let _gone = stopping.wait_for(|stop| *stop).await;
}

/// Follows up, sweeps, deletes what is to be deleted, and does what DynamoDB does by itself: removes what has expired.
async fn schedule(
    stack: Stack<SystemAmbient>,
    engine: Option<Engine>,
    every: Duration,
    stopping: watch::Receiver<bool>,
) -> io::Result<()> {
    let (deps, following, deletions) = (stack.reconcile(), stack.follow_up(), stack.delete_links());
    let mut ticks = tokio::time::interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks.tick().await; // the first is immediate, and there is nothing to sweep yet
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = stopped(stopping.clone()) => return Ok(()),
        }
        // What failed is logged there; the next tick tries again.
        let _followed = follow_up::tick(&following, None).await;
        let _concluded = reconcile::tick(&deps, &Order::default()).await;
        let _carried_on = delete_links::run(&deletions, None).await;
        if let Some(engine) = engine.clone() {
            let swept = tokio::task::spawn_blocking(move || engine.sweep_expired()).await;
            if let Ok(Err(error)) = swept {
                tracing::warn!(%error, "expired items could not be removed");
            }
        }
    }
}

fn welcome(local: &Local, api: SocketAddr, belvo: &str, door: Option<SocketAddr>) -> String {
    let data = match &local.place.dynamodb_url {
        Some(url) => format!("the DynamoDB at {url}"),
        None => format!("{} (delete the folder to start anew)", local.place.data.display()),
    };
    let every = local.sweep_every;
    let door = door.map_or_else(String::new, |door| {
        let exports = data::exports(belvo, &format!("http://{door}"));
        let lines: Vec<_> =
            exports.iter().map(|(name, value)| format!("  export {name}='{value}'")).collect();
        format!("\nDynamoDB for other processes: http://{door}\n{}\n", lines.join("\n"))
    });
    format!(
        "Linkkeeper is running. Everything in it is invented; Ctrl-C stops it.

  API               http://{api}        token: Bearer dev:<user>
  simulated Belvo   {belvo}        its widget: open a link session's hosted_url
  sweep             every {every} s
  events            linkkeeper events --follow, in another terminal
  data              {data}
{door}
Try it:
  curl -s -X POST http://{api}/users -H 'authorization: Bearer dev:ana'
  curl -s -X POST http://{api}/users/me/link-sessions -H 'authorization: Bearer dev:ana'
  curl -s http://{api}/users/me/links -H 'authorization: Bearer dev:ana'
"
    )
}
