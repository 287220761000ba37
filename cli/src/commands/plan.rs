//! `linkkeeper plan [<id>]`: what a sweep withheld, and why.

use std::{fmt::Write as _, io::Write};

use adapters::{ambient::SystemAmbient, config::Environment, dynamo::DynamoStore};
use domain::{
    policy::{Policy, after},
    ports::{Ambient, Sweeps},
    sweep::{Breaker, Negative, Plan, PlanId, Unfit},
};
use jiff::Timestamp;
use serde::Serialize;

use super::reconcile::{why, word};
use crate::{args, commands::say, data::existing_store, failure::Failure};

/// So many of the latest sweeps are looked through for plans.
const SWEEPS: usize = 100;

#[derive(Serialize)]
struct Told<'a> {
    #[serde(flatten)]
    plan: &'a Plan,
    can_be_applied: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    why_not: Option<String>,
}

/// Shows one plan, or which there are.
pub(crate) async fn run(
    wanted: &args::Plan,
    environment: &Environment,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let store = existing_store(&wanted.place, environment).await?;
    let Some(id) = &wanted.id else { return list(&store, wanted.json, out).await };
    let plan = existing(&store, &PlanId::parse(id.as_str())?).await?;
    let (now, policy) = (SystemAmbient.now(), Policy::default());
    if wanted.json {
        let unfit = plan.fit(now, &policy).err();
        let told = Told {
            plan: &plan,
            can_be_applied: unfit.is_none(),
            why_not: unfit.map(|unfit| unfit.to_string()),
        };
        say(out, serde_json::to_string(&told).map_err(Failure::request)?);
    } else {
        say(out, shown(&plan));
        say(out, standing(&plan, now, &policy));
    }
    Ok(())
}

/// The plan of this name.
pub(crate) async fn existing(store: &DynamoStore, id: &PlanId) -> Result<Plan, Failure> {
    store.plan(id).await?.ok_or(Failure::NoPlan)
}

/// What it would change, and why it was withheld.
pub(crate) fn shown(plan: &Plan) -> String {
    let row = |negative: &Negative| {
        [
            word(negative.action),
            negative.link_id.to_string(),
            negative.external_id.as_str().to_owned(),
            word(negative.before),
            negative.survivor.map_or_else(|| "-".to_owned(), |kept| kept.link_id.to_string()),
        ]
    };
    let table = super::table(["action", "link", "user", "now", "survivor"], plan.negatives.iter().map(row));
    let mut told = format!(
        "{table}\nPlan {}, made {:.0}. Withheld: {}.\nIt takes something away from {} of {} known links.",
        plan.id,
        plan.made_at,
        why(plan.breakers.iter().copied()),
        plan.negatives.len(),
        plan.known
    );
    if plan.wanted > plan.negatives.len() {
        // Writing into a String does not fail.
        let _written =
            write!(told, " {} more are left to the sweeps after it.", plan.wanted - plan.negatives.len());
    }
    told
}

fn standing(plan: &Plan, now: Timestamp, policy: &Policy) -> String {
    match plan.fit(now, policy) {
        Ok(()) => format!(
            "`linkkeeper apply {}` makes these changes until {:.0}, if none of the links has changed by then.",
            plan.id,
            after(plan.made_at, policy.plan_life)
        ),
        Err(unfit) => format!("It cannot be applied: {unfit}."),
    }
}

#[derive(Serialize)]
struct Row {
    plan: PlanId,
    sweep: Timestamp,
    withheld: usize,
    breakers: Vec<Breaker>,
}

async fn list(store: &DynamoStore, json: bool, out: &mut dyn Write) -> Result<(), Failure> {
    let reports = store.reports(SWEEPS).await?.into_iter();
    let row = |report: domain::sweep::Report| {
        let (sweep, withheld, breakers) = (report.started_at, report.withheld, report.breakers);
        report.plan.map(|plan| Row { plan, sweep, withheld, breakers: breakers.into_iter().collect() })
    };
    let rows: Vec<Row> = reports.filter_map(row).collect();
    if json {
        for row in &rows {
            say(out, serde_json::to_string(row).map_err(Failure::request)?);
        }
    } else if rows.is_empty() {
        say(out, "The latest sweeps withheld nothing.");
    } else {
        let cells = |row: &Row| {
            let (at, why) = (format!("{:.0}", row.sweep), why(row.breakers.iter().copied()));
            [row.plan.to_string(), at, row.withheld.to_string(), why]
        };
        say(out, super::table(["plan", "sweep", "withheld", "why"], rows.iter().map(cells)));
    }
    Ok(())
}

/// Why a plan is not applied, with what to do about it.
pub(crate) fn refused(unfit: Unfit) -> Failure {
    let then = match unfit {
        Unfit::Altered => "; leave it, and sweep again with `linkkeeper reconcile`",
        Unfit::Old | Unfit::Stale(_) | Unfit::Back(_) => " (`linkkeeper reconcile`)",
        Unfit::Applied => "; `linkkeeper plan` lists those of the latest sweeps",
        Unfit::Canary => "; try again once Belvo answers as it should",
    };
    Failure::Refused(format!("{unfit}{then}"))
}
