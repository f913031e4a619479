//! A row of the table.

use serde::Serialize;

/// What was measured, beside what, and whether it is enough.
#[derive(Serialize)]
pub(crate) struct Row {
    pub(crate) work: String,
    pub(crate) ours: String,
    pub(crate) peer: String,
    pub(crate) ratio: String,
    pub(crate) must: &'static str,
    pub(crate) held: bool,
}

impl Row {
    /// One line of JSON on standard output.
    pub(crate) fn print(&self) {
        println!("{}", serde_json::to_string(self).expect("a row can be written"));
    }
}
