//! The Lambda binary of link sessions and connected accounts: wires, and nothing else.

use adapters::{
    ambient::SystemAmbient,
    belvo::Belvo,
    config::{Environment, Reader},
    dynamo, telemetry,
};
use user_links::{Deps, router};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let environment = Environment::of_process();
    telemetry::of_function(&environment);
    let mut reader = Reader::new(&environment);
    let (store, key, policy) = (reader.store(), reader.reference_key(), reader.policy());
    let (belvo, widget) = (reader.belvo(), reader.widget_url());
    let ((store, key), (belvo, widget)) = reader.finish(store.zip(key).zip(belvo.zip(widget)))?;
    let (store, provider) = (dynamo::open(&store), Belvo::new(belvo)?);
    let deps = Deps { store, provider, ambient: SystemAmbient, policy, key, widget };
    lambda_http::run(router(deps)).await
}
