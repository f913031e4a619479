//! How a time is shown: relative for the eye, exact with its zone for whoever needs it.

use askama::Template;
use askama::filters::HtmlSafe;
use jiff::Timestamp;

/// A time on a page, seen from the moment the page was made.
#[derive(Debug, Clone, Copy, Template)]
#[template(
    ext = "html",
    source = r#"<time datetime="{{ at }}" title="{{ self.exact() }}" data-relative>{{ self.relative() }}</time>"#
)]
pub(crate) struct When {
    pub(crate) at: Timestamp,
    pub(crate) now: Timestamp,
}

impl HtmlSafe for When {}

const UNITS: [(i64, &str); 5] =
    [(86_400 * 365, "year"), (86_400 * 30, "month"), (86_400, "day"), (3_600, "hour"), (60, "minute")];

impl When {
    /// `2026-01-31 12:00:00 UTC`
    pub(crate) fn exact(&self) -> String {
        self.at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
    }

    /// `3 minutes ago`, `in 2 hours`, `just now`
    pub(crate) fn relative(&self) -> String {
        let seconds = self.now.as_second().saturating_sub(self.at.as_second());
        let Some((unit, word)) = UNITS.iter().find(|(unit, _)| seconds.abs() >= *unit) else {
            return if seconds < 0 { "in a moment".to_owned() } else { "just now".to_owned() };
        };
        let count = seconds.abs() / unit;
        let plural = if count == 1 { "" } else { "s" };
        if seconds < 0 { format!("in {count} {word}{plural}") } else { format!("{count} {word}{plural} ago") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_relative_with_the_exact_one_beside() {
        let now: Timestamp = "2026-01-31T12:00:00Z".parse().unwrap();
        let seen = |at: &str| When { at: at.parse().unwrap(), now }.relative();
        assert_eq!(seen("2026-01-31T11:59:30Z"), "just now");
        assert_eq!(seen("2026-01-31T11:58:00Z"), "2 minutes ago");
        assert_eq!(seen("2026-01-31T13:00:00Z"), "in 1 hour");
        assert_eq!(seen("2025-01-01T12:00:00Z"), "1 year ago");
        let html = When { at: "2026-01-31T11:58:00Z".parse().unwrap(), now }.to_string();
        assert!(html.contains(r#"datetime="2026-01-31T11:58:00Z" title="2026-01-31 11:58:00 UTC""#), "{html}");
    }
}
