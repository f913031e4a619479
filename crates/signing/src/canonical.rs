//! The canonical request: the one spelling of a request that both sides sign.
//!
//! It is `method \n path \n query \n headers \n signed names \n payload digest`. The path comes
//! second and is all that differs within a batch, so everything after it is built apart,
//! as [`tail`].

use std::collections::BTreeMap;

use crate::encode::component;

pub(crate) const UNSIGNED: &str = "UNSIGNED-PAYLOAD";

/// Headers as they are signed: names in lower case and in order, values without surplus blanks.
pub(crate) struct Headers {
    /// A line `name:value` each.
    lines: String,
    /// The names, joined by `;`.
    pub(crate) names: String,
}

impl Headers {
    /// The values of a name that occurs more than once are joined by commas, in the order given.
    pub(crate) fn new<'a>(given: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut sorted = BTreeMap::<String, String>::new();
        for (name, value) in given {
            let value = value.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
            sorted
                .entry(name.to_ascii_lowercase())
                .and_modify(|all| {
                    all.push(',');
                    all.push_str(&value);
                })
                .or_insert(value);
        }
        Self {
            lines: sorted.iter().map(|(name, value)| format!("{name}:{value}\n")).collect(),
            names: sorted.into_keys().collect::<Vec<_>>().join(";"),
        }
    }
}

/// The query, encoded and sorted; also what is sent.
pub(crate) fn query<'a>(given: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut pairs: Vec<_> =
        given.into_iter().map(|(name, value)| (component(name).to_string(), component(value).to_string())).collect();
    // By name and then by value: `a=` sorts after `a-b=` once the two are joined.
    pairs.sort_unstable();
    pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

/// Everything after the path, from the line break on.
pub(crate) fn tail(query: &str, headers: &Headers, payload: &str) -> String {
    format!("\n{query}\n{}\n{}\n{payload}", headers.lines, headers.names)
}

/// Pairs as the functions here take them.
pub(crate) fn borrowed(pairs: &[(String, String)]) -> impl Iterator<Item = (&str, &str)> {
    pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_lowered_sorted_trimmed_and_joined() {
        let headers = Headers::new([("X-B", " two \t  words "), ("x-a", "1"), ("X-A", ""), ("x-b", "3")]);
        assert_eq!(headers.lines, "x-a:1,\nx-b:two words,3\n");
        assert_eq!(headers.names, "x-a;x-b");
    }

    #[test]
    fn query_is_sorted_by_encoded_name_before_value() {
        let pairs = [("a", "2"), ("a-b", "0"), ("a", "1"), ("é", "x y"), ("Z", "")];
        assert_eq!(query(pairs), "%C3%A9=x%20y&Z=&a=1&a=2&a-b=0");
    }
}
