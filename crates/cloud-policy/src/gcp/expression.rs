//! The form of an expression, and how it is written.

use std::fmt;

/// A part of a condition.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Expr {
    Text(String),
    Int(i64),
    Bool(bool),
    List(Vec<Expr>),
    /// An attribute, for example `resource.name`.
    Attribute(&'static str),
    /// `api.getAttribute(name, default)`.
    ApiAttribute(String, Box<Expr>),
    /// A function, or a method of the first argument.
    Call(&'static str, Vec<Expr>),
    Not(Box<Expr>),
    All(Vec<Expr>),
    Any(Vec<Expr>),
    Compare(Comparison, Box<(Expr, Expr)>),
    /// `condition ? one : other`.
    Choose(Box<(Expr, Expr, Expr)>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    NotEqual,
    Less,
    AtMost,
    Greater,
    AtLeast,
    In,
}

/// The attributes that a condition may name ("Attribute reference for IAM Conditions").
pub(super) const ATTRIBUTES: [&str; 12] = [
    "resource.name",
    "resource.type",
    "resource.service",
    "request.time",
    "request.path",
    "request.host",
    "request.auth.access_levels",
    "request.auth.principal",
    "destination.ip",
    "destination.port",
    "principal.type",
    "principal.subject",
];

/// The functions, and the methods with the value they are called on counted as an argument: name, whether it is
/// a method, and how many arguments it takes.
pub(super) const FUNCTIONS: [(&str, bool, std::ops::RangeInclusive<usize>); 21] = [
    ("timestamp", false, 1..=1),
    ("date", false, 1..=1),
    ("duration", false, 1..=1),
    ("startsWith", true, 2..=2),
    ("endsWith", true, 2..=2),
    ("extract", true, 2..=2),
    ("hasOnly", true, 2..=2),
    ("getDate", true, 1..=2),
    ("getDayOfMonth", true, 1..=2),
    ("getDayOfWeek", true, 1..=2),
    ("getDayOfYear", true, 1..=2),
    ("getFullYear", true, 1..=2),
    ("getHours", true, 1..=2),
    ("getMilliseconds", true, 1..=2),
    ("getMinutes", true, 1..=2),
    ("getMonth", true, 1..=2),
    ("getSeconds", true, 1..=2),
    ("matchTag", true, 3..=3),
    ("matchTagId", true, 3..=3),
    ("hasTagKey", true, 2..=2),
    ("hasTagKeyId", true, 2..=2),
];

impl Comparison {
    pub(super) const ALL: [(&'static str, Self); 7] = [
        ("==", Self::Equal),
        ("!=", Self::NotEqual),
        ("<", Self::Less),
        ("<=", Self::AtMost),
        (">", Self::Greater),
        (">=", Self::AtLeast),
        ("in", Self::In),
    ];

    fn sign(self) -> &'static str {
        Self::ALL.iter().find(|(_, own)| *own == self).map_or("==", |(sign, _)| sign)
    }
}

impl Expr {
    /// How tightly it holds together; a part that holds less than its surroundings stands in parentheses.
    fn rank(&self) -> u8 {
        match self {
            Self::Choose(_) => 0,
            Self::Any(_) => 1,
            Self::All(_) => 2,
            Self::Compare(..) => 3,
            Self::Not(_) => 4,
            _ => 5,
        }
    }

    fn below(&self, rank: u8, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.rank() > rank { write!(f, "{self}") } else { write!(f, "({self})") }
    }

    /// How many of `&&`, `||` and `!` it has, which Google limits.
    pub(crate) fn operators(&self) -> usize {
        let inner: usize = self.parts().map(Self::operators).sum();
        inner
            + match self {
                Self::Not(_) => 1,
                Self::All(each) | Self::Any(each) => each.len().saturating_sub(1),
                _ => 0,
            }
    }

    /// The parts directly below this one.
    pub(crate) fn parts(&self) -> impl Iterator<Item = &Self> {
        let (list, more): (&[Self], [Option<&Self>; 3]) = match self {
            Self::List(each) | Self::Call(_, each) | Self::All(each) | Self::Any(each) => (each, [None; 3]),
            Self::ApiAttribute(_, part) | Self::Not(part) => (&[], [Some(part), None, None]),
            Self::Compare(_, two) => (&[], [Some(&two.0), Some(&two.1), None]),
            Self::Choose(three) => (&[], [Some(&three.0), Some(&three.1), Some(&three.2)]),
            Self::Text(_) | Self::Int(_) | Self::Bool(_) | Self::Attribute(_) => (&[], [None; 3]),
        };
        list.iter().chain(more.into_iter().flatten())
    }
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(&quoted(text)),
            Self::Int(number) => write!(f, "{number}"),
            Self::Bool(truth) => write!(f, "{truth}"),
            Self::List(each) => {
                f.write_str("[")?;
                arguments(each, f)?;
                f.write_str("]")
            }
            Self::Attribute(name) => f.write_str(name),
            Self::ApiAttribute(name, default) => write!(f, "api.getAttribute({}, {default})", quoted(name)),
            Self::Call(name, each) => call(name, each, f),
            Self::Not(inner) => {
                f.write_str("!")?;
                inner.below(4, f)
            }
            Self::All(each) => joined(each, " && ", 2, f),
            Self::Any(each) => joined(each, " || ", 1, f),
            Self::Compare(comparison, two) => {
                two.0.below(3, f)?;
                write!(f, " {} ", comparison.sign())?;
                two.1.below(3, f)
            }
            Self::Choose(three) => {
                three.0.below(0, f)?;
                f.write_str(" ? ")?;
                three.1.below(0, f)?;
                f.write_str(" : ")?;
                three.2.below(0, f)
            }
        }
    }
}

fn call(name: &str, each: &[Expr], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let method = FUNCTIONS.iter().any(|(known, method, _)| *known == name && *method);
    let each = match each.split_first() {
        Some((on, rest)) if method => {
            on.below(4, f)?;
            f.write_str(".")?;
            rest
        }
        _ => each,
    };
    write!(f, "{name}(")?;
    arguments(each, f)?;
    f.write_str(")")
}

fn arguments(each: &[Expr], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (index, part) in each.iter().enumerate() {
        let comma = if index == 0 { "" } else { ", " };
        write!(f, "{comma}{part}")?;
    }
    Ok(())
}

fn joined(each: &[Expr], sign: &str, rank: u8, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (index, part) in each.iter().enumerate() {
        if index > 0 {
            f.write_str(sign)?;
        }
        part.below(rank, f)?;
    }
    Ok(())
}

/// The text as a literal that means exactly this text.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('\'');
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\'' => out.push_str("\\'"),
            c if c.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('\'');
    out
}
