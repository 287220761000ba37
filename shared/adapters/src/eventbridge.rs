//! EventBridge: takes events and gives them to whoever in the company wants them.

use aws_sdk_eventbridge::{
    Client,
    config::{
        BehaviorVersion, Config,
        endpoint::{DefaultResolver, Params, ResolveEndpoint},
    },
    error::{ProvideErrorMetadata, SdkError},
    operation::put_events::PutEventsError,
    primitives::DateTime,
    types::{PutEventsRequestEntry, PutEventsResultEntry},
};
use domain::{
    ports::{Publisher, Unpublished},
    published::Published,
};

use crate::aws::{self, Connection, WayOut};

/// Who tells it: what rules of the bus ask for as `source`.
pub const SOURCE: &str = "linkkeeper";

/// The way to one event bus.
#[derive(Clone, Debug)]
pub struct EventBridge {
    client: Client,
    bus: String,
}

/// Why EventBridge took no event, by its code: its messages may quote the event.
#[derive(Clone, Debug, thiserror::Error)]
#[error("EventBridge: {0}")]
struct Failed(String);

impl EventBridge {
    /// The bus of this name, with a connection that is open already.
    pub async fn open_connected((connection, bus): &(Connection, String)) -> Self {
        let way_out = WayOut::trusting(&connection.trust);
        if let Some(url) = address(connection).await {
            way_out.reach(&url).await;
        }
        Self::over(connection, bus, way_out)
    }

    fn over(connection: &Connection, bus: &str, way_out: WayOut) -> Self {
        let mut config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(connection.region())
            .credentials_provider(connection.credentials())
            .retry_config(aws::retries())
            .timeout_config(aws::timeouts())
            .http_client(way_out);
        config.set_endpoint_url(connection.endpoint.clone());
        Self { client: Client::from_conf(config.build()), bus: bus.to_owned() }
    }

    fn entry(&self, event: &Published) -> Result<PutEventsRequestEntry, Failed> {
        let unwritable = |_| Failed("the event has no form as JSON".to_owned());
        Ok(PutEventsRequestEntry::builder()
            .source(SOURCE)
            .detail_type(event.kind.as_str())
            .time(DateTime::from_secs(event.at.as_second()))
            .detail(serde_json::to_string(event).map_err(unwritable)?)
            .event_bus_name(&self.bus)
            .build())
    }
}

impl Publisher for EventBridge {
    async fn publish(&self, events: &[Published]) -> Result<(), Unpublished> {
        let nothing = |cause: Failed| Unpublished { first: 0, cause: cause.into() };
        let entries: Result<Vec<_>, _> = events.iter().map(|event| self.entry(event)).collect();
        let call = self.client.put_events().set_entries(Some(entries.map_err(nothing)?));
        let answer = call.send().await.map_err(|error| nothing(failed(&error)))?;
        told(events.len(), answer.entries())
    }
}

/// Where the SDK will call.
async fn address(connection: &Connection) -> Option<String> {
    if connection.endpoint.is_some() {
        return connection.endpoint.clone();
    }
    let place = Params::builder().region(connection.region.clone()).build().ok()?;
    Some(DefaultResolver::new().resolve_endpoint(&place).await.ok()?.url().to_owned())
}

/// An answer that tells of fewer entries than were sent tells that the rest was not taken.
fn told(sent: usize, entries: &[PutEventsResultEntry]) -> Result<(), Unpublished> {
    let missed = entries.iter().position(|entry| entry.event_id().is_none());
    let missed = missed.or((entries.len() < sent).then_some(entries.len()));
    missed.map_or(Ok(()), |first| {
        let code =
            entries.get(first).and_then(|entry| entry.error_code()).unwrap_or("an entry without a code");
        Err(Unpublished { first, cause: Failed(code.to_owned()).into() })
    })
}

fn failed<R>(error: &SdkError<PutEventsError, R>) -> Failed {
    let what = match error {
        SdkError::ServiceError(service) => service.err().code().unwrap_or("an answer without a code"),
        SdkError::TimeoutError(_) => "no answer in time",
        SdkError::DispatchFailure(dispatch) => aws::distrust(dispatch).unwrap_or("not reachable"),
        SdkError::ConstructionFailure(_) => "the request cannot be built",
        SdkError::ResponseError(_) => "an answer that cannot be read",
        _ => "an unknown failure",
    };
    Failed(what.to_owned())
}

#[cfg(test)]
mod tests;
