//! What a sweep does when the table takes a change of one, or somebody was quicker: it counts that and goes on.

use super::{tests::swept_at, *};
use crate::{
    link::{Claim, ProviderLink},
    testing::{Belvo, Fault, Hand, Table, ana, ledger, minute, shown, tick},
};

/// Two links that name nobody, and Ana's, whose session is not told.
fn three() -> (Table, Belvo) {
    let nobodys = |number| ProviderLink { claim: Claim::Absent, ..shown(number, &ana(), 0) };
    let belvo = Belvo::showing([nobodys(1), nobodys(2), shown(3, &ana(), 5)]);
    (Table::holding([ledger(&ana(), vec![], vec![])]), belvo)
}

#[test]
fn links_that_the_table_does_not_take_are_counted_and_the_others_set_aside() {
    for (fault, refused, conflicts) in [(Fault::Refused, 1, 0), (Fault::Stale, 0, 1)] {
        let (table, belvo) = three();
        table.fail([fault, fault]);
        let counts = swept_at(&table, &belvo, 600).counts;
        assert_eq!((counts.refused, counts.conflicts), (refused * 2, conflicts * 2), "{fault:?}");
        assert_eq!(table.commits(), 1, "the third");
    }
}

#[test]
fn a_table_that_is_down_ends_the_sweep() {
    let (table, belvo) = three();
    table.fail([Fault::Busy]);
    let ended = tick(&table, &belvo, &Hand::at(minute(600)), &Policy::default());
    assert!(matches!(ended, Err(SweepError::Store(_))), "{ended:?}");
    assert_eq!(table.commits(), 0);
}
