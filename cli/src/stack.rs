//! The functions put together as API Gateway and the schedule would: the same routers, one address.

use adapters::{belvo::Belvo, dynamo::DynamoStore, secrets::Source, widget::WidgetUrl};
use axum::{Router, extract::Request, middleware::from_fn_with_state, response::IntoResponse};
use domain::{
    budget::Class,
    calls::Governor,
    external_id::ReferenceKey,
    policy::Policy,
    ports::{Ambient, Timer},
    sweep::{SweepError, goes_together},
    webhooks::WebhookKeys,
};
use tower::ServiceExt;

use crate::edge;

/// Belvo through the budget that all functions share.
pub type Metered<A> = Belvo<Governor<DynamoStore, A>>;

/// What the functions share.
#[derive(Clone, Debug)]
pub struct Stack<A> {
    /// The store.
    pub store: DynamoStore,
    /// Belvo, or what stands for it.
    pub provider: Metered<A>,
    /// Time and chance.
    pub ambient: A,
    /// The rules' figures.
    pub policy: Policy,
    /// Turns references into ids.
    pub key: ReferenceKey,
    /// Where the hosted widget is.
    pub widget: WidgetUrl,
    /// Who may send webhooks.
    pub webhook_keys: Source<WebhookKeys>,
}

impl<A: Ambient + Timer + Clone + 'static> Stack<A> {
    /// What functions do before they ask for work: those that ask Belvo make sure that the table goes with it.
    pub async fn init(&self) -> Result<(), SweepError> {
        for (function, class) in [
            ("user-links", Class::Interactive),
            ("widget-callback", Class::Interactive),
            ("follow-up", Class::Sweep),
            ("delete-links", Class::Delete),
        ] {
            let (store, provider) = self.of(function, class);
            goes_together(&store, &provider).await?;
        }
        Ok(())
    }

    /// All HTTP functions behind the local edge.
    pub fn api(&self) -> Router {
        let functions = self.functions();
        let serve = move |request: Request| {
            let function = functions.of(request.uri().path()).clone();
            async move { function.oneshot(request).await.into_response() }
        };
        Router::new().fallback(serve).layer(from_fn_with_state(self.ambient.clone(), edge::authorize::<A>))
    }

    /// The HTTP functions as they are, without an edge.
    #[must_use]
    pub fn functions(&self) -> Functions {
        Functions {
            belvo_webhook: belvo_webhook::router(self.belvo_webhook()),
            register_user: register_user::router(self.register_user()),
            user_links: user_links::router(self.user_links()),
            widget_callback: widget_callback::router(self.widget_callback()),
        }
    }

    /// What the scheduled function needs.
    #[must_use]
    pub fn reconcile(&self) -> reconcile::Deps<DynamoStore, Metered<A>, A> {
        let (store, provider) = self.of("reconcile", Class::Sweep);
        reconcile::Deps { store, provider, ambient: self.ambient.clone(), policy: self.policy.clone() }
    }

    /// What the function that deletes links needs.
    #[must_use]
    pub fn delete_links(&self) -> delete_links::Deps<DynamoStore, Metered<A>, A> {
        let (store, provider) = self.of("delete-links", Class::Delete);
        let Self { ambient, policy, .. } = self.clone();
        delete_links::Deps { store, account: provider.account(), provider, ambient, policy }
    }

    /// What the function needs that follows up.
    #[must_use]
    pub fn follow_up(&self) -> follow_up::Deps<DynamoStore, Metered<A>, A> {
        let (store, provider) = self.of("follow-up", Class::Sweep);
        follow_up::Deps { store, provider, ambient: self.ambient.clone(), policy: self.policy.clone() }
    }

    fn belvo_webhook(&self) -> belvo_webhook::Deps<DynamoStore, A> {
        let Self { store, ambient, webhook_keys, .. } = self.clone();
        belvo_webhook::Deps { inbox: store.asked_by("belvo-webhook"), ambient, keys: webhook_keys }
    }

    fn register_user(&self) -> register_user::Deps<DynamoStore, A> {
        let Self { store, ambient, key, .. } = self.clone();
        register_user::Deps { users: store.asked_by("register-user"), ambient, key }
    }

    fn user_links(&self) -> user_links::Deps<DynamoStore, Metered<A>, A> {
        let (store, provider) = self.of("user-links", Class::Interactive);
        let Self { ambient, policy, key, widget, .. } = self.clone();
        user_links::Deps { store, provider, ambient, policy, key, widget }
    }

    fn widget_callback(&self) -> widget_callback::Deps<DynamoStore, Metered<A>, A> {
        let (store, provider) = self.of("widget-callback", Class::Interactive);
        let Self { ambient, policy, key, .. } = self.clone();
        widget_callback::Deps { store, provider, ambient, policy, key }
    }

    /// What a function reaches the table and Belvo through: in its name, with calls of its class.
    fn of(&self, function: &'static str, class: Class) -> (DynamoStore, Metered<A>) {
        let gate = self.provider.gate().counted_by(class, |budget| budget.asked_by(function));
        (self.store.asked_by(function), self.provider.clone().through(gate))
    }
}

/// The functions behind the gateway.
#[derive(Clone, Debug)]
pub struct Functions {
    belvo_webhook: Router,
    register_user: Router,
    user_links: Router,
    widget_callback: Router,
}

impl Functions {
    /// Each of them.
    pub fn all(&self) -> [&Router; 4] {
        [&self.belvo_webhook, &self.register_user, &self.user_links, &self.widget_callback]
    }

    /// The function that the gateway's routes give this path to.
    pub fn of(&self, path: &str) -> &Router {
        if path == "/users" {
            &self.register_user
        } else if path == "/webhooks/belvo" {
            &self.belvo_webhook
        } else if path.ends_with("/callbacks") {
            &self.widget_callback
        } else {
            &self.user_links
        }
    }
}
