//! One start of one binary.

use std::path::Path;

use jiff::SignedDuration;
use serde_json::Value;
use tests::{
    cloud::event,
    runtime_api::{Running, Sandbox},
};

use crate::{
    args::Args,
    cost::{peak, process, processor},
    prepare::{Stage, Target, status},
    throttle::Throttle,
};

/// What a start came to.
#[derive(Clone, Debug)]
pub(crate) struct Start {
    /// From the start of the process until it asks for work.
    pub(crate) init: SignedDuration,
    /// The first invocation.
    pub(crate) first: Invocation,
    /// The median of those that follow.
    pub(crate) warm: Option<Invocation>,
    /// The most memory that was resident, in MiB.
    pub(crate) peak: f64,
}

/// What an invocation came to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Invocation {
    /// Until the answer was there.
    pub(crate) took: SignedDuration,
    /// The same without what it waited for table, Belvo and bus.
    pub(crate) own: SignedDuration,
    /// Processor time.
    pub(crate) cpu: SignedDuration,
}

/// Starts the target once, and invokes it.
pub(crate) async fn measured(stage: &mut Stage, folder: &Path, target: Target, args: &Args) -> Start {
    let first_event = stage.event(target).await;
    let mut running = sandbox(stage, target).start(&folder.join(target.binary())).await;
    let id = process(running.id());
    let throttle = args.throttled.then(|| Throttle::of(id));
    let first = invoked(stage, &mut running, target, &first_event).await;
    drop(throttle);
    let mut warm = Vec::new();
    for _ in 0..if args.throttled { 0 } else { args.warm } {
        let event = stage.event(target).await;
        warm.push(invoked(stage, &mut running, target, &event).await);
    }
    Start { init: running.init, first, warm: Invocation::median(&warm), peak: peak(id) }
}

fn sandbox(stage: &Stage, target: Target) -> Sandbox {
    if target == Target::Hello {
        let like = stage.cloud.sandbox("register-user");
        return Sandbox { function: target.binary().to_owned(), ..like };
    }
    stage.cloud.sandbox(target.binary())
}

async fn invoked(stage: &Stage, running: &mut Running, target: Target, event: &Value) -> Invocation {
    let id = process(running.id());
    let _of_before = stage.cloud.elsewhere.take();
    let before = processor(id);
    let invoked = running.invoke(event).await;
    let cpu = processor(id) - before;
    check(target, &invoked.answer);
    let own = (invoked.took - stage.cloud.elsewhere.take()).max(SignedDuration::ZERO);
    Invocation { took: invoked.took, own, cpu }
}

/// Only what did its work is measured.
fn check(target: Target, answer: &Result<Value, Value>) {
    match target {
        Target::Hello | Target::BelvoWebhook => drop(status(answer, 200)),
        Target::RegisterUser | Target::UserLinks | Target::WidgetCallback => drop(status(answer, 201)),
        Target::PublishEvents => {
            let told = answer.as_ref().expect("an answer");
            assert_eq!(
                told,
                &serde_json::json!({"batchItemFailures": []}),
                "{}",
                event("publish-events/filed")
            );
        }
        // Every few minutes a recent sweep is due: one of many starts, which no median notices.
        Target::FollowUp | Target::DeleteLinks | Target::Reconcile => assert!(answer.is_ok(), "{answer:?}"),
    }
}

impl Invocation {
    /// The median of each figure.
    pub(crate) fn median(all: &[Self]) -> Option<Self> {
        let of = |figure: fn(&Self) -> SignedDuration| median(all.iter().map(figure).collect());
        Some(Self { took: of(|one| one.took)?, own: of(|one| one.own)?, cpu: of(|one| one.cpu)? })
    }
}

/// The one in the middle.
pub(crate) fn median(mut all: Vec<SignedDuration>) -> Option<SignedDuration> {
    all.sort_unstable();
    all.get(all.len() / 2).copied()
}
