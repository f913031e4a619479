//! What stands in the texts of any document: placeholders that were never filled in, and marks of word processors.

use super::{Report, Rule};
use crate::read::{Node, pointer};

/// Examines every text of a document.
pub(super) fn examine(node: &Node, at: &str, report: &mut Report) {
    match node {
        Node::Text(text) => one(text, at, report),
        Node::List(items) => {
            for (index, item) in items.iter().enumerate() {
                examine(item, &pointer(at, index), report);
            }
        }
        Node::Object(members) => {
            for (name, member) in members {
                examine(member, &pointer(at, name), report);
            }
        }
        Node::Null | Node::Bool(_) | Node::Number(_) => {}
    }
}

fn one(text: &str, at: &str, report: &mut Report) {
    if let Some(left) = placeholder(text) {
        let message =
            format!("{left:?} is left from an example and names nothing of yours: put what it stands for in its place");
        report.error(Rule::Placeholder, at, message);
    }
    if let Some(mark) = text.chars().find(|c| matches!(c, '“' | '”' | '„' | '‘' | '’')) {
        let message =
            format!("the text holds the typographic quotation mark {mark}, which is hardly meant: take it out");
        report.warn(Rule::TypographicQuotes, at, message);
    }
}

/// What in a text was to be replaced.
pub(super) fn placeholder(text: &str) -> Option<&str> {
    between(text).or_else(|| braces(text)).or_else(|| shouted(text))
}

/// Every shortest part of a text from one mark to another, marks included, with what stands before it.
fn enclosed(text: &str, open: char, close: char) -> impl Iterator<Item = (&str, &str)> {
    let mut from = 0;
    text.match_indices(close).filter_map(move |(to, _)| {
        let start = from + text.get(from..to)?.rfind(open)?;
        from = to + close.len_utf8();
        Some((text.get(..start)?, text.get(start..from)?))
    })
}

/// `<name of bucket>`; tag keys of Azure are written `<$key_case_sensitive$>`.
fn between(text: &str) -> Option<&str> {
    enclosed(text, '<', '>').map(|(_, found)| found).find(|found| {
        let inner = found.trim_matches(['<', '>']);
        inner.chars().any(char::is_alphabetic) && !inner.contains(['$', '\'', '(', '[', '=', '&'])
    })
}

/// `{YOUR_BUCKET}` and `${bucket}`: a variable of AWS has a colon, or is one of the characters `*`, `?`, `$`.
fn braces(text: &str) -> Option<&str> {
    enclosed(text, '{', '}').find_map(|(before, found)| {
        let inner = found.trim_matches(['{', '}']);
        let word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | ' ' | '.');
        let named = inner.chars().all(word) && inner.chars().any(|c| c.is_ascii_alphabetic());
        let start = before.len() - usize::from(before.ends_with('$'));
        text.get(start..before.len() + found.len()).filter(|_| named)
    })
}

/// `YOUR_BUCKET`, `your-bucket-name`, `BUCKET_NAME`, `xxxxxxxxxxxx`.
fn shouted(text: &str) -> Option<&str> {
    const WHOLE: [&str; 9] = [
        "BUCKET_NAME",
        "BUCKETNAME",
        "BUCKET-NAME",
        "ACCOUNT_ID",
        "ACCOUNT-ID",
        "PROJECT_ID",
        "EXTERNAL_ID",
        "CHANGEME",
        "REPLACE_ME",
    ];
    let word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    text.split(|c: char| !word(c)).find(|part| {
        let lower = part.to_ascii_lowercase();
        let filled = lower.len() >= 6 && lower.bytes().all(|b| b == b'x');
        let yours = lower.starts_with("your_") || lower.starts_with("your-");
        yours || filled || WHOLE.contains(part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_told_from_names() {
        for (text, left) in [
            ("arn:aws:s3:::<name of bucket with data>/path/*", "<name of bucket with data>"),
            ("arn:aws:s3:::{YOUR_BUCKET}/*", "{YOUR_BUCKET}"),
            ("arn:aws:s3:::${bucket}/*", "${bucket}"),
            ("arn:aws:s3:::your-bucket-name", "your-bucket-name"),
            ("YOUR_BUCKET", "YOUR_BUCKET"),
            ("arn:aws:iam::xxxxxxxxxxxx:role/r", "xxxxxxxxxxxx"),
            ("gs://BUCKET_NAME", "BUCKET_NAME"),
        ] {
            assert_eq!(placeholder(text), Some(left), "{text}");
        }
        for text in [
            "arn:aws:s3:::data/a<b/*",
            "arn:aws:s3:::data/${aws:username}/*",
            "arn:aws:s3:::data/a${*}b/",
            "arn:aws:s3:::yours/yourself/*",
            "tags:Project<$key_case_sensitive$>",
            "ActionMatches{'a/b'}",
            "request.time < timestamp('x') && 1 > 2",
            "xxx",
            "{",
            "a}{",
        ] {
            assert_eq!(placeholder(text), None, "{text}");
        }
    }
}
