//! Reading the audit trail. The events of a user, and of links while they are the user's, lie in the user's
//! partition; those of a link that nobody has, beside its holder item.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    change::Filed,
    external_id::ExternalId,
    failure::StoreError,
    link::Marker,
    ports::{Ledgers, Place, Stretch, Subject, Trail},
    values::LinkId,
};

use super::{
    DynamoStore,
    key::{self, PK, SK},
    record,
};

impl Trail for DynamoStore {
    async fn trail(&self, of: &Subject, stretch: &Stretch) -> Result<Vec<Filed>, StoreError> {
        match of {
            Subject::User(user) => self.stretch(&key::partition(user), None, stretch).await,
            Subject::Link(link) => self.of_link(*link, stretch).await,
        }
    }
}

impl DynamoStore {
    /// A link that was claimed has events in two places.
    async fn of_link(&self, link: LinkId, stretch: &Stretch) -> Result<Vec<Filed>, StoreError> {
        let mut events = self.stretch(&key::link_partition(link), None, stretch).await?;
        if let Some(owner) = self.owner(link).await? {
            events.extend(self.stretch(&key::partition(&owner), Some(link), stretch).await?);
            events.sort_by_cached_key(|filed| key::place(&Place::of(filed)));
            events.truncate(stretch.most);
        }
        Ok(events)
    }

    async fn owner(&self, link: LinkId) -> Result<Option<ExternalId>, StoreError> {
        Ok(match self.markers(&[link]).await?.remove(&link) {
            Some(Marker::Owned(owner)) => Some(owner),
            Some(Marker::Quarantined(_)) | None => None,
        })
    }

    /// The events in one partition, of one link or of all.
    async fn stretch(
        &self,
        partition: &str,
        of: Option<LinkId>,
        stretch: &Stretch,
    ) -> Result<Vec<Filed>, StoreError> {
        let (from, until) = key::events(stretch.from, stretch.until, stretch.behind.as_ref());
        if from > until {
            return Ok(Vec::new()); // DynamoDB would refuse the range
        }
        let text = |value: &str| AttributeValue::S(value.to_owned());
        let query = self
            .partition(PK, partition, " AND #sk BETWEEN :from AND :until")
            .consistent_read(true)
            .expression_attribute_names("#sk", SK)
            .expression_attribute_values(":from", text(&from))
            .expression_attribute_values(":until", text(&until));
        let query = match of {
            Some(link) => query
                .filter_expression("#link = :link")
                .expression_attribute_names("#link", "link_id")
                .expression_attribute_values(":link", text(&link.to_string())),
            None => query,
        };
        self.each(query, Some(stretch.most), record::filed).await
    }
}
