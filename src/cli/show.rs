//! Prints an object: the body unchanged, or a key and a value a line.

use std::io::{self, Write as _};

use comfy_table::{ContentArrangement, Table};
use serde_json::Value;

use super::answer;
use super::failure::{Failure, clean};
use super::terminal::Terminal;

/// What people look for first; the rest follows in the order of the alphabet.
const FIRST: [&str; 8] = ["id", "name", "kind", "method", "state", "status", "role", "token"];

/// Prints the body of an answer; an answer without a body has nothing to print.
///
/// # Errors
/// If it is not JSON, or the output cannot be written.
pub(crate) fn object(terminal: Terminal, body: &[u8]) -> Result<(), Failure> {
    if terminal.json() || body.is_empty() {
        return unchanged(body);
    }
    let value: Value = answer::parse(body)?;
    Ok(write!(io::stdout().lock(), "{}", pairs(&value))?)
}

/// Prints the body of an answer as it is.
///
/// # Errors
/// If the output cannot be written.
pub(crate) fn unchanged(body: &[u8]) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(body)?;
    if !body.is_empty() && !body.ends_with(b"\n") {
        stdout.write_all(b"\n")?;
    }
    Ok(stdout.flush()?)
}

/// Prints a sentence for people; nothing where JSON is expected.
///
/// # Errors
/// If the output cannot be written.
pub(crate) fn say(terminal: Terminal, sentence: &str) -> Result<(), Failure> {
    if !terminal.json() {
        writeln!(io::stdout().lock(), "{}", clean(sentence))?;
    }
    Ok(())
}

/// An object as a key and a value a line, nested objects with dots.
pub(crate) fn pairs(value: &Value) -> String {
    let mut rows = Vec::new();
    flatten(String::new(), value, &mut rows);
    let width = rows.iter().map(|(key, _)| key.chars().count()).max().unwrap_or_default();
    rows.iter().map(|(key, value)| format!("{key:width$}  {value}\n")).collect()
}

fn flatten(prefix: String, value: &Value, rows: &mut Vec<(String, String)>) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_by_key(|(name, _)| FIRST.iter().position(|first| first == name).unwrap_or(FIRST.len()));
            for (name, value) in fields {
                let key = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
                flatten(key, value, rows);
            }
        }
        Value::Null | Value::Object(_) => {}
        Value::Array(items) if items.is_empty() => {}
        // Objects in a list each get a line, by what they are about.
        Value::Array(items) if items.iter().all(Value::is_object) => {
            for (at, item) in items.iter().enumerate() {
                let label = ["name", "field", "id"].iter().find_map(|key| item.get(key)?.as_str());
                let label = label.map_or_else(|| at.to_string(), clean);
                let about = item.as_object().into_iter().flatten();
                let about =
                    about.filter(|(key, value)| !value.is_null() && !(["name", "field"].contains(&key.as_str())));
                let about = about.map(|(key, value)| format!("{key} {}", text(value))).collect::<Vec<_>>().join(", ");
                rows.push((format!("{prefix}.{label}"), about));
            }
        }
        other => rows.push((prefix, text(other))),
    }
}

/// A value in one cell.
pub(crate) fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => clean(text).replace('\n', "\\n"),
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

/// A table without lines, as wide as it needs to be.
pub(crate) fn table() -> Table {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_shown_flat_with_its_name_first() {
        let value =
            serde_json::json!({"a": {"x": 1, "none": null}, "name": "n\u{1b}", "list": ["p", 2], "no": [], "not": {}});
        assert_eq!(pairs(&value), "name  n\\u{1b}\na.x   1\nlist  p, 2\n");
        let value = serde_json::json!({"secrets": [{"field": "key", "set_at": "T", "version": 1}]});
        assert_eq!(pairs(&value), "secrets.key  set_at T, version 1\n");
    }
}
