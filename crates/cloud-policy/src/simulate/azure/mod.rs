//! Role assignments of Azure with their conditions.
//!
//! Microsoft's documentation, "What is Azure role-based access control": assignments only give, and together
//! they give what each of them gives; one reaches everything below its scope, and gives nothing where its
//! condition does not hold. What a role holds is known for the built-in roles on blobs; deny assignments,
//! groups and custom roles are not modelled.

mod roles;

use super::grants::{Verdict, decide, document, unreadable};
use super::{Decision, RequestError};
use crate::azure::{BLOB_PATH, CONTAINER_NAME, Condition, Context, Remark, Source};
use crate::read::{Fault, FaultKind, Node, pointer};

/// Role assignments, read once.
#[derive(Debug, Clone, Default)]
pub struct Assignments {
    assignments: Vec<Assignment>,
}

/// A request to Azure.
#[derive(Debug, Clone)]
pub struct Request {
    principal: String,
    action: String,
    resource: String,
    context: Context,
}

#[derive(Debug, Clone)]
struct Assignment {
    file: String,
    index: usize,
    /// None for a condition by itself, which is about every role, everybody and everything.
    of: Option<Assigned>,
    condition: Option<Condition>,
}

#[derive(Debug, Clone)]
struct Assigned {
    principals: Vec<String>,
    role: String,
    scope: String,
}

impl Request {
    /// A principal by object id or name, an action (`Microsoft.Storage/.../blobs/read`), the id of a resource
    /// (`/subscriptions/.../containers/data/blobs/in/a`), and what else is known: attributes as conditions
    /// write them (`@Request[NAME]`), and `SubOperation`. The names of container and blob follow from the
    /// resource, unless they are told.
    ///
    /// # Errors
    /// A part that is none, or a key that Azure's conditions do not have.
    pub fn new(principal: &str, action: &str, resource: &str, keys: &[(String, String)]) -> Result<Self, RequestError> {
        let texts = [principal, action, resource]
            .into_iter()
            .chain(keys.iter().flat_map(|(key, value)| [key.as_str(), value.as_str()]));
        super::request::bounded(texts, keys.len())?;
        if principal.is_empty() {
            return Err(RequestError::Member(principal.to_owned()));
        }
        if !action.contains('/') || action.contains(['*', ' ']) {
            return Err(RequestError::Permission(action.to_owned()));
        }
        if !resource.starts_with('/') {
            return Err(RequestError::Resource);
        }
        let mut context = Context::of(action);
        let mut told = Vec::new();
        for (key, value) in keys {
            if key.eq_ignore_ascii_case("SubOperation") {
                context = context.doing(value);
                continue;
            }
            let (source, name) = attribute(key).ok_or_else(|| RequestError::Key(key.clone()))?;
            told.push((source, name.to_ascii_lowercase()));
            context = context.with(source, name, value);
        }
        for (name, value) in named(resource) {
            if !told.contains(&(Source::Resource, name.to_ascii_lowercase())) {
                context = context.with(Source::Resource, name, value);
            }
        }
        Ok(Self { principal: principal.to_owned(), action: action.to_owned(), resource: resource.to_owned(), context })
    }
}

/// Reads `@Resource[NAME]`.
fn attribute(key: &str) -> Option<(Source, &str)> {
    let (source, rest) = key.strip_prefix('@')?.split_once('[')?;
    let all = [Source::Resource, Source::Request, Source::Principal, Source::Environment];
    let source = all.into_iter().find(|known| known.as_str().eq_ignore_ascii_case(source))?;
    Some((source, rest.strip_suffix(']')?)).filter(|(_, name)| !name.is_empty())
}

/// What container and blob in the id of a resource are called.
fn named(resource: &str) -> Vec<(&'static str, &str)> {
    let Some((_, rest)) = resource.split_once("/containers/") else { return Vec::new() };
    match rest.split_once("/blobs/") {
        Some((container, path)) => vec![(CONTAINER_NAME, container), (BLOB_PATH, path)],
        None => vec![(CONTAINER_NAME, rest)],
    }
}

