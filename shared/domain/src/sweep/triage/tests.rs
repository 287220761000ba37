//! Who gets a closer look, and who is left alone.

use super::*;
use crate::{
    change::Source,
    link::LinkState,
    testing::{
        ana, bia, bound, in_state, link_id, minute, notice, pending, session, shown, with_login, with_status,
    },
};

fn book(records: impl IntoIterator<Item = LinkRecord>) -> Book {
    let mut book = Book::default();
    for record in records {
        book.links.entry(record.link_id).or_default().push(record);
    }
    book.users = [ana(), bia()].into_iter().map(|user| (user, minute(-60))).collect();
    book
}

fn triaged(book: &Book, listed: impl IntoIterator<Item = ProviderLink>) -> Triage {
    let links = listed.into_iter().map(|link| (link.id, link)).collect();
    let listing = Listing { links, unreadable: 0 };
    triage(book, &listing, notice(Source::Sweep, 60), &Policy::default())
}

fn touched(triage: &Triage) -> Vec<(ExternalId, usize)> {
    triage.touched.iter().map(|(user, links)| (user.clone(), links.len())).collect()
}

#[test]
fn two_equal_books_concern_nobody() {
    let links = [shown(1, &ana(), 0), shown(2, &bia(), 0)];
    let held = book([bound(&links[0], &ana(), None), bound(&links[1], &bia(), None)]);
    let triage = triaged(&held, links);
    assert!(triage.touched.is_empty() && triage.unowned.is_empty() && triage.suspects.is_empty());
}

#[test]
fn news_orphans_and_pending_links_concern_their_user() {
    let held = book([
        bound(&shown(1, &ana(), 0), &ana(), None),
        bound(&shown(2, &ana(), 0), &ana(), None),
        pending(3, &session(1, &bia(), 0), 1),
    ]);
    let invalid = with_status(shown(1, &ana(), 0), LinkStatus::Invalid);
    let triage = triaged(&held, [invalid, shown(2, &ana(), 0), shown(3, &bia(), 0), shown(4, &ana(), 0)]);
    assert_eq!(touched(&triage), [(ana(), 2), (bia(), 1)]);
}

#[test]
fn a_young_rival_comes_along_but_calls_nobody_alone() {
    let (old, young) = (shown(1, &ana(), 30), shown(2, &ana(), 50));
    assert_eq!(touched(&triaged(&book([]), [young.clone()])), []);
    assert_eq!(touched(&triaged(&book([]), [old, young])), [(ana(), 2)]);
}

#[test]
fn an_unconfirmed_link_concerns_nobody() {
    let unconfirmed = with_status(shown(1, &ana(), 0), LinkStatus::Unconfirmed);
    assert_eq!(touched(&triaged(&book([]), [unconfirmed])), []);
}

#[test]
fn absent_links_are_suspects_unless_their_record_is_final() {
    let held = book([
        bound(&shown(1, &ana(), 0), &ana(), None),
        in_state(bound(&shown(2, &ana(), 0), &ana(), None), LinkState::Gone),
        in_state(bound(&shown(3, &ana(), 0), &ana(), None), LinkState::Deleting),
        pending(4, &session(1, &ana(), 0), 1),
        pending(4, &session(2, &bia(), 0), 1),
    ]);
    let suspects = triaged(&held, []).suspects;
    let both = BTreeSet::from([ana(), bia()]);
    assert_eq!(suspects, BTreeMap::from([(link_id(1), BTreeSet::from([ana()])), (link_id(4), both)]));
}

#[test]
fn a_group_left_unsettled_concerns_its_user_without_any_news() {
    let links = [with_login(shown(1, &ana(), 0), "same"), with_login(shown(2, &ana(), 1), "same")];
    let held = book(links.iter().map(|link| bound(link, &ana(), None)));
    assert_eq!(touched(&triaged(&held, links)), [(ana(), 0)]);
}

#[test]
fn what_another_only_named_says_nothing_of_who_owns_it() {
    let dropped = in_state(pending(1, &session(1, &bia(), 0), 1), LinkState::Gone);
    let nobody = ExternalId::parse("nobody").expect("valid");
    let held = book([dropped.clone(), LinkRecord { link_id: link_id(2), ..dropped }]);
    let triage = triaged(&held, [shown(1, &ana(), 0), shown(2, &nobody, 0)]);
    assert_eq!(touched(&triage), [(ana(), 1)]);
    assert_eq!(triage.unowned.len(), 1);
}

#[test]
fn a_link_once_bound_is_its_users_whatever_belvos_record_says_now() {
    let held = book([in_state(bound(&shown(1, &ana(), 0), &ana(), None), LinkState::Gone)]);
    let triage = triaged(&held, [shown(1, &bia(), 0)]);
    assert!(triage.touched.is_empty() && triage.unowned.is_empty());
}
