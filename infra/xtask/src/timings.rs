//! What each stage took.

use std::time::{Duration, Instant};

use anyhow::Result;

use crate::out;

/// The stages so far, in their order.
#[derive(Default)]
pub(crate) struct Timings {
    stages: Vec<(String, Duration, String)>,
}

impl Timings {
    /// Runs `stage` and notes what it took; it returns its value and a remark for the table.
    pub(crate) fn stage<T>(&mut self, name: &str, stage: impl FnOnce() -> Result<(T, String)>) -> Result<T> {
        let started = Instant::now();
        let (value, remark) = stage()?;
        self.add(name, started.elapsed(), &remark);
        Ok(value)
    }

    /// Notes a stage that has been timed elsewhere.
    pub(crate) fn add(&mut self, name: &str, took: Duration, remark: &str) {
        self.stages.push((name.to_owned(), took, remark.to_owned()));
    }

    /// Writes the table with its sum.
    pub(crate) fn print(&self) {
        let width =
            self.stages.iter().map(|(name, ..)| name.len()).max().unwrap_or_default().max("total".len());
        for (name, took, remark) in &self.stages {
            out::line(format!("{name:width$}  {:>9}  {remark}", seconds(*took)).trim_end());
        }
        let total = self.stages.iter().map(|(_, took, _)| *took).sum();
        out::line(&format!("{:width$}  {:>9}", "total", seconds(total)));
    }
}

/// A length of time as a person reads it: `0.3 s`, `41.0 s`, `6 m 04 s`.
pub(crate) fn seconds(length: Duration) -> String {
    if length < Duration::from_secs(100) {
        return format!("{:.1} s", length.as_secs_f64());
    }
    format!("{} m {:02} s", length.as_secs() / 60, length.as_secs() % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_read_as_a_person_says_them() {
        let lengths = [0.25, 41.0, 99.94, 364.0].map(Duration::from_secs_f64).map(seconds);
        assert_eq!(lengths, ["0.2 s", "41.0 s", "99.9 s", "6 m 04 s"]);
    }
}
