//! I15 everywhere at once: secrets and personal data of every kind are put into requests, Belvo's answers and the
//! configuration, all doors are used, also in ways that fail, and none of it is found in logs at their loudest, refusals,
//! audit events, published events, dead letters, reports or what operators are shown.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};

use adapters::telemetry;
use axum::http::Method;
use belvo_simulator::{NewLink, Scenario};
use cli::world::{DEV_REFERENCE_KEY, DEV_WEBHOOK_AUTHORIZATION};
use serde_json::{Value, json};
use tests::{
    Office, Person, Reply, Session,
    mail::webhook,
    vault::{BELVO, REFERENCE, Trouble, Vault, WEBHOOKS},
};
use tracing::level_filters::LevelFilter;

const SUBJECT: &str = "canary-subject";
const NAME: &str = "Canaria Silveira";
const CPF: &str = "761.092.776-73";
const CPF_DIGITS: &str = "76109277673";
const EMAIL: &str = "canary.person@example.com";
const PHONE: &str = "+5511987654321";
const CARD: &str = "4111111111111111";
const CLABE: &str = "032180000118359719";
const ADDRESS: &str = "203.0.113.77";
const BANK_USER: &str = "canary-at-the-bank";

/// What anybody may have written in a text that Belvo or the widget passes on.
fn gossip() -> String {
    format!("{NAME} ({EMAIL}, {PHONE}) paid with {CARD} to {CLABE} from {ADDRESS}, CPF {CPF}")
}

/// All lines of the log.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().expect("one thread").clone()).expect("text")
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("one thread").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The kinds that must not be found in `text`.
fn found<'a>(secrets: &[(&'static str, &'a str)], text: &str) -> Vec<(&'static str, &'a str)> {
    secrets.iter().filter(|(_, secret)| text.contains(secret)).copied().collect()
}

#[test]
fn the_search_finds_what_is_there() {
    let secrets = [("card", CARD), ("e-mail", EMAIL)];
    assert_eq!(found(&secrets, &gossip()), secrets);
    assert_eq!(found(&secrets, "nothing"), []);
}

/// What is shown to somebody: by which door, and what.
#[derive(Default)]
struct Shown(Vec<(String, String)>);

impl Shown {
    fn add(&mut self, door: &str, text: impl Into<String>) {
        self.0.push((door.to_owned(), text.into()));
    }

    /// A refusal is looked through; a success is the user's own.
    fn refusal(&mut self, door: &str, reply: &Reply) {
        assert!(reply.status >= 400, "{door}: {}", reply.text);
        self.add(door, &reply.text);
    }
}

/// All secrets come from a Secrets Manager, which has older ones, too. A process that cannot have them says so first.
async fn with_a_vault(mut office: Office, shown: &mut Shown) -> (Office, Vault) {
    let vault = Vault::open().await;
    vault.put(BELVO, &json!({"id": "canary-before", "password": "canary-before"}));
    vault.put(REFERENCE, &json!({"key": "canary-before"}));
    vault.put_version(WEBHOOKS, json!({"SecretString": "Bearer canary-before"}));
    let refused = vault.opened_for(&office.story).await.expect_err("it does not start");
    shown.add("start", format!("{refused} {refused:?}"));
    vault.put(WEBHOOKS, &json!({"authorization": "Bearer canary-before"}));
    vault.furnish();
    let stack = vault.opened_for(&office.story).await.expect("it starts");
    office.story = office.story.over(stack);
    (office, vault)
}

/// Secrets are read again, and again, and cannot be read or used.
async fn in_the_vault(office: &Office, vault: &Vault, shown: &mut Shown) {
    let story = &office.story;
    let troubles = [Trouble::Refuses("AccessDeniedException", gossip()), Trouble::None];
    for trouble in troubles {
        vault.is_in(trouble);
        story.minutes(6);
        assert_eq!(story.gets_webhook(&json!({"webhook_id": "x"})).await.status, 200);
        assert_eq!(story.unregistered(SUBJECT).asks_for_a_session(&json!({})).await.status, 201);
        vault.put(BELVO, &json!({"id": "canary-to-come", "password": 1}));
        vault.put(WEBHOOKS, &json!({"authorization": "canary-to-come "}));
    }
    for metrics in vault.metrics() {
        shown.add("metrics", metrics.to_string());
    }
    vault.furnish();
    shown.add("debug", format!("{:?}", story.world.stack));
}

