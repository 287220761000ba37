//! The Lambda binary of link sessions and connected accounts: wires, and nothing else.

use adapters::{
    ambient::SystemAmbient,
    belvo::Belvo,
    config::{Environment, Reader},
    dynamo,
    secrets::both,
    telemetry,
};
use domain::{budget::Class, calls::Governor, sweep::goes_together};
use user_links::{Deps, router};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let environment = Environment::of_process();
    telemetry::of_function(&environment);
    let mut reader = Reader::new(&environment);
    let (store, key, policy) = (reader.store(), reader.reference_key(), reader.policy());
    let (belvo, limits, widget) = (reader.belvo(), reader.limits(), reader.widget_url());
    let read = store.zip(key).zip(belvo.zip(limits)).zip(widget);
    let (((store, key), (belvo, limits)), widget) = reader.finish(read)?;
    let (key, belvo) = both(key, belvo).await?;
    let store = dynamo::open(&store);
    let gate = Governor::new(store.clone(), SystemAmbient, limits, Class::Interactive, &belvo.account());
    let provider = Belvo::new(belvo)?.through(gate);
    goes_together(&store, &provider).await?;
    let deps = Deps { store, provider, ambient: SystemAmbient, policy, key, widget };
    lambda_http::run(router(deps)).await
}
