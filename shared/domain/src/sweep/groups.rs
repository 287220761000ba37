//! Links that may be one account, group by group: duplicates that somebody left unsettled, logins that several
//! users share, and links without a login that a closer look may tell to be one.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    census::{Group, Member},
    external_id::ExternalId,
    ports::Ambient,
    values::LinkId,
};

use super::{
    Listing, Stage, Store, SweepError, Watcher,
    probable::alike,
    run::{Pace, Run},
};

/// Most groups that a report names.
const MOST_NAMED: usize = 20;
/// Most links without a login whose accounts one sweep asks for: one call.
const MOST_UNNAMED: usize = 50;

/// What one group tells.
#[derive(Debug, Default, PartialEq, Eq)]
struct Told {
    /// Users whose links of the group have no survivor, or several, with these links.
    unsettled: Vec<(ExternalId, Vec<LinkId>)>,
    /// All its links, if several users have them.
    shared: Vec<LinkId>,
    /// Links of one user that have no login.
    unnamed: Vec<LinkId>,
}

fn told(members: &[Member]) -> Told {
    let mut by_owner: BTreeMap<&ExternalId, (BTreeSet<LinkId>, usize)> = BTreeMap::new();
    for member in members {
        let (links, kept) = by_owner.entry(&member.owner).or_default();
        if links.insert(member.link_id) {
            *kept += usize::from(!member.superseded);
        }
    }
    let all = || by_owner.values().flat_map(|(links, _)| links.iter().copied()).collect::<Vec<_>>();
    match members.first().map(|member| member.group) {
        Some(Group::Login(_)) => {
            let unsettled = by_owner.iter().filter(|(_, (_, kept))| *kept != 1);
            Told {
                unsettled: unsettled
                    .map(|(owner, (links, _))| ((*owner).clone(), links.iter().copied().collect()))
                    .collect(),
                shared: if by_owner.len() > 1 { all() } else { Vec::new() },
                unnamed: Vec::new(),
            }
        }
        Some(Group::Unnamed(_)) if all().len() > 1 => Told { unnamed: all(), ..Told::default() },
        Some(Group::Unnamed(_)) | None => Told::default(),
    }
}

impl<S: Store, P: Listing, A: Ambient, W: Watcher> Run<'_, S, P, A, W> {
    /// Goes through the groups behind this member.
    pub(super) async fn groups(&mut self, mut behind: Option<Member>) -> Result<Pace, SweepError> {
        let mut unnamed: Vec<Vec<LinkId>> = Vec::new();
        let mut open: Vec<Member> = Vec::new();
        loop {
            let members = self.on.store.grouped(open.last().or(behind.as_ref())).await?;
            let end = members.is_empty();
            for member in members {
                if open.first().is_some_and(|first| first.group != member.group) {
                    behind = open.last().cloned();
                    self.close(&mut open, &mut unnamed).await?;
                }
                open.push(member);
            }
            if end {
                self.close(&mut open, &mut unnamed).await?;
                self.compare(&unnamed).await;
                return self.next().await;
            }
            self.progress.stage = Stage::Groups(behind.clone());
            match self.checkpoint().await? {
                Pace::Go => {}
                pace @ (Pace::Late | Pace::Overtaken) => return Ok(pace),
            }
        }
    }

    /// Deals with a group of which all members are known.
    async fn close(
        &mut self,
        open: &mut Vec<Member>,
        unnamed: &mut Vec<Vec<LinkId>>,
    ) -> Result<(), SweepError> {
        let Told { unsettled, shared, unnamed: links } = told(&std::mem::take(open));
        if !shared.is_empty() {
            self.progress.counts.shared_logins += 1;
            if self.progress.shared.len() < MOST_NAMED {
                self.progress.shared.push(shared);
            }
        }
        if !links.is_empty() && unnamed.iter().map(Vec::len).sum::<usize>() + links.len() <= MOST_UNNAMED {
            unnamed.push(links);
        }
        for (user, links) in unsettled {
            let notice = self.notice();
            self.settle(&user, &links, notice).await?;
        }
        Ok(())
    }

    /// Compares the accounts of links that have no login. A failure costs only this.
    async fn compare(&mut self, groups: &[Vec<LinkId>]) {
        let ids: Vec<LinkId> = groups.iter().flatten().copied().collect();
        if ids.is_empty() {
            return;
        }
        let Ok(accounts) = self.on.provider.accounts_of(&ids).await else {
            self.progress.counts.unanswered += ids.len();
            return;
        };
        let key = self.on.ambient.random();
        for group in groups {
            let alike = alike(group, &accounts, key);
            self.progress.counts.probable_duplicates += alike.len();
            self.progress.probable.extend(alike);
        }
        self.progress.probable.truncate(MOST_NAMED);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{ana, bia, link_id};

    fn member(group: Group, owner: ExternalId, number: u8, superseded: bool) -> Member {
        Member { group, owner, link_id: link_id(number), superseded }
    }

    #[test]
    fn a_group_with_one_survivor_tells_nothing() {
        let login = Group::Login([1; 16]);
        let settled = [member(login, ana(), 1, true), member(login, ana(), 2, false)];
        assert_eq!(told(&settled), Told::default());
        assert_eq!(told(&[]), Told::default());
    }

    #[test]
    fn a_user_with_no_survivor_or_two_is_to_be_settled() {
        let login = Group::Login([1; 16]);
        for superseded in [true, false] {
            let group = [member(login, ana(), 1, superseded), member(login, ana(), 2, superseded)];
            assert_eq!(told(&group).unsettled, [(ana(), vec![link_id(1), link_id(2)])]);
        }
        let twice = [member(login, ana(), 1, false), member(login, ana(), 1, false)];
        assert_eq!(told(&twice), Told::default(), "an index may show an item twice");
    }

    #[test]
    fn a_login_of_two_users_is_shared_and_not_a_duplicate() {
        let login = Group::Login([1; 16]);
        let group = [member(login, ana(), 1, false), member(login, bia(), 2, false)];
        assert_eq!(told(&group), Told { shared: vec![link_id(1), link_id(2)], ..Told::default() });
    }

    #[test]
    fn links_without_a_login_are_looked_at_only_where_there_are_two() {
        let unnamed = Group::Unnamed([1; 16]);
        let one = member(unnamed, ana(), 1, false);
        assert_eq!(told(std::slice::from_ref(&one)), Told::default());
        let two = [one, member(unnamed, ana(), 2, false)];
        assert_eq!(told(&two), Told { unnamed: vec![link_id(1), link_id(2)], ..Told::default() });
    }
}
