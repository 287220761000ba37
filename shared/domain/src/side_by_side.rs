//! A few futures at once, without a runtime: while one waits for its answer the others go on.

use std::{
    future::poll_fn,
    pin::{Pin, pin},
    task::{Context, Poll},
};

enum Slot<F: Future> {
    Waiting(Pin<Box<F>>),
    Ended(F::Output),
}

/// What all of them come to, in their order. Each wake looks at all that still wait: for a few, not for thousands.
pub(crate) async fn side_by_side<F: Future>(futures: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    let mut slots: Vec<Slot<F>> = futures.into_iter().map(|future| Slot::Waiting(Box::pin(future))).collect();
    poll_fn(|context| if poll(&mut slots, context) { Poll::Ready(()) } else { Poll::Pending }).await;
    let ended = slots.into_iter().filter_map(|slot| match slot {
        Slot::Ended(output) => Some(output),
        Slot::Waiting(_) => None,
    });
    ended.collect()
}

/// What two of different kinds come to. The first is looked at first.
pub(crate) async fn both<A: Future, B: Future>(one: A, other: B) -> (A::Output, B::Output) {
    let (mut one, mut other) = (pin!(one), pin!(other));
    let (mut first, mut second) = (None, None);
    poll_fn(|context| {
        if first.is_none() {
            first = ready(one.as_mut().poll(context));
        }
        if second.is_none() {
            second = ready(other.as_mut().poll(context));
        }
        match (first.take(), second.take()) {
            (Some(one), Some(other)) => Poll::Ready((one, other)),
            (one, other) => {
                (first, second) = (one, other);
                Poll::Pending
            }
        }
    })
    .await
}

fn ready<T>(poll: Poll<T>) -> Option<T> {
    match poll {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}

/// Whether all have ended.
fn poll<F: Future>(slots: &mut [Slot<F>], context: &mut Context<'_>) -> bool {
    let mut all = true;
    for slot in slots {
        if let Slot::Waiting(future) = slot {
            match future.as_mut().poll(context) {
                Poll::Ready(output) => *slot = Slot::Ended(output),
                Poll::Pending => all = false,
            }
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;

    #[test]
    fn each_ends_in_its_own_time_and_the_answers_keep_their_order() {
        let after = |turns: usize| {
            let mut left = turns;
            poll_fn(move |_| {
                left -= 1;
                if left == 0 { Poll::Ready(turns) } else { Poll::Pending }
            })
        };
        let mut all = Box::pin(side_by_side([3, 1, 2].map(after)));
        let mut context = Context::from_waker(Waker::noop());
        let polls: Vec<_> = (0..3).map(|_| all.as_mut().poll(&mut context)).collect();
        assert_eq!(polls, [Poll::Pending, Poll::Pending, Poll::Ready(vec![3, 1, 2])]);
    }

    #[test]
    fn of_two_neither_waits_for_the_other_to_begin() {
        let begun = std::cell::Cell::new(0);
        let mut turn = 0;
        let slow = poll_fn(|_| {
            turn += 1;
            if turn == 2 && begun.get() == 1 { Poll::Ready("slow") } else { Poll::Pending }
        });
        let quick = async { begun.set(begun.get() + 1) };
        let mut two = Box::pin(both(slow, quick));
        let mut context = Context::from_waker(Waker::noop());
        assert_eq!(two.as_mut().poll(&mut context), Poll::Pending);
        assert_eq!(two.as_mut().poll(&mut context), Poll::Ready(("slow", ())));
    }

    #[test]
    fn none_at_all_is_ready_at_once() {
        let none: Vec<std::future::Ready<()>> = Vec::new();
        let ended = Box::pin(side_by_side(none)).as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert_eq!(ended, Poll::Ready(vec![]));
    }
}
