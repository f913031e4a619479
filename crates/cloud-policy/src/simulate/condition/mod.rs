//! Conditions: every operator, each with `IfExists` and the two set operators.
//!
//! AWS's IAM User Guide, "Condition operators" and "Single-valued vs. multivalued context keys". Several
//! values of a policy are alternatives; of a negated operator none may match. A key that the request does
//! not have holds for negated operators and `IfExists`; `ForAllValues` holds for no values at all, and
//! `ForAnyValue` does not.

pub(crate) mod moment;
mod number;
pub(crate) mod operator;
mod values;

use operator::{Operator, Over};
use values::Values;

use super::Context;
use crate::read::{Condition, Fault, FaultKind};

/// One key under one operator, ready to compare.
#[derive(Debug, Clone)]
pub(super) struct Test {
    operator: Operator,
    key: String,
    values: Values,
    /// Operator and key as they are written.
    shown: (String, String),
}

impl Test {
    pub(super) fn compile(condition: &Condition, variables: bool) -> Result<Self, Fault> {
        let Some(operator) = Operator::parse(&condition.operator) else {
            let at = condition.values.pointer.rsplit_once('/').map_or("", |(operator, _)| operator);
            return Err(Fault::new(at, FaultKind::Value, operator::unknown(&condition.operator)));
        };
        if condition.values.items.is_empty() {
            let message = "the list of values is empty, and what that means is not documented";
            return Err(Fault::new(&condition.values.pointer, FaultKind::Missing, message));
        }
        Ok(Self {
            operator,
            key: condition.key.to_lowercase(),
            values: Values::compile(operator.compares, &condition.values, variables)?,
            shown: (condition.operator.clone(), condition.key.clone()),
        })
    }

    /// Whether it holds for a request.
    pub(super) fn holds(&self, context: &Context) -> bool {
        let given = context.of(&self.key);
        if let Values::Absent { wanted } = &self.values {
            return wanted.contains(&given.is_none());
        }
        let Some(given) = given else {
            return match self.operator.over {
                Over::One => self.operator.negated || self.operator.if_exists,
                Over::All => true,
                Over::Any => self.operator.if_exists,
            };
        };
        let matches = |value: &String| self.values.match_one(value, context);
        // An empty text is no member of a set.
        let mut members = given.iter().filter(|value| !value.is_empty());
        match self.operator.over {
            Over::One => given.iter().any(matches) != self.operator.negated,
            Over::All => members.all(|value| matches(value) != self.operator.negated),
            Over::Any => members.any(|value| matches(value) != self.operator.negated),
        }
    }

    /// Operator and key as they are written.
    pub(super) fn shown(&self) -> (&str, &str) {
        (&self.shown.0, &self.shown.1)
    }
}

#[cfg(test)]
mod tests;
