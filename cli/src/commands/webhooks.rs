//! `linkkeeper webhooks`: what Belvo sent and what has become of it; `replay` has some of it worked again.

use std::io::Write;

use adapters::{ambient::SystemAmbient, config::Environment, dynamo::DynamoStore};
use domain::{
    ports::{Ambient, FiledWebhooks},
    values::{Code, ConsentId, LinkId},
    webhooks::{DeadReason, Webhook, WebhookId, WebhookState},
};
use jiff::{Timestamp, civil::Date};
use serde::Serialize;

use crate::{
    args::{Doing, Place, Replay, Webhooks, Which},
    belvo,
    commands::{reconcile::word, say},
    confirm::environment_of,
    data::{existing_store, ledger_of},
    failure::Failure,
};

/// Most webhooks of one state that are replayed at once.
const MOST: usize = 100_000;
const ALL: [WebhookState; 3] = [WebhookState::Waiting, WebhookState::Dead, WebhookState::Worked];

/// Lists them, or has some worked again.
pub(crate) async fn run(
    wanted: &Webhooks,
    environment: &Environment,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    if let Some(Doing::Replay(replay)) = &wanted.what {
        return self::replay(replay, environment, out).await;
    }
    let store = existing_store(&wanted.place, environment).await?;
    let most = usize::try_from(wanted.most).unwrap_or(usize::MAX);
    let found = find(&store, &wanted.which, &wanted.place, environment, most).await?;
    if wanted.json {
        for webhook in &found {
            say(out, serde_json::to_string(&Told::of(webhook)).map_err(Failure::request)?);
        }
    } else {
        say(out, table(&found));
        say(out, counts(&found));
    }
    Ok(())
}

/// The webhooks that are meant; without a word those that are not worked yet.
async fn find(
    store: &DynamoStore,
    which: &Which,
    place: &Place,
    environment: &Environment,
    most: usize,
) -> Result<Vec<Webhook>, Failure> {
    let links = match (&which.user, &which.link) {
        (Some(user), _) => {
            let ledger = ledger_of(store, user, place, environment).await?;
            Some(ledger.links.iter().map(|record| record.link_id).collect())
        }
        (None, Some(link)) => Some(vec![LinkId::parse(link)?]),
        (None, None) => None,
    };
    if let Some(links) = links {
        return Ok(store.webhooks_about(&links).await?);
    }
    let day = which.day.as_deref().map(day).transpose()?;
    let states = if day.is_some() { &ALL[..] } else { &ALL[..2] };
    let mut found = Vec::new();
    for state in states {
        found.extend(store.webhooks(*state, day, most).await?);
    }
    Ok(found)
}

/// A day as people write it.
fn day(text: &str) -> Result<Date, Failure> {
    let day = text.parse().ok().filter(|date: &Date| date.to_string() == text);
    day.ok_or_else(|| Failure::Value("a day is written as 2026-03-02".to_owned()))
}

async fn replay(asked: &Replay, environment: &Environment, out: &mut dyn Write) -> Result<(), Failure> {
    let id = asked.id.as_deref().map(WebhookId::parse).transpose()?;
    let store = existing_store(&asked.place, environment).await?;
    let mut found = find(&store, &asked.which, &asked.place, environment, MOST).await?;
    found.retain(|webhook| id.as_ref().is_none_or(|id| webhook.id == *id));
    let now = SystemAmbient.now();
    let all = found.len();
    let revived: Vec<_> = found.into_iter().filter_map(|webhook| webhook.revived(now)).collect();
    if revived.is_empty() {
        return Err(Failure::NothingToReplay);
    }
    let settings = belvo::settings(&asked.place, None, environment).await?;
    let place = environment_of(&asked.place, &settings);
    asked.consent.obtain(&place, &format!("have {} webhooks worked again", revived.len()))?;
    let mut done = 0;
    for webhook in &revived {
        done += usize::from(store.settle(webhook).await?);
    }
    say(out, format_args!("{done} of {all} webhooks wait to be worked again."));
    Ok(())
}

