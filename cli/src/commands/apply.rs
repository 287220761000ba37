//! `linkkeeper apply <id>`: an operator releases what a sweep withheld.

use std::io::Write;

use adapters::{ambient::SystemAmbient, config::Environment};
use domain::{
    budget::Class,
    policy::Policy,
    ports::Ambient,
    sweep::{Applied, ApplyError, PlanId, apply},
};

use super::plan;
use crate::{
    args::{Apply, Sight},
    belvo,
    commands::say,
    confirm::environment_of,
    data::existing_store,
    failure::Failure,
};

/// Shows the plan, asks whether it is meant, and carries it out.
pub(crate) async fn run(
    wanted: &Apply,
    environment: &Environment,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let id = PlanId::parse(wanted.id.as_str())?;
    let Sight { place, belvo_url } = &wanted.sight;
    let store = existing_store(place, environment).await?;
    let policy = Policy::default();
    let plan = plan::existing(&store, &id).await?;
    plan.fit(SystemAmbient.now(), &policy).map_err(plan::refused)?;
    say(out, plan::shown(&plan));
    let settings = belvo::settings(place, belvo_url.as_deref(), environment).await?;
    let what = format!("take something away from {} links, as plan {id} says", plan.negatives.len());
    wanted.consent.obtain(&environment_of(place, &settings), &what)?;
    let provider = belvo::of_table(&store, settings.patient(), Class::Sweep, environment).await?;
    let applied = apply(&store, &provider, &SystemAmbient, &policy, &id).await;
    say(out, told(applied.map_err(explained)?));
    Ok(())
}

fn told(applied: Applied) -> String {
    let Applied { made, done, stale } = applied;
    let told = [
        (true, format!("{made} changes were made.")),
        (done > 0, format!("{done} had been made by an earlier attempt.")),
        (stale > 0, format!("{stale} came too late by a moment, and are left to the next sweep.")),
    ];
    told.into_iter().filter(|(there, _)| *there).map(|(_, line)| line).collect::<Vec<_>>().join("\n")
}

fn explained(error: ApplyError) -> Failure {
    match error {
        ApplyError::NoSuchPlan => Failure::NoPlan,
        ApplyError::Unfit(unfit) => plan::refused(unfit),
        ApplyError::Store(error) => Failure::Partly(error),
        ApplyError::Provider(error) => belvo::explained(&error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_made_before_or_came_too_late_is_told_when_there_is_any() {
        assert_eq!(told(Applied { made: 6, done: 0, stale: 0 }), "6 changes were made.");
        let mixed = told(Applied { made: 1, done: 2, stale: 3 });
        assert!(mixed.contains("2 had been made") && mixed.contains("3 came too late"), "{mixed}");
    }
}
