//! Counts tests, from what the test runners say about them.

use std::fmt;
use std::ops::AddAssign;

use crate::process::Finished;

/// How many checks passed and failed.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
pub(crate) struct Tally {
    pub(crate) passed: usize,
    pub(crate) failed: usize,
}

impl Tally {
    /// A single check.
    pub(super) fn one(success: bool) -> Self {
        Self { passed: usize::from(success), failed: usize::from(!success) }
    }

    /// Counts what a test runner reported, line by line.
    ///
    /// A runner that failed without a failed test, such as one that did not compile, counts as one failure.
    pub(super) fn of_tests(finished: &Finished) -> Self {
        let mut sum = Self::default();
        for line in finished.said.lines() {
            sum += nextest(line).or_else(|| libtest(line)).or_else(|| node(line)).unwrap_or_default();
        }
        if !finished.success && sum.failed == 0 {
            sum.failed = 1;
        }
        sum
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} passed, {} failed", self.passed, self.failed)
    }
}

/// `Summary [ 3.2s] 12 tests run: 10 passed (1 slow), 1 failed, 1 timed out, 3 skipped`
fn nextest(line: &str) -> Option<Tally> {
    let (_, counts) = line.trim_start().strip_prefix("Summary [")?.split_once(" run: ")?;
    let mut sum = Tally::default();
    for part in counts.split(", ") {
        // `(1 slow, 1 flaky)` is about tests that have been counted.
        let Some((count, state)) = part.split_once(' ') else { continue };
        let Ok(count) = count.parse::<usize>() else { continue };
        match state.split(' ').next().unwrap_or_default() {
            "passed" => sum.passed += count,
            "failed" | "timed" | "exec" => sum.failed += count,
            _ => {}
        }
    }
    Some(sum)
}

/// `test result: ok. 5 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.05s`
fn libtest(line: &str) -> Option<Tally> {
    let (_, counts) = line.strip_prefix("test result: ")?.split_once(". ")?;
    let count = |state: &str| {
        let mut parts = counts.split("; ").filter_map(|part| part.split_once(' '));
        parts.find(|(_, found)| *found == state).and_then(|(count, _)| count.parse().ok())
    };
    Some(Tally { passed: count("passed")?, failed: count("failed")? })
}

/// `ℹ pass 3` and `ℹ fail 1`
fn node(line: &str) -> Option<Tally> {
    let (state, count) = line.strip_prefix("ℹ ")?.split_once(' ')?;
    let count = count.parse().ok()?;
    match state {
        "pass" => Some(Tally { passed: count, failed: 0 }),
        "fail" | "cancelled" => Some(Tally { passed: 0, failed: count }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(said: &str, success: bool, expected: &str) {
        let finished = Finished { success, said: said.to_owned() };
        assert_eq!(Tally::of_tests(&finished).to_string(), expected);
    }

    #[test]
    fn nextest_is_understood() {
        let summary = "     Summary [   3.200s] 12 tests run: 10 passed (1 slow, 1 flaky), 1 failed, 1 timed out, 3 skipped";
        check(summary, false, "10 passed, 2 failed");
    }

    #[test]
    fn the_results_of_libtest_add_up() {
        let results = "test result: ok. 5 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.05s\n\
                       test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s";
        check(results, false, "7 passed, 1 failed");
    }

    #[test]
    fn node_is_understood() {
        check("ℹ tests 4\nℹ pass 3\nℹ fail 1\nℹ cancelled 0", false, "3 passed, 1 failed");
    }

    #[test]
    fn tests_that_do_not_compile_are_a_failure() {
        check("error: could not compile `domain`", false, "0 passed, 1 failed");
    }
}
