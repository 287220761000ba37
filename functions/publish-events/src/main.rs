//! The Lambda binary that publishes events: wires, and nothing else.

use adapters::{
    ambient::SystemAmbient,
    config::{Environment, Reader},
    dynamo::Batch,
    eventbridge::EventBridge,
    telemetry,
};
use lambda_runtime::{LambdaEvent, service_fn};
use publish_events::{Deps, handle};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    let environment = Environment::of_process();
    telemetry::of_function(&environment);
    let mut reader = Reader::new(&environment);
    let bus = reader.bus();
    let bus = reader.finish(bus)?;
    let deps = Deps { publisher: EventBridge::open_connected(&bus).await, ambient: SystemAmbient };
    lambda_runtime::run(service_fn(|event: LambdaEvent<Batch>| handle(&deps, event))).await
}
