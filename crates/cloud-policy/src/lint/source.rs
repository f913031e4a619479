//! From a pasted text to a document or a condition.

use serde::de::IgnoredAny;

use super::{Kind, Report, Rule};
use crate::read::{FaultKind, Json, MAX_BYTES};

/// How many braces are tried as the beginning of a policy.
const MAX_TRIES: usize = 200;

/// What a text is.
pub(super) enum Source<'a> {
    Json(Json),
    Condition(&'a str, Kind),
}

impl<'a> Source<'a> {
    /// Reads a text as far as it can be read, and tells what stood in the way.
    pub(super) fn read(text: &'a str, kind: Option<Kind>, report: &mut Report) -> Option<Self> {
        let fault = match Json::parse(text) {
            Ok(json) => return Some(Self::Json(json)),
            Err(fault) => fault,
        };
        if fault.kind == FaultKind::TooLarge {
            report.fault(&fault);
            return None;
        }
        if let Some(json) = mended(text, report) {
            return Some(Self::Json(json));
        }
        let begins = text.trim_start();
        let alone = !begins.starts_with(['{', '[']) && !begins.is_empty();
        let kind = kind.or_else(|| Kind::of_condition(text)).filter(|kind| matches!(kind, Kind::Gcp | Kind::Azure));
        if let Some(kind) = kind.filter(|_| alone) {
            return Some(Self::Condition(text, kind));
        }
        report.error(Rule::NotJson, "", format!("{}; {}", fault.message, hint(text)));
        None
    }
}

fn hint(text: &str) -> &'static str {
    if text.trim().is_empty() {
        "the text is empty"
    } else if text.contains("{'") || text.contains("': ") {
        "texts in JSON stand in \" and not in '"
    } else if text.contains(",]") || text.contains(",}") || text.contains(",\n") && text.contains("//") {
        "JSON has neither comments nor a comma after the last item"
    } else {
        "give the policy from its first brace to its last, and nothing else"
    }
}

/// JSON with typographic quotation marks, or with other text around it.
fn mended(text: &str, report: &mut Report) -> Option<Json> {
    let plain: String = text.chars().map(straightened).collect();
    let quotes = plain != text;
    // Lines stay lines, so what is said of the plain text holds for the pasted one.
    let found = match Json::parse(&plain) {
        Ok(json) => Some((json, None)),
        Err(_) => inside(&plain).map(|(json, around)| (json, Some(around))),
    };
    let (json, around) = found?;
    report.pasted = true;
    if quotes {
        let message = "the policy has typographic quotation marks or blanks, which JSON does not know, as they come from \
                       word processors and web pages; the mended text has plain ones";
        report.error(Rule::TypographicQuotes, "", message);
    }
    if let Some(message) = around {
        report.error(Rule::TextAroundJson, "", message);
    }
    Some(json)
}

fn straightened(c: char) -> char {
    match c {
        '“' | '”' | '„' | '‟' | '«' | '»' | '″' => '"',
        '‘' | '’' | '‚' => '\'',
        '\u{a0}' | '\u{2007}' | '\u{202f}' | '\u{200b}' | '\u{2060}' => ' ',
        other => other,
    }
}

/// The first policy within a text, and what to say of the rest.
fn inside(text: &str) -> Option<(Json, String)> {
    if text.len() > MAX_BYTES {
        return None;
    }
    let mut policies = policies(text);
    let (json, from, to) = policies.next()?;
    let further = policies.count();
    let line = |at: usize| text.get(..at).unwrap_or_default().matches('\n').count() + 1;
    let (first, last) = (line(from), line(to));
    let mut message = format!(
        "the text is not a policy alone: one stands in its lines {first} to {last}, which is the one that was examined; give \
         it alone, from its first brace to its last"
    );
    if further > 0 {
        message.push_str(&format!(" ({further} more stand below: examine each by itself)"));
    }
    Some((json, message))
}

/// Every policy within a text, and from where to where it goes.
fn policies(text: &str) -> impl Iterator<Item = (Json, usize, usize)> {
    let mut next = 0;
    let mut tries = 0;
    std::iter::from_fn(move || {
        while tries < MAX_TRIES {
            tries += 1;
            let from = next + text.get(next..)?.find('{')?;
            next = from + 1;
            let rest = text.get(from..)?;
            let mut stream = serde_json::Deserializer::from_str(rest).into_iter::<IgnoredAny>();
            if !matches!(stream.next(), Some(Ok(_))) {
                continue;
            }
            let to = from + stream.byte_offset();
            let json = Json::parse(text.get(from..to)?).ok()?;
            if Kind::of(&json.node).is_some() {
                next = to;
                return Some((json, from, to));
            }
        }
        None
    })
}
