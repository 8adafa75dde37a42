//! Panics that are damage, not defects: redb panics on pages that contradict one another. [`contain`] turns such a panic
//! into a value, and keeps its words from the person, who is told of the file instead.
//!
//! The standard library tells panics to one hook of the process. The hook put there passes every panic on to the one
//! before, but those of a thread that is inside [`contain`].

use std::backtrace::{Backtrace, BacktraceStatus};
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

thread_local! {
    static INSIDE: Cell<u32> = const { Cell::new(0) };
    static SAID: RefCell<String> = const { RefCell::new(String::new()) };
}

/// A panic that was contained: what it said, for whoever looks for a defect.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Panicked(String);

/// Runs `work`; a panic in it is an answer, and says nothing on stderr. What `work` was changing must not be used after one.
///
/// # Errors
/// [`Panicked`].
pub fn contain<T>(work: impl FnOnce() -> T) -> Result<T, Panicked> {
    static HOOK: Once = Once::new();
    // The hook can't be changed while this thread unwinds.
    if !std::thread::panicking() {
        HOOK.call_once(pass_others_on);
    }
    INSIDE.set(INSIDE.get() + 1);
    let done = catch_unwind(AssertUnwindSafe(work));
    INSIDE.set(INSIDE.get() - 1);
    done.map_err(|_| Panicked(SAID.take()))
}

fn pass_others_on() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if INSIDE.get() == 0 {
            return before(panic);
        }
        let trace = Backtrace::capture();
        let trace = (trace.status() == BacktraceStatus::Captured).then(|| format!("\n{trace}"));
        SAID.set(format!("{panic}{}", trace.unwrap_or_default()));
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contained_panic_says_what_it_was_and_the_next_one_says_its_own() {
        assert_eq!(contain(|| 7), Ok(7));
        let outer = contain(|| {
            let inner = contain(|| panic!("a torn page")).unwrap_err();
            assert!(inner.to_string().contains("a torn page"), "{inner}");
            panic!("a torn leaf")
        });
        let said = outer.map(|(): ()| ()).unwrap_err().to_string();
        assert!(said.contains("a torn leaf") && said.contains("contain.rs"), "{said}");
    }
}
