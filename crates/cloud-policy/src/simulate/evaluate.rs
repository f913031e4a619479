//! The order in which policies decide.
//!
//! AWS's IAM User Guide, "Policy evaluation logic": a Deny anywhere; within an account identity and
//! resource policies together, limited by the session's policy, except for what a resource's policy gives
//! to the user, the session or everyone directly; between accounts both sides. A role's trust policy must
//! always name who assumes it, and the policy of a key who uses it (AWS's KMS Developer Guide, "Key policies").

use super::compile::Rules;
use super::decision::{Deciding, Decision, Outcome, they};
use super::principal::{Grade, Kind};
use super::{Policies, Request};
use crate::read::Effect;

/// The statements that apply to a request.
#[derive(Debug, Default)]
pub(super) struct Found<'a> {
    denying: Vec<Deciding<'a>>,
    pub(super) identity: Vec<Deciding<'a>>,
    pub(super) session: Vec<Deciding<'a>>,
    /// Allowing statements of the resource's policy, with how they name who asks.
    pub(super) resource: Vec<(Grade, Deciding<'a>)>,
}

/// What must be answered about a request besides which statements apply.
pub(super) struct Question {
    /// An identity of an account asks, so that identity and session policies are about it.
    pub(super) identity: bool,
    /// The resource belongs to another account.
    pub(super) cross_account: bool,
    /// A role is to be assumed, which its trust policy decides.
    pub(super) assumes_role: bool,
    /// A key is to be used, which its own policy decides.
    pub(super) uses_key: bool,
    /// The root user of an account asks, who needs no Allow of his own.
    pub(super) root: bool,
    /// A user asks by a session policy, so in a session that he began: it limits what is given to him himself.
    pub(super) user_session: bool,
}

impl Question {
    /// The resource's policy must allow it also within the account.
    fn guarded(&self) -> bool {
        self.assumes_role || self.uses_key
    }

    /// The root user of an account cannot assume a role, whoever lets him ("AssumeRole" of the STS API).
    pub(super) fn impossible(&self) -> bool {
        self.root && self.assumes_role
    }
}

impl Policies {
    /// Decides about a request.
    pub fn decide<'a>(&'a self, request: &Request) -> Decision<'a> {
        let question = self.question(request);
        let found = self.find(request, &question);
        if !found.denying.is_empty() {
            let reason = format!("{}, and a Deny wins over every Allow", they(&found.denying, "denies it", "deny it"));
            return Decision { decision: Outcome::Deny, statements: found.denying, reason: sentence(reason) };
        }
        let (decision, statements, reason) = match self.allowing(&question, &found) {
            Some((statements, reason)) => (Outcome::Allow, statements, reason),
            None => (Outcome::ImplicitDeny, Vec::new(), self.why_not(request, &question, &found)),
        };
        Decision { decision, statements, reason: sentence(reason) }
    }

    fn question(&self, request: &Request) -> Question {
        let identity = request.caller.identity();
        let theirs = request.resource_account();
        Question {
            identity: identity.is_some(),
            cross_account: identity.is_some_and(|one| theirs.is_some_and(|account| account != one.account)),
            assumes_role: request.assumes_role(),
            uses_key: request.uses_key(),
            root: identity.is_some_and(|one| one.kind == Kind::Root),
            user_session: identity.is_some_and(|one| one.kind == Kind::User) && !self.session.is_empty(),
        }
    }

    /// The policies of the resource that is asked for.
    pub(super) fn of_resource(&self, question: &Question) -> &[Rules] {
        if question.assumes_role { &self.trust } else { &self.bucket }
    }

    fn find<'a>(&'a self, request: &Request, question: &Question) -> Found<'a> {
        let mut found = Found::default();
        if question.identity {
            let Found { denying, identity, session, .. } = &mut found;
            applying(&self.identity, request, denying, |_, statement| identity.push(statement));
            applying(&self.session, request, denying, |_, statement| session.push(statement));
        }
        let Found { denying, resource, .. } = &mut found;
        let most = if question.user_session { Grade::Role } else { Grade::Direct };
        applying(self.of_resource(question), request, denying, |grade, statement| {
            resource.push((grade.min(most), statement));
        });
        found
    }

    /// The statements by which it is allowed, and why, if it is.
    fn allowing<'a>(&self, question: &Question, found: &Found<'a>) -> Option<(Vec<Deciding<'a>>, String)> {
        if question.impossible() {
            return None;
        }
        let given = |least: Grade| found.resource.iter().filter(move |(grade, _)| *grade >= least).map(|(_, one)| *one);
        let direct: Vec<_> = given(Grade::Direct).collect();
        if !question.identity {
            let reason = they(&direct, "allows it", "allow it");
            return (!direct.is_empty()).then_some((direct, reason));
        }
        let own = question.root || !found.identity.is_empty();
        let through_session = self.session.is_empty() || !found.session.is_empty();
        let needed = match (question.cross_account, question.guarded()) {
            (true, _) => own && !found.resource.is_empty(),
            (false, true) => given(if own { Grade::Account } else { Grade::Role }).next().is_some(),
            (false, false) => own || given(Grade::Role).next().is_some(),
        };
        if needed && through_session {
            let mut statements = found.identity.clone();
            statements.extend(given(if own { Grade::Account } else { Grade::Role }));
            let reason = reason(question, &statements, &found.session);
            statements.extend(found.session.iter().copied());
            return Some((statements, reason));
        }
        // What is given directly to who asks, no other policy of his account limits.
        if question.cross_account || direct.is_empty() {
            return None;
        }
        let reason =
            format!("{} to who asks directly, which no session policy limits", they(&direct, "gives it", "give it"));
        Some((direct, reason))
    }
}

fn applying<'a>(
    policies: &'a [Rules],
    request: &Request,
    denying: &mut Vec<Deciding<'a>>,
    mut allowing: impl FnMut(Grade, Deciding<'a>),
) {
    for policy in policies {
        for rule in &policy.rules {
            let Some(grade) = rule.applies(request) else { continue };
            match rule.effect {
                Effect::Deny => denying.push(Deciding::of(policy, rule)),
                Effect::Allow => allowing(grade, Deciding::of(policy, rule)),
            }
        }
    }
}

fn reason(question: &Question, statements: &[Deciding<'_>], session: &[Deciding<'_>]) -> String {
    let by = match statements {
        [] if question.root => "the root user of an account may do all that nothing denies".to_owned(),
        some => they(some, "allows it", "allow it"),
    };
    if session.is_empty() {
        by
    } else {
        format!("{by}, and {}", they(session, "lets the session do it", "let the session do it"))
    }
}

fn sentence(text: String) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => format!("{}{}.", first.to_uppercase(), chars.as_str()),
        None => text,
    }
}
