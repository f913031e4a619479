//! Keys are any text at all: what cannot be seen, or turns the rest around, is shown as what it is.

/// The text with marks in place of characters that cannot be seen.
pub(crate) fn visible(text: &str) -> String {
    let inner = text.trim_matches(' ');
    let begin = text.len().saturating_sub(text.trim_start_matches(' ').len());
    let end = if inner.is_empty() { 0 } else { text.len().saturating_sub(text.trim_end_matches(' ').len()) };
    let mut out = "\u{2423}".repeat(begin);
    for c in inner.chars() {
        match c {
            '\0'..='\u{1f}' => out.extend(char::from_u32(0x2400 + u32::from(c))),
            '\u{7f}' => out.push('\u{2421}'),
            _ if is_hidden(c) => out.push_str(&format!("\u{27e8}U+{:04X}\u{27e9}", u32::from(c))),
            _ => out.push(c),
        }
    }
    out.push_str(&"\u{2423}".repeat(end));
    out
}

/// Marks of direction, which can make a name look like another, and characters without width. The joiner
/// of emoji is not among them.
fn is_hidden(c: char) -> bool {
    matches!(c, '\u{80}'..='\u{a0}' | '\u{ad}' | '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Whether browsers keep the key as it is: they take segments of dots for steps between folders, encoded
/// or not (URL Standard, "double-dot URL path segment"), so that the store is asked for another key.
pub(super) fn browsers_keep(key: &str) -> bool {
    !key.split('/').any(|segment| matches!(segment, "." | ".."))
}

/// `1.2 MiB`
pub(crate) fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["KiB", "MiB", "GiB", "TiB", "PiB"];
    let mut whole = bytes;
    let mut tenths = 0;
    let mut unit = "bytes";
    for next in UNITS {
        if whole < 1024 {
            break;
        }
        tenths = (whole % 1024) * 10 / 1024;
        whole /= 1024;
        unit = next;
    }
    match (unit, whole) {
        ("bytes", 1) => "1 byte".to_owned(),
        ("bytes", _) => format!("{whole} bytes"),
        (_, 0..10) => format!("{whole}.{tenths} {unit}"),
        _ => format!("{whole} {unit}"),
    }
}

/// Quoted for sh where sh needs it. A terminal would take what stands for a key in a text that is pasted as
/// if it was pressed, so that is written by its number.
pub(super) fn sh(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-./:@%+=,".contains(&byte);
    if !text.is_empty() && text.bytes().all(plain) {
        return text.to_owned();
    }
    let mut quoted = String::from("'");
    for c in text.chars() {
        match c {
            '\'' => quoted.push_str(r"'\''"),
            '\n' => quoted.push('\n'),
            _ if c.is_control() => {
                let bytes: String = c.to_string().bytes().map(|byte| format!("\\{byte:03o}")).collect();
                quoted.push_str(&format!("'\"$(printf '{bytes}')\"'"));
            }
            _ => quoted.push(c),
        }
    }
    quoted.push('\'');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_shown_as_what_it_is() {
        assert_eq!(visible(" a b  "), "\u{2423}a b\u{2423}\u{2423}");
        assert_eq!(visible("  "), "\u{2423}\u{2423}");
        assert_eq!(visible("a\nb\0\u{7f}"), "a\u{240a}b\u{2400}\u{2421}");
        assert_eq!(visible("x\u{202e}gnp.exe"), "x\u{27e8}U+202E\u{27e9}gnp.exe");
        for kept in ["", "<b>\"'&", "été", "👨\u{200d}👩\u{200d}👧", "a/b"] {
            assert_eq!(visible(kept), kept);
        }
    }

    #[test]
    fn only_segments_of_dots_are_lost_in_browsers() {
        for lost in ["a/../b", "./a", "a/..", "."] {
            assert!(!browsers_keep(lost), "{lost}");
        }
        for kept in ["a/..b", "a..", "...", "a//b", "/a", " /.x/"] {
            assert!(browsers_keep(kept), "{kept}");
        }
    }

    #[test]
    fn sizes_are_short() {
        let sizes = [0, 1, 1023, 1024, 1536, 10 * 1024 * 1024, u64::MAX].map(size);
        assert_eq!(sizes, ["0 bytes", "1 byte", "1023 bytes", "1.0 KiB", "1.5 KiB", "10 MiB", "16383 PiB"]);
    }

    #[test]
    fn a_shell_reads_a_quoted_text_as_it_was() {
        for text in ["plain/x", "", "a b", "it's", "$(x)`y`\"\\\n", "a\u{1b}[201~\u{3}b\t\r'\u{9b}c\u{7f}"] {
            assert!(!sh(text).chars().any(|c| c.is_control() && c != '\n'), "a terminal obeys what is pasted");
            let output = std::process::Command::new("sh").arg("-c").arg(format!("printf %s {}", sh(text))).output();
            assert_eq!(String::from_utf8(output.unwrap().stdout).unwrap(), text);
        }
    }
}
