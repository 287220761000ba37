//! The Lambda binary of the scheduled sweep: wires, and nothing else.

use adapters::{
    ambient::SystemAmbient,
    belvo::Belvo,
    config::{Environment, Reader},
    dynamo, telemetry,
};
use lambda_runtime::{LambdaEvent, service_fn};
use reconcile::{Deps, Tick, handle};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    let environment = Environment::of_process();
    telemetry::of_function(&environment);
    let mut reader = Reader::new(&environment);
    let (store, belvo, policy) = (reader.store(), reader.belvo(), reader.policy());
    let (store, belvo) = reader.finish(store.zip(belvo))?;
    let (store, provider) = (dynamo::open(&store), Belvo::new(belvo)?);
    let deps = Deps { store, provider, ambient: SystemAmbient, policy };
    lambda_runtime::run(service_fn(|_: LambdaEvent<Tick>| handle(&deps))).await
}
