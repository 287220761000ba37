//! What is withheld, and what an operator can do about it; and that an old token takes nothing away.

use super::{tests::swept_at, *};
use crate::{
    change::Action,
    failure::{ProviderError, StoreError},
    link::{LinkStatus, ProviderLink},
    testing::{
        Belvo, Fault, Hand, Life, Shaky, Table, ana, bia, bound, finished, ledger, link_id, minute, ordered,
        shown, swept, with_login, with_status,
    },
};

/// Ana has so many links, and Belvo has lost the first of them.
fn with_ghosts(links: u8, ghosts: u8) -> (Table, Belvo) {
    let all: Vec<_> = (1..=links).map(|number| shown(number, &ana(), 0)).collect();
    let records = all.iter().map(|link| bound(link, &ana(), None)).collect();
    let table = Table::holding([ledger(&ana(), records, vec![])]);
    (table, Belvo::showing(all.into_iter().skip(ghosts.into())))
}

/// A plan that withholds seven.
fn withheld() -> (Table, Belvo, Plan) {
    let (table, belvo) = with_ghosts(40, 7);
    let report = swept_at(&table, &belvo, 60);
    assert_eq!((report.withheld, table.commits()), (7, 0));
    let [plan] = table.plans().try_into().expect("one plan");
    assert_eq!(report.plan, Some(plan.id.clone()));
    (table, belvo, plan)
}

fn applied(table: &Table, belvo: &Belvo, id: &PlanId, at: i64) -> Result<Applied, ApplyError> {
    finished(apply(table, belvo, &Hand::at(minute(at)), &Policy::default(), id))
}

fn unfit(table: &Table, belvo: &Belvo, id: &PlanId, at: i64) -> Unfit {
    let before = table.commits();
    let refused = applied(table, belvo, id, at);
    assert_eq!(table.commits(), before, "nothing is changed");
    match refused {
        Err(ApplyError::Unfit(unfit)) => unfit,
        other => panic!("applied: {other:?}"),
    }
}

#[test]
fn a_plan_that_is_not_there_is_told() {
    let (table, belvo) = with_ghosts(2, 0);
    let id = PlanId::parse("plan_0123456789abcdef").expect("an id");
    assert!(matches!(applied(&table, &belvo, &id, 60), Err(ApplyError::NoSuchPlan)));
}

#[test]
fn an_altered_plan_is_refused_whatever_was_altered() {
    let (table, belvo, plan) = withheld();
    let other = Negative { link_id: link_id(30), ..plan.negatives[0].clone() };
    let alterations = [
        Plan { negatives: plan.negatives[1..].to_vec(), ..plan.clone() },
        Plan { negatives: [&plan.negatives[..], &[other]].concat(), ..plan.clone() },
        Plan { made_at: minute(61), ..plan.clone() },
        Plan { canary: Some(link_id(8)), known: 1, ..plan.clone() },
        Plan { hash: "0".repeat(64), ..plan.clone() },
    ];
    for altered in alterations {
        table.alter(altered);
        assert_eq!(unfit(&table, &belvo, &plan.id, 61), Unfit::Altered);
    }
}

#[test]
fn an_old_plan_is_refused() {
    let (table, belvo, plan) = withheld();
    assert_eq!(unfit(&table, &belvo, &plan.id, 60 + 24 * 60 + 1), Unfit::Old);
}

#[test]
fn a_plan_is_stale_when_a_record_changed_or_belvo_has_the_link_again() {
    let (table, belvo, plan) = withheld();
    belvo.show(shown(1, &ana(), 0));
    assert_eq!(unfit(&table, &belvo, &plan.id, 61), Unfit::Back(1));
    belvo.show(with_status(shown(1, &ana(), 0), LinkStatus::Invalid));
    swept_at(&table, &belvo, 62);
    assert_eq!(unfit(&table, &belvo, &plan.id, 63), Unfit::Stale(1));
}

