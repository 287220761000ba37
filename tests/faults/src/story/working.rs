//! How each deed is done: by a request to the real router, by a tick of the real handler.

use axum::{
    Router,
    body::Body,
    http::{Method, Request, header},
};
use domain::{
    claims::{By, Wanted, claim},
    deletion::cancel::{Cancelled, cancel},
    external_id::ExternalId,
    sweep::{PlanId, apply},
    values::LinkId,
};
use http_body_util::BodyExt;
use lambda_http::request::RequestContext;
use lambda_runtime::{Context, LambdaEvent};
use serde_json::json;
use tower::ServiceExt;

use super::{Story, Work};
use crate::{deed::Came, here::Bank, rare::Rare, stage::WEBHOOK_KEYS};

/// An event of the schedule, without a deadline: what is cut off is a death here.
fn event(payload: serde_json::Value) -> LambdaEvent<serde_json::Value> {
    LambdaEvent::new(payload, Context::default())
}

async fn served(router: Router, request: Request<Body>) -> Came {
    let response = match router.oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    };
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.map(|body| body.to_bytes().to_vec()).unwrap_or_default();
    Came::Answered(status, body)
}

impl Story<'_> {
    fn request(method: Method, path: String, body: String) -> Request<Body> {
        let request = Request::builder().method(method).uri(path);
        let request = request.header(header::CONTENT_TYPE, "application/json");
        request.body(Body::from(body)).expect("a request")
    }

    /// A request of a person's.
    pub(super) fn asks(&self, person: usize, method: Method, path: String, body: String) -> Work {
        let mut request = Self::request(method, path, body);
        let context: RequestContext = self.people[person].context.clone();
        request.extensions_mut().insert(context);
        let router = match request.uri().path() {
            "/users" => &self.cast.register,
            path if path.ends_with("/callbacks") => &self.cast.callback,
            _ => &self.cast.links,
        };
        Box::pin(served(router.clone(), request))
    }

    /// A webhook of Belvo's.
    pub(super) fn webhook(&self, body: &str, older: bool) -> Work {
        if older {
            self.here.with(|world| world.seen.saw(Rare::OlderWebhookKey));
        }
        let mut request = Self::request(Method::POST, "/webhooks/belvo".to_owned(), body.to_owned());
        let key = WEBHOOK_KEYS[usize::from(older)].parse().expect("a header");
        request.headers_mut().insert(header::AUTHORIZATION, key);
        Box::pin(served(self.cast.webhook.clone(), request))
    }

    pub(super) fn sweep(&self, full: bool) -> Work {
        let deps = self.cast.sweep.clone();
        let tick = event(if full { json!({"mode": "full"}) } else { json!({}) });
        Box::pin(async move { Came::Ended(reconcile::handle(&deps, tick).await.is_ok()) })
    }

    pub(super) fn follow_up(&self) -> Work {
        let deps = self.cast.follow_up.clone();
        Box::pin(async move { Came::Ended(follow_up::handle(&deps, event(json!({}))).await.is_ok()) })
    }

    pub(super) fn delete(&self) -> Work {
        let deps = self.cast.delete.clone();
        Box::pin(async move { Came::Ended(delete_links::handle(&deps, event(json!({}))).await.is_ok()) })
    }

    pub(super) fn give(&self, user: ExternalId, link: LinkId) -> Work {
        let (here, policy) = (self.here.clone(), self.cast.policy.clone());
        let bank = Bank { here: here.clone(), class: domain::budget::Class::Interactive };
        let wanted = Wanted { user, link, by: By::Operator };
        Box::pin(async move { Came::Ended(claim(&here, &bank, &here, &policy, &wanted).await.is_ok()) })
    }

    pub(super) fn cancel(&self, link: LinkId) -> Work {
        let here = self.here.clone();
        Box::pin(async move {
            let cancelled = cancel(&here, &here, link).await;
            if let Ok(Cancelled::Done(_)) = &cancelled {
                here.with(|world| world.seen.saw(Rare::Cancelled));
            }
            Came::Ended(cancelled.is_ok())
        })
    }

    pub(super) fn apply(&self, plan: PlanId) -> Work {
        let (here, policy) = (self.here.clone(), self.cast.policy.clone());
        let bank = Bank { here: here.clone(), class: domain::budget::Class::Interactive };
        Box::pin(async move { Came::Ended(apply(&here, &bank, &here, &policy, &plan).await.is_ok()) })
    }
}
