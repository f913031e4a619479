//! `[log]`: how much is said, and in which form.

use super::mistake::{Report, Wrong};
use super::section::Section;
use super::show::Lines;

/// What goes to standard error.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Log {
    /// The least important that is still said.
    pub(crate) level: tracing::Level,
    /// In which form.
    pub(crate) format: LogFormat,
}

/// The form of a line of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// For collectors: one JSON object a line.
    Json,
}

impl Default for Log {
    fn default() -> Self {
        Self { level: tracing::Level::INFO, format: LogFormat::Text }
    }
}

impl Log {
    pub(super) fn read(mut section: Section, report: &mut Report) -> Self {
        let default = Self::default();
        let read = Self {
            level: section.text("level", report, level).map_or(default.level, |given| given.value),
            format: section.text("format", report, format).map_or(default.format, |given| given.value),
        };
        section.finish(report);
        read
    }

    pub(super) fn show(self, lines: &mut Lines) {
        lines.add("log.level", self.level.as_str().to_ascii_lowercase());
        lines.add("log.format", if self.format == LogFormat::Json { "json" } else { "text" });
    }
}

fn level(text: &str) -> Result<tracing::Level, Wrong> {
    match text {
        "error" => Ok(tracing::Level::ERROR),
        "warn" => Ok(tracing::Level::WARN),
        "info" => Ok(tracing::Level::INFO),
        "debug" => Ok(tracing::Level::DEBUG),
        "trace" => Ok(tracing::Level::TRACE),
        other => Err(Wrong::new(format!("'{other}' is not a level"), "write error, warn, info, debug or trace")),
    }
}

fn format(text: &str) -> Result<LogFormat, Wrong> {
    match text {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        other => Err(Wrong::new(format!("'{other}' is not a format"), "write \"text\" or \"json\"")),
    }
}
