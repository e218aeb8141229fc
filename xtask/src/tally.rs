//! Counting what test runners say, so that the last line of a run is true.

use std::ops::AddAssign;

/// How many tests did what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Tests that passed.
    pub passed: u64,
    /// Tests that failed.
    pub failed: u64,
    /// Tests that were left out.
    pub skipped: u64,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl Tally {
    /// Adds what one line of a runner's output says, when it is a summary.
    ///
    /// Understood are `cargo test` (`test result: ok. 3 passed; 0 failed; 1 ignored; ...`), nextest
    /// (`Summary [ 1.2s] 4 tests run: 3 passed (1 slow), 1 failed, 2 skipped`) and Playwright (`  3 passed (2.1s)`,
    /// `  1 failed`, `  1 flaky`, `  2 skipped`, `  2 did not run`).
    pub fn read(&mut self, line: &str) {
        let whole = without_colour(line);
        let line = whole.trim();
        // What nextest shows of a test that failed is set in, and counted by its summary.
        let counts = if let Some((_, counts)) = whole
            .strip_prefix("test result:")
            .and_then(|rest| rest.split_once(". "))
        {
            counts
        } else if let Some((_, counts)) = line
            .strip_prefix("Summary")
            .and_then(|rest| rest.split_once("run:"))
        {
            counts
        } else if is_playwright(line) {
            line
        } else {
            return;
        };
        for count in counts.split([',', ';']) {
            let Some((number, what)) = count.trim().split_once(' ') else {
                continue;
            };
            let Ok(number) = number.parse::<u64>() else {
                continue;
            };
            match what.split([' ', '(']).next() {
                Some("passed") => self.passed += number,
                // A test that passes now and then isn't one that passes.
                Some("failed" | "flaky" | "timed" | "interrupted") => self.failed += number,
                Some("skipped" | "ignored" | "did") => self.skipped += number,
                _ => {}
            }
        }
    }
}

/// Whether this line is one of Playwright's sums.
pub fn is_playwright(line: &str) -> bool {
    let mut words = line.splitn(3, ' ');
    let is_number = words.next().is_some_and(|word| word.parse::<u64>().is_ok());
    let what = words.next().unwrap_or_default();
    let rest = words.next().unwrap_or_default();
    let is_rest_known =
        rest.is_empty() || rest == "not run" || (rest.starts_with('(') && rest.ends_with(')'));
    is_number
        && is_rest_known
        && ["passed", "failed", "flaky", "skipped", "interrupted", "did"].contains(&what)
}

/// The line without the codes that colour it.
pub fn without_colour(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((before, escape)) = rest.split_once("\u{1b}[") {
        plain.push_str(before);
        rest = escape
            .split_once(|c: char| c.is_ascii_alphabetic())
            .map_or("", |(_, after)| after);
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(lines: &[&str]) -> (u64, u64, u64) {
        let mut tally = Tally::default();
        lines.iter().for_each(|line| tally.read(line));
        (tally.passed, tally.failed, tally.skipped)
    }

    #[test]
    fn every_binary_of_cargo_test_is_added() {
        let lines = [
            "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s",
            "test result: FAILED. 2 passed; 4 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s",
        ];
        assert_eq!(tally(&lines), (5, 4, 1));
    }

    #[test]
    fn the_summary_of_nextest_is_read_with_and_without_colour() {
        assert_eq!(
            tally(&[
                "     Summary [   0.009s] 4 tests run: 3 passed (1 slow), 1 failed, 2 skipped"
            ]),
            (3, 1, 2)
        );
        let coloured = "\u{1b}[32;1m     Summary\u{1b}[0m [   0.009s] \u{1b}[1m4\u{1b}[0m tests run: \u{1b}[1m4\u{1b}[0m \u{1b}[32;1mpassed\u{1b}[0m, \u{1b}[1m0\u{1b}[0m skipped";
        assert_eq!(tally(&[coloured]), (4, 0, 0));
    }

    #[test]
    fn what_nextest_shows_of_a_failed_test_is_not_counted_again() {
        let lines = [
            "  stdout ───",
            "    test result: FAILED. 0 passed; 1 failed; 0 ignored; 0 measured; 6 filtered out; finished in 0.00s",
            "     Summary [   0.004s] 7 tests run: 6 passed, 1 failed, 0 skipped",
        ];
        assert_eq!(tally(&lines), (6, 1, 0));
    }

    #[test]
    fn a_flaky_test_of_playwright_counts_as_failed() {
        assert_eq!(
            tally(&[
                "  1 flaky",
                "  2 skipped",
                "  3 did not run",
                "  11 passed (1.2m)"
            ]),
            (11, 1, 5)
        );
    }

    #[test]
    fn what_only_looks_like_a_summary_is_left_out() {
        assert_eq!(
            tally(&["3 passed the door yesterday", "test a::b ... ok", "12 rows"]),
            (0, 0, 0)
        );
    }
}
