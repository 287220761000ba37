//! What people recognise links by. Somebody waits for the answer that this goes with, so it has little time, one
//! page a list, and no say: what Belvo does not tell within that is left out.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use domain::{
    calls::Gate,
    failure::ProviderError,
    ports::{Account, Recognised},
    values::{Institution, InstitutionName, LinkId},
};

use super::{Belvo, MOST_IDS, query::Filter, route::Route, wire::Named};

/// Most names that are remembered: more than Belvo has institutions.
const MOST_NAMES: usize = 2_000;

/// The institutions' own names as far as this process was told. They change as good as never, and a process ends
/// within hours.
#[derive(Clone, Debug, Default)]
pub(super) struct Names(Arc<Mutex<BTreeMap<Institution, InstitutionName>>>);

impl Names {
    fn known(&self, wanted: &[Institution]) -> BTreeMap<Institution, InstitutionName> {
        let names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = |institution: &Institution| Some((institution.clone(), names.get(institution)?.clone()));
        wanted.iter().filter_map(known).collect()
    }

    fn learn(&self, told: &BTreeMap<Institution, InstitutionName>) {
        let mut names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let room = MOST_NAMES.saturating_sub(names.len());
        names.extend(told.iter().take(room).map(|(institution, name)| (institution.clone(), name.clone())));
    }
}

impl<G: Gate> Belvo<G> {
    /// Both at once. A failure was told to the log by its call, and is no failure of whoever asked.
    pub(super) async fn recognise(&self, institutions: &[Institution], links: &[LinkId]) -> Recognised {
        let time = self.settings.timeouts.aside;
        let names = tokio::time::timeout(time, self.names(institutions));
        let accounts = tokio::time::timeout(time, self.first_accounts(links));
        let (names, accounts) = tokio::join!(names, accounts);
        Recognised { names: names.ok().and_then(Result::ok), accounts: accounts.ok().and_then(Result::ok) }
    }

    /// Belvo is asked only for names that nobody asked for before.
    async fn names(
        &self,
        wanted: &[Institution],
    ) -> Result<BTreeMap<Institution, InstitutionName>, ProviderError> {
        let mut names = self.names.known(wanted);
        let unknown = wanted.iter().filter(|institution| !names.contains_key(*institution));
        let unknown: Vec<_> = unknown.take(MOST_IDS).cloned().collect();
        if unknown.is_empty() {
            return Ok(names);
        }
        let listed = self.listed::<Named>(Route::Institutions, &Filter::Names(&unknown), 1).await?;
        let told = listed.records.into_iter().map(|(_, named)| (named.institution, named.name));
        let told = told.filter(|(institution, _)| unknown.contains(institution)).collect();
        self.names.learn(&told);
        names.extend(told);
        Ok(names)
    }

    /// All accounts of these links, if they are on one page.
    async fn first_accounts(&self, links: &[LinkId]) -> Result<Vec<Account>, ProviderError> {
        let wanted: Vec<_> = links.iter().take(MOST_IDS).copied().collect();
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let listed = self.listed::<Account>(Route::Accounts, &Filter::OfLinks(&wanted), 1).await?;
        if listed.more {
            return Err(ProviderError::Unknown("more accounts than a page holds"));
        }
        let accounts = listed.records.into_iter().map(|(_, account)| account);
        Ok(accounts.filter(|account| wanted.contains(&account.link_id)).collect())
    }
}
