//! What is written down.

use serde::{Deserialize, Serialize};

/// How an act ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It was done.
    Done,
    /// It was not allowed.
    Refused,
    /// It was allowed and did not succeed.
    Failed,
}

/// The object that was acted on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Target {
    /// `integration`, `datasource`, `grant`, `user`, ...
    pub kind: String,
    /// Its id, where it has one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub id: Option<String>,
    /// Its name at that time, where it has one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<String>,
}

impl Target {
    /// An object with an id.
    pub fn new(kind: &str, id: impl ToString) -> Self {
        Self { kind: kind.to_owned(), id: Some(id.to_string()), name: None }
    }

    /// An object that is known only by the name that was asked for.
    pub fn named(kind: &str, name: impl ToString) -> Self {
        Self { kind: kind.to_owned(), id: None, name: Some(name.to_string()) }
    }

    /// Adds its name.
    #[must_use]
    pub fn with_name(mut self, name: impl ToString) -> Self {
        self.name = Some(name.to_string());
        self
    }
}

/// An act to be recorded, before the log gives it a place. Never holds a secret.
#[derive(Debug, Clone)]
pub struct Event {
    /// `noun.verb`, for example `credential.issue`.
    pub action: String,
    /// How it ended.
    pub outcome: Outcome,
    /// The rule that decided, as `authz` names it.
    pub rule: String,
    /// What was acted on.
    pub target: Target,
    /// Facts of the act: TTLs, counts, digests, the cloud's own request ids.
    pub details: serde_json::Map<String, serde_json::Value>,
    /// Personal data of the act beside the caller's own (names of people acted on): kept beside the log.
    pub private: serde_json::Map<String, serde_json::Value>,
}

impl Event {
    /// Adds a fact.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<serde_json::Value>) -> Self {
        self.details.insert(name.to_owned(), value.into());
        self
    }

    /// Adds personal data.
    #[must_use]
    pub fn with_private(mut self, name: &str, value: impl Into<serde_json::Value>) -> Self {
        self.private.insert(name.to_owned(), value.into());
        self
    }
}
