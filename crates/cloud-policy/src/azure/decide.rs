//! Whether a condition holds.

use std::collections::BTreeMap;

use super::expression::{Attribute, Expr, Operand, Source};
use super::operator::{Operator, like};
use super::parse::Condition;
use crate::condition::Truth;

/// What is known of a request; an attribute that is not named is not known.
#[derive(Debug, Clone, Default)]
pub struct Context {
    action: String,
    suboperation: Option<String>,
    attributes: BTreeMap<(Source, String), Vec<String>>,
}

impl Context {
    /// A request for an action, for example `Microsoft.Storage/.../blobs/read`.
    pub fn of(action: impl Into<String>) -> Self {
        Self { action: action.into(), ..Self::default() }
    }

    /// With a suboperation, for example `Blob.List`.
    #[must_use]
    pub fn doing(mut self, suboperation: impl Into<String>) -> Self {
        self.suboperation = Some(suboperation.into());
        self
    }

    /// With an attribute that has this value, or one more of them.
    #[must_use]
    pub fn with(mut self, source: Source, name: &str, value: impl Into<String>) -> Self {
        self.attributes.entry((source, name.to_ascii_lowercase())).or_default().push(value.into());
        self
    }

    fn values(&self, attribute: &Attribute) -> Option<Vec<&str>> {
        let values = self.attributes.get(&(attribute.source, attribute.name.to_ascii_lowercase()))?;
        Some(values.iter().map(String::as_str).collect())
    }
}

impl Condition {
    /// Whether the condition holds for a request.
    pub fn holds(&self, context: &Context) -> Truth {
        truth(&self.expr, context)
    }
}

fn truth(expr: &Expr, context: &Context) -> Truth {
    match expr {
        Expr::Action(each) => matched(each, &context.action).into(),
        Expr::SubOperation(each) => context.suboperation.as_deref().is_some_and(|own| matched(each, own)).into(),
        Expr::Exists(attribute) => context.values(attribute).is_some().into(),
        Expr::Compare(left, operator, right) => compare(context, left, *operator, right),
        Expr::Not(inner) => !truth(inner, context),
        Expr::All(each) => Truth::all(each.iter().map(|part| truth(part, context))),
        Expr::Any(each) => Truth::any(each.iter().map(|part| truth(part, context))),
    }
}

impl Expr {
    /// Whether it is about this action.
    pub(crate) fn matches_action(&self, action: &str) -> bool {
        matches!(self, Self::Action(each) if matched(each, action))
    }
}

/// Actions do not tell upper from lower case.
fn matched(patterns: &[String], own: &str) -> bool {
    let own = own.to_ascii_lowercase();
    patterns.iter().any(|pattern| like(&pattern.to_ascii_lowercase(), &own))
}

fn compare(context: &Context, left: &Operand, operator: Operator, right: &Operand) -> Truth {
    let (Some(left), Some(right)) = (values(context, left), values(context, right)) else { return Truth::Unknown };
    let fits = |left: &&str, right: &&str| operator.fits(left, right).map_or(Truth::Unknown, Truth::from);
    let (all_left, all_right) = operator.set.unwrap_or_default();
    quantified(all_left, left.iter().map(|left| quantified(all_right, right.iter().map(|right| fits(left, right)))))
}

fn quantified(all: bool, each: impl Iterator<Item = Truth>) -> Truth {
    if all { Truth::all(each) } else { Truth::any(each) }
}

fn values<'a>(context: &'a Context, operand: &'a Operand) -> Option<Vec<&'a str>> {
    match operand {
        Operand::Attribute(attribute) => context.values(attribute),
        literals => Some(literals.literals().iter().map(|literal| literal.text()).collect()),
    }
}
