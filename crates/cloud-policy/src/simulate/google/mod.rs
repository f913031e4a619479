//! Role bindings of Google Cloud, and the boundary of a narrowed token.
//!
//! Google's IAM documentation, "Understanding allow policies" and "Overview of IAM Conditions": bindings only
//! give, and together they give what each of them gives; a binding whose condition does not hold gives
//! nothing. A Credential Access Boundary ("Downscope with Credential Access Boundaries") leaves of that what
//! one of its rules has. What a role holds is known for those of storage and service accounts; deny policies,
//! principal access boundaries, groups and custom roles are not modelled.

mod boundary;
mod roles;

use super::grants::{self, Verdict, decide, document, text, unreadable};
use super::{Decision, RequestError};
use crate::gcp::{Attribute, Condition, Context};
use crate::read::{Fault, FaultKind, Node, pointer};
use boundary::Boundary;

/// Role bindings, read once.
#[derive(Debug, Clone, Default)]
pub struct Bindings {
    bindings: Vec<Binding>,
    boundary: Option<Boundary>,
}

/// A request to Google Cloud.
#[derive(Debug, Clone)]
pub struct Request {
    member: String,
    permission: String,
    context: Context,
}

#[derive(Debug, Clone)]
struct Binding {
    file: String,
    index: usize,
    /// Role and members; none for a condition by itself, which is about every role and everybody.
    of: Option<(String, Vec<String>)>,
    condition: Option<Condition>,
}

impl Request {
    /// A member (`user:ann@example.org`), a permission (`storage.objects.get`), the full name of a resource
    /// (`projects/_/buckets/data/objects/in/a`), and what else is known: `resource.type`, `resource.service`,
    /// `request.time`, and attributes of `api.getAttribute` by their names.
    ///
    /// # Errors
    /// A part that is none, or a key that Google's conditions do not have.
    pub fn new(
        member: &str,
        permission: &str,
        resource: &str,
        keys: &[(String, String)],
    ) -> Result<Self, RequestError> {
        let texts = [member, permission, resource]
            .into_iter()
            .chain(keys.iter().flat_map(|(key, value)| [key.as_str(), value.as_str()]));
        super::request::bounded(texts, keys.len())?;
        if !member.contains(':') && !matches!(member, "allUsers" | "allAuthenticatedUsers") {
            return Err(RequestError::Member(member.to_owned()));
        }
        if permission.split('.').count() < 3 || permission.contains(['*', ' ']) {
            return Err(RequestError::Permission(permission.to_owned()));
        }
        let name = resource.strip_prefix("//storage.googleapis.com/").unwrap_or(resource);
        if name.is_empty() {
            return Err(RequestError::Resource);
        }
        let mut context = Context { resource_name: Some(name.to_owned()), ..Context::default() };
        for (key, value) in keys {
            know(&mut context, key, value)?;
        }
        Ok(Self { member: member.to_owned(), permission: permission.to_owned(), context })
    }
}

/// Takes in what is known; an attribute that is told twice has several values.
fn know(context: &mut Context, key: &str, value: &str) -> Result<(), RequestError> {
    match key {
        "resource.name" => context.resource_name = Some(value.to_owned()),
        "resource.type" => context.resource_type = Some(value.to_owned()),
        "resource.service" => context.resource_service = Some(value.to_owned()),
        "request.time" => {
            let time = value.parse().map_err(|_| RequestError::Time(value.to_owned()))?;
            context.time = Some(time);
        }
        _ if !key.contains('/') => return Err(RequestError::Key(key.to_owned())),
        _ => {
            let before = context.attributes.remove(key);
            let now = match before {
                None => Attribute::Text(value.to_owned()),
                Some(Attribute::Text(first)) => Attribute::List(vec![first, value.to_owned()]),
                Some(Attribute::List(mut all)) => {
                    all.push(value.to_owned());
                    Attribute::List(all)
                }
            };
            context.attributes.insert(key.to_owned(), now);
        }
    }
    Ok(())
}

