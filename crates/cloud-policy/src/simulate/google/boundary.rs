//! The Credential Access Boundary of a narrowed token: what of the roles it leaves.

use super::super::grants::{Verdict, decide, document, text};
use super::super::{Decision, Outcome};
use super::{Request, expression, roles};
use crate::gcp::Condition;
use crate::read::{Fault, FaultKind, Node, pointer};

const NO_BOUNDARY: &str = "a boundary has accessBoundary.accessBoundaryRules, and here are none";

#[derive(Debug, Clone)]
pub(super) struct Boundary {
    file: String,
    rules: Vec<Rule>,
}

#[derive(Debug, Clone)]
struct Rule {
    bucket: String,
    roles: Vec<String>,
    condition: Option<Condition>,
}

impl Boundary {
    pub(super) fn read(file: &str, content: &str) -> Result<Self, Fault> {
        let node = document(content)?.ok_or_else(|| Fault::new("", FaultKind::Syntax, NO_BOUNDARY))?;
        let (inner, at) = match node.get("accessBoundary") {
            Some(inner) => (inner, "/accessBoundary"),
            None => (&node, ""),
        };
        let missing = || Fault::new(at, FaultKind::Missing, NO_BOUNDARY);
        let rules = inner.get("accessBoundaryRules").and_then(Node::items).ok_or_else(missing)?;
        let at = pointer(at, "accessBoundaryRules");
        let rules = rules.iter().enumerate().map(|(index, node)| Rule::read(node, &pointer(&at, index)));
        Ok(Self { file: file.to_owned(), rules: rules.collect::<Result<_, _>>()? })
    }

    /// What it leaves of a decision that allows.
    pub(super) fn limit<'a>(&'a self, decision: Decision<'a>, request: &Request) -> Decision<'a> {
        let each =
            self.rules.iter().enumerate().map(|(index, rule)| (self.file.as_str(), index, rule.verdict(request)));
        let limit = decide("rule", &each.collect::<Vec<_>>());
        let (mut statements, given) = (decision.statements, decision.reason);
        let given = given.trim_end_matches('.');
        if limit.decision == Outcome::Allow {
            statements.extend(limit.statements);
            let reason = format!("{given}, and a rule of the boundary leaves it.");
            return Decision { decision: Outcome::Allow, statements, reason };
        }
        let reason = format!("{given}, but the boundary does not leave it: {}", lower(&limit.reason));
        Decision { decision: Outcome::ImplicitDeny, statements: Vec::new(), reason }
    }
}

impl Rule {
    fn read(node: &Node, at: &str) -> Result<Self, Fault> {
        let resource = text(node, "availableResource", at)?;
        let Some(bucket) = resource.strip_prefix("//storage.googleapis.com/projects/_/buckets/") else {
            let message = "the resource of a rule is //storage.googleapis.com/projects/_/buckets/BUCKET";
            return Err(Fault::new(pointer(at, "availableResource"), FaultKind::Value, message));
        };
        let listed = node.get("availablePermissions").and_then(Node::items).unwrap_or_default();
        let roles: Option<Vec<_>> =
            listed.iter().map(|one| one.text()?.strip_prefix("inRole:").map(str::to_owned)).collect();
        let Some(roles) = roles.filter(|roles| !roles.is_empty()) else {
            let message = "the permissions of a rule are a list of texts such as inRole:roles/storage.objectViewer";
            return Err(Fault::new(pointer(at, "availablePermissions"), FaultKind::Value, message));
        };
        let condition = node.get("availabilityCondition");
        let condition = condition.map(|part| expression(part, &pointer(at, "availabilityCondition"))).transpose()?;
        Ok(Self { bucket: bucket.to_owned(), roles, condition })
    }

    fn verdict(&self, request: &Request) -> Verdict {
        let name = request.context.resource_name.as_deref().unwrap_or_default();
        let bucket = name.strip_prefix("projects/_/buckets/").map(|rest| rest.split('/').next().unwrap_or_default());
        if bucket != Some(&self.bucket) {
            return Verdict::Elsewhere;
        }
        let known: Vec<_> = self.roles.iter().map(|role| roles::holds(role, &request.permission)).collect();
        if !known.contains(&Some(true)) {
            return match known.contains(&None) {
                true => Verdict::Depends("what its roles hold is not known here".to_owned()),
                false => Verdict::Elsewhere,
            };
        }
        self.condition.as_ref().map_or(Verdict::Gives, |condition| Verdict::of(condition.holds(&request.context)))
    }
}

fn lower(sentence: &str) -> String {
    let mut chars = sentence.chars();
    chars.next().map_or(String::new(), |first| format!("{}{}", first.to_lowercase(), chars.as_str()))
}
