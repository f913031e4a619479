//! Which objects of a datasource are shown.

use std::collections::HashSet;

use domain::provider::ObjectEntry;
use domain::{Error, Result};
use globset::{GlobBuilder, GlobMatcher};
use jiff::Timestamp;

/// The longest pattern.
const LONGEST_GLOB: usize = 1024;
/// What is not itself in a pattern.
const SPECIAL: [char; 6] = ['*', '?', '[', ']', '{', '\\'];

/// Which objects are shown; everything of the datasource by default.
#[derive(Debug, Default)]
pub(super) struct Filter {
    /// The datasource's own prefix, which patterns and relevant names do not repeat.
    pub(super) base: String,
    pub(super) glob: Option<GlobMatcher>,
    pub(super) names: Option<HashSet<String>>,
    pub(super) modified_after: Option<Timestamp>,
    pub(super) modified_before: Option<Timestamp>,
}

impl Filter {
    /// Whether nothing is left out.
    pub(super) fn is_open(&self) -> bool {
        self.glob.is_none() && self.names.is_none() && self.modified_after.is_none() && self.modified_before.is_none()
    }

    /// Whether the object is shown.
    pub(super) fn keeps(&self, entry: &ObjectEntry) -> bool {
        let Some(name) = entry.key.strip_prefix(&self.base) else { return false };
        let in_time = match (entry.modified, self.modified_after, self.modified_before) {
            (_, None, None) => true,
            (None, _, _) => false,
            (Some(at), after, before) => {
                after.is_none_or(|after| at > after) && before.is_none_or(|before| at < before)
            }
        };
        in_time
            && self.names.as_ref().is_none_or(|names| names.contains(name))
            && self.glob.as_ref().is_none_or(|glob| glob.is_match(name))
    }
}

/// A pattern over keys without the datasource's prefix: `*` and `?` stay within a folder, `**` does not.
pub(super) fn glob(pattern: &str) -> Result<GlobMatcher> {
    if pattern.len() > LONGEST_GLOB {
        return Err(Error::invalid("/glob", format!("a pattern has at most {LONGEST_GLOB} bytes")));
    }
    let built = GlobBuilder::new(pattern).literal_separator(true).backslash_escape(true).build();
    built.map(|glob| glob.compile_matcher()).map_err(|error| {
        Error::invalid("/glob", format!("this is not a pattern: {}", error.kind())).with_hint(
            "'*' and '?' stay within a folder, '**' goes through folders, '\\' makes the next character plain",
        )
    })
}

/// What every key begins with that the pattern can match: the store need not be asked for others.
pub(super) fn literal_start(pattern: &str) -> &str {
    let end = pattern.find(SPECIAL).unwrap_or(pattern.len());
    pattern.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(key: &str, modified: Option<&str>) -> ObjectEntry {
        ObjectEntry { key: key.into(), size: 1, etag: None, modified: modified.map(|at| at.parse().unwrap()) }
    }

    fn matches(pattern: &str, name: &str) -> bool {
        let filter = Filter { base: "base/".into(), glob: Some(glob(pattern).unwrap()), ..Filter::default() };
        filter.keeps(&entry(&format!("base/{name}"), None))
    }

    #[test]
    fn patterns_go_over_what_follows_the_prefix() {
        assert!(matches("*.png", "a.png"));
        assert!(!matches("*.png", "x/a.png"), "one star stays within a folder");
        assert!(matches("**/*.png", "x/y/a.png") && matches("**/*.png", "a.png"));
        assert!(matches("x/{a,b}?.png", "x/b1.png"));
        assert!(matches("\\*.png", "*.png") && !matches("\\*.png", "a.png"));
        assert!(!matches("base/*", "a"), "the prefix is not repeated");
    }

    #[test]
    fn what_is_no_pattern_is_pointed_at() {
        for bad in ["[a", "{a", &"x".repeat(1025)] {
            assert_eq!(glob(bad).unwrap_err().fields()[0].pointer, "/glob", "{bad}");
        }
    }

    #[test]
    fn the_literal_start_never_excludes_a_match() {
        for (pattern, start) in [("a/b/*.png", "a/b/"), ("**", ""), ("a\\*b", "a"), ("plain", "plain"), ("{a,b}/x", "")]
        {
            assert_eq!(literal_start(pattern), start);
        }
    }

    #[test]
    fn a_time_window_leaves_its_ends_and_the_undated_out() {
        let at = |text: &str| Some(text.parse::<Timestamp>().unwrap());
        let window = Filter {
            modified_after: at("2026-01-01T00:00:00Z"),
            modified_before: at("2026-02-01T00:00:00Z"),
            ..Filter::default()
        };
        assert!(window.keeps(&entry("a", Some("2026-01-15T00:00:00Z"))));
        for out in [Some("2026-01-01T00:00:00Z"), Some("2026-02-01T00:00:00Z"), None] {
            assert!(!window.keeps(&entry("a", out)), "{out:?}");
        }
    }

    #[test]
    fn what_is_not_under_the_prefix_is_never_shown() {
        let filter = Filter { base: "base/".into(), ..Filter::default() };
        assert!(!filter.keeps(&entry("bas/x", None)) && !filter.keeps(&entry("other", None)));
    }
}
