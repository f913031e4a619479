//! Moments: the forms of ISO 8601 that the W3C's note "Date and Time Formats" has, and seconds since 1970.

use jiff::civil::{Date, DateTime};
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};

/// Reads a moment; where no zone is named, UTC is meant.
pub(crate) fn parse(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    // Four digits are a year.
    if let (false, Ok(seconds)) = (digits && text.len() == 4, text.parse::<f64>()) {
        let since = SignedDuration::try_from_secs_f64(seconds).ok()?;
        return Timestamp::from_duration(since).ok();
    }
    let at_once = || text.parse::<Timestamp>().ok();
    let without_zone = || text.parse::<DateTime>().ok().filter(|_| text.contains(['T', 't'])).and_then(utc);
    at_once().or_else(without_zone).or_else(|| day(text).and_then(|day| utc(day.into())))
}

/// A day, a month or a year, at its beginning.
fn day(text: &str) -> Option<Date> {
    let filled = match text.len() {
        4 => format!("{text}-01-01"),
        7 => format!("{text}-01"),
        _ => text.to_owned(),
    };
    filled.parse().ok()
}

fn utc(at: DateTime) -> Option<Timestamp> {
    Offset::UTC.to_timestamp(at).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_moment_is_read() {
        for (text, moment) in [
            ("2024", "2024-01-01T00:00:00Z"),
            ("2024-05", "2024-05-01T00:00:00Z"),
            ("2024-05-06", "2024-05-06T00:00:00Z"),
            ("2024-05-06T07:08Z", "2024-05-06T07:08:00Z"),
            ("2024-05-06T07:08:09Z", "2024-05-06T07:08:09Z"),
            ("2024-05-06T07:08:09+02:00", "2024-05-06T05:08:09Z"),
            ("2024-05-06T07:08:09.25Z", "2024-05-06T07:08:09.25Z"),
            ("2024-05-06T07:08:09", "2024-05-06T07:08:09Z"),
            ("1715000000", "2024-05-06T12:53:20Z"),
            ("1715000000.5", "2024-05-06T12:53:20.5Z"),
            ("0", "1970-01-01T00:00:00Z"),
            ("-1", "1969-12-31T23:59:59Z"),
        ] {
            assert_eq!(parse(text), Some(moment.parse().unwrap()), "{text}");
        }
        for text in ["", "soon", "2024-13", "2024-02-30", "NaN", "inf", "1e300", "2024-05-06T25:00Z"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