/// A webhook as it is told: no text of Belvo's.
#[derive(Serialize)]
struct Told<'a> {
    webhook: &'a WebhookId,
    state: WebhookState,
    received_at: Timestamp,
    due_at: Option<Timestamp>,
    link_id: Option<LinkId>,
    r#type: Option<&'a Code>,
    code: Option<&'a Code>,
    consent_id: Option<ConsentId>,
    attempts: u32,
    reason: Option<DeadReason>,
}

impl<'a> Told<'a> {
    fn of(webhook: &'a Webhook) -> Self {
        let said = webhook.said.as_ref();
        Self {
            webhook: &webhook.id,
            state: webhook.state,
            received_at: webhook.received_at,
            due_at: (webhook.state == WebhookState::Waiting).then_some(webhook.due_at),
            link_id: webhook.link_id,
            r#type: said.map(|said| &said.kind),
            code: said.map(|said| &said.code),
            consent_id: said.and_then(|said| said.consent),
            attempts: webhook.attempts,
            reason: webhook.reason,
        }
    }
}

fn table(webhooks: &[Webhook]) -> String {
    if webhooks.is_empty() {
        return "No webhooks here.".to_owned();
    }
    let row = |webhook: &Webhook| {
        let said = webhook.said.as_ref();
        [
            webhook.id.to_string(),
            word(webhook.state),
            format!("{:.0}", webhook.received_at),
            said.map_or_else(|| "not read".to_owned(), |said| format!("{} {}", said.kind, said.code)),
            webhook.link_id.map_or_else(|| "-".to_owned(), |link| link.to_string()),
            note(webhook),
        ]
    };
    super::table(["webhook", "state", "received", "says", "link", "note"], webhooks.iter().map(row))
}

fn note(webhook: &Webhook) -> String {
    match (webhook.state, webhook.reason) {
        (WebhookState::Dead, Some(DeadReason::Unreadable)) => "cannot be read".to_owned(),
        (WebhookState::Dead, _) => format!("failed {} times", webhook.attempts),
        (WebhookState::Waiting, _) => format!("due at {:.0}", webhook.due_at),
        (WebhookState::Worked, _) => String::new(),
    }
}

fn counts(webhooks: &[Webhook]) -> String {
    let of = |state| webhooks.iter().filter(|webhook| webhook.state == state).count();
    let counts = ALL.map(|state| format!("{} {}", of(state), word(state)));
    counts.join(", ")
}

#[cfg(test)]
mod tests {
    use domain::webhooks::Said;

    use super::*;

    fn webhook() -> Webhook {
        let link = LinkId::parse("0b6a1f3e-0000-4000-8000-00000000000a").expect("an id");
        Webhook::new(b"ana@example.com", Some(link), Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn a_webhook_is_told_without_its_text() {
        let code = |raw| Code::parse(raw).expect("a word");
        let said = Some(Said { kind: code("LINK"), code: code("token_required"), consent: None });
        let dead = Webhook { said, ..webhook() }.died(Timestamp::UNIX_EPOCH, DeadReason::Failed);
        let all = [webhook(), dead];
        let json = all.iter().map(|webhook| serde_json::to_string(&Told::of(webhook)).expect("JSON"));
        let told = format!("{} {}", table(&all), json.collect::<String>());
        assert!(!told.contains("example.com"), "{told}");
        for expected in ["wh_", "waiting", "dead", "token_required", "0b6a1f3e", "not read"] {
            assert!(told.contains(expected), "{expected}: {told}");
        }
        assert_eq!(counts(&all), "1 waiting, 1 dead, 0 worked");
    }

    #[test]
    fn a_day_is_a_day_and_nothing_else() {
        assert!(day("2026-03-02").is_ok());
        for bad in ["", "yesterday", "2026-3-2", "2026-02-30", "2026-03-02T10:00"] {
            assert!(day(bad).is_err(), "{bad}");
        }
    }
}
