//! A duplicate that Belvo prevented: the widget refused a login that is connected already. Which link of the caller's
//! that is, as far as they have one: the login may as well be connected for another user, of whom nothing is told.

use super::Told;
use crate::{
    change::Source,
    failure::{Outage, StoreError},
    link::{LinkRecord, LinkState, ProviderLink, QuarantinedLink},
    link_sessions::{Repaired, repaired},
    policy::Policy,
    ports::{Ambient, Ledgers, Provider},
    user::Ledger,
    values::{Institution, InstitutionUserId},
};

/// The widget's code of a prevented duplicate.
const DUPLICATED: &str = "duplicated";

/// The caller's links that a prevented duplicate may be one of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Existing {
    /// Their own: connected, or on their way out.
    pub links: Vec<LinkRecord>,
    /// Links at Belvo that name them, but that no session explains.
    pub claimable: Vec<QuarantinedLink>,
}

impl Told {
    /// Whether the widget refused a login because it is connected already.
    #[must_use]
    pub fn of_duplicate(&self) -> bool {
        self.outcome.code.as_ref().is_some_and(|code| code.as_str() == DUPLICATED)
    }

    /// Whether a link may be the one that stands in the way. Without an institution and a login nobody can say.
    fn is_about(&self, institution: &Institution, login: Option<&InstitutionUserId>) -> bool {
        let named = self.outcome.institution.as_ref();
        let there = named.is_none_or(|named| named == institution);
        let theirs = match (&self.login, login) {
            (Some(told), Some(known)) => told == known,
            (Some(_), None) => named.is_some(), // a link from before Belvo had logins: it may be any
            (None, _) => true,
        };
        there && theirs && (named.is_some() || self.login.is_some())
    }
}

/// Finds them. Where we hold none it may be an orphan: Belvo is asked for the caller's links, once for each new
/// outcome, and the repairs of a session start are made. If Belvo cannot be asked, none is told.
pub async fn existing(
    store: &impl Ledgers,
    provider: &impl Provider,
    ambient: &impl Ambient,
    policy: &Policy,
    told: &Told,
    news: bool,
) -> Result<Existing, StoreError> {
    let Some(ledger) = store.ledger(&told.user).await? else { return Ok(Existing::default()) };
    let links = of(&ledger, told);
    if !links.is_empty() || !news {
        return Ok(Existing { links, claimable: Vec::new() });
    }
    match repaired(store, provider, ambient, policy, ledger, Source::Callback).await {
        Ok(Repaired { ledger, shown, claimable }) => {
            Ok(Existing { links: of(&ledger, told), claimable: claimed(claimable, &shown, told) })
        }
        Err(Outage::Provider(_)) => Ok(Existing::default()),
        Err(Outage::Store(error)) => Err(error),
    }
}

fn of(ledger: &Ledger, told: &Told) -> Vec<LinkRecord> {
    let there = |state: LinkState| state.is_connected() || state == LinkState::Deleting;
    let about =
        |record: &&LinkRecord| told.is_about(&record.institution, record.institution_user_id.as_ref());
    let links = ledger.links.iter().filter(|record| record.holds_link() && there(record.state));
    links.filter(about).cloned().collect()
}

fn claimed(claimable: Vec<QuarantinedLink>, shown: &[ProviderLink], told: &Told) -> Vec<QuarantinedLink> {
    let login = |link: &QuarantinedLink| {
        shown.iter().find(|shown| shown.id == link.link_id)?.institution_user_id.as_ref()
    };
    claimable.into_iter().filter(|link| told.is_about(&link.institution, login(link))).collect()
}

#[cfg(test)]
mod tests;
