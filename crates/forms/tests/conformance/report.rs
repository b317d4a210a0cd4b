//! What became of the cases of one file, the reasons for those that do not pass, and the floors.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::folder::Shape;

/// What became of a case.
pub(crate) enum Outcome {
    Passed,
    Failed(String),
    /// Nothing was there to judge.
    Skipped(&'static str),
}

/// Counts of one file.
pub(crate) struct Report {
    file: String,
    shape: Shape,
    passed: usize,
    /// Where the design decides otherwise, by the reason that the list gives.
    by_policy: BTreeMap<&'static str, usize>,
    /// By the reason that the list gives, if it gives one.
    failed: BTreeMap<&'static str, usize>,
    skipped: BTreeMap<&'static str, usize>,
}

/// Lines of shape, reason and key, parted by tabs. Blank lines and those that begin with `#` say nothing.
const REASONS: &str = include_str!("reasons.txt");
const FLOORS: &str = include_str!("floors.json");
/// How far a file that is not one of the known ones, such as other cases of the same origin, may stay below them.
const TOLERANCE: f64 = 3.0;

impl Report {
    pub(crate) fn new(file: String, shape: Shape) -> Self {
        Self { file, shape, passed: 0, by_policy: BTreeMap::new(), failed: BTreeMap::new(), skipped: BTreeMap::new() }
    }

    /// Tells another run of the same file from the first.
    pub(crate) fn rename(&mut self, how: &str) {
        self.file.push_str(how);
    }

    /// Notes what became of the case that `key` names; `detail` tells it from others of that name.
    pub(crate) fn add(&mut self, key: &str, detail: &str, outcome: Outcome) {
        match outcome {
            Outcome::Passed => self.passed += 1,
            Outcome::Skipped(reason) => *self.skipped.entry(reason).or_default() += 1,
            Outcome::Failed(why) => {
                let reason = reason(self.shape, key);
                let counts = match reason {
                    Some(reason) if reason.starts_with("policy: ") => &mut self.by_policy,
                    Some(_) | None => &mut self.failed,
                };
                *counts.entry(reason.unwrap_or("not listed")).or_default() += 1;
                let shown = std::env::var("CHASKI_FAILURES").unwrap_or_default();
                if shown == "1" && reason.is_none() || shown.len() > 1 && key.contains(&shown) {
                    println!("FAILED {key} [{detail}]\n       {why}");
                }
            }
        }
    }

    /// The cases that there are to pass.
    fn ran(&self) -> usize {
        self.passed + self.failed.values().sum::<usize>()
    }

    /// Of a hundred cases that there are to pass.
    fn share(&self) -> f64 {
        100.0 * self.passed as f64 / self.ran().max(1) as f64
    }

    pub(crate) fn print(&self) {
        let Self { file, passed, failed, by_policy, skipped, .. } = self;
        let sum = |counts: &BTreeMap<_, usize>| counts.values().sum::<usize>();
        let (lost, otherwise, left_out) = (sum(failed), sum(by_policy), sum(skipped));
        let share = self.share();
        let whole = 100.0 * *passed as f64 / (passed + lost + otherwise).max(1) as f64;
        println!(
            "\n{file}: {passed} passed, {lost} failed ({share:.1} %; {whole:.1} % with policy counted as failed); {otherwise} by \
             policy, {left_out} skipped"
        );
        for (word, counts) in [("failed", failed), ("otherwise", by_policy), ("skipped", skipped)] {
            for (reason, count) in counts {
                println!("    {count:4} {word}: {reason}");
            }
        }
    }

    /// Says by how much the file stays below what it must reach.
    pub(crate) fn below_floor(&self) -> Option<String> {
        let floors: Json = serde_json::from_str(FLOORS).unwrap();
        let floors = &floors[self.shape.name()];
        let known = &floors[self.file.as_str()];
        let Self { file, passed, .. } = self;
        let all = self.ran() + self.by_policy.values().sum::<usize>();
        let counted = |field: &str| known[field].as_u64().unwrap_or(0);
        if counted("ran") + counted("otherwise") == all as u64 {
            let floor = known["passed"].as_u64().unwrap();
            return ((*passed as u64) < floor).then(|| format!("{file}: {passed} passed, the floor is {floor}"));
        }
        // Other cases of the same origin differ by policy as often, but no list names them: all of them count.
        let number = |floor: &Json, field: &str| floor[field].as_f64().unwrap();
        let share =
            |floor: &Json| 100.0 * number(floor, "passed") / (number(floor, "ran") + number(floor, "otherwise"));
        let shares = floors.as_object().into_iter().flat_map(|known| known.values().map(share));
        let lowest = match known {
            Json::Null => shares.fold(f64::INFINITY, f64::min),
            known => share(known),
        };
        let reached = 100.0 * self.passed as f64 / all.max(1) as f64;
        (lowest.is_finite() && reached < lowest - TOLERANCE)
            .then(|| format!("{file}: {reached:.1} % passed, and {lowest:.1} % of the known cases"))
    }
}

fn reason(shape: Shape, key: &str) -> Option<&'static str> {
    REASONS.lines().find_map(|line| {
        let [found, reason, listed] = line.splitn(3, '\t').collect::<Vec<_>>().try_into().ok()?;
        (found == shape.name() && listed == key).then_some(reason)
    })
}
