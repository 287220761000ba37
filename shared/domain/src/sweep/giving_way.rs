//! What gives way to what while links go missing: a login keeps a link in use, and nothing that is missed is forgotten.

use super::tests::swept_at;
use crate::{
    change::Action,
    link::{LinkRecord, LinkState, LinkStatus},
    testing::{Belvo, Table, ana, bia, bound, ledger, link_id, minute, shown, with_login, with_status},
};

/// Of two links to one login the older is used again, since the newer needs a new login; and then it is not there.
#[test]
fn nothing_gives_way_to_a_link_that_the_same_sweep_misses() {
    let [older, newer] = [1, 2].map(|number| with_login(shown(number, &ana(), number.into()), "one"));
    let missed = LinkRecord {
        state: LinkState::Superseded,
        superseded_by: Some(newer.id),
        missing_since: Some(minute(10)),
        ..bound(&older, &ana(), None)
    };
    let table = Table::holding([ledger(&ana(), vec![missed, bound(&newer, &ana(), None)], vec![])]);
    let belvo = Belvo::showing([with_status(newer, LinkStatus::Invalid)]);
    let report = swept_at(&table, &belvo, 60);
    assert_eq!((report.count(Action::Supersede), report.count(Action::Retire)), (0, 1));
    let state = |number| table.link(&ana(), link_id(number)).expect("there").state;
    assert_eq!([1, 2].map(state), [LinkState::Gone, LinkState::NeedsUpdate]);
}

/// The link in use is not there, and of the two others of its login the newer takes its place: not before it is in use
/// does the older give way.
#[test]
fn nothing_gives_way_to_a_link_that_is_not_in_use_yet() {
    let [lost, older, newer] =
        [1, 2, 3].map(|number| with_login(shown(number, &ana(), number.into()), "one"));
    let missed = LinkRecord { missing_since: Some(minute(10)), ..bound(&lost, &ana(), None) };
    let [older, newer] = [older, newer].map(|link| with_status(link, LinkStatus::Invalid));
    let waiting = LinkRecord {
        state: LinkState::Superseded,
        superseded_by: Some(lost.id),
        ..bound(&newer, &ana(), None)
    };
    let table = Table::holding([ledger(&ana(), vec![missed, bound(&older, &ana(), None), waiting], vec![])]);
    let belvo = Belvo::showing([older, newer]);
    let state = |number| table.link(&ana(), link_id(number)).expect("there").state;
    let report = swept_at(&table, &belvo, 60);
    assert_eq!((report.count(Action::Supersede), report.count(Action::Retire)), (0, 1));
    assert_eq!([1, 2, 3].map(state), [LinkState::Gone, LinkState::NeedsUpdate, LinkState::NeedsUpdate]);
    swept_at(&table, &belvo, 90);
    assert_eq!([1, 2, 3].map(state), [LinkState::Gone, LinkState::Superseded, LinkState::NeedsUpdate]);
}

/// What takes the place of a retired link is missed by the same sweep: that is not forgotten until the next.
#[test]
fn a_link_that_takes_anothers_place_and_is_not_there_is_noted_at_once() {
    let [superseded, lost] = [1, 2].map(|number| with_login(shown(number, &ana(), number.into()), "one"));
    let lost = LinkRecord { missing_since: Some(minute(10)), ..bound(&lost, &ana(), None) };
    let waiting = LinkRecord {
        state: LinkState::Superseded,
        superseded_by: Some(lost.link_id),
        ..bound(&superseded, &ana(), None)
    };
    let there = shown(3, &bia(), 0);
    let bias = ledger(&bia(), vec![bound(&there, &bia(), None)], vec![]);
    let table = Table::holding([ledger(&ana(), vec![waiting, lost], vec![]), bias]);
    let belvo = Belvo::showing([there]);
    let state = |number| table.link(&ana(), link_id(number)).expect("there").state;
    let report = swept_at(&table, &belvo, 60);
    assert_eq!((report.count(Action::NoteMissing), report.count(Action::Retire)), (1, 1));
    assert_eq!([1, 2].map(state), [LinkState::Active, LinkState::Gone]);
    assert_eq!(swept_at(&table, &belvo, 90).count(Action::Retire), 1);
    assert_eq!([1, 2].map(state), [LinkState::Gone, LinkState::Gone]);
}
