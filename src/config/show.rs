//! The effective values, without secrets.

use std::fmt::{self, Display};

use serde::{Serialize, Serializer};

/// Keys and values in the order of the documentation.
#[derive(Default)]
pub(crate) struct Lines(Vec<(String, String)>);

impl Lines {
    pub(super) fn add(&mut self, key: &str, value: impl Into<String>) {
        self.0.push((key.to_owned(), value.into()));
    }

    pub(super) fn list<T: Display>(&mut self, key: &str, values: &[T]) {
        let joined = values.iter().map(T::to_string).collect::<Vec<_>>().join(", ");
        self.add(key, if joined.is_empty() { "none".to_owned() } else { joined });
    }
}

/// One object, in the same order.
impl Serialize for Lines {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, value)))
    }
}

impl Display for Lines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|(key, value)| writeln!(f, "{key} = {value}"))
    }
}
