//! The store's ports: users, ledgers, deletions, erasures, the budget.

use std::collections::BTreeMap;

use domain::{
    budget::Window,
    change::{AuditEvent, Commit, WriterId},
    deletion::{
        Intent,
        erasure::{Certificate, Erasure, Remains},
    },
    external_id::ExternalId,
    failure::{CommitError, StoreError},
    link::LinkRecord,
    plan::Markers,
    ports::{
        Aliased, Aliases, Budget, Deletions, ErasureRequests, Erasures, Intents, Ledgers, Permit, Registered,
        Tombstones, Users, Wanted,
    },
    user::{Ledger, User},
    values::LinkId,
};
use jiff::Timestamp;

use super::{Ask, Here};
use crate::{invariants, rare::Rare, world::World};

impl Users for Here {
    async fn register(
        &self,
        user: &User,
        event: &AuditEvent,
        writer: &WriterId,
    ) -> Result<Registered, StoreError> {
        self.ask("register", Ask::Write, |world| Ok(world.table.register(user, event, writer))).await
    }

    async fn register_again(
        &self,
        user: &User,
        tombstone: &ExternalId,
        event: &AuditEvent,
        writer: &WriterId,
    ) -> Result<Registered, StoreError> {
        let act = |world: &mut crate::world::World| {
            let registered = world.table.register_again(user, tombstone, event, writer)?;
            if let (Registered::New(user), crate::world::Who::Person(person)) =
                (&registered, world.task().who)
            {
                world.people[person].push(user.external_id.clone());
            }
            Ok(registered)
        };
        self.ask("register again", Ask::Write, act).await
    }
}

impl Aliases for Here {
    async fn stand_for(
        &self,
        alias: &ExternalId,
        user: &User,
        event: &AuditEvent,
        writer: &WriterId,
    ) -> Result<Aliased, StoreError> {
        self.ask("stand for", Ask::Write, |world| world.table.stand_for(alias, user, event, writer)).await
    }
}

impl Ledgers for Here {
    async fn ledger(&self, user: &ExternalId) -> Result<Option<Ledger>, StoreError> {
        self.ask("ledger", Ask::Read, |world| Ok(world.table.ledger(user))).await
    }

    async fn links(&self, user: &ExternalId) -> Result<Option<Vec<LinkRecord>>, StoreError> {
        self.ask("links", Ask::Read, |world| Ok(world.table.links(user))).await
    }

    async fn markers(&self, ids: &[LinkId]) -> Result<Markers, StoreError> {
        self.ask("markers", Ask::Read, |world| Ok(world.table.markers(ids))).await
    }

    async fn commit(&self, commit: &Commit) -> Result<(), CommitError> {
        self.ask("commit", Ask::Write, |world| {
            let before = invariants::before(&world.table, commit);
            let made = world.table.commit(commit);
            match &made {
                Ok(true) => invariants::after_commit(world, commit, &before),
                Ok(false) => {}
                Err(_) => world.seen.saw(Rare::Stale),
            }
            made.map(drop)
        })
        .await
    }
}

impl Intents for Here {
    async fn intents(&self, links: &[LinkId]) -> Result<BTreeMap<LinkId, Intent>, StoreError> {
        self.ask("intents", Ask::Read, |world| Ok(world.table.intents(links))).await
    }
}

impl Deletions for Here {
    async fn due(&self, now: Timestamp, most: usize) -> Result<Vec<Intent>, StoreError> {
        self.ask("due intents", Ask::Read, |world| Ok(world.table.due(now, most))).await
    }

    async fn stopped(&self) -> Result<bool, StoreError> {
        self.ask("stopped", Ask::Read, |world| Ok(world.table.stopped)).await
    }

    async fn stop(&self, stopped: bool) -> Result<(), StoreError> {
        self.ask("stop", Ask::Write, |world| {
            world.table.stopped = stopped;
            Ok(())
        })
        .await
    }

    async fn looked_through(&self) -> Result<Option<Timestamp>, StoreError> {
        self.ask("looked through", Ask::Read, |world| Ok(world.table.looked_through())).await
    }

    async fn note_looked_through(&self, at: Timestamp) -> Result<(), StoreError> {
        self.ask("note looked through", Ask::Write, |world| {
            world.table.note_looked_through(at);
            Ok(())
        })
        .await
    }
}

impl Tombstones for Here {
    async fn erasure(&self, user: &ExternalId) -> Result<Option<Erasure>, StoreError> {
        self.ask("erasure", Ask::Read, |world| Ok(world.table.erasure(user))).await
    }

    async fn put_erasure(&self, erasure: &Erasure) -> Result<bool, StoreError> {
        self.ask("put erasure", Ask::Write, |world| Ok(world.table.put_erasure(erasure))).await
    }
}

impl ErasureRequests for Here {
    async fn erase(
        &self,
        user: &User,
        erasure: &Erasure,
        event: &AuditEvent,
        writer: &WriterId,
    ) -> Result<bool, StoreError> {
        self.ask("erase", Ask::Write, |world| {
            let erased = world.table.erase(user, erasure, event, writer);
            invariants::after_erase(world, &user.external_id, erased);
            Ok(erased)
        })
        .await
    }
}

impl Erasures for Here {
    async fn erasing(&self, now: Timestamp, most: usize) -> Result<Vec<Erasure>, StoreError> {
        self.ask("erasing", Ask::Read, |world| Ok(world.table.erasing(now, most))).await
    }

    async fn remains(&self, user: &ExternalId) -> Result<Remains, StoreError> {
        self.ask("remains", Ask::Read, |world| Ok(world.table.remains(user))).await
    }

    /// It can break off between any two requests.
    async fn purge(&self, user: &ExternalId, read: &Remains) -> Result<usize, StoreError> {
        let mut removed = 0;
        for record in &read.links {
            if record.holds_link() {
                let purge = |world: &mut World| Ok(world.table.purge_told(user, record.link_id));
                removed += self.ask("purge what was told of a link", Ask::Write, purge).await?;
            }
            let purge = |world: &mut World| Ok(world.table.purge_link(user, record));
            removed += self.ask("purge a link", Ask::Write, purge).await?;
        }
        let purge = |world: &mut World| Ok(world.table.purge_user(user, read));
        Ok(removed + self.ask("purge a user", Ask::Write, purge).await?)
    }

    async fn certify(&self, erasure: &Erasure, certificate: &Certificate) -> Result<bool, StoreError> {
        self.ask("certify", Ask::Write, |world| {
            let certified = world.table.certify(erasure, certificate);
            if certified {
                invariants::after_certificate(world, &erasure.external_id);
            }
            Ok(certified)
        })
        .await
    }

    async fn certificates(&self, most: usize) -> Result<Vec<Certificate>, StoreError> {
        self.ask("certificates", Ask::Read, |world| Ok(world.table.certificates(most))).await
    }
}

impl Budget for Here {
    async fn take(&self, wanted: &Wanted<'_>) -> Result<Permit, StoreError> {
        self.ask("take", Ask::Write, |world| {
            let permit = world.table.take(wanted);
            if permit == Permit::Full {
                world.seen.saw(Rare::BudgetUsedUp);
            }
            Ok(permit)
        })
        .await
    }

    async fn room(&self, wanted: &Wanted<'_>) -> Result<Permit, StoreError> {
        self.ask("room", Ask::Read, |world| Ok(world.table.room(wanted))).await
    }

    async fn shut(&self, account: &str, windows: &[Window]) -> Result<(), StoreError> {
        self.ask("shut", Ask::Write, |world| {
            world.table.shut(account, windows);
            Ok(())
        })
        .await
    }
}
