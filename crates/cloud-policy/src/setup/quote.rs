//! Text of a user inside a shell command or a Terraform file: it stays text.

/// The text as one word of a POSIX shell.
pub fn shell(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_./:=@,+".contains(&b);
    if !text.is_empty() && text.bytes().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// The text as a quoted string of Terraform.
pub fn hcl(text: &str) -> String {
    let mut out = String::from("\"");
    for c in inert(text).chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A list of quoted strings of Terraform.
pub fn hcl_list<T: AsRef<str>>(texts: &[T]) -> String {
    let all: Vec<String> = texts.iter().map(|text| hcl(text.as_ref())).collect();
    format!("[{}]", all.join(", "))
}

/// JSON as a here-document of Terraform, without the line that begins it.
pub fn hcl_json(json: &str) -> String {
    // No line of JSON can be the end mark: strings hold no line breaks.
    format!("<<TIDEGATE_JSON\n{}\nTIDEGATE_JSON\n", without_templates(json, "\\u0024", "\\u0025"))
}

fn inert(text: &str) -> String {
    // Backslashes first: what is added below must keep its own.
    without_templates(&text.replace('\\', "\\\\"), "\\u0024", "\\u0025")
}

/// `${` and `%{` begin a template, `$${` and `%%{` stand for them; how a further `$` before these is read
/// is not documented, so that one is written as a code point (known to JSON and to Terraform's strings).
fn without_templates(text: &str, dollar: &str, percent: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek()) {
            ('$' | '%', Some('{')) => {
                out.push(c);
                out.push(c);
            }
            ('$', Some('$')) => out.push_str(dollar),
            ('%', Some('%')) => out.push_str(percent),
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What a shell makes of one word.
    pub(crate) fn unshell(word: &str) -> String {
        let (mut out, mut quoted, mut chars) = (String::new(), false, word.chars());
        while let Some(c) = chars.next() {
            match (c, quoted) {
                ('\'', _) => quoted = !quoted,
                ('\\', false) => out.extend(chars.next()),
                (c, true) => out.push(c),
                (c, false) => {
                    assert!(!" $`\"!*?&|;<>(){}[]~#\n%^".contains(c), "unquoted {c:?} in {word}");
                    out.push(c);
                }
            }
        }
        assert!(!quoted);
        out
    }

    /// What Terraform makes of a template's text.
    pub(crate) fn untemplate(text: &str) -> String {
        let (mut out, mut rest) = (String::new(), text);
        while let Some(c) = rest.chars().next() {
            let step = match rest.get(..3) {
                Some("$${") => "${",
                Some("%%{") => "%{",
                _ => "",
            };
            assert!(!step.is_empty() || !(rest.starts_with("${") || rest.starts_with("%{")), "template in {text}");
            if step.is_empty() {
                out.push(c);
                rest = &rest[c.len_utf8()..];
            } else {
                out.push_str(step);
                rest = &rest[3..];
            }
        }
        out
    }

    /// The text of a quoted string of Terraform: the escapes that are used are those of JSON.
    fn unhcl(quoted: &str) -> String {
        serde_json::from_str(&untemplate(quoted)).unwrap()
    }

    #[test]
    fn quoting_of_known_words() {
        assert_eq!(shell("a/b-1.json"), "a/b-1.json");
        assert_eq!(shell(""), "''");
        assert_eq!(shell("it's $(x)"), r"'it'\''s $(x)'");
        assert_eq!(hcl("a\"${b}%{c}\\"), r#""a\"$${b}%%{c}\\""#);
        assert_eq!(hcl("$${x}"), r#""\u0024$${x}""#);
    }

    proptest! {
        #[test]
        fn quoted_text_reads_back_the_same(text in "[a$%{}'\"\\\\ `!\n\u{7f}é]{0,12}") {
            prop_assert_eq!(unshell(&shell(&text)), text.clone());
            prop_assert_eq!(unhcl(&hcl(&text)), text.clone());
            let json = serde_json::json!({"k": [text.clone()]}).to_string();
            let heredoc = hcl_json(&json);
            let body = heredoc.strip_prefix("<<TIDEGATE_JSON\n").unwrap().strip_suffix("\nTIDEGATE_JSON\n").unwrap();
            let back: serde_json::Value = serde_json::from_str(&untemplate(body)).unwrap();
            prop_assert_eq!(back["k"][0].as_str().unwrap(), text);
        }
    }
}
