//! The whole loop through the functions' very binaries, each a process under Lambda's runtime API with the environment that
//! `template.yaml` gives it, against the engine, a simulated Belvo and an event bus over HTTP: what runs in the cloud is
//! what was tested. `LINKKEEPER_TEST_BINARIES=target/release` names the binaries; without it, it is the debug build's.

use std::{collections::BTreeMap, path::PathBuf};

use axum::http::Method;
use jiff::SignedDuration;
use serde_json::{Value, json};
use tests::{
    Cloud, binaries,
    cloud::{about, event, functions, with_body},
    runtime_api::{Invoked, Running},
    web,
};

/// The simulator's keys, as HTTP writes them: `sandbox-id:sandbox-password`.
const KEYS: &str = "Basic c2FuZGJveC1pZDpzYW5kYm94LXBhc3N3b3Jk";

/// What nothing may write into its log: keys, who somebody is, and how they log in.
const SECRETS: [&str; 5] = ["sandbox-password", "protects-nothing", "linkkeeper-dev", "bnk100", "a-session"];

/// The functions, each started when it is first needed.
struct Play {
    cloud: Cloud,
    binaries: PathBuf,
    running: BTreeMap<String, Running>,
}

impl Play {
    async fn begin() -> Self {
        let binaries = tokio::task::spawn_blocking(binaries::folder).await.expect("a folder");
        Self { cloud: Cloud::new().await, binaries, running: BTreeMap::new() }
    }

    async fn invoke(&mut self, function: &str, event: &Value) -> Value {
        if !self.running.contains_key(function) {
            let started = self.cloud.start(&self.binaries, function).await;
            println!("{function} asks for work after {:.1} ms", started.init.as_millis_f64());
            self.running.insert(function.to_owned(), started);
        }
        let running = self.running.get_mut(function).expect("started");
        let Invoked { answer, took } = running.invoke(event).await;
        println!("{function} answers after {:.1} ms", took.as_millis_f64());
        answer.unwrap_or_else(|error| panic!("{function}: {error}\n{}", running.log()))
    }

    /// An answer of the API: its status and its body.
    async fn call(&mut self, function: &str, event: &Value) -> (u64, Value) {
        let answer = self.invoke(function, event).await;
        let body = answer["body"].as_str().unwrap_or_default();
        (answer["statusCode"].as_u64().expect("a status"), serde_json::from_str(body).unwrap_or_default())
    }

    /// A person in the widget: gives what it tells the app.
    async fn connects(&self, session: &Value) -> Value {
        let visit = json!({
            "access_token": session["widget"]["access_token"],
            "external_id": session["widget"]["config"]["external_id"],
            "institution": "erebor_mx_retail",
            "username": "bnk100",
            "password": "full",
        });
        let url = format!("{}/widget/connect", self.cloud.belvo_url);
        let (status, said) = web::ask(Method::POST, &url, None, &visit).await;
        assert_eq!((status, &said["type"]), (200, &json!("success")), "{said}");
        said
    }

    /// What Belvo answers to who asks for the link.
    async fn at_belvo(&self, link: &str) -> u16 {
        let url = format!("{}/api/links/{link}/", self.cloud.belvo_url);
        web::ask(Method::GET, &url, Some(KEYS), &Value::Null).await.0
    }

    /// Registers, opens a session, connects an account and reports it twice; gives the link's id.
    async fn binds(&mut self) -> String {
        let register = event("register-user/end-user");
        assert_eq!(self.call("register-user", &register).await.0, 201);
        assert_eq!(self.call("register-user", &register).await.0, 200, "registering is safe to repeat");
        let (status, session) = self.call("user-links", &event("user-links/open-session")).await;
        assert_eq!(status, 201, "{session}");
        let said = self.connects(&session).await;
        let path = format!("/users/me/link-sessions/{}/callbacks", text(&session["session_id"]));
        let callback = with_body(about("widget-callback/success", &path), &said);
        assert_eq!(self.call("widget-callback", &callback).await.0, 201);
        assert_eq!(self.call("widget-callback", &callback).await.0, 200, "so is a callback");
        text(&said["link"])
    }

