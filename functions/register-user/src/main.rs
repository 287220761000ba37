//! The Lambda binary of `POST /users`: wires, and nothing else.

use adapters::{
    ambient::SystemAmbient,
    config::{Environment, Reader},
    dynamo, telemetry,
};
use register_user::{Deps, router};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let environment = Environment::of_process();
    telemetry::of_function(&environment);
    let mut reader = Reader::new(&environment);
    let (store, key) = (reader.store(), reader.reference_key());
    let (store, key) = reader.finish(store.zip(key))?;
    let key = key.await?;
    let users = dynamo::open_connected(&store).await;
    lambda_http::run(router(Deps { users, ambient: SystemAmbient, key })).await
}
