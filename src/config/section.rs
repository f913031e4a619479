//! Takes typed values out of a table and notices what is left over.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::mistake::{Place, Report, Wrong};
use super::source::{Entries, Entry, PREFIX, Value};

/// A value that was given, with where and under which key, for checks across keys.
pub(super) struct Given<T> {
    /// The value.
    pub(super) value: T,
    /// Where it was given.
    pub(super) place: Place,
    /// Its whole key.
    pub(super) key: String,
}

/// A table of the configuration; empty if it was not given.
pub(super) struct Section {
    path: String,
    place: Place,
    entries: Entries,
    known: BTreeSet<&'static str>,
    given: BTreeSet<&'static str>,
}

impl Section {
    /// A table at this path.
    pub(super) fn new(path: impl Into<String>, place: Place, entries: Entries) -> Self {
        Self { path: path.into(), place, entries, known: BTreeSet::new(), given: BTreeSet::new() }
    }

    /// Where the table begins.
    pub(super) fn place(&self) -> &Place {
        &self.place
    }

    /// The whole key of a name in this table.
    pub(super) fn key(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    /// Whether a key that was taken had been given at all, right or wrong.
    pub(super) fn was_given(&self, name: &str) -> bool {
        self.given.contains(name)
    }

    /// Whether a key holds something, before it is taken.
    pub(super) fn holds(&self, name: &str) -> bool {
        self.entries.get(name).is_some_and(|entry| match &entry.value {
            Value::Text(text) | Value::Variable(text) => !text.is_empty(),
            Value::List(items) => !items.is_empty(),
            Value::Table(_) | Value::Other(_) => true,
        })
    }

    /// The secret files that it and the tables in it name, before anything is taken.
    pub(super) fn secret_files(&self) -> Vec<PathBuf> {
        let mut files = Vec::new();
        collect(&self.entries, &mut files);
        files
    }

    fn take(&mut self, name: &'static str) -> Option<Entry> {
        self.known.insert(name);
        let entry = self.entries.remove(name)?;
        self.given.insert(name);
        Some(entry)
    }

    /// Takes a table.
    pub(super) fn table(&mut self, name: &'static str, report: &mut Report) -> Self {
        let key = self.key(name);
        match self.take(name) {
            None => Self::new(key, Place::Nowhere, Entries::new()),
            Some(Entry { place, value: Value::Table(entries) }) => Self::new(key, place, entries),
            Some(Entry { place, .. }) => {
                report.add(&place, &key, Wrong::new("is a table", format!("write [{key}] and its keys below it")));
                Self::new(key, Place::Nowhere, Entries::new())
            }
        }
    }

    /// Takes a table of tables with free names.
    pub(super) fn tables(&mut self, name: &'static str, report: &mut Report) -> BTreeMap<String, Self> {
        let outer = self.table(name, report);
        let mut sections = BTreeMap::new();
        for (name, Entry { place, value }) in outer.entries {
            let key = format!("{}.{name}", outer.path);
            if let Value::Table(entries) = value {
                sections.insert(name, Self::new(key, place, entries));
            } else {
                report.add(&place, &key, Wrong::new("is a table", format!("write [{key}] and its keys below it")));
            }
        }
        sections
    }

    /// Takes a string and parses it.
    pub(super) fn text<T>(
        &mut self,
        name: &'static str,
        report: &mut Report,
        parse: impl Fn(&str) -> Result<T, Wrong>,
    ) -> Option<Given<T>> {
        let key = self.key(name);
        let Entry { place, value } = self.take(name)?;
        let parsed = match &value {
            Value::Text(text) | Value::Variable(text) if text.is_empty() => {
                Err(Wrong::new("is empty", "give a value or leave the key out"))
            }
            Value::Text(text) | Value::Variable(text) => parse(text),
            other => Err(Wrong::new(format!("is a string, not {}", kind(other)), "write it in quotation marks")),
        };
        match parsed {
            Ok(value) => Some(Given { value, place, key }),
            Err(wrong) => {
                report.add(&place, &key, wrong);
                None
            }
        }
    }

    /// Takes a list of strings and parses each; a variable is a JSON or TOML array, or separated by commas.
    pub(super) fn list<T>(
        &mut self,
        name: &'static str,
        report: &mut Report,
        parse: impl Fn(&str) -> Result<T, Wrong>,
    ) -> Vec<T> {
        let key = self.key(name);
        let Some(Entry { place, value }) = self.take(name) else { return Vec::new() };
        let items = match value {
            Value::List(items) => items,
            Value::Variable(text) => match split(&text) {
                Some(items) => {
                    items.into_iter().map(|item| Entry { place: place.clone(), value: Value::Text(item) }).collect()
                }
                None => {
                    report.add(&place, &key, not_a_list("a broken array"));
                    Vec::new()
                }
            },
            other => {
                report.add(&place, &key, not_a_list(kind(&other)));
                Vec::new()
            }
        };
        items.iter().filter_map(|item| element(item, &key, report, &parse)).collect()
    }

    /// Refuses what nobody took.
    pub(super) fn finish(self, report: &mut Report) {
        let known = self.known.iter().copied().collect::<Vec<_>>().join(", ");
        for (name, entry) in &self.entries {
            let key = self.key(name);
            let mend = match &entry.place {
                Place::Variable(_) => format!("a name under {PREFIX} is one of: {known}"),
                _ => format!("the keys here are: {known}"),
            };
            report.add(&entry.place, &key, Wrong::new("is not a key of the configuration", mend));
        }
    }
}

/// Files whose keys end so hold secrets, but for those that anybody may see.
const PUBLIC: [&str; 2] = ["ca_file", "cert_file"];

fn collect(entries: &Entries, files: &mut Vec<PathBuf>) {
    for (name, entry) in entries {
        match &entry.value {
            Value::Table(inner) => collect(inner, files),
            Value::Text(text) | Value::Variable(text)
                if name.ends_with("_file") && !PUBLIC.contains(&name.as_str()) =>
            {
                files.push(PathBuf::from(text));
            }
            _ => (),
        }
    }
}

fn element<T>(item: &Entry, key: &str, report: &mut Report, parse: &impl Fn(&str) -> Result<T, Wrong>) -> Option<T> {
    let parsed = match &item.value {
        Value::Text(text) => parse(text),
        other => Err(not_a_list(kind(other))),
    };
    parsed.map_err(|wrong| report.add(&item.place, key, wrong)).ok()
}

fn not_a_list(found: &str) -> Wrong {
    Wrong::new(format!("is a list of strings, not {found}"), "write it as [\"first\", \"second\"]")
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Text(_) | Value::Variable(_) => "a string",
        Value::List(_) => "a list",
        Value::Table(_) => "a table",
        Value::Other(kind) => kind,
    }
}

fn split(text: &str) -> Option<Vec<String>> {
    let text = text.trim();
    if text.starts_with('[') {
        return serde_json::from_str(text).ok().or_else(|| {
            let line = format!("list = {text}");
            let mut table: BTreeMap<String, Vec<String>> = toml::from_str(&line).ok()?;
            table.remove("list")
        });
    }
    Some(text.split(',').map(|item| item.trim().to_owned()).filter(|item| !item.is_empty()).collect())
}
