//! Any number of callbacks, session starts and sweeps at once: conditions decide, and every one of them
//! gets an answer.

use tests::{Person, Reply, Session, Story, person::is};
use tokio::join;

fn statuses(mut replies: Vec<Reply>) -> Vec<u16> {
    replies.sort_by_key(|reply| std::cmp::Reverse(reply.status));
    replies.iter().map(|reply| reply.status).collect()
}

async fn six_times(person: &Person<'_>, session: &Session, link: &str) -> Vec<Reply> {
    let report = || person.reports(session, link);
    let (first, second, third, more) =
        join!(report(), report(), report(), async { join!(report(), report(), report()) });
    vec![first, second, third, more.0, more.1, more.2]
}

#[tokio::test]
async fn of_concurrent_callbacks_one_binds_and_the_rest_know() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let session = ana.opens().await;
    let link = ana.connects(&session, "bnk100");

    let replies = six_times(&ana, &session, &link).await;

    assert_eq!(statuses(replies), [201, 200, 200, 200, 200, 200]);
    let table = story.table().await;
    assert_eq!((table.events("bind"), &table.link(&ana.external_id, &link)["rev"]), (1, &1.into()));
}

#[tokio::test]
async fn of_concurrent_registrations_one_is_new() {
    let story = Story::begin().await;
    let ana = story.unregistered("ana");

    let (a, b, c) = join!(ana.registers(), ana.registers(), ana.registers());

    assert_eq!(statuses(vec![a, b, c]), [201, 200, 200]);
    assert_eq!(story.table().await.events("register"), 1);
}

#[tokio::test]
async fn a_callback_a_session_start_and_a_sweep_at_once_bind_a_link_once() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let session = ana.opens().await;
    let link = ana.connects(&session, "bnk100");
    story.minutes(30);

    let body = serde_json::json!({});
    let (reported, opened, _, _) =
        join!(ana.reports(&session, &link), ana.asks_for_a_session(&body), story.sweep(), story.sweep());

    assert!([200, 201].contains(&reported.status) && opened.status == 201);
    let table = story.table().await;
    assert_eq!((table.events("bind"), table.owner(&link)), (1, Some(ana.external_id.as_str())));
    assert_eq!(ana.links().await, [is(&link, "active")]);
}

#[tokio::test]
async fn callbacks_of_two_links_to_one_account_at_once_leave_one_connected() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let (first, second) = (ana.opens().await, ana.opens().await);
    let older = ana.connects(&first, "bnk100");
    let newer = ana.connects(&second, "bnk100");

    let (one, other) = join!(ana.reports(&first, &older), ana.reports(&second, &newer));

    assert_eq!((one.status, other.status), (201, 201));
    story.sweep().await;
    assert_eq!(ana.links().await, [is(&newer, "active")]);
}

#[tokio::test]
async fn of_two_users_who_name_one_link_at_once_its_maker_gets_it() {
    let story = Story::begin().await;
    let (ana, bia) = (story.registered("ana").await, story.registered("bia").await);
    let (hers, mine) = (ana.opens().await, bia.opens().await);
    let link = ana.connects(&hers, "bnk100");

    let (stolen, reported) = join!(bia.reports(&mine, &link), ana.reports(&hers, &link));

    assert_eq!((stolen.status, reported.status), (404, 201));
    assert_eq!(story.table().await.owner(&link), Some(ana.external_id.as_str()));
}
