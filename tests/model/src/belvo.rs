//! What Belvo does and answers.

use domain::{deletion::step::Deleted, link::ProviderLink, ports::Lookup, values::LinkId};

use crate::{
    evidence::Armed,
    guards::Guard,
    kept::Answer,
    names::{LINKS, place, shown},
    world::{AtBelvo, Rules, World},
};

impl World {
    /// Those of these links that a list shows.
    pub(crate) fn listed(&self, links: &[LinkId]) -> Vec<ProviderLink> {
        let visible = |id: &LinkId| {
            let n = place(*id)?;
            let link = self.seen(n).filter(|link| !link.hidden)?;
            Some(shown(n, link.login, link.valid))
        };
        links.iter().filter_map(visible).collect()
    }

    /// Looks one link up.
    pub(crate) fn look(&mut self, id: LinkId, survivor: bool, rules: &Rules) -> Answer {
        let Some(n) = place(id) else { return Answer::plain(Lookup::NotFound) };
        if survivor && !rules.guards.has(Guard::SurvivorAsked) {
            let login = self.belvo[n].map_or(0, |link| link.login);
            return Answer::plain(Lookup::Found(shown(n, login, true)));
        }
        let Some(link) = self.seen(n) else {
            self.evidence[n].miss(self.now);
            return Answer::plain(Lookup::NotFound);
        };
        Answer::plain(Lookup::Found(shown(n, link.login, link.valid)))
    }

    /// Takes a deletion.
    pub(crate) fn delete(&mut self, id: LinkId) -> Answer {
        let n = place(id).expect("a link of this world");
        self.broken.unarmed |= !self.intent(id).is_some_and(|intent| intent.is_armed());
        self.evidence[n].asked = true;
        let Some(link) = self.seen(n) else {
            self.evidence[n].miss(self.now);
            return Answer::plain(Deleted::NotFound);
        };
        if !link.doomed {
            let left = self.others(n, link.login).any(|(_, other)| other.there && !other.doomed);
            let wished = self.evidence[n].wished
                || self.others(n, link.login).any(|(other, _)| self.evidence[other].wished);
            self.broken.last |= !left && !wished;
        }
        self.belvo[n] = Some(AtBelvo { doomed: true, ..link });
        self.evidence[n].taken = true;
        self.evidence[n].missed = None;
        Answer::plain(Deleted::Accepted)
    }

    /// The link, if these keys show it.
    fn seen(&self, n: usize) -> Option<AtBelvo> {
        self.belvo[n].filter(|link| link.there && !self.elsewhere)
    }

    /// The other links of a login.
    fn others(&self, n: usize, login: u8) -> impl Iterator<Item = (usize, AtBelvo)> {
        let places = (0..LINKS).filter(move |other| *other != n);
        places.filter_map(|other| Some((other, self.belvo[other]?))).filter(move |(_, l)| l.login == login)
    }

    /// A minute goes by: what was to be deleted is gone.
    pub(crate) fn pass(&mut self, minutes: i64) {
        self.now += minutes;
        for link in self.belvo.iter_mut().flatten().filter(|link| link.doomed) {
            link.there = false;
        }
    }
}
