//! The model of the store keeps the contract that the real store keeps: the same rules, told to the model. (What a request
//! costs is not of the model: the rules about units are left out.)

use std::{
    collections::BTreeSet,
    future::Future,
    pin::pin,
    task::{Context, Poll, Waker},
};

use faults::{
    here::Here,
    world::{Task, Who, World},
};
use jiff::SignedDuration;

/// A table of its own for a rule.
fn table() -> Here {
    let mut world = World::new(1, false);
    world.tasks.push(Task::new("a rule", Who::Operator, SignedDuration::ZERO, false));
    Here::new(world)
}

/// Every request of the model lets others have a turn, and nobody else is there.
fn finished(rule: impl Future<Output = ()>) {
    let mut rule = pin!(rule);
    while rule.as_mut().poll(&mut Context::from_waker(Waker::noop())) == Poll::Pending {}
}

macro_rules! rules {
    ($($theme:ident { $($rule:ident,)* })*) => {
        $(mod $theme {
            $(#[test]
            fn $rule() {
                let table = super::table();
                super::finished(tests::contract::$theme::$rule(&table));
            })*
        })*

        /// What is told to the model.
        const TOLD: &[(&str, &str)] = &[$($((stringify!($theme), stringify!($rule)),)*)*];
    };
}

/// The list of rules that the real store is held to.
const OF_THE_STORE: &str = include_str!("../../tests/store.rs");
/// What a request costs is not of the model.
const OF_UNITS: [(&str, &str); 2] = [
    ("sweeping", "a_fence_costs_the_same_however_far_the_sweep_is"),
    ("sweeping", "every_request_is_counted_with_its_units"),
];

/// The rules of the ports, as the list of the store has them.
fn of_the_ports() -> BTreeSet<(&'static str, &'static str)> {
    let (mut theme, mut rules) = (None, BTreeSet::new());
    for line in OF_THE_STORE.lines().map(str::trim) {
        if let Some(begun) = line.strip_suffix(" {").and_then(|line| line.strip_prefix("store ")) {
            theme = Some(begun);
        } else if line == "}" {
            theme = None;
        } else if let (Some(theme), Some(rule)) = (theme, line.strip_suffix(',')) {
            rules.insert((theme, rule));
        }
    }
    rules
}

/// A rule that is missing here would not be noticed otherwise.
#[test]
fn the_model_is_told_every_rule_of_the_ports_but_those_of_units() {
    let told: BTreeSet<_> = TOLD.iter().chain(&OF_UNITS).copied().collect();
    assert_eq!(told, of_the_ports());
}

