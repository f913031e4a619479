//! Rates, and how they are told.

use std::time::{Duration, Instant};

/// The rounds of one way to do the work.
#[derive(Default)]
pub(crate) struct Rounds(Vec<Duration>);

impl Rounds {
    /// Times one round.
    pub(crate) fn time<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let done = work();
        self.0.push(start.elapsed());
        done
    }

    /// Takes in a round that was timed elsewhere.
    pub(crate) fn add(&mut self, time: Duration) {
        self.0.push(time);
    }

    /// How many of the things done in each round are done in a second, from the median round.
    pub(crate) fn rate(mut self, count: usize) -> f64 {
        self.0.sort_unstable();
        let median = self.0.get(self.0.len() / 2).copied().unwrap_or_default();
        f64::from(u32::try_from(count).unwrap_or(u32::MAX)) / median.as_secs_f64()
    }
}

/// What the lines after it are about, and our rate.
pub(crate) fn ours(work: &str, rate: f64) {
    println!("work {work}");
    println!("tidegate {rate:>12.0} URLs/s");
}

/// A peer's rate, and how many times it ours must be.
pub(crate) fn peer(name: &str, ours: f64, theirs: f64, least: &str) {
    println!("{name} {theirs:>12.0} /s   ratio {:.2} (at least {least})", ours / theirs);
}

/// Names as a folder of pictures has them.
pub(crate) fn names(count: usize) -> Vec<String> {
    (0..count).map(|at| format!("pictures/2024/camera-{:02}/{at:08}.jpg", at % 16)).collect()
}
