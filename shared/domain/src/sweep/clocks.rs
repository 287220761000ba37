//! Clocks that are ten minutes apart, and so jump back from one sweep to the next: they may put off when something
//! is done, and never change what.

use crate::{
    change::Action,
    link::LinkState,
    policy::Policy,
    testing::{Belvo, Hand, Table, ana, bound, ledger, link_id, minute, session, shown, swept, with_login},
};

const APART: [i64; 3] = [-10, 0, 10];
const LINKS: [u8; 4] = [1, 2, 3, 4];

/// Ana has an orphan, a ghost, and two links to one login.
fn scene() -> (Table, Belvo) {
    let same = |number, at| with_login(shown(number, &ana(), at), "same");
    let held = [shown(2, &ana(), -90), same(3, -90), same(4, -80)].map(|link| bound(&link, &ana(), None));
    let table = Table::holding([ledger(&ana(), held.to_vec(), vec![session(1, &ana(), -5)])]);
    (table, Belvo::showing([shown(1, &ana(), -4), same(3, -90), same(4, -80)]))
}

fn revisions(table: &Table) -> Vec<u64> {
    LINKS.iter().map(|number| table.link(&ana(), link_id(*number)).map_or(0, |link| link.revision)).collect()
}

fn sweep(table: &Table, belvo: &Belvo, minutes: i64) {
    let before = revisions(table);
    swept(table, belvo, &Hand::at(minute(minutes)), &Policy::default());
    let risen = revisions(table).iter().zip(before).all(|(after, before)| *after >= before);
    assert!(risen, "I5: a record's version never falls");
}

fn retired(table: &Table) -> usize {
    table.audit().iter().filter(|event| event.action == Action::Retire).count()
}

fn ends_well(apart: [i64; 4]) {
    let (table, belvo) = scene();
    for (round, skew) in (1..).zip(apart) {
        sweep(&table, &belvo, round * 30 + skew);
        assert!(round > 1 || retired(&table) == 0, "I7: one look is no proof, whatever a clock says");
    }
    for round in [6, 7] {
        sweep(&table, &belvo, round * 30);
    }
    let states = LINKS.map(|number| table.link(&ana(), link_id(number)).expect("hers").state);
    let expected = [LinkState::Active, LinkState::Gone, LinkState::Superseded, LinkState::Active];
    assert_eq!(states, expected, "{apart:?}");
    let once = |action| table.audit().iter().filter(|event| event.action == action).count();
    assert_eq!((once(Action::Bind), once(Action::Supersede), retired(&table)), (1, 1, 1), "{apart:?}");
    let before = table.commits();
    sweep(&table, &belvo, 8 * 30);
    assert_eq!(table.commits(), before, "I10: {apart:?}");
}

#[test]
fn sweepers_whose_clocks_are_ten_minutes_apart_end_where_one_good_clock_ends() {
    for one in APART {
        for two in APART {
            for three in APART {
                for four in APART {
                    ends_well([one, two, three, four]);
                }
            }
        }
    }
}
