//! The Lambda binary of the widget's callbacks: wires, and nothing else.

use adapters::{
    ambient::SystemAmbient,
    belvo::Belvo,
    config::{Environment, Reader},
    dynamo, telemetry,
};
use widget_callback::{Deps, router};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let environment = Environment::of_process();
    telemetry::of_function(&environment);
    let mut reader = Reader::new(&environment);
    let (store, key, policy) = (reader.store(), reader.reference_key(), reader.policy());
    let belvo = reader.belvo();
    let ((store, key), belvo) = reader.finish(store.zip(key).zip(belvo))?;
    let (store, provider) = (dynamo::open(&store), Belvo::new(belvo)?);
    lambda_http::run(router(Deps { store, provider, ambient: SystemAmbient, policy, key })).await
}
