//! What happened, a line each: hashed whole, kept at its end.

use std::collections::VecDeque;

use crate::Telling;

/// Lines a failure is told with.
const TAIL: usize = 60;

/// The story so far.
#[derive(Debug)]
pub(crate) struct Trace {
    hasher: blake3::Hasher,
    tail: VecDeque<String>,
    lines: u64,
    telling: Telling,
}

impl Trace {
    pub(crate) fn new(telling: Telling) -> Self {
        Self { hasher: blake3::Hasher::new(), tail: VecDeque::new(), lines: 0, telling }
    }

    /// One line.
    pub(crate) fn tell(&mut self, now_ms: u64, line: &str) {
        let line = format!("{:>5}.{:03}h {line}", now_ms / 3_600_000, now_ms % 3_600_000 / 3_600);
        self.hasher.update(line.as_bytes()).update(b"\n");
        self.lines += 1;
        if self.telling == Telling::Aloud {
            println!("{line}");
        }
        if self.tail.len() == TAIL {
            self.tail.pop_front();
        }
        self.tail.push_back(line);
    }

    pub(crate) fn hash(&self) -> blake3::Hash {
        self.hasher.finalize()
    }

    pub(crate) fn tail(&self) -> Vec<String> {
        self.tail.iter().cloned().collect()
    }

    pub(crate) const fn lines(&self) -> u64 {
        self.lines
    }
}
