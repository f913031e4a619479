//! Brings the file and the environment into one tree in which every value knows where it was given.

use std::collections::BTreeMap;
use std::path::Path;

use toml::de::{DeTable, DeValue};

use super::mistake::{Place, Report, Wrong};

/// The variables of the process, as they were when it started.
pub(crate) type Environment = BTreeMap<String, String>;

/// Unknown names are refused only under this prefix.
pub(super) const PREFIX: &str = "TIDEGATE_CFG__";

/// A table as it was given.
pub(super) type Entries = BTreeMap<String, Entry>;

/// A value and where it was given.
pub(super) struct Entry {
    /// Where.
    pub(super) place: Place,
    /// What.
    pub(super) value: Value,
}

/// What the file or a variable can hold.
pub(super) enum Value {
    /// A string of the file.
    Text(String),
    /// A variable, which is a string or a list, as its key needs it.
    Variable(String),
    /// A list of the file.
    List(Vec<Entry>),
    /// A table.
    Table(Entries),
    /// Something that no key takes, in words.
    Other(&'static str),
}

/// Reads the file and lays the environment over it.
pub(super) fn read(file: Option<(&Path, &str)>, env: &Environment, report: &mut Report) -> Entries {
    let mut root = file.map(|(path, text)| from_toml(path, text, report)).unwrap_or_default();
    for (name, value) in env {
        if let Some(rest) = name.strip_prefix(PREFIX) {
            overlay(&mut root, name, &segments(rest), value, report);
        }
    }
    root
}

fn from_toml(path: &Path, text: &str, report: &mut Report) -> Entries {
    let lines = Lines { file: path.display().to_string(), text };
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let place = lines.place(error.span().map_or(0, |span| span.start));
        // `Display` of the error would quote the line, which may hold a secret.
        report.add(&place, "", Wrong::new(error.message(), "write it as TOML, for example key = \"value\""));
    }
    entries(&lines, table.get_ref())
}

struct Lines<'a> {
    file: String,
    text: &'a str,
}

impl Lines<'_> {
    fn place(&self, at: usize) -> Place {
        let line = self.text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1;
        Place::Line { file: self.file.clone(), line }
    }
}

fn entries(lines: &Lines<'_>, table: &DeTable<'_>) -> Entries {
    let entry = |at: usize, value: &DeValue<'_>| Entry { place: lines.place(at), value: convert(lines, value) };
    table.iter().map(|(key, value)| (key.get_ref().to_string(), entry(key.span().start, value.get_ref()))).collect()
}

fn convert(lines: &Lines<'_>, value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Array(items) => Value::List(
            items
                .iter()
                .map(|item| Entry { place: lines.place(item.span().start), value: convert(lines, item.get_ref()) })
                .collect(),
        ),
        DeValue::Table(table) => Value::Table(entries(lines, table)),
        DeValue::Integer(_) | DeValue::Float(_) => Value::Other("a number"),
        DeValue::Boolean(_) => Value::Other("true or false"),
        DeValue::Datetime(_) => Value::Other("a date"),
    }
}

/// `AWS__IDENTITY__AWS_CN__SOURCE` is `aws.identity.aws-cn.source`: shells have no `-` in names.
fn segments(rest: &str) -> Vec<String> {
    let mut segments: Vec<String> = rest.split("__").map(str::to_ascii_lowercase).collect();
    if let [aws, identity, partition, ..] = segments.as_mut_slice()
        && aws == "aws"
        && identity == "identity"
    {
        *partition = partition.replace('_', "-");
    }
    segments
}

fn overlay(entries: &mut Entries, name: &str, path: &[String], value: &str, report: &mut Report) {
    let place = Place::Variable(name.to_owned());
    match path {
        [] => {}
        [last] => {
            entries.insert(last.clone(), Entry { place, value: Value::Variable(value.to_owned()) });
        }
        [first, rest @ ..] => {
            let fresh = || Entry { place: place.clone(), value: Value::Table(Entries::new()) };
            match &mut entries.entry(first.clone()).or_insert_with(fresh).value {
                Value::Table(inner) => overlay(inner, name, rest, value, report),
                _ => report.add(
                    &place,
                    first,
                    Wrong::new("is also given as a plain value", "give it either as a value or as a table"),
                ),
            }
        }
    }
}
