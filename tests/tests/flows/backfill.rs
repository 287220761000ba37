//! Accounts from before: what a file says is so afterwards, for the user in front of the app and for nobody else.

use belvo_simulator::{NewLink, Status};
use domain::backfill::Tally;
use jiff::SignedDuration;
use tests::{Person, Session, Story, person::is};

/// A link from a year ago that names this `external_id`.
fn from_before(story: &Story, external_id: Option<&str>, login: &str) -> String {
    story.plant(NewLink {
        external_id: external_id.map(str::to_owned),
        username: Some(login.to_owned()),
        created_at: Some(story.now() - SignedDuration::from_hours(24 * 365)),
        ..NewLink::default()
    })
}

/// Ana, whom Belvo knows as `user_ana`, is brought in with her link.
async fn ana_from_before(story: &Story) -> (Person<'_>, String) {
    let link = from_before(story, Some("user_ana"), "bnk100");
    let (tally, told) = story.brings_in([format!("ana,user_ana,{link}").as_str()]).await;
    let expected = Tally { lines: 1, registered: 1, references: 1, adopted: 1, known: 0, bad: 0 };
    assert_eq!((tally, told.bad), (expected, vec![]));
    (story.unregistered("ana"), link)
}

/// One for each of the lines below.
const REASONS: [&str; 10] = [
    "the line is no record of reference, external_id and link_id",
    "neither external_id nor reference is given",
    "external_id takes only letters, numbers, '-' and '_'",
    "external_id may not start with 'lk_': that prefix is for ids minted here",
    "a link id is a UUID, 36 characters with hyphens",
    "Belvo has no such link",
    "the link is bound to another user",
    "Belvo's record of the link names another user",
    "the link was never confirmed at Belvo",
    "the reference is registered already under another external_id",
];

#[tokio::test]
async fn bad_lines_are_told_by_number_and_reason_and_the_others_go_on() {
    let story = Story::begin().await;
    let bia = story.registered("bia").await;
    let of_bia = bia.has_connected("bnk200").await;
    let named = from_before(&story, Some("user_other"), "bnk300");
    let unconfirmed = story.plant(NewLink {
        status: Some(Status::Unconfirmed),
        external_id: Some("user_ana".to_owned()),
        ..NewLink::default()
    });
    let link = from_before(&story, None, "bnk100");
    let before = story.table().await;

    let (tally, told) = story
        .brings_in([
            "ana,\"user_ana,",
            ",,",
            ",ana@example.com,",
            ",lk_ana,",
            "ana,user_ana,12345",
            "ana,user_ana,0b6a1f3e-0000-4000-8000-000000000000",
            &format!("ana,user_ana,{of_bia}"),
            &format!("ana,user_ana,{named}"),
            &format!("ana,user_ana,{unconfirmed}"),
            "bia,user_bia,",
        ])
        .await;

    assert_eq!(told.bad, (2..).zip(REASONS.map(str::to_owned)).collect::<Vec<_>>());
    assert_eq!(tally, Tally { lines: 10, bad: 10, ..Tally::default() });
    assert_eq!(story.table().await, before, "nothing of a bad line is brought in");

    let (tally, told) = story.brings_in(["ana,user ana,", &format!("ana,user_ana,{link}"), "bia,,"]).await;
    let expected = Tally { lines: 3, registered: 1, references: 1, adopted: 1, known: 0, bad: 1 };
    assert_eq!((tally, told.bad.len()), (expected, 1));
}

#[tokio::test]
async fn an_imported_user_logs_in_and_sees_the_link() {
    let story = Story::begin().await;
    let (ana, link) = ana_from_before(&story).await;

    let registered = ana.registers().await;

    assert_eq!((registered.status, registered.json["external_id"].as_str()), (200, Some("user_ana")));
    assert_eq!(ana.links().await, [is(&link, "active")]);
}

#[tokio::test]
async fn an_imported_user_connects_another_account() {
    let story = Story::begin().await;
    let (ana, link) = ana_from_before(&story).await;

    let session = ana.opens().await;
    assert_eq!(session.config["external_id"], "user_ana");
    assert_eq!(session.told("connected"), [is(&link, "active")]);
    let new = ana.connects(&session, "bnk101");
    assert_eq!(ana.reports(&session, &new).await.status, 201);
    assert_eq!(ana.reports(&session, &new).await.status, 200);

    let table = story.table().await;
    assert_eq!(table.owner(&new), Some("user_ana"));
    let mut both = [is(&link, "active"), is(&new, "active")];
    both.sort();
    assert_eq!(ana.links().await, both);
}

