//! An event bus that takes everything, and remembers what it was told.

use std::sync::{Arc, Mutex};

use axum::{Json, Router, body::Bytes, extract::State};
use serde_json::{Value, json};

use super::network::Network;

/// The bus.
#[derive(Clone, Debug)]
pub struct Bus {
    /// Where it is.
    pub url: String,
    told: Arc<Mutex<Vec<Value>>>,
}

impl Bus {
    /// Opens it in this network.
    pub(super) async fn open(network: &Network) -> Self {
        let told = Arc::<Mutex<Vec<Value>>>::default();
        let router = Router::new().fallback(take).with_state(Arc::clone(&told));
        let url = network.serve(|_| router).await;
        Self { url, told }
    }

    /// The types of the events that it was told, in order.
    #[must_use]
    pub fn types(&self) -> Vec<String> {
        let told = self.told.lock().expect("whole");
        told.iter().map(|entry| entry["DetailType"].as_str().expect("a type").to_owned()).collect()
    }
}

async fn take(State(told): State<Arc<Mutex<Vec<Value>>>>, body: Bytes) -> Json<Value> {
    let asked: Value = serde_json::from_slice(&body).expect("JSON");
    let entries = asked["Entries"].as_array().expect("entries");
    let mut told = told.lock().expect("whole");
    told.extend(entries.iter().cloned());
    let taken: Vec<_> = entries.iter().enumerate().map(|(n, _)| json!({"EventId": n.to_string()})).collect();
    Json(json!({"FailedEntryCount": 0, "Entries": taken}))
}