#[test]
fn ghosts_are_not_believed_in_without_a_canary() {
    let (table, belvo, plan) = withheld();
    belvo.remove(plan.canary.expect("one that was listed"));
    assert_eq!(unfit(&table, &belvo, &plan.id, 61), Unfit::Canary);
}

#[test]
fn while_the_table_or_belvo_cannot_be_asked_nothing_is_applied() {
    let (table, belvo, plan) = withheld();
    let tried = |table_until, belvo_until| {
        let (lives, policy) =
            ([table_until, belvo_until].map(|until| Life::of(until, false)), Policy::default());
        let (store, provider) = (Shaky(&table, &lives[0]), Shaky(&belvo, &lives[1]));
        finished(apply(&store, &provider, &Hand::at(minute(61)), &policy, &plan.id))
    };
    for read in [1, 2] {
        assert!(matches!(tried(read, usize::MAX), Err(ApplyError::Store(StoreError::Busy(_)))));
    }
    // until the canary is through, silence is the canary's
    let told: Vec<_> = (1..9).map(|call| tried(usize::MAX, call).expect_err("Belvo is down")).collect();
    assert!(matches!(told[0], ApplyError::Unfit(Unfit::Canary)), "{told:?}");
    assert!(matches!(told.last(), Some(ApplyError::Provider(ProviderError::Unknown(_)))), "{told:?}");
    assert_eq!(table.commits(), 0);
    assert_eq!(applied(&table, &belvo, &plan.id, 62).expect("fit").made, 7);
}

#[test]
fn a_plan_changes_what_it_lists_and_nothing_else_and_only_once() {
    let (table, belvo, plan) = withheld();
    let before = table.read(&ana()).expect("registered").links;
    let listed: Vec<_> = plan.negatives.iter().map(|negative| negative.link_id).collect();
    assert_eq!(applied(&table, &belvo, &plan.id, 61).expect("fit"), Applied { made: 7, done: 0, stale: 0 });
    let after = table.read(&ana()).expect("registered").links;
    for (was, is) in before.iter().zip(&after) {
        assert_eq!(was != is, listed.contains(&was.link_id), "{:?}", was.link_id);
    }
    let asked = |negative: &Negative| table.link(&ana(), negative.link_id).map(|r| r.last_observed_at);
    assert!(plan.negatives.iter().all(|negative| asked(negative) == Some(negative.asked_at)), "{after:?}");
    assert_eq!(unfit(&table, &belvo, &plan.id, 62), Unfit::Applied);
    let told = table.audit();
    assert!(told.iter().all(|event| event.source == crate::change::Source::Operator));
    assert!(told.iter().all(|event| event.plan_id.as_ref() == Some(&plan.id)));
}

#[test]
fn what_somebody_else_changed_meanwhile_is_counted_and_not_made() {
    let (table, belvo, plan) = withheld();
    table.fail([Fault::Stale; 20]);
    assert_eq!(applied(&table, &belvo, &plan.id, 61).expect("fit"), Applied { made: 0, done: 0, stale: 7 });
}

#[test]
fn applying_goes_on_where_it_broke_off() {
    let (table, belvo, plan) = withheld();
    applied(&table, &belvo, &plan.id, 61).expect("fit");
    table.alter(plan.clone()); // whoever applied it died before it was noted
    assert_eq!(applied(&table, &belvo, &plan.id, 62).expect("fit"), Applied { made: 0, done: 7, stale: 0 });
}

#[test]
fn what_is_still_withheld_the_next_time_is_a_plan_of_its_own() {
    let (table, belvo, first) = withheld();
    let next = swept_at(&table, &belvo, 90);
    assert_eq!((next.withheld, table.plans().len()), (7, 2));
    assert_ne!(next.plan, Some(first.id));
}