/// Everything that a user does, well and badly.
async fn by_the_app(ana: &Person<'_>, office: &Office, shown: &mut Shown) -> (Session, String) {
    let story = &office.story;
    let session =
        Session::of(&ana.asks_for_a_session(&json!({"consent_holder": {"cpf": CPF, "name": NAME}})).await);
    let link = ana.connects(&session, BANK_USER);
    assert_eq!(ana.reports(&session, &link).await.status, 201);
    let error = json!({"code": "login_error", "message": gossip()});
    let exit = json!({"type": "exit", "last_encountered_error": error, "note": gossip(), "meta_data": {"step": EMAIL}});
    assert_eq!(ana.forwards(&session, &exit).await.status, 200);
    for said in [json!({"type": "success", "link": EMAIL, "institution": NAME}), json!({"type": gossip()})] {
        shown.refusal("callback", &ana.forwards(&session, &said).await);
    }
    shown.refusal("callback of no session", &ana.forwards_to(CARD, &json!({"type": "exit"})).await);
    for body in [
        json!({"consent_holder": {"cpf": "761.092.776-70", "name": NAME}}),
        json!({"locale": EMAIL}),
        json!({"link_id": CLABE}),
        json!({gossip(): 1}),
    ] {
        shown.refusal("session", &ana.asks_for_a_session(&body).await);
    }
    for id in [EMAIL, CPF_DIGITS, CARD] {
        let body = json!({"external_id": id});
        let reply = story.call(Method::POST, "/users", "dev:ops:links:admin", &body).await;
        shown.refusal("import", &reply);
    }
    shown.refusal("claim", &ana.claims(CARD).await);
    shown.refusal("disconnect", &ana.disconnects(EMAIL).await);
    (session, link)
}

/// What Belvo says, and what is said in its name.
async fn by_belvo(office: &Office, link: &str, shown: &mut Shown) {
    let story = &office.story;
    let mut told = webhook("LINK", "invalid_credentials", link);
    told["data"] = json!({"error_message": gossip(), "email": EMAIL});
    assert_eq!(story.gets_webhook(&told).await.status, 200);
    let good = [DEV_WEBHOOK_AUTHORIZATION];
    assert_eq!(story.gets_post(&format!("{{{}", gossip()), &good).await.status, 200, "a dead letter");
    shown.refusal("webhook", &story.gets_post(&gossip(), &[&format!("Bearer {CARD}")]).await);
    story.plant(NewLink { external_id: Some("lk_nobody".to_owned()), ..NewLink::default() });
    story.follow_up().await;
    for name in ["object-errors", "outage", "html-200", "wrong-types", "too-many-sessions"] {
        story.world.belvo.play(&Scenario::named(name).expect("ready")).expect("played");
        let _broke_off = story.world.tick(&domain::sweep::Order::default()).await;
        let _broke_off = story.world.follow_up().await;
        let _broke_off = story.world.delete().await;
        let reply = story.unregistered(SUBJECT).asks_for_a_session(&json!({})).await;
        if reply.status >= 400 {
            shown.refusal(name, &reply);
        }
    }
    story.world.belvo.clear_faults();
}

/// What the program shows operators, and what they may have typed.
async fn by_operators(office: &Office, user: &str, link: &str, shown: &mut Shown) {
    for words in [
        format!("audit {user}"),
        format!("audit {user} --json"),
        format!("audit {link} --json"),
        "events --json".to_owned(),
        "webhooks".to_owned(),
        "webhooks --json".to_owned(),
        "report --json".to_owned(),
        "quarantine --json".to_owned(),
        "deletions --json".to_owned(),
        "erasures --json".to_owned(),
    ] {
        shown.add(&words, office.told(&words).await.unwrap_or_else(|refused| refused.to_string()));
    }
    for words in [format!("links {EMAIL}"), format!("sessions {CARD}"), format!("plan {CLABE}")] {
        if let Err(refused) = office.told(&words).await {
            shown.add(&words, telemetry::chain(&refused));
        }
    }
}

