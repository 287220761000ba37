//! Webhooks in a story: Belvo's own over loopback, and any that somebody writes.

use std::future::IntoFuture;

use axum::{
    body::Body,
    http::{Method, Request, header},
};
use belvo_simulator::Target;
use cli::world::DEV_WEBHOOK_AUTHORIZATION;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::{Reply, Story};

impl Story {
    /// From now on the simulated Belvo tells this story's API of what happens, each time that it is told to deliver.
    pub async fn hears_webhooks(&self) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("loopback");
        let url = format!("http://{}/webhooks/belvo", listener.local_addr().expect("bound"));
        tokio::spawn(axum::serve(listener, self.world.stack.api()).into_future());
        let target = Target::parse(&url, Some(DEV_WEBHOOK_AUTHORIZATION)).expect("this machine");
        self.world.belvo.set_webhooks(Some(target));
    }

    /// A webhook that Belvo sends.
    pub async fn gets_webhook(&self, body: &Value) -> Reply {
        self.gets_post(&body.to_string(), &[DEV_WEBHOOK_AUTHORIZATION]).await
    }

    /// Anything that somebody sends, with these values of the header `Authorization`.
    pub async fn gets_post(&self, body: &str, authorization: &[&str]) -> Reply {
        let mut request = Request::builder().method(Method::POST).uri("/webhooks/belvo");
        for value in authorization {
            request = request.header(header::AUTHORIZATION, *value);
        }
        self.send(request.body(Body::from(body.to_owned())).expect("a request")).await
    }
}

/// The webhook of this type and code about this link.
pub fn webhook(kind: &str, code: &str, link: &str) -> Value {
    json!({
        "webhook_id": "0123456789abcdef0123456789abcdef",
        "webhook_type": kind,
        "webhook_code": code,
        "link_id": link,
        "external_id": null,
        "data": {"error_message": "nothing of this is kept"},
    })
}
