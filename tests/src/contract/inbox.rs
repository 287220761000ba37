//! Rules of [`Inbox`](domain::ports::Inbox) and [`FiledWebhooks`](domain::ports::FiledWebhooks): a webhook is kept once, found until it is worked, and
//! changed by whoever saw it last.

use domain::{
    values::Code,
    webhooks::{DeadReason, Said, Webhook, WebhookState},
};
use jiff::civil::date;

use super::{
    Store,
    samples::{at, binding, bound, link_id, registered, writer},
};

/// The webhook of this number about this link, as it came so many seconds after the stories begin.
fn webhook(number: u32, link: Option<u32>, received: i64) -> Webhook {
    Webhook::new(format!("a body {number}").as_bytes(), link.map(link_id), at(received))
}

fn said() -> Said {
    let word = |word| Code::parse(word).expect("a word");
    Said { kind: word("LINK"), code: word("token_required"), consent: None }
}

async fn filed(store: &impl Store, webhooks: &[Webhook]) {
    for webhook in webhooks {
        assert!(store.file(webhook).await.expect("up"), "it is new");
    }
}

/// However often, and by however many at once.
pub async fn a_webhook_is_filed_once(store: &impl Store) {
    let one = webhook(1, Some(1), 0);
    let later = Webhook { received_at: at(60), due_at: at(60), ..one.clone() };
    let (first, second) = tokio::join!(store.file(&one), store.file(&one));
    assert_ne!(first.expect("up"), second.expect("up"));
    assert!(!store.file(&later).await.expect("up"));
    assert_eq!(store.webhooks_about(&[link_id(1)]).await.expect("up"), std::slice::from_ref(&one));
    let worked = one.worked(at(70));
    assert!(store.settle(&worked).await.expect("up"));
    assert!(!store.file(&later).await.expect("up"), "whatever became of it");
    assert_eq!(store.webhooks_about(&[link_id(1)]).await.expect("up"), [worked]);
}

/// And without those whose time has not come.
pub async fn waiting_webhooks_are_told_longest_due_first(store: &impl Store) {
    let later = webhook(4, Some(4), 1).put_off(at(500));
    let all = [webhook(1, Some(1), 30), webhook(2, None, 10), webhook(3, Some(3), 20)];
    filed(store, &all).await;
    assert!(store.file(&Webhook { revision: 1, ..later.clone() }).await.expect("up"));
    let due = store.due_webhooks(at(30), 9).await.expect("up");
    assert_eq!(due, [all[1].clone(), all[2].clone(), all[0].clone()]);
    assert_eq!(store.due_webhooks(at(30), 2).await.expect("up"), due[..2]);
    assert_eq!(store.due_webhooks(at(9), 9).await.expect("up"), []);
    assert_eq!(store.due_webhooks(at(500), 9).await.expect("up").len(), 4);
}

/// In every form that one can have.
pub async fn a_webhook_is_read_as_it_was_settled(store: &impl Store) {
    let mut kept = webhook(1, Some(1), 0);
    filed(store, std::slice::from_ref(&kept)).await;
    let forms: [fn(Webhook) -> Webhook; 5] = [
        |webhook| Webhook { said: Some(said()), ..webhook }.put_off(at(100)),
        |webhook| Webhook { attempts: 3, ..webhook }.put_off(at(200)),
        |webhook| webhook.died(at(300), DeadReason::Failed),
        |webhook| webhook.revived(at(400)).expect("it was read"),
        |webhook| webhook.worked(at(500)),
    ];
    for form in forms {
        kept = form(kept);
        assert!(store.settle(&kept).await.expect("up"));
        assert_eq!(store.webhooks_about(&[link_id(1)]).await.expect("up"), [kept.clone()]);
    }
}

/// Two ticks may work at the same one.
pub async fn of_two_who_settle_a_webhook_one_is_late(store: &impl Store) {
    let one = webhook(1, Some(1), 0);
    assert!(!store.settle(&one.clone().worked(at(1))).await.expect("up"), "there is none");
    filed(store, std::slice::from_ref(&one)).await;
    let (worked, dead) = (one.clone().worked(at(1)), one.died(at(1), DeadReason::Failed));
    let (first, second) = tokio::join!(store.settle(&worked), store.settle(&dead));
    assert_ne!(first.expect("up"), second.expect("up"));
}

