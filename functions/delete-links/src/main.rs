//! The Lambda binary of deletions at Belvo: wires, and nothing else.

use adapters::{
    ambient::SystemAmbient,
    belvo::Belvo,
    config::{Environment, Reader},
    dynamo, telemetry,
};
use delete_links::{Deps, Tick, handle};
use domain::{budget::Class, calls::Governor, sweep::goes_together};
use lambda_runtime::{LambdaEvent, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    let environment = Environment::of_process();
    telemetry::of_function(&environment);
    let mut reader = Reader::new(&environment);
    let (store, policy) = (reader.store(), reader.policy());
    let (belvo, limits) = (reader.belvo(), reader.limits());
    let (store, (belvo, limits)) = reader.finish(store.zip(belvo.zip(limits)))?;
    let belvo = belvo.await?;
    let (store, account) = (dynamo::open(&store), belvo.account());
    let gate = Governor::new(store.clone(), SystemAmbient, limits, Class::Delete, &account);
    let provider = Belvo::new(belvo.patient().deleting(policy.deletion_mode))?.through(gate);
    goes_together(&store, &provider).await?;
    let deps = Deps { store, provider, ambient: SystemAmbient, policy, account };
    lambda_runtime::run(service_fn(|event: LambdaEvent<Tick>| handle(&deps, event))).await
}
