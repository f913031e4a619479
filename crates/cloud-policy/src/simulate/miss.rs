//! Why nothing allowed a request, and which statement came closest.

use super::compile::{Rule, Rules};
use super::decision::{Deciding, they};
use super::evaluate::{Found, Question};
use super::{Policies, Request};
use crate::read::Effect;

impl Policies {
    /// What was missing, for an implicit deny.
    pub(super) fn why_not(&self, request: &Request, question: &Question, found: &Found<'_>) -> String {
        let (why, asked) = self.lack(question, found);
        match asked.iter().find_map(|policies| closest(policies, request)) {
            Some(closest) => format!("{why}; {closest}"),
            None => why,
        }
    }

    /// What was missing, and the policies that could have allowed it.
    fn lack(&self, question: &Question, found: &Found<'_>) -> (String, Vec<&[Rules]>) {
        let of_resource = self.of_resource(question);
        let resource = || vec![of_resource];
        let given: Vec<_> = found.resource.iter().map(|(_, statement)| *statement).collect();
        if question.impossible() {
            let why = "the root user of an account cannot assume a role: ask for a user, a role or a session of it";
            return (why.to_owned(), Vec::new());
        }
        if question.uses_key && given.is_empty() && question.identity {
            let why = match of_resource {
                [] => {
                    "no policy of the key was given (as that of the bucket), and a key is used only by whom its own policy lets"
                }
                _ => "no statement of the key's own policy allows it, which it must whatever other policies say",
            };
            return (why.to_owned(), resource());
        }
        if question.assumes_role && self.trust.is_empty() {
            let why = "no trust policy was given, and a role is assumed only by whom its trust policy names";
            return (why.to_owned(), Vec::new());
        }
        if question.assumes_role && given.is_empty() {
            return ("no statement of the trust policy lets this principal assume the role".to_owned(), resource());
        }
        if !question.identity {
            return ("no statement of the resource's policy allows it to who asks".to_owned(), resource());
        }
        if question.cross_account && given.is_empty() {
            let why = match of_resource {
                [] => {
                    "the resource belongs to another account, and no policy of the resource was given that lets others in"
                }
                _ => "the resource belongs to another account, and no statement of its policy allows it",
            };
            return (why.to_owned(), resource());
        }
        if found.identity.is_empty() && !question.root {
            let why = match given.as_slice() {
                [] => "no statement allows it".to_owned(),
                some => {
                    format!(
                        "{} to the principal's account, and no identity policy allows it",
                        they(some, "leaves it", "leave it")
                    )
                }
            };
            return (why, vec![&self.identity, of_resource]);
        }
        let by = match found.identity.as_slice() {
            [] => "the principal may do it".to_owned(),
            some => they(some, "allows it", "allow it"),
        };
        (format!("{by}, but no statement of the session policy does"), vec![&self.session])
    }
}

/// The first statement that would allow it if its conditions held.
fn closest(policies: &[Rules], request: &Request) -> Option<String> {
    let each = policies.iter().flat_map(|policy| policy.rules.iter().map(move |rule| (policy, rule)));
    let mut allowing = each.filter(|(_, rule)| rule.effect == Effect::Allow && rule.concerns(request).is_some());
    allowing.find_map(|(policy, rule)| {
        failed(rule, request)
            .map(|why| format!("{} would, but its condition {why}", Deciding::of(policy, rule).shown()))
    })
}

fn failed(rule: &Rule, request: &Request) -> Option<String> {
    let test = rule.tests.iter().find(|test| !test.holds(&request.context))?;
    let (operator, key) = test.shown();
    let known = request.context.values(key).is_some();
    let missing = if known { "" } else { ", which the request does not have" };
    Some(format!("{operator} does not hold for {key}{missing}"))
}
