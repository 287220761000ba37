//! The Lambda binary of the widget's callbacks: wires, and nothing else.

use adapters::{
    ambient::SystemAmbient,
    belvo::Belvo,
    config::{Environment, Reader},
    dynamo,
    secrets::both,
    telemetry,
};
use domain::{budget::Class, calls::Governor, sweep::goes_together};
use widget_callback::{Deps, router};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let environment = Environment::of_process();
    telemetry::of_function(&environment);
    let mut reader = Reader::new(&environment);
    let (store, key, policy) = (reader.store(), reader.reference_key(), reader.policy());
    let (belvo, limits) = (reader.belvo(), reader.limits());
    let ((store, key), (belvo, limits)) = reader.finish(store.zip(key).zip(belvo.zip(limits)))?;
    let (key, belvo) = both(key, belvo).await?;
    let store = dynamo::open(&store);
    let gate = Governor::new(store.clone(), SystemAmbient, limits, Class::Interactive, &belvo.account());
    let provider = Belvo::new(belvo)?.through(gate);
    goes_together(&store, &provider).await?;
    lambda_http::run(router(Deps { store, provider, ambient: SystemAmbient, policy, key })).await
}
