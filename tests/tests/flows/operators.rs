//! What sweeps leave to operators, through the command line that they type: reports, withheld plans, the
//! quarantine. I8: what a breaker held back is made by nobody but a person, and only as it was listed.

use aws_sdk_dynamodb::types::AttributeValue;
use belvo_simulator::NewLink;
use cli::world::TABLE;
use domain::{
    ports::{Ambient, Sweeps},
    sweep::SweepState,
};
use jiff::{SignedDuration, tz::TimeZone};
use tests::Office;

/// Six links of Ana's, of which two vanish: too few to be too many, but the listing has shrunk by a third. Names the
/// vanished.
async fn with_two_of_six_vanished(office: &Office) -> Vec<String> {
    let ana = office.story.registered("ana").await;
    let links: Vec<_> = (0..6).map(|login| ana.gets_planted(&format!("login-{login}"))).collect();
    office.story.minutes(30);
    office.story.sweep().await;
    assert!(links[..2].iter().all(|link| office.story.world.belvo.remove(link)));
    links[..2].to_vec()
}

/// The days in which everything happened, for a sweep that takes few calls to Belvo. A story may begin before midnight.
fn days(office: &Office) -> String {
    let now = office.story.now();
    let day = |at: jiff::Timestamp| at.to_zoned(TimeZone::UTC).date();
    let (from, to) = (day(now - SignedDuration::from_hours(2)), day(now + SignedDuration::from_hours(2)));
    format!("--from {from} --to {to}")
}

/// A sweep of those days.
async fn swept(office: &Office, flags: &str) -> serde_json::Value {
    let days = days(office);
    let told = office.objects(&format!("reconcile --json --grace 0 {days} {flags}")).await;
    told.last().expect("a report").clone()
}

/// The id of the plan that a sweep withheld.
async fn withheld(office: &Office) -> String {
    let report = swept(office, "").await;
    assert_eq!((&report["withheld"], &report["breakers"][0]), (&2.into(), &"shrunken_listing".into()));
    report["plan"].as_str().expect("a plan").to_owned()
}

#[tokio::test]
async fn a_withheld_plan_is_shown_confirmed_applied_and_never_applied_again() {
    let office = Office::open().await;
    let vanished = with_two_of_six_vanished(&office).await;
    let plan = withheld(&office).await;

    assert!(office.told("report").await.expect("a table").contains(&plan));
    assert!(office.told("report --csv --last 1").await.expect("lines").contains(&format!(",2,{plan},")));
    assert_eq!(office.objects("report --json --last 1").await[0]["plan"], *plan);
    assert_eq!(office.objects("plan --json").await[0]["plan"], *plan);
    let shown = office.told(&format!("plan {plan}")).await.expect("the plan");
    assert!(vanished.iter().all(|link| shown.contains(link)) && shown.contains("80 %"), "{shown}");
    assert_eq!(office.objects(&format!("plan {plan} --json")).await[0]["can_be_applied"], true);

    let before = office.story.table().await.but_for_reports();
    let elsewhere = office.refused(&format!("apply {plan} --yes --environment production")).await;
    assert!(elsewhere.contains("--environment local"), "{elsewhere}");
    assert_eq!(office.story.table().await.but_for_reports(), before);

    let applied = office.told(&format!("apply {plan} --yes --environment local")).await.expect("applied");
    assert!(applied.contains("2 changes were made"), "{applied}");
    assert_eq!(office.story.table().await.events("note_missing"), 2);
    let trail = office.objects(&format!("audit {} --json", vanished[0])).await;
    let told = trail.last().map(|last| (&last["plan_id"], &last["actor"], &last["evidence"]));
    assert_eq!(told, Some((&plan.clone().into(), &"operator".into(), &"not_found".into())));

    let after = office.story.table().await;
    let again = office.refused(&format!("apply {plan} --yes --environment local")).await;
    assert!(again.contains("applied already"), "{again}");
    assert_eq!(office.objects(&format!("plan {plan} --json")).await[0]["can_be_applied"], false);
    assert_eq!(office.story.table().await, after);
}

#[tokio::test]
async fn a_plan_whose_links_changed_since_is_refused_whole() {
    let office = Office::open().await;
    with_two_of_six_vanished(&office).await;
    let plan = withheld(&office).await;
    let ana = office.story.unregistered("ana");
    (0..4).for_each(|login| drop(ana.gets_planted(&format!("new-{login}")))); // now the listing is long enough
    office.story.minutes(25);
    office.story.sweep().await;
    let before = office.story.table().await;

    let refused = office.refused(&format!("apply {plan} --yes --environment local")).await;

    assert!(
        refused.contains("2 of its links changed") && refused.contains("linkkeeper reconcile"),
        "{refused}"
    );
    assert_eq!(office.story.table().await, before);
}

