//! The form of an expression, and how it is written.

use std::fmt;

use super::operator::Operator;

/// A part of a condition.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Expr {
    /// `ActionMatches{'...'}`.
    Action(Vec<String>),
    /// `SubOperationMatches{'...'}`.
    SubOperation(Vec<String>),
    /// `Exists @Request[...]`.
    Exists(Attribute),
    Compare(Operand, Operator, Operand),
    Not(Box<Expr>),
    All(Vec<Expr>),
    Any(Vec<Expr>),
}

/// One side of a comparison.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Operand {
    Attribute(Attribute),
    Value(Literal),
    Values(Vec<Literal>),
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Literal {
    Text(String),
    /// A number, a truth value or a GUID, which stand without quotation marks.
    Bare(String),
}

/// An attribute and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// Where it comes from.
    pub source: Source,
    /// Its name, as written.
    pub name: String,
}

/// Where an attribute comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// What is touched.
    Resource,
    /// What is asked for.
    Request,
    /// Who asks.
    Principal,
    /// From where and when.
    Environment,
}

impl Source {
    pub(super) const ALL: [Self; 4] = [Self::Resource, Self::Request, Self::Principal, Self::Environment];

    /// The word for it in a condition.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Resource => "Resource",
            Self::Request => "Request",
            Self::Principal => "Principal",
            Self::Environment => "Environment",
        }
    }
}

impl Attribute {
    /// Whether it is this one; names do not tell upper from lower case.
    pub fn is(&self, source: Source, name: &str) -> bool {
        self.source == source && self.name.eq_ignore_ascii_case(name)
    }
}

impl Literal {
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Text(text) | Self::Bare(text) => text,
        }
    }
}

impl Operand {
    /// The literals, if it is no attribute.
    pub(crate) fn literals(&self) -> &[Literal] {
        match self {
            Self::Attribute(_) => &[],
            Self::Value(one) => std::slice::from_ref(one),
            Self::Values(each) => each,
        }
    }
}

impl Expr {
    /// The parts directly below this one.
    pub(crate) fn parts(&self) -> &[Self] {
        match self {
            Self::All(each) | Self::Any(each) => each,
            Self::Not(inner) => std::slice::from_ref(inner),
            _ => &[],
        }
    }
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Action(each) => write!(f, "ActionMatches{}", List(each)),
            Self::SubOperation(each) => write!(f, "SubOperationMatches{}", List(each)),
            Self::Exists(attribute) => write!(f, "Exists {attribute}"),
            Self::Compare(left, operator, right) => write!(f, "{left} {operator} {right}"),
            Self::Not(inner) => write!(f, "!({inner})"),
            Self::All(each) => joined(each, " AND ", f),
            Self::Any(each) => joined(each, " OR ", f),
        }
    }
}

/// Azure wants parentheses wherever AND and OR meet.
fn joined(each: &[Expr], word: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (index, part) in each.iter().enumerate() {
        if index > 0 {
            f.write_str(word)?;
        }
        if matches!(part, Expr::All(_) | Expr::Any(_)) { write!(f, "({part})")? } else { write!(f, "{part}")? }
    }
    Ok(())
}

impl fmt::Display for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "@{}[{}]", self.source.as_str(), self.name)
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "'{text}'"),
            Self::Bare(text) => f.write_str(text),
        }
    }
}

impl fmt::Display for Operand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Attribute(attribute) => attribute.fmt(f),
            Self::Value(literal) => literal.fmt(f),
            Self::Values(each) => {
                let each: Vec<String> = each.iter().map(ToString::to_string).collect();
                write!(f, "{{{}}}", each.join(", "))
            }
        }
    }
}

struct List<'a>(&'a [String]);

impl fmt::Display for List<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{'{}'}}", self.0.join("', '"))
    }
}
