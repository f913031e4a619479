//! From JSON to the typed form.

use super::{
    Condition, Document, Effect, Fault, FaultKind, Json, MAX_FAULTS, Node, Patterns, Principals, Statement, Texts,
    pointer,
};

/// Collects faults while parts are read; what has one is left out.
pub(super) struct Reader {
    faults: Vec<Fault>,
}

impl Document {
    /// Reads a document of JSON.
    ///
    /// # Errors
    /// Its outermost value is no object; all other faults stand in the document.
    pub fn of(json: Json) -> Result<Self, Fault> {
        let mut reader = Reader { faults: json.duplicates };
        let Some(members) = json.node.members() else {
            let message = format!("a policy is an object with a Statement, and this is {}", json.node.what());
            return Err(Fault::new("", FaultKind::WrongType, message));
        };
        let (mut version, mut id, mut statements) = (None, None, None);
        for (name, node) in members {
            let at = pointer("", name);
            match name.as_str() {
                "Version" => version = reader.version(at, node),
                "Id" => id = reader.text(at, node),
                "Statement" => statements = Some(reader.statements(&at, node)),
                _ => reader.unknown(at, name, "a policy", &["Version", "Id", "Statement"]),
            }
        }
        let statements = statements.unwrap_or_else(|| {
            reader.fault::<()>("", FaultKind::Missing, "a policy has a Statement, and here is none");
            Vec::new()
        });
        Ok(Self { version, id, statements, faults: reader.faults, node: json.node })
    }
}

impl Reader {
    /// Notes a fault; there is nothing in the place where it is.
    pub(super) fn fault<T>(&mut self, at: impl Into<String>, kind: FaultKind, message: impl Into<String>) -> Option<T> {
        if self.faults.len() < MAX_FAULTS {
            self.faults.push(Fault::new(at, kind, message));
        }
        None
    }

    pub(super) fn wrong_type<T>(&mut self, at: impl Into<String>, expected: &str, node: &Node) -> Option<T> {
        self.fault(at, FaultKind::WrongType, format!("{expected} is expected here, and this is {}", node.what()))
    }

    fn unknown(&mut self, at: String, name: &str, of: &str, known: &[&str]) {
        let message = match known.iter().find(|known| known.eq_ignore_ascii_case(name)) {
            Some(meant) => format!("{name:?} is no part of {of}: it is written {meant:?}"),
            None => format!("{name:?} is no part of {of}: {} are", known.join(", ")),
        };
        self.fault::<()>(at, FaultKind::UnknownField, message);
    }

    fn text(&mut self, at: String, node: &Node) -> Option<String> {
        match node.text() {
            Some(text) => Some(text.to_owned()),
            None => self.wrong_type(at, "a text", node),
        }
    }

    fn version(&mut self, at: String, node: &Node) -> Option<String> {
        let text = self.text(at.clone(), node)?;
        if matches!(text.as_str(), "2012-10-17" | "2008-10-17") {
            return Some(text);
        }
        let message =
            format!("{text:?} is no version of the policy language: it is \"2012-10-17\", or the older \"2008-10-17\"");
        self.fault(at, FaultKind::Value, message)
    }

    /// One text or a list of texts.
    pub(super) fn texts(&mut self, at: String, node: &Node) -> Option<Texts> {
        self.gather(at, node, "a text or a list of texts", |node| node.text().map(str::to_owned))
    }

    /// One value of a condition or a list of them.
    fn values(&mut self, at: String, node: &Node) -> Option<Texts> {
        self.gather(at, node, "a text, a number, a truth value or a list of them", |node| match node {
            Node::Text(text) => Some(text.clone()),
            Node::Bool(truth) => Some(truth.to_string()),
            Node::Number(number) => Some(number.to_string()),
            Node::Null | Node::List(_) | Node::Object(_) => None,
        })
    }

    fn gather(&mut self, at: String, node: &Node, expected: &str, one: fn(&Node) -> Option<String>) -> Option<Texts> {
        if let Some(nodes) = node.items() {
            let mut items = Vec::with_capacity(nodes.len());
            for (index, node) in nodes.iter().enumerate() {
                match one(node) {
                    Some(text) => items.push(text),
                    None => return self.wrong_type(pointer(&at, index), expected, node),
                }
            }
            return Some(Texts { pointer: at, listed: true, items });
        }
        match one(node) {
            Some(text) => Some(Texts { pointer: at, listed: false, items: vec![text] }),
            None => self.wrong_type(at, expected, node),
        }
    }