impl Assignments {
    /// No assignment, by which nobody may do anything.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in a role assignment as `az role assignment list` prints it or as the API has it, a list of them, or
    /// a condition by itself.
    ///
    /// # Errors
    /// It is none of these, or a part of it is not understood.
    pub fn add(&mut self, file: &str, content: &str) -> Result<(), Fault> {
        let Some(node) = document(content)? else {
            let condition = plain("", content.trim())?;
            self.assignments.push(Assignment { file: file.to_owned(), index: 0, of: None, condition: Some(condition) });
            return Ok(());
        };
        let (list, at) = match node.get("value") {
            Some(list) => (list, "/value"),
            None => (&node, ""),
        };
        for (index, node) in list.items().unwrap_or(std::slice::from_ref(list)).iter().enumerate() {
            let at = if list.items().is_some() { pointer(at, index) } else { at.to_owned() };
            self.assignments.push(assignment(file, index, &at, node)?);
        }
        Ok(())
    }

    /// Decides about a request.
    pub fn decide<'a>(&'a self, request: &Request) -> Decision<'a> {
        let each = self.assignments.iter().map(|one| (one.file.as_str(), one.index, one.verdict(request)));
        decide("assignment", &each.collect::<Vec<_>>())
    }
}

impl Assignment {
    fn verdict(&self, request: &Request) -> Verdict {
        if let Some(of) = &self.of {
            let named = of.principals.iter().any(|own| own.eq_ignore_ascii_case(&request.principal));
            if !named || !reaches(&of.scope, &request.resource) {
                return Verdict::Elsewhere;
            }
            match roles::holds(&of.role, &request.action) {
                Some(true) => {}
                Some(false) => return Verdict::Elsewhere,
                None => return Verdict::Depends(format!("what the role {} holds is not known here", of.role)),
            }
        }
        self.condition.as_ref().map_or(Verdict::Gives, |condition| Verdict::of(condition.holds(&request.context)))
    }
}

/// Whether a resource is the scope or lies below it; ids do not tell upper from lower case.
fn reaches(scope: &str, resource: &str) -> bool {
    let scope = scope.trim_end_matches('/').to_ascii_lowercase();
    resource.to_ascii_lowercase().strip_prefix(&scope).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn assignment(file: &str, index: usize, at: &str, node: &Node) -> Result<Assignment, Fault> {
    let (node, at) = match node.get("properties") {
        Some(inner) => (inner, pointer(at, "properties")),
        None => (node, at.to_owned()),
    };
    let Some(parts) = node.members() else {
        return Err(Fault::new(at, FaultKind::WrongType, "a role assignment is an object"));
    };
    // The portal, the command and the API write the same names in different case.
    let part = |name: &str| parts.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, node)| node);
    let read = |name: &str| match part(name) {
        None | Some(Node::Null) => Ok(None),
        Some(Node::Text(text)) => Ok(Some(text.clone())),
        Some(other) => {
            let message = format!("{name} is a text, and this is {}", other.what());
            Err(Fault::new(pointer(&at, name), FaultKind::WrongType, message))
        }
    };
    let missing = |what: &str| {
        Fault::new(at.as_str(), FaultKind::Missing, format!("a role assignment has {what}, and here is none"))
    };
    let principals: Vec<_> = [read("principalId")?, read("principalName")?].into_iter().flatten().collect();
    if principals.is_empty() {
        return Err(missing("a principalId"));
    }
    let role =
        read("roleDefinitionName")?.or(read("roleDefinitionId")?).ok_or_else(|| missing("a roleDefinitionId"))?;
    let scope = read("scope")?.ok_or_else(|| missing("a scope"))?;
    let condition = read("condition")?.filter(|text| !text.trim().is_empty());
    let condition = condition.map(|text| plain(&pointer(&at, "condition"), &text)).transpose()?;
    Ok(Assignment { file: file.to_owned(), index, of: Some(Assigned { principals, role, scope }), condition })
}

/// A condition that can be read in one way only.
fn plain(at: &str, text: &str) -> Result<Condition, Fault> {
    let condition = Condition::parse(text).map_err(|error| unreadable(at, &error))?;
    if condition.remarks.contains(&Remark::Ambiguous) {
        let message =
            "AND and OR meet without parentheses, and which of them comes first is not documented: put parentheses";
        return Err(Fault::new(at, FaultKind::Value, message));
    }
    Ok(condition)
}

#[cfg(test)]
mod tests;
