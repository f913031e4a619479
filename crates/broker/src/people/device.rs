//! What a session was begun with, in two words: enough to know one's own sessions by.

/// A browser or program and its system, as the client calls itself; a hint only.
pub(super) fn family(user_agent: &str) -> Option<String> {
    let named = |words: &[(&str, &'static str)]| {
        words.iter().find(|(word, _)| user_agent.contains(word)).map(|(_, name)| *name)
    };
    match (named(BROWSERS), named(SYSTEMS)) {
        (Some(browser), Some(system)) => Some(format!("{browser} on {system}")),
        (Some(browser), None) => Some(browser.to_owned()),
        (None, _) => product(user_agent),
    }
}

/// The first word, as far as it is plain.
fn product(user_agent: &str) -> Option<String> {
    let plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let word: String = user_agent.chars().take_while(plain).take(LONGEST).collect();
    (!word.is_empty()).then_some(word)
}

const LONGEST: usize = 32;

/// In this order: most browsers call themselves by the names of those before them, too.
const BROWSERS: &[(&str, &str)] = &[
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];

const SYSTEMS: &[(&str, &str)] = &[
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_named_by_its_family_and_nothing_else() {
        let chrome =
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36";
        let phone =
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1 Version/18.0 Safari/604.1";
        for (sent, shown) in [
            (chrome, Some("Chrome on Linux")),
            (&format!("{chrome} Edg/130.0"), Some("Edge on Linux")),
            (phone, Some("Safari on iPhone")),
            ("tidegate/0.2.0", Some("tidegate")),
            ("<script>alert(1)</script>", None),
            ("\u{202e}evil", None),
            ("", None),
        ] {
            assert_eq!(family(sent).as_deref(), shown, "{sent}");
        }
        assert_eq!(family(&"x".repeat(999)).map(|name| name.len()), Some(LONGEST));
    }
}
