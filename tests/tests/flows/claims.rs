//! Claims: the way out of quarantine for whoever made the link, and for nobody else.

use belvo_simulator::{Connect, Mode, NewLink, Status};
use domain::{
    claims::{By, Claimed, Wanted, claim},
    external_id::ExternalId,
    failure::Outage,
    values::LinkId,
};
use jiff::SignedDuration;
use tests::{Person, Story, person::is};
use tokio::join;

/// A link from yesterday that names this `external_id`, set aside by a sweep.
async fn set_aside(story: &Story, external_id: Option<&str>, login: &str) -> String {
    let link = story.plant(NewLink {
        external_id: external_id.map(str::to_owned),
        username: Some(login.to_owned()),
        created_at: Some(story.now() - SignedDuration::from_hours(24)),
        ..NewLink::default()
    });
    story.sweep().await;
    assert_ne!(story.table().await.quarantine(&link), "");
    link
}

/// An operator says that the link is this person's.
async fn given(story: &Story, link: &str, person: &Person<'_>) -> Result<Claimed, Outage> {
    let stack = &story.world.stack;
    let user = ExternalId::parse(person.external_id.clone()).expect("an id");
    let wanted = Wanted { user, link: LinkId::parse(link).expect("an id"), by: By::Operator };
    claim(&stack.store, &stack.provider, &stack.ambient, &stack.policy, &wanted).await
}

/// Everybody is refused alike, and nothing is changed.
async fn assert_refused(story: &Story, person: &Person<'_>, link: &str) {
    let before = story.table().await;
    let (reply, nowhere) =
        (person.claims(link).await, person.claims("0b6a1f3e-0000-4000-8000-000000000000").await);
    assert_eq!(reply.refusal(), (404, "not_found"));
    assert_eq!(reply.but_for_its_request_id(), nowhere.but_for_its_request_id());
    assert_eq!(story.table().await, before);
}

#[tokio::test]
async fn nobody_but_the_user_whom_it_names_can_claim_a_link() {
    let story = Story::begin().await;
    let (ana, bia) = (story.registered("ana").await, story.registered("bia").await);
    let link = set_aside(&story, Some(&ana.external_id), "bnk100").await;

    assert_refused(&story, &bia, &link).await;
    assert_refused(&story, &story.unregistered("caio"), &link).await;
    assert_eq!(given(&story, &link, &bia).await.expect("an answer"), Claimed::NotTheirs);
}

#[tokio::test]
async fn what_is_bound_or_waits_or_was_never_set_aside_is_not_to_be_claimed() {
    let story = Story::begin().await;
    let (ana, bia) = (story.registered("ana").await, story.registered("bia").await);
    let bound = ana.has_connected("bnk100").await;
    let young = ana.gets_planted("bnk101");

    assert_refused(&story, &bia, &bound).await;
    assert_refused(&story, &ana, &young).await;
}

#[tokio::test]
async fn a_link_that_is_gone_or_unconfirmed_at_belvo_is_not_to_be_claimed() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let gone = set_aside(&story, Some(&ana.external_id), "bnk100").await;
    let unconfirmed = set_aside(&story, Some(&ana.external_id), "bnk101").await;
    story.world.belvo.remove(&gone);
    story.world.belvo.set_status(&unconfirmed, Status::Unconfirmed);

    for link in [gone, unconfirmed] {
        assert_refused(&story, &ana, &link).await;
        assert_eq!(given(&story, &link, &ana).await.expect("an answer"), Claimed::NotTheirs);
    }
}

#[tokio::test]
async fn during_an_outage_the_app_is_told_to_come_back_and_later_the_claim_works() {
    let story = Story::begin().await;
    let (ana, bia) = (story.registered("ana").await, story.registered("bia").await);
    let link = set_aside(&story, Some(&ana.external_id), "bnk100").await;
    story.switch(|switches| switches.mode = Mode::Down);
    let before = story.table().await;

    let reply = ana.claims(&link).await;

    assert_eq!((reply.refusal(), reply.header("retry-after")), ((503, "belvo_unavailable"), "30"));
    assert_eq!(story.table().await, before);
    assert_refused(&story, &bia, &link).await;
    story.switch(|switches| switches.mode = Mode::Up);
    assert_eq!(ana.claims(&link).await.status, 201);
}

#[tokio::test]
async fn the_user_is_asked_claims_once_and_has_the_link_from_then_on() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let link = set_aside(&story, Some(&ana.external_id), "bnk100").await;
    assert_eq!(ana.opens().await.attention(), [is(&link, "claim")]);

    let (first, again) = (ana.claims(&link).await, ana.claims(&link).await);

    assert_eq!((first.status, first.state(), again.status), (201, "active", 200));
    assert_eq!(first.json, again.json);
    let session = ana.opens().await;
    assert_eq!((session.attention(), session.told("connected")), (vec![], vec![is(&link, "active")]));
    let table = story.table().await;
    assert_eq!((table.events("claim"), table.owner(&link)), (1, Some(ana.external_id.as_str())));
    assert!(table.link(&ana.external_id, &link)["session_id"].is_null());
    assert!(table.holder(&link)["reason"].is_null(), "nothing of the quarantine is left");
}

