//! What is measured, and what has to be there before: users, sessions, links.

use std::path::Path;

use aws_sdk_dynamodb::types::AttributeValue;
use belvo_simulator::{Connect, Connected};
use cli::world::TABLE;
use serde_json::{Value, json};
use tests::{
    Cloud,
    cloud::{about, event, with_body},
    runtime_api::Running,
};

/// What is started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Hello,
    RegisterUser,
    UserLinks,
    WidgetCallback,
    BelvoWebhook,
    PublishEvents,
    FollowUp,
    DeleteLinks,
    Reconcile,
}

impl Target {
    /// All of them; hello first, which the others are compared with.
    pub(crate) const ALL: [Self; 9] = [
        Self::Hello,
        Self::RegisterUser,
        Self::UserLinks,
        Self::WidgetCallback,
        Self::BelvoWebhook,
        Self::PublishEvents,
        Self::FollowUp,
        Self::DeleteLinks,
        Self::Reconcile,
    ];

    /// The name of its binary.
    pub(crate) fn binary(self) -> &'static str {
        match self {
            Self::Hello => "bare-hello",
            Self::RegisterUser => "register-user",
            Self::UserLinks => "user-links",
            Self::WidgetCallback => "widget-callback",
            Self::BelvoWebhook => "belvo-webhook",
            Self::PublishEvents => "publish-events",
            Self::FollowUp => "follow-up",
            Self::DeleteLinks => "delete-links",
            Self::Reconcile => "reconcile",
        }
    }

    /// What its invocations are.
    pub(crate) fn work(self) -> &'static str {
        match self {
            Self::Hello => "nothing",
            Self::RegisterUser => "a new user",
            Self::UserLinks => "a session start",
            Self::WidgetCallback => "a new link",
            Self::BelvoWebhook => "a new webhook",
            Self::PublishEvents => "a batch of three",
            Self::FollowUp | Self::DeleteLinks | Self::Reconcile => "nothing due",
        }
    }
}

/// The cloud, with the functions that prepare what others need.
pub(crate) struct Stage {
    pub(crate) cloud: Cloud,
    register: Running,
    open: Running,
    follow: Running,
    users: u64,
}

impl Stage {
    pub(crate) async fn set(cloud: Cloud, folder: &Path) -> Self {
        let mut switches = cloud.belvo.switches();
        switches.rate_limit = None; // hours of calls are made in a minute
        cloud.belvo.set_switches(switches);
        let register = cloud.start(folder, "register-user").await;
        let open = cloud.start(folder, "user-links").await;
        let follow = cloud.start(folder, "follow-up").await;
        let mut stage = Self { cloud, register, open, follow, users: 0 };
        stage.sweep(folder).await;
        stage
    }

    /// A sweep, after which none is due for the rest of the day.
    async fn sweep(&mut self, folder: &Path) {
        let mut reconcile = self.cloud.start(folder, "reconcile").await;
        let swept = reconcile.invoke(&event("reconcile/schedule")).await.answer.expect("swept");
        assert_eq!(swept["outcome"], "finished", "{swept}");
    }

    /// An event that has not been there before.
    pub(crate) async fn event(&mut self, target: Target) -> Value {
        self.forget_calls().await;
        match target {
            Target::Hello => event("register-user/end-user"),
            Target::RegisterUser => self.stranger("register-user/end-user"),
            Target::UserLinks => {
                let subject = self.registered().await;
                by(event("user-links/open-session"), &subject)
            }
            Target::WidgetCallback => self.callback().await,
            Target::BelvoWebhook => self.webhook(),
            Target::PublishEvents => event("publish-events/filed"),
            Target::FollowUp => self.nothing_to_follow_up().await,
            Target::DeleteLinks => event("delete-links/schedule"),
            Target::Reconcile => event("reconcile/schedule"),
        }
    }

    /// The event of somebody who was never there.
    fn stranger(&mut self, name: &str) -> Value {
        self.users += 1;
        by(event(name), &format!("user-{}", self.users))
    }

    /// Somebody who is registered.
    async fn registered(&mut self) -> String {
        let register = self.stranger("register-user/end-user");
        status(&self.register.invoke(&register).await.answer, 201);
        format!("user-{}", self.users)
    }

    /// Somebody's success callback, about a link that they made just now.
    async fn callback(&mut self) -> Value {
        let subject = self.registered().await;
        let opened = self.open.invoke(&by(event("user-links/open-session"), &subject)).await.answer;
        let session = status(&opened, 201);
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        let made = self.cloud.belvo.connect(Connect {
            access_token: text(&session["widget"]["access_token"]),
            external_id: Some(text(&session["widget"]["config"]["external_id"])),
            institution: "erebor_mx_retail".to_owned(),
            username: "bnk100".to_owned(),
            password: "full".to_owned(),
            ..Connect::default()
        });
        let Connected::Success { link, .. } = made else { panic!("no success: {made:?}") };
        let path = format!("/users/me/link-sessions/{}/callbacks", text(&session["session_id"]));
        let said = json!({"type": "success", "link": link, "institution": "erebor_mx_retail"});
        by(with_body(about("widget-callback/success", &path), &said), &subject)
    }

    /// What other targets' events left to do is done before.
    async fn nothing_to_follow_up(&mut self) -> Value {
        let event = event("follow-up/schedule");
        self.follow.invoke(&event).await.answer.expect("followed up");
        self.forget_calls().await;
        event
    }

    fn webhook(&mut self) -> Value {
        self.users += 1;
        let webhook = event("belvo-webhook/historical-update");
        let mut body: Value = serde_json::from_str(webhook["body"].as_str().expect("text")).expect("JSON");
        body["webhook_id"] = format!("{:032x}", self.users).into();
        with_body(webhook, &body)
    }

    /// The budget of calls would stop this benchmark after ten of them: the counters are taken away each time.
    async fn forget_calls(&self) {
        let client = self.cloud.engine.client();
        let counters = client
            .query()
            .table_name(TABLE)
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", AttributeValue::S("BUDGET#127.0.0.1".to_owned()));
        for counter in counters.send().await.expect("a page").items.unwrap_or_default() {
            let delete = client.delete_item().table_name(TABLE);
            let delete = delete.key("pk", counter["pk"].clone()).key("sk", counter["sk"].clone());
            delete.send().await.expect("deleted");
        }
    }
}

/// The event as that person's app would send it.
fn by(mut event: Value, subject: &str) -> Value {
    event["requestContext"]["authorizer"]["jwt"]["claims"]["sub"] = subject.into();
    event
}

/// The body of an answer that has this status.
pub(crate) fn status(answer: &Result<Value, Value>, expected: u64) -> Value {
    let answer = answer.as_ref().expect("an answer");
    assert_eq!(answer["statusCode"], expected, "{answer}");
    serde_json::from_str(answer["body"].as_str().unwrap_or_default()).unwrap_or_default()
}