    async fn links(&mut self) -> Vec<String> {
        let (status, listed) = self.call("user-links", &event("user-links/connected-accounts")).await;
        assert_eq!(status, 200, "{listed}");
        listed["links"].as_array().expect("a list").iter().map(|link| text(&link["link_id"])).collect()
    }

    async fn works_off_a_webhook_about(&mut self, link: &str) {
        let mut webhook = event("belvo-webhook/historical-update");
        let mut body: Value = serde_json::from_str(&text(&webhook["body"])).expect("JSON");
        body["link_id"] = link.into();
        webhook = with_body(webhook, &body);
        assert_eq!(self.call("belvo-webhook", &webhook).await.0, 200);
        assert_eq!(self.call("belvo-webhook", &event("belvo-webhook/forged")).await.0, 401);
        let followed = self.invoke("follow-up", &event("follow-up/schedule")).await;
        let counts = (&followed["WebhooksWorked"], &followed["WebhooksDead"]);
        assert_eq!(counts, (&json!(1), &json!(0)), "{followed}");
    }

    /// At the pace of the account's real budget of calls, so this takes some seconds.
    async fn sweeps(&mut self) {
        let swept = self.invoke("reconcile", &event("reconcile/schedule")).await;
        let report = &swept["report"];
        let told = (&report["listed"], &report["known"], &report["actions"]);
        assert_eq!(told, (&json!(1), &json!(1), &json!({})), "{swept}");
        let again = self.invoke("reconcile", &event("reconcile/schedule")).await;
        assert_eq!(again["outcome"], "nothing_due", "{again}");
        let reconcile = self.running.get_mut("reconcile").expect("started");
        let refused = reconcile.invoke(&json!({"mode": "sideways"})).await.answer;
        assert_eq!(refused.expect_err("no such sweep")["errorType"], "BadEvent");
    }

    async fn deletes(&mut self, link: &str) {
        let disconnect = about("user-links/disconnect", &format!("/users/me/links/{link}"));
        assert_eq!(self.call("user-links", &disconnect).await.0, 202);
        let run = self.invoke("delete-links", &event("delete-links/schedule")).await;
        assert_eq!((&run["asked"], &run["held_back"]), (&json!(1), &json!(0)), "{run}");
        assert_eq!(self.at_belvo(link).await, 200, "Belvo takes a moment to delete");
        self.cloud.pass_at_belvo(SignedDuration::from_secs(10));
        assert_eq!(self.at_belvo(link).await, 404);
    }

    /// The function that publishes has the table's own stream of all this.
    async fn is_told_of(&mut self, types: &[&str]) {
        let stream = self.cloud.stream();
        let answer = self.invoke("publish-events", &stream).await;
        assert_eq!(answer, json!({"batchItemFailures": []}));
        assert_eq!(self.cloud.bus.types(), types);
    }

    /// Every line is JSON, and none tells what it should not.
    fn logs_are_clean(&self) {
        assert!(self.running.keys().eq(functions().keys()), "every function had its part");
        for (function, running) in &self.running {
            let log = running.log();
            for line in log.lines() {
                assert!(serde_json::from_str::<Value>(line).is_ok(), "{function}: {line}");
            }
            for secret in SECRETS {
                assert!(!log.contains(secret), "{function} tells {secret}: {log}");
            }
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_bound_swept_and_deleted_by_the_very_binaries() {
    let mut play = Play::begin().await;
    let link = play.binds().await;
    assert_eq!(play.links().await, std::slice::from_ref(&link));
    assert_eq!(play.at_belvo(&link).await, 200);
    play.works_off_a_webhook_about(&link).await;
    play.sweeps().await;
    play.deletes(&link).await;
    play.is_told_of(&["user.registered", "session.opened", "link.bound", "link.disconnected"]).await;
    play.logs_are_clean();
}