impl Bindings {
    /// No binding, by which nobody may do anything.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in an allow policy, a binding, a list of them, or a condition by itself.
    ///
    /// # Errors
    /// It is none of these, or a part of it is not understood.
    pub fn add(&mut self, file: &str, content: &str) -> Result<(), Fault> {
        let Some(node) = document(content)? else {
            let condition = Condition::parse(content.trim()).map_err(|error| unreadable("", &error))?;
            self.bindings.push(Binding { file: file.to_owned(), index: 0, of: None, condition: Some(condition) });
            return Ok(());
        };
        let (list, at) = match node.get("bindings") {
            Some(list) => (list, "/bindings"),
            None => (&node, ""),
        };
        if list.items().is_none() && list.get("role").is_none() {
            return Err(Fault::new(at, FaultKind::Missing, "a policy of Google Cloud has bindings, and here are none"));
        }
        for (index, node) in list.items().unwrap_or(std::slice::from_ref(list)).iter().enumerate() {
            let at = if list.items().is_some() { pointer(at, index) } else { at.to_owned() };
            self.bindings.push(binding(file, index, &at, node)?);
        }
        Ok(())
    }

    /// Takes in the Credential Access Boundary that the token was narrowed with.
    ///
    /// # Errors
    /// It is none, or a part of it is not understood.
    pub fn narrow(&mut self, file: &str, content: &str) -> Result<(), Fault> {
        self.boundary = Some(Boundary::read(file, content)?);
        Ok(())
    }

    /// Decides about a request.
    pub fn decide<'a>(&'a self, request: &Request) -> Decision<'a> {
        let each = self.bindings.iter().map(|one| (one.file.as_str(), one.index, one.verdict(request)));
        let decision = decide("binding", &each.collect::<Vec<_>>());
        match &self.boundary {
            Some(boundary) if decision.decision == super::Outcome::Allow => boundary.limit(decision, request),
            _ => decision,
        }
    }
}

impl Binding {
    fn verdict(&self, request: &Request) -> Verdict {
        if let Some((role, members)) = &self.of {
            if !members.iter().any(|entry| names(entry, &request.member)) {
                return Verdict::Elsewhere;
            }
            match roles::holds(role, &request.permission) {
                Some(true) => {}
                Some(false) => return Verdict::Elsewhere,
                None => return Verdict::Depends(format!("what {role} holds is not known here")),
            }
        }
        self.condition.as_ref().map_or(Verdict::Gives, |condition| Verdict::of(condition.holds(&request.context)))
    }
}

/// Whether an entry of `members` names somebody ("Principal identifiers").
fn names(entry: &str, member: &str) -> bool {
    // Addresses do not tell upper from lower case; the subjects of pools do.
    let by_address = |text: &str| ["user:", "serviceAccount:", "group:"].iter().any(|kind| text.starts_with(kind));
    match entry {
        "allUsers" => true,
        // Not the identities of pools: they come from providers outside.
        "allAuthenticatedUsers" => by_address(member) || member == entry,
        _ => match entry.strip_prefix("domain:") {
            Some(domain) => member
                .strip_prefix("user:")
                .and_then(|user| user.rsplit_once('@'))
                .is_some_and(|(_, own)| own.eq_ignore_ascii_case(domain)),
            None => entry == member || by_address(entry) && entry.eq_ignore_ascii_case(member),
        },
    }
}

fn binding(file: &str, index: usize, at: &str, node: &Node) -> Result<Binding, Fault> {
    let fault = |at: &str, kind, message: &str| Fault::new(at, kind, message);
    let Some(parts) = node.members() else {
        return Err(fault(at, FaultKind::WrongType, "a binding is an object with role and members"));
    };
    if let Some((name, _)) = parts.iter().find(|(name, _)| !["role", "members", "condition"].contains(&name.as_str())) {
        let message = format!("{name:?} is no part of a binding: role, members and condition are");
        return Err(Fault::new(pointer(at, name), FaultKind::UnknownField, message));
    }
    let role = text(node, "role", at)?.to_owned();
    let listed =
        node.get("members").and_then(Node::items).map(|each| each.iter().map(Node::text).collect::<Option<Vec<_>>>());
    let Some(Some(members)) = listed else {
        return Err(fault(&pointer(at, "members"), FaultKind::WrongType, "members is a list of texts"));
    };
    let members = members.into_iter().map(str::to_owned).collect();
    let condition = node.get("condition").filter(|part| **part != Node::Null);
    let condition = condition.map(|part| expression(part, &pointer(at, "condition"))).transpose()?;
    Ok(Binding { file: file.to_owned(), index, of: Some((role, members)), condition })
}

/// The expression of a condition with its title.
fn expression(node: &Node, at: &str) -> Result<Condition, Fault> {
    let expression = grants::text(node, "expression", at)?;
    Condition::parse(expression).map_err(|error| unreadable(&pointer(at, "expression"), &error))
}

#[cfg(test)]
mod tests;