#[test]
fn more_than_one_sweep_may_make_are_made_by_several() {
    let same = |number: u8| with_login(shown(number, &ana(), i64::from(number)), &format!("{}", number / 2));
    let links: Vec<_> = (2..=9).map(same).collect();
    let records = links.iter().map(|link| bound(link, &ana(), None)).collect();
    let table = Table::holding([ledger(&ana(), records, vec![])]);
    let belvo = Belvo::showing(links);
    let policy = Policy { negatives_per_sweep: 3, ..Policy::default() };
    let run = |at| {
        let report = swept(&table, &belvo, &Hand::at(minute(at)), &policy);
        (report.count(Action::Supersede), report.left)
    };
    assert_eq!([run(60), run(90), run(120)], [(3, 1), (1, 0), (0, 0)]);
}

#[test]
fn a_wave_is_seen_in_its_first_drops() {
    let (table, belvo) = with_ghosts(200, 20);
    let policy = Policy { probes_per_sweep: 3, ..Policy::default() };
    let report = swept(&table, &belvo, &Hand::at(minute(60)), &policy);
    assert_eq!(
        (report.withheld, report.counts.absent, table.commits()),
        (3, 20, 0),
        "three of twenty were asked for"
    );
    assert!(report.breakers.contains(&Breaker::TooMany));
}

/// Takes the lease away when the first change was made.
struct Thief<'a>(&'a Table);

impl Watcher for Thief<'_> {
    fn step(&self, _: &Step) {
        self.0.take_lease();
    }
    fn progress(&self, _: &Progress) {}
}

/// Ana and Bia have two links of one login each.
fn two_pairs() -> (Table, Belvo) {
    let pair = |first: u8, owner: &ExternalId| {
        [first, first + 1].map(|number| with_login(shown(number, owner, i64::from(number)), "same"))
    };
    let (anas, bias) = (pair(1, &ana()), pair(3, &bia()));
    let hold = |owner: ExternalId, links: &[ProviderLink]| {
        let records = links.iter().map(|link| bound(link, &owner, None)).collect();
        ledger(&owner, records, vec![])
    };
    let table = Table::holding([hold(ana(), &anas), hold(bia(), &bias)]);
    (table, Belvo::showing(anas.into_iter().chain(bias)))
}

#[test]
fn what_the_table_refuses_to_take_away_of_one_user_is_counted_and_the_next_has_its_turn() {
    let (table, belvo) = two_pairs();
    table.fail([Fault::Refused]);
    let report = swept_at(&table, &belvo, 60);
    assert_eq!((report.counts.refused, report.count(Action::Supersede), table.filed()), (1, 1, 1));
}

#[test]
fn a_sweeper_that_was_overtaken_takes_nothing_away_and_files_nothing() {
    let (table, belvo) = two_pairs();
    let (hand, policy) = (Hand::at(minute(60)), Policy::default());
    let thief = Thief(&table);
    let sweeper =
        Sweeper { store: &table, provider: &belvo, ambient: &hand, policy: &policy, watcher: &thief };
    let outcome = finished(sweeper.tick(&Order { scope: Some(Scope::Full), ..Order::default() }));
    assert!(matches!(outcome, Ok(Outcome::Overtaken(_))), "{outcome:?}");
    assert_eq!((table.commits(), table.filed()), (1, 0), "I9: one user before, none after");
}

#[test]
fn a_second_tick_finds_the_lease_taken_and_one_that_comes_twice_finds_nothing_to_do() {
    let (table, belvo) = with_ghosts(3, 0);
    let (hand, policy) = (Hand::at(minute(60)), Policy::default());
    assert!(matches!(ordered(&table, &belvo, &hand, &policy, &Order::default()), Ok(Outcome::Finished(_))));
    assert!(matches!(ordered(&table, &belvo, &hand, &policy, &Order::default()), Ok(Outcome::NothingDue)));
    let late = Order { until: Some(minute(0)), scope: Some(Scope::Full), ..Order::default() };
    assert!(matches!(ordered(&table, &belvo, &hand, &policy, &late), Ok(Outcome::Unfinished(_))));
    assert!(
        matches!(ordered(&table, &belvo, &hand, &policy, &late), Ok(Outcome::Unfinished(_))),
        "given back"
    );
}
