//! User delegation keys that passed the front: which are good, and whose they are.

use std::collections::BTreeMap;

use crate::front::Form;
use crate::request::elements;

/// What a signature says of its key.
const FIELDS: [(&str, &str); 6] = [
    ("skoid", "SignedOid"),
    ("sktid", "SignedTid"),
    ("skt", "SignedStart"),
    ("ske", "SignedExpiry"),
    ("sks", "SignedService"),
    ("skv", "SignedVersion"),
];

/// The keys of all accounts.
#[derive(Default)]
pub(super) struct Keys(BTreeMap<(String, Vec<String>), String>);

impl Keys {
    /// Notes the key in an answer of Azurite's.
    pub(super) fn note(&mut self, account: &str, answer: &str) {
        let first = |name: &str| elements(answer, name).into_iter().next();
        let id: Option<Vec<_>> = FIELDS.iter().map(|(_, element)| first(element)).collect();
        if let (Some(id), Some(value)) = (id, first("Value")) {
            self.0.insert((account.to_owned(), id), value);
        }
    }

    /// The value of the key that a signature names, unless it never was or was revoked.
    pub(super) fn of(&self, account: &str, sas: &Form) -> Option<&str> {
        let id = FIELDS.iter().map(|(field, _)| sas.get(field).unwrap_or_default().to_owned()).collect();
        self.0.get(&(account.to_owned(), id)).map(String::as_str)
    }

    /// Revokes all keys of an account; Azure knows nothing narrower.
    pub(super) fn revoke(&mut self, account: &str) {
        self.0.retain(|(of, _), _| of != account);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_found_by_all_that_names_it_until_it_is_revoked() {
        let mut keys = Keys::default();
        keys.note(
            "a",
            "<K><SignedOid>o</SignedOid><SignedTid>t</SignedTid><SignedStart>1</SignedStart><SignedExpiry>2</SignedExpiry>\
             <SignedService>b</SignedService><SignedVersion>v</SignedVersion><Value>k</Value></K>",
        );
        let sas = |end: &str| {
            Form::of(&[("skoid", "o"), ("sktid", "t"), ("skt", "1"), ("ske", end), ("sks", "b"), ("skv", "v")])
        };
        assert_eq!(keys.of("a", &sas("2")), Some("k"));
        assert_eq!(keys.of("a", &sas("3")), None);
        assert_eq!(keys.of("b", &sas("2")), None);
        keys.revoke("a");
        assert_eq!(keys.of("a", &sas("2")), None);
    }
}