/// What stays in the table beside records: audit events, letters, reports.
async fn in_the_table(office: &Office, shown: &mut Shown) {
    let table = office.story.table().await;
    for kind in ["audit", "report", "plan", "sweep", "webhook", "session", "intent", "certificate", "erased"]
    {
        for item in table.of_kind(kind) {
            let waiting = kind == "webhook" && item["state"] == "waiting";
            if !waiting {
                shown.add(kind, item.to_string());
            }
        }
    }
}

/// What was known before the story began.
fn planted() -> Vec<(&'static str, String)> {
    let belvo = belvo_simulator::Settings::default();
    let key = DEV_REFERENCE_KEY.split_once(':').expect("a version").1;
    let fixed = [
        ("the app's own key of a user", SUBJECT),
        ("name", "Canaria"),
        ("CPF", CPF),
        ("CPF in digits", CPF_DIGITS),
        ("e-mail", "example.com"),
        ("phone", "987654321"),
        ("card", CARD),
        ("CLABE", CLABE),
        ("address", ADDRESS),
        ("user at the bank", BANK_USER),
        ("webhooks' Authorization", DEV_WEBHOOK_AUTHORIZATION),
        ("reference key", key),
    ];
    let mut all: Vec<_> = fixed.into_iter().map(|(kind, secret)| (kind, secret.to_owned())).collect();
    all.push(("bearer token", format!("dev:{SUBJECT}")));
    all.push(("Belvo's secret id", belvo.secret_id));
    all.push(("Belvo's secret password", belvo.secret_password));
    all
}

#[tokio::test]
async fn nothing_secret_and_nothing_personal_is_told_to_anybody_but_its_owner() {
    let log = Log::default();
    let written = log.clone();
    let subscriber = telemetry::written_to(move || written.clone(), LevelFilter::TRACE);
    let _listening = tracing::subscriber::set_default(subscriber);
    let mut shown = Shown::default();
    let (office, vault) = with_a_vault(Office::open().await, &mut shown).await;
    let ana = office.story.registered(SUBJECT).await;
    let (session, link) = by_the_app(&ana, &office, &mut shown).await;
    let record = office.story.at_belvo(&link).expect("there");
    by_belvo(&office, &link, &mut shown).await;
    in_the_vault(&office, &vault, &mut shown).await;
    by_operators(&office, &ana.external_id, &link, &mut shown).await;
    assert_eq!(ana.disconnects(&link).await.status, 202);
    office.story.delete_for(3).await;
    assert_eq!(ana.asks_for_erasure().await.status, 202);
    shown.refusal("after erasure", &ana.asks_for_links().await);
    office.story.sweep().await;
    in_the_table(&office, &mut shown).await;
    by_operators(&office, &ana.external_id, &link, &mut shown).await;

    let login = record.institution_user_id.expect("a login");
    let secrets = planted();
    let mut secrets: Vec<_> = secrets.iter().map(|(kind, secret)| (*kind, secret.as_str())).collect();
    secrets.extend([("value before", "canary-before"), ("value to come", "canary-to-come")]);
    secrets.extend([("login at the bank, hashed", login.as_str()), ("widget token", session.token.as_str())]);
    assert!(secrets.len() >= 14);
    for (door, text) in &shown.0 {
        assert_eq!(found(&secrets, text), [], "{door}: {text}");
    }
    let lines = log.text();
    assert!(lines.lines().count() > 30, "the log is heard: {lines}");
    assert!(lines.contains("was not read again"), "trouble with secrets is heard: {lines}");
    assert_eq!(found(&secrets, &lines), [], "{lines}");
    assert_eq!(found(&[("external_id", ana.external_id.as_str())], &lines), [], "{lines}");
    assert!(shown.0.iter().any(|(door, _)| door == "audit") && shown.0.len() > 40, "{}", shown.0.len());
    let dead = shown.0.iter().filter(|(door, text)| door == "webhook" && is_dead(text)).count();
    assert_eq!(dead, 1);
}

fn is_dead(item: &str) -> bool {
    serde_json::from_str::<Value>(item).is_ok_and(|item| item["state"] == "dead")
}
