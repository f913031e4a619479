//! Keys of a batch: no more are held than a call may have, however many are sent.

use std::fmt;

use broker::MOST_KEYS;
use domain::place::ObjectKey;
use serde::de::{IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// Whole keys; one more than the limit where there are too many.
pub(super) struct Keys(pub(super) Vec<ObjectKey>);

impl<'de> Deserialize<'de> for Keys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Bounded)
    }
}

struct Bounded;

impl<'de> Visitor<'de> for Bounded {
    type Value = Keys;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of object keys")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Keys, A::Error> {
        let mut keys = Vec::new();
        while keys.len() <= MOST_KEYS {
            match items.next_element::<ObjectKey>()? {
                Some(key) => keys.push(key),
                None => return Ok(Keys(keys)),
            }
        }
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Keys(keys))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_as_they_were_sent_and_never_more_than_one_too_many() {
        let keys: Keys = serde_json::from_str(r#"["/a", "//b", " c ", "d%2F", "é\u0000\n"]"#).unwrap();
        let texts: Vec<_> = keys.0.iter().map(ObjectKey::as_str).collect();
        assert_eq!(texts, ["/a", "//b", " c ", "d%2F", "é\0\n"]);
        let many = serde_json::to_string(&vec!["k"; MOST_KEYS + 1000]).unwrap();
        assert_eq!(serde_json::from_str::<Keys>(&many).unwrap().0.len(), MOST_KEYS + 1);
        assert!(serde_json::from_str::<Keys>(r#"["a", ""]"#).is_err());
    }
}
