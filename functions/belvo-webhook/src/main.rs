//! The Lambda binary of Belvo's webhooks: wires, and nothing else.

use adapters::{
    ambient::SystemAmbient,
    config::{Environment, Reader},
    dynamo, telemetry,
};
use belvo_webhook::{Deps, router};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let environment = Environment::of_process();
    telemetry::of_function(&environment);
    let mut reader = Reader::new(&environment);
    let (store, keys) = (reader.store(), reader.webhook_keys());
    let (store, keys) = reader.finish(store.zip(keys))?;
    let keys = keys.await?;
    let inbox = dynamo::open_connected(&store).await;
    lambda_http::run(router(Deps { inbox, ambient: SystemAmbient, keys })).await
}