    fn statements(&mut self, at: &str, node: &Node) -> Vec<Statement> {
        let Some(nodes) = node.items() else {
            return self.statement(0, at.to_owned(), node).into_iter().collect();
        };
        if nodes.is_empty() {
            self.fault::<()>(at, FaultKind::Missing, "a policy has at least one statement, and here is none");
        }
        let each = nodes.iter().enumerate();
        each.filter_map(|(index, node)| self.statement(index, pointer(at, index), node)).collect()
    }

    fn statement(&mut self, index: usize, at: String, node: &Node) -> Option<Statement> {
        let Some(members) = node.members() else {
            return self.wrong_type(at, "a statement, which is an object,", node);
        };
        let mut statement = Statement {
            index,
            pointer: at,
            sid: None,
            effect: None,
            principals: None,
            actions: None,
            resources: None,
            conditions: Vec::new(),
        };
        self.exclusive(&statement.pointer, node);
        for (name, node) in members {
            self.part(&mut statement, name, node);
        }
        for (name, others) in [("Effect", ["Effect"; 2]), ("Action", ["Action", "NotAction"])] {
            if others.iter().all(|name| node.get(name).is_none()) {
                self.fault::<()>(
                    statement.pointer.as_str(),
                    FaultKind::Missing,
                    format!("the statement has no {name}"),
                );
            }
        }
        Some(statement)
    }

    fn part(&mut self, statement: &mut Statement, name: &str, node: &Node) {
        const KNOWN: [&str; 9] = [
            "Sid",
            "Effect",
            "Principal",
            "NotPrincipal",
            "Action",
            "NotAction",
            "Resource",
            "NotResource",
            "Condition",
        ];
        let at = pointer(&statement.pointer, name);
        let negated = name.starts_with("Not");
        match name {
            "Sid" => statement.sid = self.text(at, node),
            "Effect" => statement.effect = self.effect(at, node),
            "Principal" | "NotPrincipal" => statement.principals = Principals::read(self, at, negated, node),
            "Action" | "NotAction" => statement.actions = self.patterns(at, negated, "action", node),
            "Resource" | "NotResource" => statement.resources = self.patterns(at, negated, "resource", node),
            "Condition" => statement.conditions = self.conditions(at, node),
            _ => self.unknown(at, name, "a statement", &KNOWN),
        }
    }

    /// A statement names what it is about, or what it is not about, never both.
    fn exclusive(&mut self, at: &str, node: &Node) {
        for (one, other) in [("Principal", "NotPrincipal"), ("Action", "NotAction"), ("Resource", "NotResource")] {
            if node.get(one).is_some() && node.get(other).is_some() {
                let message = format!("a statement has {one} or {other}, not both");
                self.fault::<()>(pointer(at, other), FaultKind::Conflict, message);
            }
        }
    }

    fn effect(&mut self, at: String, node: &Node) -> Option<Effect> {
        match self.text(at.clone(), node)?.as_str() {
            "Allow" => Some(Effect::Allow),
            "Deny" => Some(Effect::Deny),
            other => self.fault(at, FaultKind::Value, format!("{other:?} is no effect: it is \"Allow\" or \"Deny\"")),
        }
    }

    fn patterns(&mut self, at: String, negated: bool, what: &str, node: &Node) -> Option<Patterns> {
        let texts = self.texts(at.clone(), node)?;
        if texts.items.is_empty() {
            return self.fault(at, FaultKind::Missing, format!("the list names no {what}"));
        }
        Some(Patterns { negated, texts })
    }

    fn conditions(&mut self, at: String, node: &Node) -> Vec<Condition> {
        let mut conditions = Vec::new();
        for (operator, keys) in self.object(at.clone(), node) {
            let at = pointer(&at, operator);
            for (key, values) in self.object(at.clone(), keys) {
                let values = self.values(pointer(&at, key), values);
                let condition = |values| Condition { operator: operator.clone(), key: key.clone(), values };
                conditions.extend(values.map(condition));
            }
        }
        conditions
    }

    fn object<'a>(&mut self, at: String, node: &'a Node) -> &'a [(String, Node)] {
        match node.members() {
            Some(members) => members,
            None => self.wrong_type(at, "an object", node).unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests;
