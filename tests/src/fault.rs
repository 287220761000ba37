//! A store that fails on demand: requests that never arrive, and answers that never come back.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use adapters::dynamo::DynamoStore;
use aws_sdk_dynamodb::config::{
    HttpClient, RuntimeComponents,
    http::{HttpRequest, HttpResponse},
};
use aws_smithy_runtime_api::client::{
    http::{HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector},
    result::ConnectorError,
};
use cli::{
    engine::{Engine, client_over},
    world::TABLE,
};

/// What goes wrong once it goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The request does not arrive.
    NotSent,
    /// The request has its effect, and the answer does not come back.
    AnswerLost,
}

/// When things go wrong. Clones share it.
#[derive(Clone, Debug)]
pub struct Switch {
    fault: Fault,
    good: Arc<AtomicI64>,
}

impl Switch {
    /// From now on everything goes wrong after this many good requests.
    pub fn breaks_after(&self, good: i64) {
        self.good.store(good, Ordering::SeqCst);
    }

    /// Nothing goes wrong any more.
    pub fn heals(&self) {
        self.breaks_after(i64::MAX);
    }

    fn is_good(&self) -> bool {
        self.good.fetch_sub(1, Ordering::SeqCst) > 0
    }
}

/// A store on this engine, and the switch that breaks it.
pub fn failing_store(engine: &Engine, fault: Fault) -> (DynamoStore, Switch) {
    let switch = Switch { fault, good: Arc::new(AtomicI64::new(i64::MAX)) };
    let client = client_over(Failing { inner: Arc::new(engine.http_client()), switch: switch.clone() });
    (DynamoStore::new(client, TABLE), switch)
}

#[derive(Clone, Debug)]
struct Failing {
    inner: Arc<dyn HttpClient>,
    switch: Switch,
}

impl HttpClient for Failing {
    fn http_connector(&self, of: &HttpConnectorSettings, parts: &RuntimeComponents) -> SharedHttpConnector {
        let inner = self.inner.http_connector(of, parts);
        SharedHttpConnector::new(Wire { inner, switch: self.switch.clone() })
    }
}

#[derive(Clone, Debug)]
struct Wire {
    inner: SharedHttpConnector,
    switch: Switch,
}

impl HttpConnector for Wire {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        if self.switch.is_good() {
            return self.inner.call(request);
        }
        let (inner, fault) = (self.inner.clone(), self.switch.fault);
        HttpConnectorFuture::new(async move {
            if fault == Fault::AnswerLost {
                inner.call(request).await?;
            }
            Err::<HttpResponse, _>(ConnectorError::io("the connection broke".into()))
        })
    }
}
