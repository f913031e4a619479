//! From a document to rules that are compared quickly.

use super::Attached;
use super::condition::Test;
use super::pattern::{Pattern, action, is_whole, resource};
use super::principal::{Grade, Whom};
use super::request::{Context, Request};
use crate::read::{Document, Effect, Fault, FaultKind, Patterns, Statement, Texts};

/// A policy, ready to compare.
#[derive(Debug, Clone)]
pub(super) struct Rules {
    pub(super) file: String,
    pub(super) rules: Vec<Rule>,
}

/// A statement, ready to compare.
#[derive(Debug, Clone)]
pub(super) struct Rule {
    pub(super) index: usize,
    pub(super) sid: Option<String>,
    pub(super) effect: Effect,
    whom: Option<Whom>,
    actions: Set,
    resources: Option<Set>,
    pub(super) tests: Vec<Test>,
}

#[derive(Debug, Clone)]
struct Set {
    negated: bool,
    patterns: Vec<Pattern>,
}

impl Set {
    fn of(patterns: &Patterns, compile: impl Fn(&str) -> Pattern) -> Self {
        Self { negated: patterns.negated, patterns: patterns.texts.items.iter().map(|text| compile(text)).collect() }
    }

    fn holds(&self, text: &str, context: &Context) -> bool {
        self.patterns.iter().any(|pattern| pattern.matches(text, context)) != self.negated
    }
}

impl Rules {
    pub(super) fn compile(attached: Attached, file: String, document: &Document) -> Result<Self, Fault> {
        let variables = document.has_variables();
        let rules = document.statements.iter().map(|statement| Rule::compile(attached, statement, variables));
        Ok(Self { file, rules: rules.collect::<Result<_, _>>()? })
    }
}

impl Rule {
    fn compile(attached: Attached, statement: &Statement, variables: bool) -> Result<Self, Fault> {
        fits(attached, statement)?;
        let missing =
            |what: &str| Fault::new(&statement.pointer, FaultKind::Missing, format!("the statement has no {what}"));
        if variables {
            whole(statement)?;
        }
        let effect = statement.effect.ok_or_else(|| missing("Effect"))?;
        let actions = statement.actions.as_ref().ok_or_else(|| missing("Action"))?;
        let whom = statement.principals.as_ref().map(|principals| Whom::compile(attached, principals, effect));
        let tests = statement.conditions.iter().map(|condition| Test::compile(condition, variables));
        Ok(Self {
            index: statement.index,
            sid: statement.sid.clone(),
            effect,
            whom: whom.transpose()?,
            actions: Set::of(actions, action),
            resources: statement
                .resources
                .as_ref()
                .map(|resources| Set::of(resources, |text| resource(text, variables))),
            tests: tests.collect::<Result<_, _>>()?,
        })
    }

    /// How the statement names who asks, if it is about him, the action and the resource.
    pub(super) fn concerns(&self, request: &Request) -> Option<Grade> {
        if !self.actions.holds(&request.action, &request.context) {
            return None;
        }
        if !self.resources.as_ref().is_none_or(|set| set.holds(&request.resource, &request.context)) {
            return None;
        }
        self.whom.as_ref().map_or(Some(Grade::Direct), |whom| whom.names(&request.caller))
    }

    /// As [`Rule::concerns`], if its conditions hold too.
    pub(super) fn applies(&self, request: &Request) -> Option<Grade> {
        self.concerns(request).filter(|_| self.tests.iter().all(|test| test.holds(&request.context)))
    }
}

/// What begins like a variable and is none has no meaning that is documented.
fn whole(statement: &Statement) -> Result<(), Fault> {
    let resources = statement.resources.iter().map(|resources| &resources.texts);
    let mut texts = resources.chain(statement.conditions.iter().map(|own| &own.values)).flat_map(Texts::located);
    match texts.find(|(_, text)| !is_whole(text)) {
        None => Ok(()),
        Some((at, text)) => {
            let message =
                format!("{text:?} has a variable that does not end: it is written ${{key}} or ${{key, 'default'}}");
            Err(Fault::new(at, FaultKind::Value, message))
        }
    }
}

/// What a statement must have and must not have depends on where the policy is attached.
fn fits(attached: Attached, statement: &Statement) -> Result<(), Fault> {
    let owned = matches!(attached, Attached::Identity | Attached::Session);
    let what = match attached {
        Attached::Identity => "an identity policy",
        Attached::Session => "a session policy",
        Attached::Bucket => "a bucket policy",
        Attached::Trust => "a trust policy",
    };
    let fault = |pointer: &str, kind, message: String| Err(Fault::new(pointer, kind, message));
    match &statement.principals {
        Some(principals) if owned => {
            let message = format!("{what} names no principal: it is about whom it is attached to");
            return fault(&principals.pointer, FaultKind::UnknownField, message);
        }
        None if !owned => {
            let message = format!("a statement of {what} has a Principal, and this one has none");
            return fault(&statement.pointer, FaultKind::Missing, message);
        }
        _ => {}
    }
    match &statement.resources {
        Some(resources) if attached == Attached::Trust => {
            let message = format!("{what} names no resource: it is about the role that it is attached to");
            fault(&resources.texts.pointer, FaultKind::UnknownField, message)
        }
        None if attached != Attached::Trust => {
            let message = format!("a statement of {what} has a Resource, and this one has none");
            fault(&statement.pointer, FaultKind::Missing, message)
        }
        _ => Ok(()),
    }
}
