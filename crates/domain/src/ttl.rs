//! Lengths of time as people write them: `90s`, `15m`, `12h`, `7d`.

use std::time::Duration;

/// Why a text is not a length of time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("write a length of time as a whole number and a unit: 90s, 15m, 12h, 7d")]
pub struct TtlError;

/// Reads `90s`, `15m`, `12h` or `7d`.
///
/// # Errors
/// [`TtlError`] for anything else, also where the number does not fit.
pub fn parse(text: &str) -> Result<Duration, TtlError> {
    let unit = text.chars().last().ok_or(TtlError)?;
    let number = text.strip_suffix(unit).filter(|digits| digits.bytes().all(|b| b.is_ascii_digit())).ok_or(TtlError)?;
    let number: u64 = number.parse().map_err(|_| TtlError)?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return Err(TtlError),
    };
    number.checked_mul(seconds).map(Duration::from_secs).ok_or(TtlError)
}

/// Writes a length of time in the largest unit that divides it.
pub fn show(ttl: Duration) -> String {
    let seconds = ttl.as_secs();
    let (by, unit) = [(86_400, 'd'), (3_600, 'h'), (60, 'm')]
        .into_iter()
        .find(|(by, _)| seconds >= *by && seconds.is_multiple_of(*by))
        .unwrap_or((1, 's'));
    format!("{}{unit}", seconds / by)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_unit_is_read_and_written() {
        for (text, seconds) in [("90s", 90), ("15m", 900), ("12h", 43_200), ("7d", 604_800), ("0s", 0)] {
            assert_eq!(parse(text).unwrap().as_secs(), seconds);
            assert_eq!(show(Duration::from_secs(seconds)), text);
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for bad in ["", "s", "15", "-1s", "1.5h", "1w", "+1s", " 1s", "99999999999999999999d", "15м"] {
            assert!(parse(bad).is_err(), "{bad:?}");
        }
    }
}
