//! I1: who becomes a link's owner, under both values of `BINDING_PROOF`.

use belvo_simulator::NewLink;
use domain::policy::BindingProof;
use tests::{Story, person::is, story::BOTH_PROOFS};

#[tokio::test]
async fn a_reported_link_is_its_users_under_either_proof() {
    for proof in BOTH_PROOFS {
        let story = Story::proven_by(proof).await;
        let ana = story.registered("ana").await;

        let link = ana.has_connected("bnk100").await;

        assert_eq!(story.table().await.owner(&link), Some(ana.external_id.as_str()), "{proof:?}");
        story.assert_every_owner_is_proven().await;
    }
}

#[tokio::test]
async fn an_orphan_is_recovered_under_either_proof() {
    for proof in BOTH_PROOFS {
        let story = Story::proven_by(proof).await;
        let ana = story.registered("ana").await;
        let session = ana.opens().await;
        let orphan = ana.connects_and_closes_the_app(&session, "bnk100");

        story.minutes(30);
        story.sweep().await;

        assert_eq!(ana.links().await, [is(&orphan, "active")], "{proof:?}");
    }
}

#[tokio::test]
async fn a_link_made_with_a_token_of_the_apps_own_counts_only_where_the_app_says_so() {
    for (proof, bound) in [(BindingProof::Session, false), (BindingProof::ExternalId, true)] {
        let story = Story::proven_by(proof).await;
        let ana = story.registered("ana").await;
        let link = ana.gets_planted("bnk100");

        story.minutes(30);
        story.sweep().await;

        let table = story.table().await;
        assert_eq!(table.owner(&link).is_some(), bound, "{proof:?}");
        assert_eq!(table.quarantine(&link), if bound { "" } else { "no_session" });
    }
}

#[tokio::test]
async fn such_a_link_is_found_at_a_session_start_too() {
    for (proof, list) in [(BindingProof::Session, "needs_attention"), (BindingProof::ExternalId, "recovered")]
    {
        let story = Story::proven_by(proof).await;
        let ana = story.registered("ana").await;
        let link = ana.gets_planted("bnk100");
        story.minutes(30);

        let session = ana.opens().await;

        let told: Vec<_> = session.told(list).into_iter().map(|(id, _)| id).collect();
        assert_eq!(told, [link], "{proof:?}");
    }
}

#[tokio::test]
async fn no_proof_binds_a_link_that_names_nobody_of_ours() {
    for proof in BOTH_PROOFS {
        let story = Story::proven_by(proof).await;
        story.registered("ana").await;
        let nameless = story.plant(NewLink::default());
        let unknown = story.unregistered("nobody").gets_planted("bnk100");

        story.minutes(30);
        story.sweep().await;

        let table = story.table().await;
        assert_eq!(table.quarantine(&nameless), "no_external_id", "{proof:?}");
        assert_eq!(table.quarantine(&unknown), "unknown_user", "{proof:?}");
        story.assert_nothing_is_lost().await;
    }
}

#[tokio::test]
async fn a_reported_link_without_external_id_is_set_aside_under_either_proof() {
    for proof in BOTH_PROOFS {
        let story = Story::proven_by(proof).await;
        let ana = story.registered("ana").await;
        let mut session = ana.opens().await;
        session.config["external_id"] = "ana@example.com".into();
        let link = ana.connects(&session, "bnk100");

        let reply = ana.reports(&session, &link).await;

        assert_eq!((reply.status, reply.state()), (202, "quarantined"), "{proof:?}");
        assert_eq!(story.table().await.quarantine(&link), "no_external_id");
        assert_eq!(ana.links().await, []);
    }
}

#[tokio::test]
async fn nobody_gets_another_users_link_under_either_proof() {
    for proof in BOTH_PROOFS {
        let story = Story::proven_by(proof).await;
        let (ana, bia) = (story.registered("ana").await, story.registered("bia").await);
        let (hers, mine) = (ana.opens().await, bia.opens().await);
        let link = ana.connects(&hers, "bnk100");

        let stolen = bia.reports(&mine, &link).await;

        assert_eq!(stolen.refusal(), (404, "not_found"), "{proof:?}");
        assert_eq!(ana.reports(&hers, &link).await.status, 201);
        assert_eq!(bia.links().await, []);
    }
}
