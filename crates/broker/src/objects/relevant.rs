//! Relevant filenames: a text file in the datasource that names the objects of interest.

use std::collections::HashSet;

use domain::provider::{GetAsk, ObjectStorage, ProviderErrorKind};
use domain::{Error, ErrorKind, Result};
use futures::StreamExt as _;

/// The largest file.
const LARGEST: usize = 10 * 1024 * 1024;

/// Reads the names: one a line, relative to the datasource's prefix; blank lines are passed over.
pub(super) async fn read(storage: &dyn ObjectStorage, key: &str) -> Result<HashSet<String>> {
    let ask = GetAsk { key: key.to_owned(), range: None };
    let (_, mut body) = storage.get(&ask).await.map_err(|error| match error.kind {
        ProviderErrorKind::NoSuchKey => Error::invalid("/relevant", format!("there is no object '{key}'")),
        _ => Error::from(error),
    })?;
    let mut bytes = Vec::new();
    while let Some(chunk) = body.next().await.transpose()? {
        if bytes.len().saturating_add(chunk.len()) > LARGEST {
            let message = format!("'{key}' is larger than {} MiB", LARGEST / (1024 * 1024));
            return Err(Error::new(ErrorKind::TooLarge, message).at("/relevant").with_hint("split it"));
        }
        bytes.extend_from_slice(&chunk);
    }
    let text = String::from_utf8(bytes)
        .map_err(|_| Error::invalid("/relevant", format!("'{key}' is not a text file: it is not UTF-8")))?;
    Ok(names(&text))
}

/// Names are literal bytes: nothing of a line is cut but its end, in the manner of Unix or Windows.
fn names(text: &str) -> HashSet<String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines = text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line));
    lines.filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

/// The longest beginning that all names share, so that the store need not be asked for others.
pub(super) fn shared_start(names: &HashSet<String>) -> &str {
    let mut names = names.iter();
    let first = names.next().map_or("", String::as_str);
    names.fold(first, |shared, name| {
        let same = shared.char_indices().zip(name.chars()).find(|((_, one), two)| one != two).map(|((at, _), _)| at);
        shared.get(..same.unwrap_or(shared.len().min(name.len()))).unwrap_or_default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(names: &[&str]) -> HashSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn a_line_is_a_name_with_its_blanks() {
        assert_eq!(names("\u{feff}a.png\r\n b .png\n\nx/c.png"), set(&["a.png", " b .png", "x/c.png"]));
        assert!(names("\n\r\n").is_empty());
    }

    #[test]
    fn the_shared_start_is_a_prefix_of_every_name() {
        assert_eq!(shared_start(&set(&["a/1.png", "a/2.png"])), "a/");
        assert_eq!(shared_start(&set(&["ä1", "äß"])), "ä");
        assert_eq!(shared_start(&set(&["a", "ab"])), "a");
        assert_eq!(shared_start(&set(&["x", "y"])), "");
        assert_eq!(shared_start(&set(&["é", "è"])), "", "they share a byte, but no character");
        assert_eq!(shared_start(&set(&[])), "");
    }
}
