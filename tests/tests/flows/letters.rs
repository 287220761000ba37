//! Webhooks and sessions as an operator sees them, through the command line that they type.

use belvo_simulator::Status;
use cli::world::DEV_WEBHOOK_AUTHORIZATION;
use serde_json::json;
use tests::{Office, mail::webhook, person::is};

const NOBODYS: &str = "0b6a1f3e-0000-4000-8000-00000000000a";

#[tokio::test]
async fn webhooks_are_listed_counted_and_told_without_their_text() {
    let office = Office::open().await;
    let ana = office.story.registered("ana").await;
    let link = ana.has_connected("bnk100").await;
    assert!(office.told("webhooks").await.expect("a list").contains("No webhooks here."));
    office.story.gets_post("ana@example.com {", &[DEV_WEBHOOK_AUTHORIZATION]).await;
    office.story.gets_webhook(&webhook("LINK", "token_required", &link)).await;
    office.story.follow_up().await;
    office.story.gets_webhook(&webhook("ACCOUNTS", "historical_update", NOBODYS)).await;

    let open = office.told("webhooks").await.expect("a list");
    assert!(open.contains("1 waiting, 1 dead, 0 worked") && open.contains("cannot be read"), "{open}");
    let of_ana = office.objects("webhooks --user ana --json").await;
    let told = (of_ana.len(), &of_ana[0]["state"], &of_ana[0]["type"], &of_ana[0]["code"]);
    assert_eq!(told, (1, &json!("worked"), &json!("LINK"), &json!("token_required")));
    assert_eq!(office.objects(&format!("webhooks --link {NOBODYS} --json")).await.len(), 1);
    let today = of_ana[0]["received_at"].as_str().expect("a time")[..10].to_owned();
    let day = office.told(&format!("webhooks --day {today}")).await.expect("a list");
    for told in [&open, &day, &json!(of_ana).to_string()] {
        assert!(!told.contains("example.com") && !told.contains("nothing of this is kept"), "{told}");
    }
    assert!(office.refused("webhooks --day yesterday").await.contains("2026-03-02"));
}

#[tokio::test]
async fn a_webhook_is_worked_again_when_an_operator_says_so_and_says_where() {
    let office = Office::open().await;
    let ana = office.story.registered("ana").await;
    let link = ana.has_connected("bnk100").await;
    office.story.gets_webhook(&webhook("LINK", "invalid_credentials", &link)).await;
    assert_eq!(office.story.follow_up().await.webhooks.refreshed, 0, "a hint that was not true");
    office.story.world.belvo.set_status(&link, Status::Invalid);

    let elsewhere = office.refused("webhooks replay --user ana --yes --environment production").await;
    assert!(elsewhere.contains("--environment local"), "{elsewhere}");
    let id =
        office.objects("webhooks --user ana --json").await[0]["webhook"].as_str().expect("an id").to_owned();
    let not_there = office.refused(&format!("webhooks replay --id {id} --yes --environment local")).await;
    assert!(not_there.contains("no such webhook"), "worked ones are named with their link: {not_there}");
    let words = format!("webhooks replay --link {link} --id {id} --yes --environment local");
    assert!(office.told(&words).await.expect("replayed").contains("1 of 1 webhooks"));
    office.story.minutes(70); // the operator's clock is the real one, an hour ahead of the story's
    assert_eq!(office.story.follow_up().await.webhooks.refreshed, 1);
    assert_eq!(ana.links().await, [is(&link, "needs_update")]);
}

#[tokio::test]
async fn what_could_not_be_read_cannot_be_worked_again() {
    let office = Office::open().await;
    office.story.gets_post("{", &[DEV_WEBHOOK_AUTHORIZATION]).await;
    office.story.follow_up().await;
    let id = office.objects("webhooks --json").await[0]["webhook"].as_str().expect("an id").to_owned();
    let refused = office.refused(&format!("webhooks replay --id {id} --yes --environment local")).await;
    assert!(refused.contains("none that could be read"), "{refused}");
    assert!(office.refused("webhooks replay --id nonsense --yes --environment local").await.contains("wh_"));
}

#[tokio::test]
async fn sessions_are_told_by_how_they_ended_and_never_by_their_token() {
    let office = Office::open().await;
    let ana = office.story.registered("ana").await;
    let link = ana.has_connected("bnk100").await;
    let (left, silent) = (ana.opens().await, ana.opens().await);
    let exit = json!({"type": "exit", "last_encountered_error": {"code": "login_error"}});
    ana.forwards(&left, &exit).await;

    let sessions = office.objects("sessions ana --json").await;
    let of = |id: &str| sessions.iter().find(|told| told["session_id"] == id).expect("told").clone();
    assert_eq!((&of(&left.id)["state"], &of(&left.id)["code"]), (&json!("ended"), &json!("login_error")));
    assert_eq!(of(&silent.id)["state"], "abandoned", "an hour ago, by the operator's clock");
    let made = sessions.iter().find(|told| told["state"] == "made").expect("one made a link");
    assert_eq!(made["made_link_id"], *link);
    let table = office.told("sessions ana").await.expect("a list");
    for session in [&left, &silent] {
        assert!(table.contains(&session.id) && !table.contains(&session.token), "{table}");
    }
}
