//! Fields of a change: left out, `null`, or given.

use serde::{Deserialize, Deserializer};

/// Reads a field that is there, `null` included; with `#[serde(default)]` a field left out stays `None`.
pub(crate) fn given<'de, D, T>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::<T>::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Change {
        #[serde(default, deserialize_with = "given")]
        region: Option<Option<String>>,
    }

    #[test]
    fn left_out_null_and_given_are_three_things() {
        let region = |json: &str| serde_json::from_str::<Change>(json).unwrap().region;
        assert_eq!(region("{}"), None);
        assert_eq!(region(r#"{"region":null}"#), Some(None));
        assert_eq!(region(r#"{"region":"x"}"#), Some(Some("x".to_owned())));
    }
}
