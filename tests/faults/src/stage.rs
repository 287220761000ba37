//! The real routers and handlers, wired to a world: once for each thread, since they hold nothing of a schedule.

use std::sync::Arc;

use adapters::{secrets::Source, widget::WidgetUrl};
use axum::Router;
use domain::{
    budget::Class,
    external_id::ReferenceKey,
    policy::{BindingProof, Policy},
    webhooks::WebhookKeys,
};
use jiff::SignedDuration;

use crate::{
    here::{ACCOUNT, Bank, Here},
    world::World,
};

/// What webhooks are sent under: the present value, and the one before.
pub const WEBHOOK_KEYS: [&str; 2] = ["Bearer the-value-of-today", "Bearer the-value-of-yesterday"];
/// Turns references into ids.
const REFERENCE_KEY: &str = "a:this-key-turns-references-into-ids";

/// All functions, with one policy.
pub struct Cast {
    /// The policy.
    pub policy: Policy,
    /// `POST /users`.
    pub register: Router,
    /// Sessions, links, claims, erasure.
    pub links: Router,
    /// Callbacks.
    pub callback: Router,
    /// Webhooks in.
    pub webhook: Router,
    /// The sweep.
    pub sweep: Arc<reconcile::Deps<Here, Bank, Here>>,
    /// What waits for its time.
    pub follow_up: Arc<follow_up::Deps<Here, Bank, Here>>,
    /// Deletions.
    pub delete: Arc<delete_links::Deps<Here, Bank, Here>>,
}

/// A stage: one world, and the functions under each policy.
pub struct Stage {
    /// The world.
    pub here: Here,
    /// The functions.
    pub casts: Vec<Cast>,
    runtime: tokio::runtime::Runtime,
}

/// The key that ids are derived with.
pub fn reference_key() -> ReferenceKey {
    ReferenceKey::parse(REFERENCE_KEY).expect("a key")
}

impl Stage {
    /// A new one, for this thread.
    pub fn new() -> Self {
        let here = Here::new(World::new(0, false));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
        // Time-outs of the functions are made in its context and never fire: nobody drives it. What is cut off by time
        // is a death or a freeze here.
        let casts = {
            let _within = runtime.enter();
            policies().into_iter().map(|policy| Cast::new(&here, policy)).collect()
        };
        Self { here, casts, runtime }
    }

    /// The context that time-outs are made in.
    pub fn within(&self) -> tokio::runtime::EnterGuard<'_> {
        self.runtime.enter()
    }
}

impl Default for Stage {
    fn default() -> Self {
        Self::new()
    }
}

/// The policies that schedules are played under. Most are played under the first two.
fn policies() -> Vec<Policy> {
    let ours = Policy { provider_deletion: true, ..Policy::default() };
    let kept = Some(SignedDuration::from_hours(1));
    vec![
        ours.clone(),
        Policy { superseded_kept: kept, ..ours.clone() },
        Policy { proof: BindingProof::ExternalId, ..ours.clone() },
        Policy { provider_deletion: false, ..ours },
    ]
}

impl Cast {
    fn new(here: &Here, policy: Policy) -> Self {
        let deps = Wires { here, policy: &policy };
        Self {
            register: register_user::router(register_user::Deps {
                users: here.clone(),
                ambient: here.clone(),
                key: reference_key(),
            }),
            links: deps.links(),
            callback: deps.callback(),
            webhook: deps.webhook(),
            sweep: Arc::new(reconcile::Deps {
                store: here.clone(),
                provider: deps.bank(Class::Sweep),
                ambient: here.clone(),
                policy: policy.clone(),
            }),
            follow_up: Arc::new(follow_up::Deps {
                store: here.clone(),
                provider: deps.bank(Class::Sweep),
                ambient: here.clone(),
                policy: policy.clone(),
            }),
            delete: Arc::new(delete_links::Deps {
                store: here.clone(),
                provider: deps.bank(Class::Delete),
                ambient: here.clone(),
                policy: policy.clone(),
                account: ACCOUNT.to_owned(),
            }),
            policy,
        }
    }
}

/// What routers are wired with.
struct Wires<'a> {
    here: &'a Here,
    policy: &'a Policy,
}

impl Wires<'_> {
    fn bank(&self, class: Class) -> Bank {
        Bank { here: self.here.clone(), class }
    }

    fn links(&self) -> Router {
        user_links::router(user_links::Deps {
            store: self.here.clone(),
            provider: self.bank(Class::Interactive),
            ambient: self.here.clone(),
            policy: self.policy.clone(),
            key: reference_key(),
            widget: WidgetUrl::parse("https://widget.example/").expect("an address"),
        })
    }

    fn callback(&self) -> Router {
        widget_callback::router(widget_callback::Deps {
            store: self.here.clone(),
            provider: self.bank(Class::Interactive),
            ambient: self.here.clone(),
            policy: self.policy.clone(),
            key: reference_key(),
        })
    }

    fn webhook(&self) -> Router {
        let keys = WEBHOOK_KEYS.iter().fold(WebhookKeys::closed(), |keys, value| {
            keys.accepting(value).expect("a value that can be agreed on")
        });
        belvo_webhook::router(belvo_webhook::Deps {
            inbox: self.here.clone(),
            ambient: self.here.clone(),
            keys: Source::fixed(keys),
        })
    }
}
