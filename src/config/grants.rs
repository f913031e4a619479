//! `[grants]`: how long grants are shown that have ended.

use std::time::Duration;

use domain::ttl;

use super::mistake::{Report, Wrong};
use super::section::Section;
use super::show::Lines;

/// Without a word about it: a quarter of a year.
const USUAL: Duration = Duration::from_secs(90 * 24 * 60 * 60);
/// So that one can look into what happened over a week-end.
const LEAST: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// Ten years.
const MOST: Duration = Duration::from_secs(3_650 * 24 * 60 * 60);

/// What is kept of grants; the audit is kept whole whatever this says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Grants {
    /// For how long after their end; for ever, if it is not set.
    pub(crate) keep: Option<Duration>,
}

impl Grants {
    pub(super) fn read(mut section: Section, report: &mut Report) -> Self {
        let keep = section.text("keep", report, keep);
        section.finish(report);
        Self { keep: keep.map_or(Some(USUAL), |given| given.value) }
    }

    pub(super) fn show(self, lines: &mut Lines) {
        let keep = self.keep.map_or_else(|| "for ever".to_owned(), |keep| format!("for {}", ttl::show(keep)));
        lines.add("grants that have ended", format!("kept {keep}"));
    }
}

fn keep(text: &str) -> Result<Option<Duration>, Wrong> {
    if text == "forever" {
        return Ok(None);
    }
    let mend = "write for how long as 90d, from 7d to 3650d, or \"forever\"";
    match ttl::parse(text) {
        Ok(keep) if (LEAST..=MOST).contains(&keep) => Ok(Some(keep)),
        Ok(_) => Err(Wrong::new(format!("'{text}' is too short or too long"), mend)),
        Err(_) => Err(Wrong::new(format!("'{text}' is not a length of time"), mend)),
    }
}
