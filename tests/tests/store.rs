//! The store keeps its contract: on the embedded engine in memory and on a file, and on an independent
//! DynamoDB engine in another process when `LINKKEEPER_TEST_DYNAMODB_URL` names one. Beside the rules of
//! `tests::contract`, here are the faults that no engine makes by itself, and how items look.

#[path = "store/counting.rs"]
mod counting;
#[path = "store/faults.rs"]
mod faults;
#[path = "store/reads.rs"]
mod reads;
#[path = "store/refusals.rs"]
mod refusals;
#[path = "store/shapes.rs"]
mod shapes;
#[path = "store/table.rs"]
mod table;

/// Every rule, handed to the macro that makes one test of each.
macro_rules! every_rule {
    ($each:ident $($place:ident)?) => {
        $each! { $($place)? {
            store registering {
                a_new_user_is_new_and_the_next_time_known,
                a_repeat_by_the_same_writer_is_new_again,
                of_several_at_once_exactly_one_is_new,
                a_registered_user_has_an_empty_ledger,
            }
            store aliasing {
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
            store reading {
                an_unknown_user_has_neither_ledger_nor_links,
                what_was_committed_is_read_back_whole,
                links_are_the_links_without_sessions,
                no_user_sees_anything_of_another,
                markers_tell_owners_and_quarantine_and_leave_out_what_nobody_holds,
                markers_of_a_repeated_id_are_told_once,
            }
            store committing {
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
            store owning {
                of_two_users_who_race_for_a_link_one_gets_it,
                a_link_of_another_is_refused_and_nothing_is_written,
                that_a_link_is_anothers_is_told_whatever_else_is_too_late,
                an_owner_may_own_again,
                a_quarantined_link_may_be_owned,
                an_owned_link_is_never_quarantined,
                of_owning_and_quarantining_at_once_owning_prevails,
                a_quarantined_link_changes_by_its_revision,
            }
            store indexing {
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
            store deleting {
                an_intent_is_read_as_it_was_written,
                an_intent_changes_by_its_revision,
                what_is_due_is_told_longest_waiting_first,
                no_link_is_marked_for_the_sake_of_one_that_is,
                no_link_is_marked_for_the_sake_of_one_that_was_deleted,
                of_two_duplicates_marked_at_once_one_stays,
                the_switch_stands_where_it_was_put,
            }
            store erasing {
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
            store sweeping {
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
                a_fence_costs_the_same_however_far_the_sweep_is,
                every_request_is_counted_with_its_units,
            }
            store trailing {
                a_subject_that_nobody_knows_has_no_trail,
                a_trail_is_told_oldest_first_with_everything_that_was_filed,
                a_trail_read_in_stretches_is_the_whole_trail,
                a_trail_begins_and_ends_where_it_is_asked_to,
                a_link_that_was_claimed_has_a_trail_from_before,
                a_links_trail_tells_of_no_other_link,
                a_links_trail_tells_nothing_of_who_only_named_it,
            }
            store inbox {
                a_webhook_is_filed_once,
                waiting_webhooks_are_told_longest_due_first,
                a_webhook_is_read_as_it_was_settled,
                of_two_who_settle_a_webhook_one_is_late,
                webhooks_are_listed_by_state_and_day,
                webhooks_lie_beside_their_link_and_harm_nothing_there,
                of_a_day_as_many_are_listed_as_were_asked_for,
                what_is_asked_for_twice_is_told_once,
            }
            store following {
                nothing_is_due_at_first,
                a_session_is_due_until_it_made_a_link_or_was_looked_up,
                the_agenda_is_replaced_only_by_who_read_it_last,
            }
            place counting {
                looking_tells_what_taking_would_come_to,
                a_grant_is_whole_or_none,
                more_than_a_class_may_have_is_never_granted,
                more_than_a_class_may_have_is_as_much_in_a_shut_window,
                every_window_and_every_environment_counts_for_itself,
                a_shut_window_is_shut_for_everybody,
                of_many_at_once_as_many_get_through_as_there_is_room_for,
            }
            place items {
                every_item_carries_its_kind_its_version_and_its_writer,
                what_a_later_version_wrote_survives_every_change,
                a_dropped_field_leaves_no_attribute,
                an_owned_link_keeps_nothing_of_its_quarantine,
                sessions_reports_and_plans_are_removed_after_ninety_days,
                every_change_has_its_event_beside_its_subject,
                events_are_written_with_their_changes_or_not_at_all,
            }
            place damage {
                a_damaged_link_fails_every_reading_of_it,
                a_damaged_session_fails_the_ledger_and_not_the_links,
                a_damaged_user_is_neither_known_nor_new,
                a_damaged_alias_leads_to_nobody,
                a_damaged_holder_is_nobodys_marker,
                an_item_of_another_kind_is_not_read_as_what_it_is_not,
                an_item_of_another_kind_is_not_changed,
                an_item_without_a_kind_fails_the_list_of_users,
                a_damaged_event_fails_its_trail_and_one_of_the_first_version_does_not,
                a_record_under_another_users_key_is_damage,
                a_damaged_entry_of_an_index_fails_its_reading,
                a_damaged_state_report_or_plan_is_told,
            }
            place large {
                a_ledger_of_several_pages_is_read_whole,
                markers_of_more_links_than_a_batch_takes_are_all_told,
                a_commit_of_more_items_than_a_transaction_takes_is_made,
                a_large_commit_that_fails_midway_has_written_whole_links_only,
                what_is_taken_away_is_taken_last,
                a_fenced_commit_of_more_items_than_a_transaction_takes_is_made_or_stale,
                indexes_of_several_pages_are_read_whole,
                the_standing_of_more_links_than_a_batch_takes_is_all_told,
            }
        } }
    };
}

/// A rule of the ports is told to the store, a rule of the items to the place.
macro_rules! told_to {
    (store $place:ident) => {
        &$place.store
    };
    (place $place:ident) => {
        &$place
    };
}

macro_rules! in_the_engine {
    ($new:ident { $($to:ident $theme:ident { $($rule:ident,)* })* }) => {
        mod $new {
            $(mod $theme {
                $(#[tokio::test]
                async fn $rule() {
                    let place = tests::contract::Place::$new().await;
                    tests::contract::$theme::$rule(told_to!($to place)).await;
                })*
            })*
        }
    };
}

/// The table is removed whether the rule holds or not.
macro_rules! in_another_process {
    ({ $($to:ident $theme:ident { $($rule:ident,)* })* }) => {
        mod elsewhere {
            $(mod $theme {
                $(#[tokio::test]
                async fn $rule() {
                    let Some(place) = tests::contract::Place::elsewhere().await else { return };
                    let tried = place.clone();
                    let rule = async move { tests::contract::$theme::$rule(told_to!($to tried)).await };
                    let held = tokio::spawn(rule).await;
                    place.leave().await;
                    held.expect("the rule holds");
                })*
            })*
        }
    };
}

every_rule!(in_the_engine memory);
every_rule!(in_the_engine file);
every_rule!(in_another_process);

/// The independent engine scans an index in the order of the table; DynamoDB does not.
#[tokio::test]
async fn links_of_a_group_stand_side_by_side() {
    for place in [tests::contract::Place::memory().await, tests::contract::Place::file().await] {
        tests::contract::indexing::links_of_a_group_stand_side_by_side(&place.store).await;
    }
}
