//! Sessions that are to be looked up, and how far follow-ups are.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    external_id::ExternalId, failure::StoreError, follow_up::Agenda, ports::FollowUps, values::SessionId,
};
use jiff::Timestamp;

use super::{
    DynamoStore, index,
    item::{AGENDA, REVISION},
    key::{self, DUE, Key, PK},
    meter::TOLD,
    sweeps::{answered, whole},
};

impl FollowUps for DynamoStore {
    async fn due_sessions(
        &self,
        now: Timestamp,
        most: usize,
    ) -> Result<Vec<(ExternalId, SessionId)>, StoreError> {
        let query = self
            .by_time(DUE, " AND #made <= :until")
            .expression_attribute_values(":until", AttributeValue::S(key::by(now)));
        self.each(query, Some(most), |item| index::session(&item)).await
    }

    async fn agenda(&self) -> Result<Agenda, StoreError> {
        Ok(self.one(&AGENDA, &Key::agenda()).await?.unwrap_or_default())
    }

    /// One put.
    async fn put_agenda(&self, agenda: &Agenda) -> Result<bool, StoreError> {
        let first = agenda.revision <= 1;
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .return_consumed_capacity(TOLD)
            .set_item(Some(whole(&AGENDA, agenda, &Key::agenda())?));
        let put = if first {
            put.condition_expression("attribute_not_exists(#pk)").expression_attribute_names("#pk", PK)
        } else {
            let before = AttributeValue::N((agenda.revision - 1).to_string());
            put.condition_expression("#rev = :before")
                .expression_attribute_names("#rev", REVISION)
                .expression_attribute_values(":before", before)
        };
        answered(self.counted(put.send()).await)
    }
}
