//! What a run of tests comes to: its counts, and what failed, to be said once more at the end. A run prints ten thousand
//! lines, and a machine that keeps its output may keep only the last of them.

use std::ops::AddAssign;

use crate::tally::{self, Tally};

/// Lines kept of one failure.
const EACH: usize = 60;
/// Failures kept.
const MOST: usize = 20;

/// What runners said so far.
#[derive(Debug, Default)]
pub struct Report {
    /// How many tests did what.
    pub tally: Tally,
    /// What was printed of each that failed, in order.
    failures: Vec<Vec<String>>,
    /// Whether the lines that come belong to the last failure.
    is_inside: bool,
}

impl AddAssign for Report {
    fn add_assign(&mut self, other: Self) {
        self.tally += other.tally;
        self.failures.extend(other.failures);
        self.failures.truncate(MOST);
        self.is_inside = false;
    }
}

impl Report {
    /// Takes a line of a runner's output: counts it when it is a summary, and keeps it when it belongs to something that
    /// failed.
    ///
    /// Understood are nextest (`FAIL [ 0.1s] server::api name`), `cargo test` (`---- name stdout ----`), Playwright
    /// (`  1) tests/live.spec.ts:3:1 › title`) and the trials (`  FAILED  what`). A failure goes on until another one
    /// begins, a test passes or a runner sums up.
    pub fn read(&mut self, line: &str) {
        self.tally.read(line);
        let plain = tally::without_colour(line);
        let text = plain.trim();
        if begins(text) {
            self.is_inside = self.failures.len() < MOST;
            if self.is_inside {
                self.failures.push(Vec::new());
            }
        } else if ends(text) {
            self.is_inside = false;
        }
        if !self.is_inside {
            return;
        }
        if let Some(failure) = self.failures.last_mut()
            && failure.len() < EACH
        {
            failure.push(plain.trim_end().to_owned());
        }
    }

    /// Prints what failed, or nothing when nothing did.
    pub fn say_failures(&self) {
        if !self.failures.is_empty() {
            println!("\n== What failed");
        }
        for line in self.failures.iter().flatten() {
            println!("{line}");
        }
    }
}

fn begins(text: &str) -> bool {
    let mut words = text.split_whitespace();
    match (words.next(), words.next()) {
        (Some("FAIL" | "TIMEOUT" | "ABORT" | "SIGABRT" | "SIGSEGV"), Some(next)) => {
            next.starts_with('[')
        }
        (Some("FAILED"), Some(_)) => true,
        (Some("----"), Some(_)) => text.ends_with("----"),
        (Some(number), Some(place)) => {
            place.contains(".spec.ts:")
                && number
                    .strip_suffix(')')
                    .is_some_and(|number| number.parse::<u32>().is_ok())
        }
        _ => false,
    }
}

fn ends(text: &str) -> bool {
    ["PASS [", "SLOW [", "ok ", "test result:", "Summary ["]
        .iter()
        .any(|start| text.starts_with(start))
        || tally::is_playwright(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(lines: &[&str]) -> Vec<String> {
        let mut report = Report::default();
        lines.iter().for_each(|line| report.read(line));
        report.failures.into_iter().flatten().collect()
    }

    #[test]
    fn a_test_of_nextest_is_kept_with_its_words() {
        let lines = [
            "        PASS [   0.006s] (1/3) xtask tally::a",
            "\u{1b}[31;1m        FAIL\u{1b}[0m [   0.010s] (2/3) xtask tally::b",
            "  stderr ───",
            "    thread 'b' panicked at src/lib.rs:3:9:",
            "        PASS [   0.006s] (3/3) xtask tally::c",
            "     Summary [   0.0s] 3 tests run: 2 passed, 1 failed, 0 skipped",
        ];
        assert_eq!(
            kept(&lines),
            [
                "        FAIL [   0.010s] (2/3) xtask tally::b",
                lines[2],
                lines[3]
            ]
        );
    }

    #[test]
    fn a_report_of_playwright_ends_where_it_sums_up() {
        let lines = [
            "  ✓   1 tests/live.spec.ts:3:1 › a (2.0s)",
            "  1) tests/live.spec.ts:9:1 › b ───",
            "",
            "    Error: expect(locator).toBeVisible()",
            "  1 failed",
            "    tests/live.spec.ts:9:1 › b ───",
            "  1 passed (3.0s)",
        ];
        assert_eq!(kept(&lines), lines[1..4]);
    }

    #[test]
    fn a_trial_and_a_doc_test_are_kept() {
        let lines = [
            "  ok      one",
            "  FAILED  two",
            "          {'status': 500}",
            "  ok      three",
            "---- domain/src/lib.rs - a (line 3) stdout ----",
            "panicked",
            "test result: FAILED. 0 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out",
        ];
        assert_eq!(kept(&lines), [lines[1], lines[2], lines[4], lines[5]]);
    }

    #[test]
    fn nothing_is_kept_of_what_passed() {
        assert_eq!(
            kept(&["test a ... ok", "  3 passed (2.0s)", "FAILED"]),
            [""; 0]
        );
    }

    #[test]
    fn a_flood_is_cut() {
        let long = [vec!["FAILED it"], vec!["word"; 1_000]].concat();
        assert_eq!(kept(&long).len(), EACH);
        assert_eq!(kept(&["FAILED it"; 1_000]).len(), MOST);
    }
}
