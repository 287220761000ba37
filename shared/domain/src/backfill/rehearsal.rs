//! What lines would come to if they were brought in one after the other. Nothing is written, so what earlier
//! lines would have changed is remembered here: a few bytes for each change, as hashes.

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
};

use crate::{policy::Policy, values::LinkId};

use super::{Adoption, Asked, Brought, Fault, Held, Line, decide};

/// The changes that earlier lines would have made.
#[derive(Debug, Default)]
pub struct Rehearsal {
    /// Users, and the references that lead to them.
    users: HashMap<u64, Option<u64>>,
    /// References, and the users whom they lead to.
    references: HashMap<u64, u64>,
    /// Links, and the users whose they are.
    links: HashMap<u64, u64>,
}

impl Rehearsal {
    /// What bringing in the line would come to now.
    pub fn foresee(
        &mut self,
        line: &Line,
        held: &Held,
        asked: &Asked,
        policy: &Policy,
    ) -> Result<Brought, Fault> {
        let name = line.reference.as_ref().map(hash);
        let (led, user) = (name.and_then(|name| self.references.get(&name).copied()), self.user(line, held));
        let (known, owner) = (self.users.get(&user).copied(), line.link.and_then(|id| self.owner(id)));
        if led.is_some_and(|led| led != user) || name.is_some_and(|name| self.users.contains_key(&name)) {
            return Err(Fault::ReferenceTaken);
        }
        if name.zip(known.flatten()).is_some_and(|(name, known)| name != known) {
            return Err(Fault::UserTaken);
        }
        if owner.is_some_and(|owner| owner != user) {
            return Err(Fault::HeldByAnother);
        }
        let wanted = decide(line, held, asked, policy)?.brought;
        let brought = Brought {
            registered: wanted.registered && known.is_none(),
            aliased: wanted.aliased && led.is_none(),
            link: if owner.is_some() { Some(Adoption::Known) } else { wanted.link },
        };
        self.remember(brought, user, name, line.link);
        Ok(brought)
    }

    /// Whom the line is about: also a reference alone may lead to another user by now.
    fn user(&self, line: &Line, held: &Held) -> u64 {
        let there = held.ledger.as_ref().map_or(&line.external_id, |ledger| &ledger.user.external_id);
        self.references.get(&hash(&line.external_id)).copied().unwrap_or_else(|| hash(there))
    }

    fn owner(&self, id: LinkId) -> Option<u64> {
        self.links.get(&hash(&id)).copied()
    }

    fn remember(&mut self, brought: Brought, user: u64, name: Option<u64>, id: Option<LinkId>) {
        if brought.registered {
            self.users.insert(user, None);
        }
        if let Some(name) = name.filter(|_| brought.aliased) {
            self.users.insert(user, Some(name));
            self.references.insert(name, user);
        }
        if let Some(id) = id.filter(|_| brought.link == Some(Adoption::Adopted)) {
            self.links.insert(hash(&id), user);
        }
    }
}

fn hash(name: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    hasher.finish()
}
