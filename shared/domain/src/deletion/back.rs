//! Links whose deletion was confirmed, and that Belvo lists after all: it was asked with keys of another account, while
//! no link of ours stood that could have shown that.

use jiff::Timestamp;

use crate::{
    change::{Action, AuditEvent, Change},
    deletion::{Intent, Stage, Why, disconnect::park},
    failure::StoreError,
    link::{LinkRecord, LinkState, ProviderLink},
    observe::Notice,
    policy::{Policy, after},
    ports::Intents,
    user::Ledger,
};

/// Whether a link that Belvo lists now was taken for gone so long ago that no lag of its list explains it.
pub(super) fn is_back(record: &LinkRecord, now: Timestamp, policy: &Policy) -> bool {
    record.state == LinkState::Gone && after(record.last_observed_at, policy.deletion_patience) <= now
}

/// What begins the deletions of such links anew, where their user wanted them gone. One that gave way to another stays
/// as it is: whether that other still stands would be a new decision.
pub(crate) async fn begun_anew(
    store: &impl Intents,
    ledger: &Ledger,
    listed: &[ProviderLink],
    notice: Notice,
    policy: &Policy,
) -> Result<(Vec<Change>, Vec<AuditEvent>), StoreError> {
    let held = listed.iter().filter_map(|link| ledger.link(link.id));
    let back: Vec<_> = held.filter(|record| is_back(record, notice.asked_at, policy)).collect();
    if back.is_empty() {
        return Ok((Vec::new(), Vec::new()));
    }
    let ids: Vec<_> = back.iter().map(|record| record.link_id).collect();
    let intents = store.intents(&ids).await?;
    let wished =
        |intent: &Intent| intent.stage == Stage::Done && matches!(intent.why, Why::Disconnect | Why::Erasure);
    let wished = back.into_iter().filter(|record| intents.get(&record.link_id).is_some_and(wished));
    let parts = wished.map(|record| park(record, &intents, Why::Disconnect, Action::MarkDeletion, notice));
    let (changes, audit): (Vec<_>, Vec<_>) = parts.unzip();
    Ok((changes.into_iter().flatten().collect(), audit))
}
