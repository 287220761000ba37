//! A table that is nearly right: some records lost, some out of date, some duplicates left unsettled.

use aws_sdk_dynamodb::types::AttributeValue;
use belvo_simulator::population::{Expected, Truth};
use cli::world::TABLE;
use domain::{
    change::{Change, Commit, WriterId},
    external_id::ExternalId,
    link::{LinkRecord, LinkState, LinkStatus},
    ports::Ledgers,
    session::LinkSession,
    user::Ledger,
    values::LinkId,
};

use super::WholeAccount;

/// How a record is damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Harm {
    /// It is lost, as if its callback never came.
    Lost,
    /// It says that a link works which does not, or the other way about.
    OutOfDate,
    /// A duplicate stands beside its survivor.
    Unsettled,
}

impl WholeAccount {
    /// Damages every hundredth of the links that are bound, and every twenty-fifth of those that are superseded. How
    /// many that were.
    pub async fn damage(&self) -> usize {
        let mut harmed = 0;
        for (number, truth) in self.belvo.truth().enumerate() {
            let bound = matches!(truth.state, Expected::Active | Expected::NeedsUpdate);
            let harm = match number % 300 {
                _ if truth.state == Expected::Superseded && number % 50 < 2 => Harm::Unsettled,
                100 if bound => Harm::Lost,
                101 | 102 if bound => Harm::OutOfDate,
                _ => continue,
            };
            self.harm(&truth, harm).await;
            harmed += 1;
        }
        harmed
    }

    async fn harm(&self, truth: &Truth, harm: Harm) {
        let owner = ExternalId::parse(truth.owner.clone().expect("bound")).expect("valid");
        let link = LinkId::parse(&truth.link).expect("an id");
        let Ledger { links, sessions, .. } =
            self.store.ledger(&owner).await.expect("up").expect("registered");
        let record = links.into_iter().find(|record| record.link_id == link).expect("bound");
        let next = LinkRecord { revision: record.revision + 1, ..record.clone() };
        match harm {
            Harm::Lost => self.lose(&record, &sessions).await,
            Harm::OutOfDate if record.state == LinkState::Active => {
                let (state, status) = (LinkState::NeedsUpdate, Some(LinkStatus::Invalid));
                self.put(LinkRecord { state, status, ..next }).await;
            }
            Harm::OutOfDate => {
                let (state, status) = (LinkState::Active, Some(LinkStatus::Valid));
                self.put(LinkRecord { state, status, ..next }).await;
            }
            Harm::Unsettled => {
                let state = LinkState::of(&record.status.clone().expect("bound"));
                self.put(LinkRecord { state, superseded_by: None, ..next }).await;
            }
        }
    }

    async fn put(&self, record: LinkRecord) {
        let mut mark = [7; 16];
        mark.copy_from_slice(&record.link_id.to_string().as_bytes()[..16]);
        let changes = vec![Change::Link(record)];
        let commit = Commit { changes, audit: Vec::new(), writer: WriterId::mint(mark), fence: None };
        self.store.commit(&commit).await.expect("written");
    }

    /// Takes the record, its holder and what its session knows of it.
    async fn lose(&self, record: &LinkRecord, sessions: &[LinkSession]) {
        let user = format!("USER#{}", record.owner.as_str());
        self.delete(&user, &format!("LINK#{}", record.link_id)).await;
        self.delete(&format!("LINK#{}", record.link_id), "HOLDER").await;
        for session in sessions.iter().filter(|session| session.link_id == Some(record.link_id)) {
            let update = self
                .engine
                .client()
                .update_item()
                .table_name(TABLE)
                .key("pk", AttributeValue::S(user.clone()))
                .key("sk", AttributeValue::S(format!("SESSION#{}", session.id)))
                .update_expression("REMOVE made_link_id");
            update.send().await.expect("a session");
        }
    }

    async fn delete(&self, pk: &str, sk: &str) {
        let text = |value: &str| AttributeValue::S(value.to_owned());
        let delete =
            self.engine.client().delete_item().table_name(TABLE).key("pk", text(pk)).key("sk", text(sk));
        delete.send().await.expect("deleted");
    }
}