#[tokio::test]
async fn after_a_claim_a_sweep_changes_nothing() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let link = set_aside(&story, Some(&ana.external_id), "bnk100").await;
    let nameless = set_aside(&story, None, "bnk101").await;
    assert_eq!(ana.claims(&link).await.status, 201);
    assert!(matches!(given(&story, &nameless, &ana).await, Ok(Claimed::Bound(_))));
    let before = story.table().await.but_for_reports();

    for _ in 0..2 {
        story.minutes(30);
        assert!(story.sweep().await.counts.actions.is_empty());
    }

    assert_eq!(story.table().await.but_for_reports(), before);
}

#[tokio::test]
async fn a_link_that_names_nobody_is_an_operators_to_give() {
    let story = Story::begin().await;
    let (ana, bia) = (story.registered("ana").await, story.registered("bia").await);
    for (number, names) in
        [None, Some("ana@example.com"), Some("user_from_elsewhere")].into_iter().enumerate()
    {
        let link = set_aside(&story, names, &format!("bnk{number}")).await;
        assert_refused(&story, &ana, &link).await;

        assert!(matches!(given(&story, &link, &ana).await, Ok(Claimed::Bound(_))), "{names:?}");

        assert!(matches!(given(&story, &link, &ana).await, Ok(Claimed::Known(_))));
        assert_eq!(given(&story, &link, &bia).await.expect("an answer"), Claimed::NotTheirs);
        assert_eq!(ana.claims(&link).await.status, 200);
        assert_eq!(story.table().await.owner(&link), Some(ana.external_id.as_str()));
    }
    assert_eq!((ana.links().await.len(), story.table().await.events("claim")), (3, 3));
}

#[tokio::test]
async fn a_claimed_duplicate_leaves_one_account_connected() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let connected = ana.has_connected("bnk100").await;
    let older = set_aside(&story, Some(&ana.external_id), "bnk100").await;

    let reply = ana.claims(&older).await;

    assert_eq!((reply.status, reply.state()), (201, "superseded"));
    assert_eq!(ana.links().await, [is(&connected, "active")]);
}

#[tokio::test]
async fn the_claim_of_one_of_two_ambiguous_links_leaves_the_planted_one_where_it_is() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let session = ana.opens().await;
    let planted = ana.gets_planted("mule");
    let real = ana.connects_and_closes_the_app(&session, "bnk100");
    story.minutes(30);
    story.sweep().await;

    assert_eq!(ana.claims(&real).await.status, 201);
    story.minutes(30);
    story.sweep().await;

    let next = ana.opens().await;
    assert_eq!((next.told("connected"), next.told("recovered")), (vec![is(&real, "active")], vec![]));
    assert_eq!(next.attention(), [is(&planted, "claim")]);
    assert_eq!(ana.reports(&session, &real).await.status, 200, "a late callback");
    assert_eq!(ana.links().await, [is(&real, "active")]);
}

#[tokio::test]
async fn of_two_users_and_their_operators_at_once_one_gets_the_link() {
    let story = Story::begin().await;
    let (ana, bia) = (story.registered("ana").await, story.registered("bia").await);
    for round in 0..5 {
        let link = set_aside(&story, None, &format!("bnk{round}")).await;

        let (to_ana, to_bia, by_ana, by_bia) = join!(
            given(&story, &link, &ana),
            given(&story, &link, &bia),
            ana.claims(&link),
            bia.claims(&link)
        );

        let given = [to_ana, to_bia].map(|claimed| matches!(claimed, Ok(Claimed::Bound(_))));
        assert_eq!(given.iter().filter(|bound| **bound).count(), 1, "{given:?}");
        let owner = if given == [true, false] { &ana } else { &bia };
        assert_eq!(story.table().await.owner(&link), Some(owner.external_id.as_str()));
        for (person, reply) in [(&ana, by_ana), (&bia, by_bia)] {
            let allowed = if person.external_id == owner.external_id { vec![200, 404] } else { vec![404] };
            assert!(allowed.contains(&reply.status), "{}", reply.text);
        }
    }
    assert_eq!(story.table().await.events("claim"), 5);
}

#[tokio::test]
async fn of_claims_of_the_user_and_an_operator_at_once_one_binds_and_the_rest_know() {
    let story = Story::begin().await;
    let (ana, bia) = (story.registered("ana").await, story.registered("bia").await);
    let link = set_aside(&story, Some(&ana.external_id), "bnk100").await;

    let (one, other, operator, strangers, _) = join!(
        ana.claims(&link),
        ana.claims(&link),
        given(&story, &link, &ana),
        bia.claims(&link),
        story.sweep()
    );

    let bound = [one.status == 201, other.status == 201, matches!(operator, Ok(Claimed::Bound(_)))];
    assert_eq!(bound.iter().filter(|bound| **bound).count(), 1, "{bound:?}");
    assert!([one.status, other.status].iter().all(|status| [200, 201].contains(status)));
    assert_eq!((strangers.status, story.table().await.events("claim")), (404, 1));
}

#[tokio::test]
async fn a_link_that_names_nobody_can_be_updated_once_an_operator_gave_it_away() {
    let story = Story::begin().await;
    let ana = story.registered("ana").await;
    let link = set_aside(&story, None, "bnk100").await;
    assert!(matches!(given(&story, &link, &ana).await, Ok(Claimed::Bound(_))));
    story.world.belvo.set_status(&link, Status::Invalid);

    let update = ana.opens_update_mode(&link).await;
    ana.visits(&update, Connect { username: "bnk100".to_owned(), ..Connect::default() });

    assert_eq!(ana.reports(&update, &link).await.status, 200);
    assert_eq!(ana.links().await, [is(&link, "active")]);
}