#[tokio::test]
async fn an_imported_user_gets_a_lost_link_back_and_logs_in_again_for_one() {
    let story = Story::begin().await;
    let (ana, link) = ana_from_before(&story).await;
    let session = ana.opens().await;
    let lost = ana.connects_and_closes_the_app(&session, "bnk101");

    assert_eq!(ana.opens().await.told("recovered"), [is(&lost, "active")]);

    story.world.belvo.set_status(&link, Status::Invalid);
    assert_eq!(ana.opens().await.attention(), [is(&link, "update_mode")]);
    let update = ana.opens_update_mode(&link).await;
    assert_eq!(update.config["external_id"], "user_ana");
    story.world.belvo.set_status(&link, Status::Valid);
    assert_eq!(ana.reports(&update, &link).await.status, 200);
    assert_eq!(ana.links().await.iter().filter(|(_, state)| state == "active").count(), 2);
}

/// Whoever else asks, and whatever they name.
async fn assert_nothing_to_be_had(stranger: &Person<'_>, session: &Session, link: &str) {
    assert_eq!(stranger.links().await, []);
    assert_eq!(stranger.reports(session, link).await.refusal(), (404, "not_found"));
    assert_eq!(stranger.claims(link).await.refusal(), (404, "not_found"));
}

#[tokio::test]
async fn no_other_user_of_the_app_gets_anything_of_an_imported_one() {
    let story = Story::begin().await;
    let (ana, link) = ana_from_before(&story).await;
    let bia = story.registered("bia").await;
    let session = ana.opens().await;

    assert_nothing_to_be_had(&bia, &session, &link).await;
    assert_nothing_to_be_had(&bia, &bia.opens().await, &link).await;
    let (_, told) = story.brings_in([format!("caio,user_ana,{link}").as_str(), "bia,user_ana,"]).await;
    let reasons = [
        (2, "the external_id belongs to another reference already".to_owned()),
        (3, "the reference is registered already under another external_id".to_owned()),
    ];
    assert_eq!(told.bad, reasons);
    assert_nothing_to_be_had(&bia, &session, &link).await;
    assert_eq!(story.unregistered("caio").asks_for_links().await.refusal(), (404, "not_found"));
}

#[tokio::test]
async fn a_link_that_a_sweep_had_set_aside_is_adopted_and_the_next_changes_nothing() {
    let story = Story::begin().await;
    let links = [from_before(&story, Some("user_ana"), "bnk100"), from_before(&story, None, "bnk101")];
    story.sweep().await;
    let [named, nobodys] = links.each_ref().map(String::as_str);
    let table = story.table().await;
    assert_eq!((table.quarantine(named), table.quarantine(nobodys)), ("unknown_user", "no_external_id"));

    let file = [format!("ana,user_ana,{named}"), format!("ana,user_ana,{nobodys}")];
    let (tally, _) = story.brings_in(file.each_ref().map(String::as_str)).await;

    assert_eq!((tally.registered, tally.adopted, tally.bad), (1, 2, 0));
    let before = story.table().await.but_for_reports();
    story.minutes(60);
    story.sweep().await;
    assert_eq!(story.table().await.but_for_reports(), before);
    assert_eq!(story.unregistered("ana").links().await.len(), 2);
    story.assert_nothing_is_lost().await;
}

#[tokio::test]
async fn where_lines_contradict_each_other_the_first_decides() {
    let story = Story::begin().await;
    let link = from_before(&story, None, "bnk100");
    let (tally, told) = story
        .brings_in([
            "ana,user_ana,",
            &format!("ana,,{link}"),
            "you,user_ana,",
            &format!(",user_bia,{link}"),
            "bia,,",
            "bia,user_bia,",
        ])
        .await;
    let expected = Tally { lines: 6, registered: 2, references: 1, adopted: 1, known: 0, bad: 3 };
    assert_eq!((tally, told.bad.iter().map(|(line, _)| *line).collect()), (expected, vec![4, 5, 7]));
    assert_eq!(story.unregistered("ana").links().await, [is(&link, "active")]);
}

#[tokio::test]
async fn of_two_links_to_one_account_the_newer_stays() {
    let story = Story::begin().await;
    let older = from_before(&story, Some("user_ana"), "bnk100");
    let newer = from_before(&story, Some("user_ana"), "bnk100");

    let lines = [format!("ana,user_ana,{newer}"), format!("ana,user_ana,{older}")];
    story.brings_in(lines.each_ref().map(String::as_str)).await;

    assert_eq!(story.unregistered("ana").links().await, [is(&newer, "active")]);
    assert_eq!(story.table().await.link("user_ana", &older)["state"], "superseded");
}

#[tokio::test]
async fn nothing_of_a_reference_is_stored_but_its_hash() {
    let story = Story::begin().await;
    story.brings_in(["ana-de-souza,user_7,"]).await;
    let table = format!("{:?}", story.table().await);
    assert!(!table.contains("souza") && table.contains("stands_for"), "{table}");
}