#[tokio::test]
async fn a_plan_is_refused_when_belvo_has_one_of_its_links_again() {
    let office = Office::open().await;
    let vanished = with_two_of_six_vanished(&office).await;
    let plan = withheld(&office).await;
    office.story.plant(NewLink { id: Some(vanished[0].clone()), ..NewLink::default() });
    let before = office.story.table().await.but_for_reports();

    let refused = office.refused(&format!("apply {plan} --yes --environment local")).await;

    assert!(refused.contains("Belvo has 1 of the links"), "{refused}");
    assert_eq!(office.story.table().await.but_for_reports(), before);
}

#[tokio::test]
async fn an_altered_plan_is_refused() {
    let office = Office::open().await;
    with_two_of_six_vanished(&office).await;
    let plan = withheld(&office).await;
    let client = office.story.world.engine.client();
    let altering = client
        .update_item()
        .table_name(TABLE)
        .key("pk", AttributeValue::S("PLAN".to_owned()))
        .key("sk", AttributeValue::S(plan.clone()))
        .update_expression("SET known = :other")
        .expression_attribute_values(":other", AttributeValue::N("600".to_owned()));
    altering.send().await.expect("the engine answers");
    let before = office.story.table().await;

    let refused = office.refused(&format!("apply {plan} --yes --environment local")).await;

    assert!(refused.contains("altered") && refused.contains("linkkeeper reconcile"), "{refused}");
    assert_eq!(office.story.table().await, before);
}

#[tokio::test]
async fn a_plan_that_does_not_exist_and_a_name_that_is_none_are_told() {
    let office = Office::open().await;
    let unknown = office.refused("apply plan_0123456789abcdef --yes --environment local").await;
    assert!(unknown.contains("no plan of that name"), "{unknown}");
    let none = office.refused("plan hunter2").await;
    assert!(none.contains("'plan_' and 16") && !none.contains("hunter2"), "{none}");
    assert_eq!(office.objects("plan --json").await.len(), 0);
}

#[tokio::test]
async fn a_rehearsal_lists_what_it_would_do_and_writes_nothing() {
    let office = Office::open().await;
    let ana = office.story.registered("ana").await;
    let link = ana.gets_planted("login");
    office.story.minutes(30);
    let before = office.story.table().await;

    let told = office.objects(&format!("reconcile --dry-run --json --grace 0 {}", days(&office))).await;

    let bind = told.iter().find(|step| step["action"] == "bind").expect("a step");
    assert_eq!(bind["link_id"], *link);
    assert_eq!(told.last().expect("a report")["dry_run"], true);
    assert_eq!(office.story.table().await, before);
}

#[tokio::test]
async fn a_sweep_that_takes_over_does_not_wait_for_the_one_at_work() {
    let office = Office::open().await;
    let store = &office.story.world.stack.store;
    let lease_until = Some(adapters::ambient::SystemAmbient.now() + SignedDuration::from_hours(1));
    let taken = SweepState { token: 1, lease_until, ..SweepState::default() };
    assert!(store.put_state(&taken, 0).await.expect("the store answers"));

    let report = swept(&office, "--take-over").await;

    assert_eq!(report["listed"], 0);
    assert_eq!(store.state().await.expect("the store answers").lease_until, None);
}

#[tokio::test]
async fn one_users_links_are_swept_by_the_apps_own_name() {
    let office = Office::open().await;
    let (ana, bia) = (office.story.registered("ana").await, office.story.registered("bia").await);
    let (anas, bias) = (ana.gets_planted("one"), bia.gets_planted("two"));

    let told = office.objects("reconcile --json --grace 0 --user ana").await;

    assert_eq!(told.iter().filter(|step| step["action"] == "bind").count(), 1);
    let table = office.story.table().await;
    assert_eq!((table.owner(&anas), table.owner(&bias)), (Some(ana.external_id.as_str()), None));
    assert!(matches!(office.told("reconcile --user nobody").await, Err(cli::failure::Failure::NoUser)));
}

#[tokio::test]
async fn the_quarantine_is_listed_the_longest_waiting_first() {
    let office = Office::open().await;
    assert!(office.told("quarantine").await.expect("a line").contains("empty"));
    let mut set_aside = Vec::new();
    for login in ["first", "second", "third"] {
        set_aside
            .push(office.story.plant(NewLink { username: Some(login.to_owned()), ..NewLink::default() }));
        office.story.minutes(25);
        office.story.sweep().await;
    }

    let listed = office.objects("quarantine --json").await;

    let links: Vec<_> = listed.iter().map(|link| link["link_id"].as_str().expect("an id")).collect();
    assert_eq!(links, set_aside);
    assert_eq!(office.objects("quarantine --json --most 2").await, listed[..2]);
    let table = office.told("quarantine").await.expect("a table");
    assert!(table.contains("Belvo's record names nobody") && table.contains("erebor_mx_retail"), "{table}");
}

#[tokio::test]
async fn every_user_is_listed_with_the_number_of_their_links() {
    let office = Office::open().await;
    let ana = office.story.registered("ana").await;
    ana.has_connected("bnk100").await;

    let users = office.objects("users --json").await;

    let links =
        |id: &str| users.iter().find(|user| user["external_id"] == *id).map(|user| user["links"].clone());
    assert_eq!((users.len(), links(&ana.external_id)), (2, Some(1.into())));
}
