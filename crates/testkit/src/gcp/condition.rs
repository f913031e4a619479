//! A double: conditions, in the few forms that matter here; Google's own service has all of CEL.
//!
//! Exactly two tests are known, joined by `||`: what the object's name begins with, and what the prefix
//! of a listing begins with. Whatever else stands there refuses the whole condition, so that a test
//! cannot pass on a condition that was read wrongly.

use std::iter::Peekable;
use std::str::Chars;

/// A parsed condition; it holds if one of its tests does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Condition(Vec<Test>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Test {
    /// `resource.name.startsWith('...')`
    Name(String),
    /// `api.getAttribute('storage.googleapis.com/objectListPrefix', '').startsWith('...')`
    ListPrefix(String),
}

/// What a condition is held against.
#[derive(Debug, Clone)]
pub(super) struct Subject {
    /// `projects/_/buckets/B`, and `/objects/K` for an object.
    pub(super) name: String,
    /// The prefix of a listing; empty for everything else.
    pub(super) list_prefix: String,
}

impl Condition {
    /// Reads an expression.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut reader = Reader(text.chars().peekable());
        let mut tests = vec![reader.test()?];
        while reader.takes("||") {
            tests.push(reader.test()?);
        }
        reader.blanks();
        match reader.0.next() {
            None => Ok(Self(tests)),
            Some(other) => Err(format!("unexpected {other:?}")),
        }
    }

    pub(super) fn holds(&self, subject: &Subject) -> bool {
        self.0.iter().any(|test| match test {
            Test::Name(prefix) => subject.name.starts_with(prefix),
            Test::ListPrefix(prefix) => subject.list_prefix.starts_with(prefix),
        })
    }

    /// How many `||` there are.
    pub(super) fn operators(&self) -> usize {
        self.0.len() - 1
    }
}

struct Reader<'a>(Peekable<Chars<'a>>);

impl Reader<'_> {
    fn test(&mut self) -> Result<Test, String> {
        if self.takes("resource.name") {
            self.needs(".startsWith")?;
            return Ok(Test::Name(self.argument()?));
        }
        self.needs("api.getAttribute")?;
        self.needs("(")?;
        let attribute = self.literal()?;
        self.needs(",")?;
        let default = self.literal()?;
        self.needs(")")?;
        if attribute != "storage.googleapis.com/objectListPrefix" || !default.is_empty() {
            return Err(format!("the attribute {attribute:?} with the default {default:?} is not known"));
        }
        self.needs(".startsWith")?;
        Ok(Test::ListPrefix(self.argument()?))
    }

    fn argument(&mut self) -> Result<String, String> {
        self.needs("(")?;
        let text = self.literal()?;
        self.needs(")")?;
        Ok(text)
    }

    fn literal(&mut self) -> Result<String, String> {
        self.blanks();
        let quote = self.0.next().filter(|c| matches!(c, '\'' | '"')).ok_or("a text in quotes was expected")?;
        let mut text = String::new();
        loop {
            match self.0.next() {
                None | Some('\n' | '\r') => return Err("a text does not end".into()),
                Some(end) if end == quote => return Ok(text),
                Some('\\') => match self.0.next() {
                    Some(escaped @ ('\\' | '\'' | '"')) => text.push(escaped),
                    other => return Err(format!("the escape {other:?} is not known")),
                },
                Some(plain) => text.push(plain),
            }
        }
    }

    fn needs(&mut self, token: &str) -> Result<(), String> {
        if self.takes(token) { Ok(()) } else { Err(format!("{token} was expected")) }
    }

    /// Takes the token, or nothing.
    fn takes(&mut self, token: &str) -> bool {
        self.blanks();
        let mut ahead = self.0.clone();
        let is_there = token.chars().all(|wanted| ahead.next() == Some(wanted));
        if is_there {
            self.0 = ahead;
        }
        is_there
    }

    fn blanks(&mut self) {
        while self.0.next_if(|c| matches!(c, ' ' | '\n' | '\t' | '\r')).is_some() {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(key: &str) -> Subject {
        Subject { name: format!("projects/_/buckets/b/objects/{key}"), list_prefix: String::new() }
    }

    fn listing(prefix: &str) -> Subject {
        Subject { name: "projects/_/buckets/b".into(), list_prefix: prefix.into() }
    }

    #[test]
    fn one_of_the_tests_is_enough() {
        let text = "resource.name.startsWith('projects/_/buckets/b/objects/a/') ||\n \
                    api.getAttribute(\"storage.googleapis.com/objectListPrefix\", \"\").startsWith(\"a/\")";
        let condition = Condition::parse(text).unwrap();
        assert!(condition.holds(&object("a/x")) && condition.holds(&listing("a/")));
        assert!(!condition.holds(&object("b/x")) && !condition.holds(&listing("")) && !condition.holds(&listing("b/")));
        assert_eq!(condition.operators(), 1);
    }

    #[test]
    fn quotes_and_backslashes_are_escaped() {
        let condition =
            Condition::parse(r#"resource.name.startsWith('projects/_/buckets/b/objects/a\'\\"b')"#).unwrap();
        assert!(condition.holds(&object(r#"a'\"b/c"#)));
        assert!(!condition.holds(&object("a'b")));
    }

    #[test]
    fn whatever_else_stands_there_refuses_the_whole() {
        for text in [
            "",
            "true",
            "resource.name.startsWith('a') && resource.name.startsWith('b')",
            "resource.name.startsWith('a') || true",
            "resource.name.matches('a')",
            "resource.name.startsWith('a'",
            "resource.name.startsWith('a') ||",
            "resource.name.startsWith(r'a')",
            r"resource.name.startsWith('\n')",
            "!resource.name.startsWith('a')",
            "(resource.name.startsWith('a'))",
            "api.getAttribute('storage.googleapis.com/objectListPrefix', 'a').startsWith('a')",
            "api.getAttribute('other', '').startsWith('a')",
        ] {
            assert!(Condition::parse(text).is_err(), "{text}");
        }
    }
}
