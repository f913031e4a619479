//! The shape that all AWS-style documents share, in the order in which people expect it.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use crate::PolicyError;

pub(crate) type Condition = BTreeMap<&'static str, BTreeMap<String, Vec<String>>>;

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Policy {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) version: Option<&'static str>,
    pub(crate) statement: Vec<Statement>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Statement {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sid: Option<String>,
    pub(crate) effect: Effect,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) principal: Option<Principal>,
    pub(crate) action: Vec<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) resource: Vec<String>,
    #[serde(skip_serializing_if = "Condition::is_empty")]
    pub(crate) condition: Condition,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) enum Effect {
    Allow,
    Deny,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub(crate) enum Principal {
    Everyone(&'static str),
    Aws(BTreeMap<&'static str, String>),
}

impl Principal {
    pub(crate) fn everyone() -> Self {
        Self::Everyone("*")
    }

    pub(crate) fn aws(arn: &str) -> Self {
        Self::Aws(BTreeMap::from([("AWS", arn.to_owned())]))
    }

    /// Whoever this identity provider has signed a token for.
    pub(crate) fn federated(arn: &str) -> Self {
        Self::Aws(BTreeMap::from([("Federated", arn.to_owned())]))
    }
}

impl Statement {
    pub(crate) fn allow(action: Vec<&'static str>, resource: Vec<String>) -> Self {
        Self { sid: None, effect: Effect::Allow, principal: None, action, resource, condition: Condition::new() }
    }

    #[must_use]
    pub(crate) fn named(mut self, sid: Option<&str>) -> Self {
        self.sid = sid.map(str::to_owned);
        self
    }

    #[must_use]
    pub(crate) fn of(mut self, principal: Principal) -> Self {
        self.principal = Some(principal);
        self
    }

    #[must_use]
    pub(crate) fn when(mut self, operator: &'static str, key: impl Into<String>, values: Vec<String>) -> Self {
        self.condition.entry(operator).or_default().insert(key.into(), values);
        self
    }

    pub(crate) fn value(&self) -> Value {
        serde_json::json!(self)
    }
}

impl Policy {
    /// A document of AWS itself.
    pub(crate) fn aws(statement: Vec<Statement>) -> Self {
        Self { version: Some("2012-10-17"), statement }
    }

    pub(crate) fn value(&self) -> Value {
        serde_json::json!(self)
    }

    pub(crate) fn compact(&self) -> Result<String, PolicyError> {
        serde_json::to_string(self).map_err(unwritable)
    }

    pub(crate) fn pretty(&self) -> Result<String, PolicyError> {
        serde_json::to_string_pretty(self).map_err(unwritable)
    }
}

fn unwritable(error: serde_json::Error) -> PolicyError {
    PolicyError::not_expressible(format!("the policy cannot be written as JSON: {error}"))
}
