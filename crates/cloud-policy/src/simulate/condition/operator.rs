//! The names of operators.

/// An operator with what stands before and after its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Operator {
    pub(crate) compares: Compares,
    pub(crate) negated: bool,
    pub(crate) if_exists: bool,
    pub(crate) over: Over,
}

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compares {
    Text,
    TextIgnoringCase,
    TextLike,
    Number(Relation),
    Moment(Relation),
    Truth,
    Bytes,
    Address,
    Arn,
    Absence,
}

/// How the value of the request must stand to the one of the policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Relation {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// Over which of the request's values it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Over {
    One,
    All,
    Any,
}

use Compares::{Absence, Address, Arn, Bytes, Moment, Number, Text, TextIgnoringCase, TextLike, Truth};
use Relation::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual};

/// Every operator, what it compares, and whether it is the negation.
const OPERATORS: [(&str, Compares, bool); 27] = [
    ("StringEquals", Text, false),
    ("StringNotEquals", Text, true),
    ("StringEqualsIgnoreCase", TextIgnoringCase, false),
    ("StringNotEqualsIgnoreCase", TextIgnoringCase, true),
    ("StringLike", TextLike, false),
    ("StringNotLike", TextLike, true),
    ("NumericEquals", Number(Equal), false),
    ("NumericNotEquals", Number(Equal), true),
    ("NumericLessThan", Number(Less), false),
    ("NumericLessThanEquals", Number(LessOrEqual), false),
    ("NumericGreaterThan", Number(Greater), false),
    ("NumericGreaterThanEquals", Number(GreaterOrEqual), false),
    ("DateEquals", Moment(Equal), false),
    ("DateNotEquals", Moment(Equal), true),
    ("DateLessThan", Moment(Less), false),
    ("DateLessThanEquals", Moment(LessOrEqual), false),
    ("DateGreaterThan", Moment(Greater), false),
    ("DateGreaterThanEquals", Moment(GreaterOrEqual), false),
    ("Bool", Truth, false),
    ("BinaryEquals", Bytes, false),
    ("IpAddress", Address, false),
    ("NotIpAddress", Address, true),
    ("ArnEquals", Arn, false),
    ("ArnNotEquals", Arn, true),
    ("ArnLike", Arn, false),
    ("ArnNotLike", Arn, true),
    ("Null", Absence, false),
];

impl Operator {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (over, rest) = match text.split_once(':') {
            Some(("ForAllValues", rest)) => (Over::All, rest),
            Some(("ForAnyValue", rest)) => (Over::Any, rest),
            Some(_) => return None,
            None => (Over::One, text),
        };
        let (name, if_exists) = rest.strip_suffix("IfExists").map_or((rest, false), |name| (name, true));
        let (_, compares, negated) = *OPERATORS.iter().find(|(known, ..)| *known == name)?;
        // Whether a key exists cannot depend on whether it exists.
        (!(if_exists && compares == Absence)).then_some(Self { compares, negated, if_exists, over })
    }
}

impl Relation {
    pub(crate) fn holds(self, ordering: std::cmp::Ordering) -> bool {
        match self {
            Equal => ordering.is_eq(),
            Less => ordering.is_lt(),
            LessOrEqual => ordering.is_le(),
            Greater => ordering.is_gt(),
            GreaterOrEqual => ordering.is_ge(),
        }
    }
}

/// Says that an operator is none, and which was meant if that is plain.
pub(crate) fn unknown(text: &str) -> String {
    let bare = text.rsplit(':').next().unwrap_or(text);
    let bare = bare.strip_suffix("IfExists").unwrap_or(bare);
    match OPERATORS.iter().find(|(known, ..)| known.eq_ignore_ascii_case(bare)) {
        Some((meant, ..)) if *meant != bare => {
            format!("{text:?} is no operator of conditions: it is written {meant:?}")
        }
        _ => format!("{text:?} is no operator of conditions, so it is not known what it compares"),
    }
}
