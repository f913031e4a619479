//! The ends of a time window, as people and browsers write them.

use domain::Error;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::console::query::Query;

/// A time in the query: RFC 3339, or a date with or without a time, which is UTC.
pub(super) fn read(query: &Query, name: &str) -> Result<Option<Timestamp>, Error> {
    query.get(name).map(|text| parse(name, text)).transpose()
}

fn parse(name: &str, text: &str) -> Result<Timestamp, Error> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(at);
    }
    let civil = text.parse::<DateTime>().ok().and_then(|civil| civil.to_zoned(TimeZone::UTC).ok());
    match civil {
        Some(at) => Ok(at.timestamp()),
        None => Err(Error::invalid(format!("/{name}"), "write a time as 2026-01-31T12:00, in UTC")),
    }
}

/// The same as a field of a browser takes it: to the minute, in UTC.
pub(super) fn field(query: &Query, name: &str) -> String {
    match read(query, name) {
        Ok(Some(at)) => at.strftime("%Y-%m-%dT%H:%M").to_string(),
        Ok(None) | Err(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_browsers_and_people_write_them_and_are_utc() {
        let read = |text| parse("modified_after", text).map(|at| at.to_string());
        for (text, at) in [
            ("2026-01-31T12:00", "2026-01-31T12:00:00Z"),
            ("2026-01-31T12:00:05", "2026-01-31T12:00:05Z"),
            ("2026-01-31", "2026-01-31T00:00:00Z"),
            ("2026-01-31T12:00:00+02:00", "2026-01-31T10:00:00Z"),
        ] {
            assert_eq!(read(text).unwrap(), at, "{text}");
        }
        for bad in ["soon", "12:00", "2026-13-01"] {
            assert_eq!(parse("modified_after", bad).unwrap_err().fields()[0].pointer, "/modified_after", "{bad}");
        }
    }
}
