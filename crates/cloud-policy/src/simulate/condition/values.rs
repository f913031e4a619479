//! The values of a condition, read once, and how a value of a request compares with them.

use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ipnet::IpNet;
use jiff::Timestamp;

use super::super::Context;
use super::super::pattern::{Pattern, Reading, arn_fields};
use super::moment;
use super::number::Number;
use super::operator::{Compares, Relation};
use crate::read::{Fault, FaultKind, Texts};

/// The values of one key, as their operator takes them.
#[derive(Debug, Clone)]
pub(super) enum Values {
    Text(Vec<Pattern>),
    TextIgnoringCase(Vec<Pattern>),
    Number(Relation, Vec<Number>),
    Moment(Relation, Vec<Timestamp>),
    Bytes(Vec<Vec<u8>>),
    Address(Vec<IpNet>),
    Arn(Vec<ArnPattern>),
    /// Whether the key may be absent.
    Absent {
        wanted: Vec<bool>,
    },
}

impl Values {
    pub(super) fn compile(compares: Compares, texts: &Texts, variables: bool) -> Result<Self, Fault> {
        let patterns = |wildcards| {
            let reading = Reading { wildcards, variables };
            texts.items.iter().map(|text| Pattern::compile(text, reading)).collect()
        };
        Ok(match compares {
            Compares::Text => Self::Text(patterns(false)),
            Compares::TextLike => Self::Text(patterns(true)),
            Compares::TextIgnoringCase | Compares::Truth => Self::TextIgnoringCase(patterns(false)),
            Compares::Number(relation) => Self::Number(relation, each(texts, "number", Number::parse)?),
            Compares::Moment(relation) => {
                Self::Moment(relation, each(texts, "date of ISO 8601 and no count of seconds", moment::parse)?)
            }
            Compares::Bytes => Self::Bytes(each(texts, "base64", |text| STANDARD.decode(text).ok())?),
            Compares::Address => Self::Address(each(texts, "address or range of addresses", network)?),
            Compares::Arn => Self::Arn(texts.items.iter().map(|text| ArnPattern::compile(text, variables)).collect()),
            Compares::Absence => Self::Absent { wanted: each(texts, "truth value", truth)? },
        })
    }

    /// Whether a value of a request matches one of them.
    pub(super) fn match_one(&self, value: &str, context: &Context) -> bool {
        match self {
            Self::Text(patterns) => patterns.iter().any(|pattern| pattern.matches(value, context)),
            Self::TextIgnoringCase(patterns) => patterns
                .iter()
                .any(|pattern| pattern.text(context).is_some_and(|text| same_ignoring_case(&text, value))),
            Self::Number(relation, numbers) => Number::parse(value).is_some_and(|value| {
                numbers.iter().any(|number| value.compare(*number).is_some_and(|ordering| relation.holds(ordering)))
            }),
            Self::Moment(relation, moments) => {
                moment::parse(value).is_some_and(|value| moments.iter().any(|moment| relation.holds(value.cmp(moment))))
            }
            Self::Bytes(all) => STANDARD.decode(value).is_ok_and(|value| all.contains(&value)),
            Self::Address(networks) => value
                .parse::<IpAddr>()
                .is_ok_and(|address| networks.iter().any(|network| network.contains(&address.to_canonical()))),
            Self::Arn(patterns) => patterns.iter().any(|pattern| pattern.matches(value, context)),
            Self::Absent { .. } => false,
        }
    }
}

/// An ARN whose six fields are compared one by one, so that `*` does not reach over a colon.
#[derive(Debug, Clone)]
pub(super) enum ArnPattern {
    Any,
    Fields(Vec<Pattern>),
}

impl ArnPattern {
    fn compile(text: &str, variables: bool) -> Self {
        if text == "*" {
            return Self::Any;
        }
        let reading = Reading { wildcards: true, variables };
        Self::Fields(arn_fields(text).into_iter().map(|field| Pattern::compile(field, reading)).collect())
    }

    fn matches(&self, value: &str, context: &Context) -> bool {
        match self {
            Self::Any => true,
            Self::Fields(patterns) => {
                let fields = arn_fields(value);
                let mut pairs = patterns.iter().zip(&fields);
                patterns.len() == fields.len() && pairs.all(|(pattern, field)| pattern.matches(field, context))
            }
        }
    }
}

fn each<T>(texts: &Texts, what: &str, read: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, Fault> {
    let one = |(pointer, text): (String, &str)| {
        read(text).ok_or_else(|| Fault::new(pointer, FaultKind::Value, format!("{text:?} is no {what}")))
    };
    texts.located().map(one).collect()
}

/// A range of addresses, or one address alone.
fn network(text: &str) -> Option<IpNet> {
    text.parse::<IpNet>().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

fn truth(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        return Some(true);
    }
    text.eq_ignore_ascii_case("false").then_some(false)
}

fn same_ignoring_case(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other) || one.to_lowercase() == other.to_lowercase()
}
