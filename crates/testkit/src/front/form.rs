//! `application/x-www-form-urlencoded`, in order and with repetitions.

use std::collections::BTreeMap;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::Value;

const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The fields of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form(Vec<(String, String)>);

impl Form {
    /// A form of these fields.
    pub fn of(fields: &[(&str, &str)]) -> Self {
        Self(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    /// Reads a body.
    pub fn parse(body: &[u8]) -> Self {
        let body = String::from_utf8_lossy(body);
        let fields = body.split('&').filter(|field| !field.is_empty()).map(|field| {
            let (name, value) = field.split_once('=').unwrap_or((field, ""));
            (decode(name), decode(value))
        });
        Self(fields.collect())
    }

    /// The text fields of a JSON object, which some services take as well.
    pub fn of_json(object: &Value) -> Self {
        let fields = object.as_object().into_iter().flatten();
        Self(fields.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect())
    }

    /// The fields as a JSON object; of a repeated one the last.
    pub fn to_json(&self) -> Value {
        Value::Object(self.0.iter().map(|(name, value)| (name.clone(), Value::from(value.as_str()))).collect())
    }

    /// Writes a body; a blank is `%20`, which every store reads.
    pub fn encode(&self) -> String {
        let field = |(name, value): &(String, String)| {
            format!("{}={}", utf8_percent_encode(name, RESERVED), utf8_percent_encode(value, RESERVED))
        };
        self.0.iter().map(field).collect::<Vec<_>>().join("&")
    }

    /// The first value under this name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    /// The session tags, `Tags.member.N.Key` and `.Value`.
    pub fn tags(&self) -> BTreeMap<String, String> {
        let tag = |number: usize| {
            let key = self.get(&format!("Tags.member.{number}.Key"))?;
            let value = self.get(&format!("Tags.member.{number}.Value"))?;
            Some((key.to_owned(), value.to_owned()))
        };
        (1..).map_while(tag).collect()
    }
}

fn decode(text: &str) -> String {
    percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_of_writing_a_blank_are_read() {
        let form = Form::parse(b"A=a+b&B=a%20b&C=a%2Bb&D&E=x=y&");
        let read: Vec<_> = ["A", "B", "C", "D", "E", "F"].iter().map(|name| form.get(name)).collect();
        assert_eq!(read, [Some("a b"), Some("a b"), Some("a+b"), Some(""), Some("x=y"), None]);
    }

    #[test]
    fn a_written_form_reads_back() {
        let form = Form::of(&[("Policy", "{\"a b\":[\"*&=+%\"]}"), ("Name", "ü")]);
        assert_eq!(Form::parse(form.encode().as_bytes()), form);
    }

    #[test]
    fn tags_are_read_as_far_as_they_are_numbered() {
        let form = Form::parse(b"Tags.member.1.Key=p&Tags.member.1.Value=1&Tags.member.2.Value=2&Tags.member.2.Key=u");
        assert_eq!(form.tags(), BTreeMap::from([("p".into(), "1".into()), ("u".into(), "2".into())]));
    }
}
