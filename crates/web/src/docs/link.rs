//! Where a link of the Markdown may lead.
//!
//! A list of what is allowed, not of what is forbidden: a page of the manual, an anchor, `https:`,
//! `http:` and `mailto:`. A link to anywhere else loses its link and keeps its words.

/// What a link became.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// A page of the manual, and an anchor on it.
    Page(String, Option<String>),
    /// An anchor of the same page.
    Here(String),
    /// Another site, or a mail program.
    Outside(String),
    /// Nowhere.
    Nowhere,
}

/// Judges a link that stands on the page `from`.
pub(super) fn target(from: &str, destination: &str, exists: &dyn Fn(&str) -> bool) -> Target {
    // Browsers drop tabs and line ends inside a scheme and read a backslash as a slash.
    if destination.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\') {
        return Target::Nowhere;
    }
    if let Some(anchor) = destination.strip_prefix('#') {
        return if anchor.is_empty() { Target::Nowhere } else { Target::Here(anchor.to_owned()) };
    }
    let lower = destination.to_ascii_lowercase();
    if ["https://", "http://", "mailto:"].iter().any(|scheme| lower.len() > scheme.len() && lower.starts_with(scheme)) {
        return Target::Outside(destination.to_owned());
    }
    let (file, anchor) = match destination.split_once('#') {
        Some((file, anchor)) => (file, Some(anchor.to_owned()).filter(|anchor| !anchor.is_empty())),
        None => (destination, None),
    };
    match file.strip_suffix(".md").and_then(|file| joined(from, file)) {
        Some(page) if exists(&page) => Target::Page(page, anchor),
        _ => Target::Nowhere,
    }
}

/// A relative path as a path below `docs/`; none if it leads out of it or is not relative.
pub(super) fn joined(from: &str, relative: &str) -> Option<String> {
    if relative.starts_with('/') || relative.contains([':', '?', '%', '\\']) {
        return None;
    }
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(from: &str, destination: &str) -> Target {
        target(from, destination, &|page| ["aws", "console/objects", "adr/0001-x"].contains(&page))
    }

    fn page(path: &str, anchor: Option<&str>) -> Target {
        Target::Page(path.to_owned(), anchor.map(str::to_owned))
    }

    #[test]
    fn links_to_pages_are_followed_from_where_they_stand() {
        assert_eq!(judged("install", "aws.md"), page("aws", None));
        assert_eq!(judged("console/grants", "objects.md#cors"), page("console/objects", Some("cors")));
        assert_eq!(judged("console/grants", "../adr/0001-x.md"), page("adr/0001-x", None));
        assert_eq!(judged("install", "./console/objects.md"), page("console/objects", None));
        assert_eq!(judged("install", "#the-root-key"), Target::Here("the-root-key".to_owned()));
    }

    #[test]
    fn links_out_of_the_manual_lead_nowhere() {
        for link in ["../README.md", "/aws.md", "missing.md", "aws.md?x", "aws", "openapi.json", "../../aws.md", "#"] {
            assert_eq!(judged("install", link), Target::Nowhere, "{link}");
        }
    }

    #[test]
    fn only_web_and_mail_addresses_lead_outside() {
        for link in ["https://example.com/a?b#c", "HTTP://example.com", "mailto:a@example.com"] {
            assert_eq!(judged("install", link), Target::Outside(link.to_owned()));
        }
        let hostile = [
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)//.md",
            "java\tscript:alert(1)",
            "\u{1}javascript:alert(1)",
            "data:text/html,x",
            "vbscript:x",
            "file:///etc/passwd",
            "blob:https://example.com/x",
            "//example.com/aws.md",
            "/\\example.com",
            "\\\\example.com",
            "https:",
            "https:/example.com",
        ];
        for link in hostile {
            assert_eq!(judged("install", link), Target::Nowhere, "{link:?}");
        }
    }
}
