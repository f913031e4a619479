//! The operators of comparisons.

use std::cmp::Ordering;
use std::fmt;

use jiff::Timestamp;

use crate::simulate::Context as Nothing;
use crate::simulate::pattern::{Pattern, Reading};

/// An operator, with the form for sets of values if it has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Operator {
    /// Whether all values on the left, and all on the right, must fit; none without a form for sets.
    pub(crate) set: Option<(bool, bool)>,
    pub(crate) test: Test,
    pub(crate) negated: bool,
    pub(crate) ignore_case: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Test {
    StringEquals,
    StringStartsWith,
    StringLike,
    Numeric(Sign),
    DateTime(Sign),
    Bool,
    Guid,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sign {
    Equals,
    GreaterThan,
    GreaterThanEquals,
    LessThan,
    LessThanEquals,
}

const SETS: [(&str, (bool, bool)); 4] = [
    ("ForAnyOfAnyValues:", (false, false)),
    ("ForAllOfAnyValues:", (true, false)),
    ("ForAnyOfAllValues:", (false, true)),
    ("ForAllOfAllValues:", (true, true)),
];

const SIGNS: [(&str, Sign); 5] = [
    ("Equals", Sign::Equals),
    ("GreaterThan", Sign::GreaterThan),
    ("GreaterThanEquals", Sign::GreaterThanEquals),
    ("LessThan", Sign::LessThan),
    ("LessThanEquals", Sign::LessThanEquals),
];

impl Operator {
    /// The operator that a word is.
    pub(super) fn of(word: &str) -> Option<Self> {
        let set = SETS.iter().find_map(|(prefix, set)| Some((*set, word.strip_prefix(prefix)?)));
        let (set, rest) = set.map_or((None, word), |(set, rest)| (Some(set), rest));
        if let Some(rest) = rest.strip_prefix("String") {
            let (ignore_case, rest) = rest.strip_suffix("IgnoreCase").map_or((false, rest), |rest| (true, rest));
            let (negated, rest) = not(rest);
            let test = match rest {
                "Equals" => Test::StringEquals,
                "StartsWith" => Test::StringStartsWith,
                "Like" => Test::StringLike,
                _ => return None,
            };
            return Some(Self { set, test, negated, ignore_case });
        }
        let (of, rest) =
            ["Numeric", "DateTime", "Bool", "Guid"].iter().find_map(|of| Some((*of, rest.strip_prefix(of)?)))?;
        let (negated, rest) = not(rest);
        let sign = SIGNS.iter().find(|(name, _)| *name == rest)?.1;
        let test = match of {
            "Numeric" => Test::Numeric(sign),
            "DateTime" => Test::DateTime(sign),
            "Bool" if sign == Sign::Equals => Test::Bool,
            "Guid" if sign == Sign::Equals => Test::Guid,
            _ => return None,
        };
        let sound = !negated || sign == Sign::Equals;
        sound.then_some(Self { set, test, negated, ignore_case: false })
    }

    /// Whether one value fits another; `None` if they cannot be compared.
    pub(super) fn fits(self, left: &str, right: &str) -> Option<bool> {
        if self.ignore_case {
            let exact = Self { ignore_case: false, ..self };
            return exact.fits(&left.to_lowercase(), &right.to_lowercase());
        }
        let fits = match self.test {
            Test::StringEquals => left == right,
            Test::StringStartsWith => left.starts_with(right),
            Test::StringLike => like(right, left),
            Test::Bool | Test::Guid => left.eq_ignore_ascii_case(right),
            Test::Numeric(sign) => sign.holds(left.parse::<i64>().ok()?.cmp(&right.parse().ok()?)),
            Test::DateTime(sign) => sign.holds(left.parse::<Timestamp>().ok()?.cmp(&right.parse().ok()?)),
        };
        Some(fits != self.negated)
    }
}

fn not(rest: &str) -> (bool, &str) {
    rest.strip_prefix("Not").map_or((false, rest), |rest| (true, rest))
}

impl Sign {
    fn holds(self, order: Ordering) -> bool {
        match self {
            Self::Equals => order.is_eq(),
            Self::GreaterThan => order.is_gt(),
            Self::GreaterThanEquals => order.is_ge(),
            Self::LessThan => order.is_lt(),
            Self::LessThanEquals => order.is_le(),
        }
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let set = SETS.iter().find(|(_, set)| Some(*set) == self.set).map_or("", |(prefix, _)| prefix);
        let not = if self.negated { "Not" } else { "" };
        let sign = |sign: Sign| SIGNS.iter().find(|(_, own)| *own == sign).map_or("", |(name, _)| name);
        let (of, test) = match self.test {
            Test::StringEquals => ("String", "Equals"),
            Test::StringStartsWith => ("String", "StartsWith"),
            Test::StringLike => ("String", "Like"),
            Test::Numeric(own) => ("Numeric", sign(own)),
            Test::DateTime(own) => ("DateTime", sign(own)),
            Test::Bool => ("Bool", "Equals"),
            Test::Guid => ("Guid", "Equals"),
        };
        let case = if self.ignore_case { "IgnoreCase" } else { "" };
        write!(f, "{set}{of}{not}{test}{case}")
    }
}

/// `*` is any run, `?` any one character, and a backslash makes either of them plain.
pub(super) fn like(pattern: &str, text: &str) -> bool {
    // In the words of AWS's patterns, which write a character that is itself as ${c}.
    let mut written = String::with_capacity(pattern.len());
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '$' => written.push_str("${$}"),
            '\\' => match chars.next_if(|next| matches!(next, '*' | '?')) {
                Some(plain) => written.extend(["${", plain.encode_utf8(&mut [0; 4]), "}"]),
                None => written.push('\\'),
            },
            other => written.push(other),
        }
    }
    Pattern::compile(&written, Reading { wildcards: true, variables: true }).matches(text, &Nothing::new())
}
