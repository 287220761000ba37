//! What happened, as a hash always and as text when somebody wants to read it.

/// A trace.
#[derive(Clone, Debug)]
pub struct Trace {
    hash: u64,
    /// Requests to the table and calls to Belvo.
    pub operations: u64,
    lines: Option<Vec<String>>,
}

/// FNV-1a, 64 bits: it tells traces apart, and protects nothing.
const BASIS: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0100_0000_01b3;

impl Trace {
    /// A new one, with text or without.
    pub fn new(told: bool) -> Self {
        Self { hash: BASIS, operations: 0, lines: told.then(Vec::new) }
    }

    /// Notes a number.
    pub fn note(&mut self, number: u64) {
        self.hash = (self.hash ^ number).wrapping_mul(PRIME);
    }

    /// Notes a word.
    pub fn word(&mut self, word: &str) {
        for byte in word.bytes() {
            self.note(u64::from(byte));
        }
    }

    /// Tells a line, if anybody reads.
    pub fn tell(&mut self, line: impl FnOnce() -> String) {
        if let Some(lines) = &mut self.lines {
            lines.push(line());
        }
    }

    /// Whether somebody reads.
    pub fn is_told(&self) -> bool {
        self.lines.is_some()
    }

    /// The hash of everything that was noted.
    pub fn hash(&self) -> u64 {
        self.hash
    }

    /// The text.
    pub fn lines(&self) -> &[String] {
        self.lines.as_deref().unwrap_or_default()
    }
}