/// By what became of them, and by the day.
pub async fn webhooks_are_listed_by_state_and_day(store: &impl Store) {
    let day = 24 * 60 * 60;
    let all: Vec<_> = (0..6).map(|number| webhook(number, Some(1), i64::from(number % 2) * day)).collect();
    filed(store, &all).await;
    for webhook in &all[2..4] {
        assert!(store.settle(&webhook.clone().worked(at(2 * day))).await.expect("up"));
    }
    for webhook in &all[4..6] {
        assert!(store.settle(&webhook.clone().died(at(2 * day), DeadReason::Unreadable)).await.expect("up"));
    }
    for state in [WebhookState::Waiting, WebhookState::Worked, WebhookState::Dead] {
        let listed = store.webhooks(state, None, 9).await.expect("up");
        assert_eq!(listed.iter().map(|webhook| webhook.state).collect::<Vec<_>>(), [state, state]);
        assert_eq!(store.webhooks(state, None, 1).await.expect("up").len(), 1);
        for (on, received) in [(date(2026, 3, 2), at(0)), (date(2026, 3, 3), at(day))] {
            let listed = store.webhooks(state, Some(on), 9).await.expect("up");
            assert_eq!(listed.iter().map(|webhook| webhook.received_at).collect::<Vec<_>>(), [received]);
        }
        assert_eq!(store.webhooks(state, Some(date(2026, 3, 4)), 9).await.expect("up"), []);
    }
}

/// A link's owner and record lie elsewhere.
pub async fn webhooks_lie_beside_their_link_and_harm_nothing_there(store: &impl Store) {
    let ana = registered(store, "ana").await;
    filed(store, &[webhook(1, Some(1), 0), webhook(2, Some(2), 0)]).await;
    store.commit(&binding(&ana, 1, writer(1))).await.expect("nobody has it");
    assert_eq!(store.markers(&[link_id(1), link_id(2)]).await.expect("up").len(), 1);
    let known = [(ana.clone(), link_id(1)), (ana.clone(), link_id(2))];
    assert_eq!(store.records(&known).await.expect("up"), [bound(&ana, 1)]);
    assert_eq!(store.records(&[]).await.expect("up"), []);
    let about = store.webhooks_about(&[link_id(2), link_id(3)]).await.expect("up");
    assert_eq!(about, [webhook(2, Some(2), 0)]);
}

/// A list of what waits tells when each is due, not when it came.
pub async fn of_a_day_as_many_are_listed_as_were_asked_for(store: &impl Store) {
    let day = 24 * 60 * 60;
    let came = [0, day, 0, day];
    let all: Vec<_> = (0..).zip(came).map(|(number, at)| webhook(number, Some(1), at)).collect();
    filed(store, &all).await;
    for webhook in &all[..1] {
        assert!(store.settle(&webhook.clone().put_off(at(9 * day))).await.expect("up"), "due last of all");
    }
    let listed = store.webhooks(WebhookState::Waiting, Some(date(2026, 3, 3)), 1).await.expect("up");
    assert_eq!(listed.iter().map(|webhook| webhook.received_at).collect::<Vec<_>>(), [at(day)]);
    let listed = store.webhooks(WebhookState::Waiting, Some(date(2026, 3, 2)), 1).await.expect("up");
    assert_eq!(listed, all[2..3], "of those of a day, the one that is due first");
}

/// Who asks by hand may name a link twice.
pub async fn what_is_asked_for_twice_is_told_once(store: &impl Store) {
    let ana = registered(store, "ana").await;
    filed(store, &[webhook(1, Some(1), 0)]).await;
    store.commit(&binding(&ana, 1, writer(1))).await.expect("nobody has it");
    let about = store.webhooks_about(&[link_id(1), link_id(1)]).await.expect("up");
    assert_eq!(about, [webhook(1, Some(1), 0)]);
    let known = [(ana.clone(), link_id(1)), (ana.clone(), link_id(1))];
    assert_eq!(store.records(&known).await.expect("up"), [bound(&ana, 1)]);
}
