//! Values that are replaced while they are used, with a clock turned by hand.

use std::sync::{
    Mutex,
    atomic::{AtomicI64, AtomicUsize, Ordering},
};

use jiff::{SignedDuration, Timestamp};

use super::*;

/// A clock and what it is looked at for.
#[derive(Default)]
struct Watch(AtomicI64);

impl Ambient for Watch {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_secs(self.0.load(Ordering::Relaxed))
    }

    fn random(&self) -> [u8; 16] {
        [0; 16]
    }
}

/// A source of numbers, its clock, the next answers, and how often it was read.
struct Place {
    source: Source<u32>,
    watch: Arc<Watch>,
    next: Arc<Mutex<Option<Result<u32, Failure>>>>,
    reads: Arc<AtomicUsize>,
}

/// Its first value is 1. Without a next answer none ever comes.
fn place() -> Place {
    let (watch, next) = (Arc::new(Watch::default()), Arc::<Mutex<Option<_>>>::default());
    let reads = Arc::<AtomicUsize>::default();
    let (answers, counted) = (next.clone(), reads.clone());
    let read = move || {
        counted.fetch_add(1, Ordering::Relaxed);
        let answer: Option<Result<u32, Failure>> = answers.lock().expect("one thread").clone();
        let read = async move {
            match answer {
                Some(answer) => answer,
                None => std::future::pending().await,
            }
        };
        Box::pin(read) as source::Reading<u32>
    };
    let around = Around { clock: watch.clone(), metrics: Arc::new(|_| ()) };
    Place { source: Source::fed(1, "NUMBER_ARN", read, around), watch, next, reads }
}

impl Place {
    fn at(&self, second: i64) -> &Self {
        self.watch.0.store(second, Ordering::Relaxed);
        self
    }

    fn answers(&self, answer: Result<u32, Failure>) -> &Self {
        *self.next.lock().expect("one thread") = Some(answer);
        self
    }

    fn reads(&self) -> usize {
        self.reads.swap(0, Ordering::Relaxed)
    }
}

#[tokio::test]
async fn an_old_value_is_read_again_before_it_is_used() {
    let place = place();
    place.answers(Ok(2));
    assert_eq!((*place.at(299).source.present().await, place.reads()), (1, 0));
    assert_eq!((*place.at(300).source.present().await, place.reads()), (2, 1));
    assert_eq!((*place.source.clone().present().await, place.reads()), (2, 0), "clones share it");
}

#[tokio::test]
async fn a_reading_that_does_not_end_holds_nobody_up_for_long() {
    let place = place();
    assert_eq!((*place.at(300).source.present().await, place.reads()), (1, 1));
    assert_eq!((*place.at(301).source.present().await, place.reads()), (1, 0), "not at once again");
}

#[tokio::test]
async fn whoever_comes_while_it_is_read_goes_on_with_what_there_is() {
    let place = place();
    place.at(300);
    let (first, second) = tokio::join!(place.source.present(), async {
        let value = place.source.present().await;
        place.answers(Ok(2));
        value
    });
    assert_eq!((*first, *second, place.reads()), (1, 1, 1));
}

#[tokio::test]
async fn what_was_refused_is_read_before_its_time_and_only_another_value_helps() {
    let place = place();
    let refused = place.source.held();
    place.answers(Ok(2));
    assert_eq!((place.at(29).source.instead_of(&refused).await, place.reads()), (None, 0), "a moment ago");
    place.answers(Ok(1));
    assert_eq!((place.at(30).source.instead_of(&refused).await, place.reads()), (None, 1), "the same");
    place.answers(Err(Failure::Denied));
    assert_eq!((place.at(60).source.instead_of(&refused).await, place.reads()), (None, 1));
    place.answers(Ok(2));
    assert_eq!(place.at(90).source.instead_of(&refused).await.as_deref(), Some(&2));
    assert_eq!(place.reads(), 1);
    assert_eq!(place.at(200).source.instead_of(&refused).await.as_deref(), Some(&2), "found by another");
    assert_eq!(place.reads(), 0);
}

#[tokio::test]
async fn the_same_value_stays_the_very_same_with_what_was_learned_of_it() {
    let place = place();
    let before = place.source.held();
    place.answers(Ok(1));
    assert!(Arc::ptr_eq(&before, &place.at(300).source.present().await));
    assert_eq!(place.reads(), 1);
}

#[tokio::test]
async fn a_fixed_value_is_never_read_again() {
    let source = Source::fixed(7);
    assert_eq!(*source.present().await, 7);
    assert_eq!(source.instead_of(&source.held()).await, None);
    assert_eq!(format!("{source:?}"), "[redacted]");
}

#[tokio::test]
async fn of_two_that_cannot_be_had_both_are_told() {
    let missing = |variable| ready::<u32>(Err(SecretsError::of(variable, &Failure::Missing)));
    let told = both(missing("ONE"), missing("OTHER")).await.expect_err("neither").to_string();
    assert!(told.contains("ONE: there is no") && told.contains("; OTHER: there is no"), "{told}");
    let told = both(ready(Ok(1)), missing("OTHER")).await.expect_err("one").to_string();
    assert!(told.starts_with("secrets: OTHER: "), "{told}");
    assert_eq!(both(ready(Ok(1)), ready(Ok(2))).await, Ok((1, 2)));
}

fn ready<T>(value: Result<T, SecretsError>) -> std::future::Ready<Result<T, SecretsError>> {
    std::future::ready(value)
}
