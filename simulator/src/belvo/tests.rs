//! The handle: what is planted, kept and changed behind the counter.

use super::*;
use crate::testing::{Hand, World, counted};

#[test]
fn what_is_not_there_is_neither_changed_nor_removed() {
    let belvo = World::new().belvo;
    assert!(!belvo.set_status("x", Status::Invalid) && !belvo.remove("x"));
}

#[tokio::test]
async fn a_killed_simulator_still_has_its_links_and_open_widgets() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("belvo.json");
    let hand = Hand::new();
    let open = || Belvo::open(Settings::default(), hand.clock(), counted(), &path).unwrap();

    let mut world = World { belvo: open(), hand: hand.clone() };
    let planted = world.belvo.plant(NewLink::default());
    let token = world.token(serde_json::json!({})).await;
    assert!(!std::fs::read_to_string(&path).unwrap().contains(&token));

    // Letting go of the first one writes nothing: whatever is there was there before.
    let before = std::fs::read(&path).unwrap();
    world.belvo = World::new().belvo;
    assert_eq!(std::fs::read(&path).unwrap(), before);

    let again = open();
    assert_eq!(again.links(), [planted]);
    let visit = Connect {
        access_token: token,
        institution: "erebor_mx_retail".to_owned(),
        username: "bnk100".to_owned(),
        password: "full".to_owned(),
        ..Connect::default()
    };
    assert!(matches!(again.connect(visit), Connected::Success { .. }));
    assert_eq!(again.links().len(), 2);
}

#[test]
fn a_planted_link_says_what_was_said_and_the_rest_is_sensible() {
    let belvo = World::new().belvo;
    let named = |username: &str| NewLink { username: Some(username.to_owned()), ..NewLink::default() };
    let (one, two) = (belvo.plant(named("ana")), belvo.plant(named("ana")));
    assert_eq!(one.institution_user_id, two.institution_user_id);
    assert_ne!(belvo.plant(NewLink::default()).institution_user_id, one.institution_user_id);
    assert_eq!((one.status, one.external_id), (Status::Valid, None));
    assert_eq!(one.created_at, belvo.now());
}