rules! {
    registering {
        a_new_user_is_new_and_the_next_time_known,
        a_repeat_by_the_same_writer_is_new_again,
        of_several_at_once_exactly_one_is_new,
        a_registered_user_has_an_empty_ledger,
    }
    aliasing {
        an_alias_reads_as_its_user,
        registering_an_alias_finds_its_user,
        a_user_or_the_alias_of_another_is_taken,
        a_user_has_one_alias,
        an_alias_of_nobody_is_refused,
        an_alias_of_who_is_no_user_any_more_is_refused,
        a_repeat_by_the_same_writer_is_new_again_and_by_another_known,
        of_two_users_who_race_for_an_alias_one_gets_it,
        of_an_alias_and_a_registration_that_race_one_prevails,
    }
    reading {
        an_unknown_user_has_neither_ledger_nor_links,
        what_was_committed_is_read_back_whole,
        links_are_the_links_without_sessions,
        no_user_sees_anything_of_another,
        markers_tell_owners_and_quarantine_and_leave_out_what_nobody_holds,
        markers_of_a_repeated_id_are_told_once,
    }
    committing {
        what_exists_cannot_be_created_again,
        a_repeat_by_the_same_writer_is_done,
        a_repeat_is_done_even_when_somebody_went_on_from_there,
        a_change_of_any_but_the_revision_before_is_stale,
        a_change_of_nothing_is_stale,
        a_commit_is_all_or_nothing,
        what_has_to_stand_is_a_condition_and_no_change,
        of_two_that_supersede_each_others_survivor_one_is_stale,
        a_link_may_give_way_to_one_that_gives_way_itself,
        of_two_writers_at_once_one_is_stale,
        an_empty_commit_is_done,
    }
    owning {
        of_two_users_who_race_for_a_link_one_gets_it,
        a_link_of_another_is_refused_and_nothing_is_written,
        that_a_link_is_anothers_is_told_whatever_else_is_too_late,
        an_owner_may_own_again,
        a_quarantined_link_may_be_owned,
        an_owned_link_is_never_quarantined,
        of_owning_and_quarantining_at_once_owning_prevails,
        a_quarantined_link_changes_by_its_revision,
    }
    indexing {
        the_indexes_of_an_empty_table_are_empty,
        a_bound_link_is_told_as_its_record_stands,
        a_tombstone_is_in_no_index,
        a_pending_link_is_named_until_it_is_bound,
        of_pending_links_the_longest_waiting_are_told_first,
        a_quarantined_link_is_told_until_somebody_owns_it,
        of_the_quarantine_what_is_there_longest_is_told_first,
        days_are_told_from_their_first_moment_to_their_last,
        standing_is_told_of_links_that_their_users_have,
        links_in_groups_are_told_once_wherever_reading_begins,
        reading_goes_on_behind_a_member_that_is_there_no_longer,
        a_time_is_told_to_the_microsecond,
    }
    deleting {
        an_intent_is_read_as_it_was_written,
        an_intent_changes_by_its_revision,
        what_is_due_is_told_longest_waiting_first,
        no_link_is_marked_for_the_sake_of_one_that_is,
        no_link_is_marked_for_the_sake_of_one_that_was_deleted,
        of_two_duplicates_marked_at_once_one_stays,
        the_switch_stands_where_it_was_put,
    }
    erasing {
        an_erased_user_is_nobody,
        nobody_is_erased_twice_or_by_an_old_reading,
        what_remains_is_told_and_removed_but_for_the_tombstone,
        what_came_after_the_reading_stays_and_whole,
        what_changed_after_the_reading_stays_and_whole,
        what_stands_under_a_link_that_another_holds_stays,
        a_quarantined_link_that_names_another_stays,
        an_erasure_is_due_until_it_is_certified,
        an_id_that_was_erased_stands_for_who_comes_back,
        an_alias_of_an_erased_user_is_a_tombstone,
        what_is_written_late_remains_until_it_is_removed,
        an_erasure_under_way_keeps_its_count_when_who_came_back_is_erased,
    }
    sweeping {
        a_state_that_nobody_wrote_is_the_first,
        a_state_is_read_as_it_was_written,
        a_state_is_replaced_only_by_who_holds_its_token,
        of_two_who_take_the_lease_at_once_one_gets_it,
        a_sweep_ends_with_all_that_it_leaves_or_not_at_all,
        a_report_filed_again_is_filed_and_one_of_who_was_overtaken_is_not,
        who_holds_the_lease_ends_a_sweep_again,
        reports_are_told_latest_first,
        a_plan_is_applied_once,
        whoever_was_overtaken_takes_nothing_away,
    }
    trailing {
        a_subject_that_nobody_knows_has_no_trail,
        a_trail_is_told_oldest_first_with_everything_that_was_filed,
        a_trail_read_in_stretches_is_the_whole_trail,
        a_trail_begins_and_ends_where_it_is_asked_to,
        a_link_that_was_claimed_has_a_trail_from_before,
        a_links_trail_tells_of_no_other_link,
        a_links_trail_tells_nothing_of_who_only_named_it,
    }
    inbox {
        a_webhook_is_filed_once,
        waiting_webhooks_are_told_longest_due_first,
        a_webhook_is_read_as_it_was_settled,
        of_two_who_settle_a_webhook_one_is_late,
        webhooks_are_listed_by_state_and_day,
        webhooks_lie_beside_their_link_and_harm_nothing_there,
        of_a_day_as_many_are_listed_as_were_asked_for,
        what_is_asked_for_twice_is_told_once,
    }
    following {
        nothing_is_due_at_first,
        a_session_is_due_until_it_made_a_link_or_was_looked_up,
        the_agenda_is_replaced_only_by_who_read_it_last,
    }
}
