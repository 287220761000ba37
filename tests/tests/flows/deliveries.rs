//! I4, I5 and I11 over the real handlers: each message (callback, webhook, tick) comes one to fifty times, in any order,
//! and again after accounts were disconnected and a user erased. The end is that of each message once and in order.

use std::collections::BTreeSet;

use belvo_simulator::Status;
use serde_json::{Value, json};
use tests::{Person, Story, mail::webhook, person::Session};

use super::disconnecting::on;

/// One message.
#[derive(Clone)]
enum Message {
    /// What the widget said in this session of this person.
    Callback(usize, Session, Value),
    /// Belvo's word.
    Webhook(Value),
    /// A tick of each schedule.
    Sweep,
    FollowUp,
    Delete,
}

/// Chance with a seed: the same every time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(bound).expect("small")).expect("small")
    }

    /// Each message one to fifty times, in any order.
    fn deliveries(&mut self, messages: &[Message]) -> Vec<Message> {
        let often = |message: &Message| matches!(message, Message::Callback(..) | Message::Webhook(_));
        let mut all: Vec<_> = messages
            .iter()
            .flat_map(|message| {
                let most = if often(message) { 50 } else { 5 };
                std::iter::repeat_n(message.clone(), 1 + self.below(most))
            })
            .collect();
        for place in (1..all.len()).rev() {
            all.swap(place, self.below(place + 1));
        }
        all
    }
}

/// What the widget says of a link that was made.
fn success(link: &str) -> Value {
    json!({"type": "success", "link": link, "institution": "erebor_mx_retail"})
}

/// Everything that is there before any message comes, and the messages.
async fn before(story: &Story, people: &[Person<'_>; 3]) -> Vec<Message> {
    story.switch(|switches| switches.rate_limit = None);
    let mut messages = Vec::new();
    let mut made = Vec::new();
    for (number, person) in people.iter().enumerate() {
        person.registers().await;
        for login in ["one", "two", "two", "broken"] {
            let session = person.opens().await;
            let link = person.connects(&session, &format!("{login}-{number}"));
            messages.push(Message::Callback(number, session, success(&link)));
            made.push(link);
            story.minutes(1);
        }
        let session = person.opens().await;
        let exit = json!({"type": "exit", "last_encountered_error": {"code": "login_error"}});
        messages.push(Message::Callback(number, session, exit));
        // somebody else's link, in a session of one's own
        let session = person.opens().await;
        messages.push(Message::Callback(number, session, success(&made[0])));
    }
    for (number, link) in made.iter().enumerate() {
        messages.push(Message::Webhook(webhook("ACCOUNTS", "historical_update", link)));
        if number % 4 == 3 {
            story.world.belvo.set_status(link, Status::Invalid);
            messages.push(Message::Webhook(webhook("LINK", "invalid_credentials", link)));
        }
    }
    let nobodys = story.plant(belvo_simulator::NewLink::default());
    messages.push(Message::Webhook(webhook("ACCOUNTS", "historical_update", &nobodys)));
    messages.push(Message::Webhook(webhook("LINK", "link_deleted", "0b6a1f3e-0000-4000-8000-00000000000a")));
    messages.push(Message::Webhook(webhook("ODD", "nobody_knows", &made[1])));
    messages.extend([Message::FollowUp, Message::Sweep, Message::Delete]);
    messages
}

async fn deliver(story: &Story, people: &[Person<'_>; 3], messages: &[Message]) {
    for message in messages {
        match message {
            Message::Callback(person, session, said) => {
                let status = people[*person].forwards(session, said).await.status;
                assert!([200, 201, 202, 404].contains(&status), "{status}");
            }
            Message::Webhook(body) => assert_eq!(story.gets_webhook(body).await.status, 200),
            Message::Sweep => drop(story.sweep().await),
            Message::FollowUp => drop(story.follow_up().await),
            Message::Delete => drop(story.world.delete().await.expect("a run")),
        }
    }
}

/// Lets everything come to rest.
async fn rest(story: &Story) {
    for _ in 0..3 {
        story.minutes(30);
        story.follow_up().await;
        story.sweep().await;
        story.delete_for(15).await;
    }
}

/// What is true in the end: nothing of when, how often and by which writer.
async fn truth(story: &Story) -> BTreeSet<String> {
    let table = story.table().await;
    let told = |item: &Value, fields: &[&str]| -> String {
        fields.iter().map(|field| format!("{field}={}", item[*field])).collect::<Vec<_>>().join(" ")
    };
    let of = |kind: &str, fields: &'static [&'static str]| -> Vec<String> {
        table.of_kind(kind).into_iter().map(|item| format!("{kind} {}", told(item, fields))).collect()
    };
    let mut all = BTreeSet::new();
    all.extend(of("link", &["external_id", "link_id", "state", "status", "session_id", "superseded_by"]));
    all.extend(of("owner", &["link_id", "external_id"]));
    all.extend(of("quarantine", &["link_id", "reason"]));
    all.extend(of("session", &["session_id", "made_link_id"]));
    all.extend(of("intent", &["link_id", "stage", "why"]));
    all.extend(of("erased", &["external_id", "due_at", "links"]));
    all.extend(of("user", &["external_id"]));
    all.extend(
        story.world.belvo.links().iter().map(|link| format!("at belvo {} {:?}", link.id, link.status)),
    );
    all
}

/// The whole story: with chance, or each message once and in order.
async fn told(mut chance: Option<Chance>) -> BTreeSet<String> {
    let story = Story::under(on()).await;
    let people = [story.unregistered("ana"), story.unregistered("bia"), story.unregistered("caio")];
    let messages = before(&story, &people).await;
    let mut ordered = |messages: &[Message]| match &mut chance {
        Some(chance) => chance.deliveries(messages),
        None => messages.to_vec(),
    };
    let first = ordered(&messages);
    deliver(&story, &people, &first).await;
    rest(&story).await;
    let shown = people[1].links().await;
    let (gone, _) = shown.first().expect("bia has links");
    assert_eq!(people[1].disconnects(gone).await.status, 202);
    assert_eq!(people[2].asks_for_erasure().await.status, 202);
    let again = ordered(&messages);
    deliver(&story, &people, &again).await;
    rest(&story).await;
    let last = ordered(&messages);
    deliver(&story, &people, &last).await;
    rest(&story).await;
    assert_eq!(people[2].asks_for_links().await.status, 404, "erased for good");
    assert!(!people[1].links().await.iter().any(|(link, _)| link == gone), "disconnected for good");
    truth(&story).await
}

#[tokio::test]
async fn however_often_and_in_whatever_order_messages_come_the_end_is_the_same() {
    let once = told(None).await;
    assert!(once.iter().any(|line| line.contains("superseded")), "{once:?}");
    for seed in [7, 1_772_445_600] {
        let often = told(Some(Chance(seed))).await;
        let differ: Vec<_> = once.symmetric_difference(&often).collect();
        assert!(differ.is_empty(), "seed {seed}: {differ:#?}");
    }
}
