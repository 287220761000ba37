//! The same while Belvo cannot be asked: whoever names a link then waits, and what waits is not theirs.

use belvo_simulator::Mode;
use tests::Story;

use super::{
    belongings::furnished,
    matrix::{USERS, no_links},
};

#[tokio::test]
async fn during_an_outage_a_strangers_link_waits_like_one_that_never_was() {
    let story = Story::begin().await;
    let all = furnished(&story, USERS).await;
    let bia = story.unregistered("bia");
    let (session, other) = (bia.opens().await, bia.opens().await);
    let invented = no_links(1).remove(0);
    story.switch(|switches| switches.mode = Mode::Down);

    let stolen = bia.reports(&session, &all[0].links[0]).await;
    let invented_too = bia.reports(&other, &invented).await;

    assert_eq!((stolen.status, invented_too.status), (202, 202));
    let but_for_the_id = |reply: &tests::Reply, id: &str| {
        let mut json = reply.json.clone();
        json["last_observed_at"] = "…".into();
        json.to_string().replace(id, "…")
    };
    assert_eq!(but_for_the_id(&stolen, &all[0].links[0]), but_for_the_id(&invented_too, &invented));
}

#[tokio::test]
async fn what_a_stranger_named_during_an_outage_stays_its_owners() {
    let story = Story::begin().await;
    let all = furnished(&story, USERS).await;
    let (ana, bia) = (&all[0], story.unregistered("bia"));
    let ana_has = vec![format!("USER#{}", ana.external_id), format!("LINK#{}", ana.links[0])];
    let before = story.table().await.partitions(&ana_has);
    let session = bia.opens().await;
    story.switch(|switches| switches.mode = Mode::Throttled);
    assert_eq!(bia.reports(&session, &ana.links[0]).await.status, 202);
    assert_eq!(story.table().await.partitions(&ana_has), before, "while it waits");

    story.switch(|switches| switches.mode = Mode::Up);
    story.minutes(2); // after throttling nobody calls for a minute
    assert_eq!(bia.reports(&session, &ana.links[0]).await.refusal(), (404, "not_found"));
    bia.opens().await;

    let after = story.table().await;
    assert_eq!(after.partitions(&ana_has), before);
    assert_eq!(after.owner(&ana.links[0]), Some(ana.external_id.as_str()));
    story.minutes(30);
    story.sweep().await;
    let after = story.table().await;
    assert_eq!(after.owner(&ana.links[0]), Some(ana.external_id.as_str()));
    assert_eq!(after.link(&bia.external_id, &ana.links[0])["state"], "gone", "dropped for the stranger");
}
