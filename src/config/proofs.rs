//! `[proofs]`: how often everything is proven again.

use std::time::Duration;

use domain::ttl;

use super::mistake::{Report, Wrong};
use super::section::Section;
use super::show::Lines;

/// Without a word about it: once a day.
const USUAL: Duration = Duration::from_secs(24 * 60 * 60);
/// Providers count requests.
const LEAST: Duration = Duration::from_secs(5 * 60);
/// What was shown longer ago is shown no more.
const MOST: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// The schedule of proofs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Proofs {
    /// How often; never, if it is off.
    pub(crate) every: Option<Duration>,
}

impl Proofs {
    pub(super) fn read(mut section: Section, report: &mut Report) -> Self {
        let every = section.text("every", report, every);
        section.finish(report);
        Self { every: every.map_or(Some(USUAL), |given| given.value) }
    }

    pub(super) fn show(self, lines: &mut Lines) {
        let every = self.every.map_or_else(|| "off".to_owned(), |every| format!("every {}", ttl::show(every)));
        lines.add("proofs", every);
    }
}

fn every(text: &str) -> Result<Option<Duration>, Wrong> {
    if text == "off" {
        return Ok(None);
    }
    let mend = "write how often as 12h or 7d, from 5m to 30d, or \"off\"";
    match ttl::parse(text) {
        Ok(every) if (LEAST..=MOST).contains(&every) => Ok(Some(every)),
        Ok(_) => Err(Wrong::new(format!("'{text}' is too often or too seldom"), mend)),
        Err(_) => Err(Wrong::new(format!("'{text}' is not a length of time"), mend)),
    }
}
