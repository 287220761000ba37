//! Values of the production's own types, kept so that a state is small and quick to compare: shared, with a print.

use std::{
    any::Any,
    fmt,
    hash::{DefaultHasher, Hash, Hasher},
    ops::Deref,
    sync::Arc,
};

/// The print of anything, the same in each run.
pub fn print_of(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// A value that is compared by its print.
pub struct Kept<T> {
    value: Arc<T>,
    print: u64,
}

impl<T: fmt::Debug> Kept<T> {
    /// Keeps it: whatever its `Debug` tells makes a difference.
    pub fn new(value: T) -> Self {
        let print = print_of(&format!("{value:?}"));
        Self { value: Arc::new(value), print }
    }
}

impl<T> Clone for Kept<T> {
    fn clone(&self) -> Self {
        Self { value: Arc::clone(&self.value), print: self.print }
    }
}

impl<T> Deref for Kept<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> Hash for Kept<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.print);
    }
}

impl<T> PartialEq for Kept<T> {
    fn eq(&self, other: &Self) -> bool {
        self.print == other.print
    }
}

impl<T: fmt::Debug> fmt::Debug for Kept<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}

/// What a request was answered: a value of the type that its port wants, or nothing that could be told.
#[derive(Clone)]
pub enum Answer {
    /// This.
    Told(Arc<dyn Any + Send + Sync>, u64),
    /// Nothing: it may have happened or not.
    Lost,
    /// It certainly did not happen.
    Unsent,
}

impl Answer {
    /// An answer whose print is that of what it is made of.
    pub fn of<T: Any + Send + Sync>(value: T, made_of: &impl Hash) -> Self {
        Self::Told(Arc::new(value), print_of(made_of))
    }

    /// An answer that tells what its `Debug` tells.
    pub fn plain<T: Any + Send + Sync + fmt::Debug>(value: T) -> Self {
        let print = print_of(&format!("{value:?}"));
        Self::Told(Arc::new(value), print)
    }

    /// The value, if it is of this type.
    pub fn value<T: 'static>(&self) -> Option<&T> {
        match self {
            Self::Told(value, _) => value.downcast_ref(),
            Self::Lost | Self::Unsent => None,
        }
    }

    fn print(&self) -> u64 {
        match self {
            Self::Told(_, print) => *print,
            Self::Lost => 0,
            Self::Unsent => 1,
        }
    }
}

/// An answer, and the minute in which it came.
#[derive(Clone)]
pub struct Heard {
    /// What.
    pub answer: Answer,
    /// When.
    pub at: i64,
}

impl Hash for Heard {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.answer.print());
        state.write_i64(self.at);
    }
}
