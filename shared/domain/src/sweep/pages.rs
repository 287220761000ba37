//! Windows of several pages: each is read once, and what cannot be read or comes again is not taken for the end.

use super::{scope::day, *};
use crate::testing::{Belvo, Call, Hand, Table, ana, ledger, minute, ordered, report, shown};

/// The pages that were asked for in a sweep of one day with so many links, and what it counted.
fn pages(links: u8, belvo: &Belvo) -> (Vec<u32>, Counts) {
    (1..=links).for_each(|number| belvo.show(shown(number, &ana(), 0)));
    let table = Table::holding([ledger(&ana(), vec![], vec![])]);
    let only = Scope::Days { from: day(minute(0)), to: day(minute(0)) };
    let order = Order { scope: Some(only), ..Order::default() };
    let report = report(ordered(&table, belvo, &Hand::at(minute(9_000)), &Policy::default(), &order));
    let page = |call| if let Call::Page(number) = call { Some(number) } else { None };
    (belvo.calls().into_iter().filter_map(page).collect(), report.counts)
}

#[test]
fn a_list_that_keeps_still_is_read_once() {
    let (asked, counts) = pages(3, &Belvo::default());
    assert_eq!((asked, counts.listed, counts.shifting, counts.unreadable), (vec![1, 2], 3, 0, 0));
}

#[test]
fn a_page_of_which_nothing_can_be_read_is_counted_and_not_taken_for_the_end() {
    let belvo = Belvo::default();
    belvo.smudge(2);
    let (asked, counts) = pages(5, &belvo);
    assert_eq!((asked, counts.listed, counts.shifting, counts.unreadable), (vec![1, 2, 3], 3, 0, 2));
}

#[test]
fn a_list_that_repeats_itself_is_left_when_it_tells_nothing_new_and_read_once_more() {
    let belvo = Belvo::default();
    belvo.repeat_itself();
    let (asked, counts) = pages(3, &belvo);
    assert_eq!((asked, counts.listed, counts.shifting), (vec![1, 2, 1, 2, 3], 2, 1));
}
