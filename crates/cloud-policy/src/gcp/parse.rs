//! From tokens to an expression.

use std::fmt;
use std::str::FromStr;

use super::expression::{ATTRIBUTES, Comparison, Expr, FUNCTIONS};
use super::lexer::{Spanned, Token, tokens};
use crate::condition::{ConditionError, MAX_DEPTH};

/// A condition of a role binding or of a Credential Access Boundary.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    pub(crate) expr: Expr,
}

impl Condition {
    /// Reads a condition.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn parse(text: &str) -> Result<Self, ConditionError> {
        let tokens = tokens(text)?;
        let mut parser = Parser { tokens: &tokens, next: 0, end: text.len(), depth: 0 };
        let expr = parser.choice()?;
        match parser.peek() {
            None => Ok(Self { expr }),
            Some(_) => Err(parser.error("the condition should end here or go on with && or ||")),
        }
    }

    /// How many of `&&`, `||` and `!` it has.
    pub fn operators(&self) -> usize {
        self.expr.operators()
    }
}

impl FromStr for Condition {
    type Err = ConditionError;

    fn from_str(text: &str) -> Result<Self, ConditionError> {
        Self::parse(text)
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.expr.fmt(f)
    }
}

struct Parser<'a> {
    tokens: &'a [Spanned],
    next: usize,
    end: usize,
    depth: usize,
}

type Parsed = Result<Expr, ConditionError>;

impl Parser<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next).map(|spanned| &spanned.token)
    }

    fn at(&self) -> usize {
        self.tokens.get(self.next).map_or(self.end, |spanned| spanned.at)
    }

    fn error(&self, message: impl Into<String>) -> ConditionError {
        ConditionError::new(self.at(), message)
    }

    fn take(&mut self, symbol: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Symbol(next)) if *next == symbol);
        self.next += usize::from(found);
        found
    }

    fn expect(&mut self, symbol: &str) -> Result<(), ConditionError> {
        if self.take(symbol) { Ok(()) } else { Err(self.error(format!("'{symbol}' is expected here"))) }
    }

    fn word(&mut self) -> Result<String, ConditionError> {
        match self.peek() {
            Some(Token::Word(word)) => {
                let word = word.clone();
                self.next += 1;
                Ok(word)
            }
            _ => Err(self.error("a name is expected here")),
        }
    }

    /// Reads something that may hold itself again.
    fn deeper(&mut self, read: impl FnOnce(&mut Self) -> Parsed) -> Parsed {
        if self.depth >= MAX_DEPTH {
            return Err(ConditionError::too_deep(self.at()));
        }
        self.depth += 1;
        let found = read(self);
        self.depth -= 1;
        found
    }

    fn choice(&mut self) -> Parsed {
        let condition = self.any()?;
        if !self.take("?") {
            return Ok(condition);
        }
        self.deeper(|parser| {
            let one = parser.any()?;
            parser.expect(":")?;
            Ok(Expr::Choose(Box::new((condition, one, parser.choice()?))))
        })
    }

    fn any(&mut self) -> Parsed {
        self.chain("||", Expr::Any, Self::all)
    }

    fn all(&mut self) -> Parsed {
        self.chain("&&", Expr::All, Self::comparison)
    }

    fn chain(&mut self, sign: &str, join: fn(Vec<Expr>) -> Expr, read: fn(&mut Self) -> Parsed) -> Parsed {
        let first = read(self)?;
        let mut each = Vec::new();
        while self.take(sign) {
            each.push(read(self)?);
        }
        if each.is_empty() {
            return Ok(first);
        }
        each.insert(0, first);
        Ok(join(each))
    }

    fn comparison(&mut self) -> Parsed {
        let left = self.not()?;
        let found = match self.peek() {
            Some(Token::Symbol(sign)) => Comparison::ALL.iter().find(|(known, _)| known == sign),
            Some(Token::Word(word)) => Comparison::ALL.iter().find(|(known, _)| known == word),
            _ => None,
        };
        let Some((_, comparison)) = found else { return Ok(left) };
        self.next += 1;
        Ok(Expr::Compare(*comparison, Box::new((left, self.not()?))))
    }

    fn not(&mut self) -> Parsed {
        if self.take("!") {
            return self.deeper(|parser| Ok(Expr::Not(Box::new(parser.not()?))));
        }
        let mut value = self.primary()?;
        let before = self.depth;
        while self.take(".") {
            // Each call lies around the one before it.
            if self.depth >= MAX_DEPTH {
                return Err(ConditionError::too_deep(self.at()));
            }
            self.depth += 1;
            value = self.method(value)?;
        }
        self.depth = before;
        Ok(value)
    }

    fn primary(&mut self) -> Parsed {
        let token = self.peek().cloned();
        let at = self.at();
        self.next += usize::from(token.is_some());
        match token {
            Some(Token::Text(text)) => Ok(Expr::Text(text)),
            Some(Token::Int(number)) => Ok(Expr::Int(number)),
            Some(Token::Word(word)) if word == "true" => Ok(Expr::Bool(true)),
            Some(Token::Word(word)) if word == "false" => Ok(Expr::Bool(false)),
            Some(Token::Word(word)) => self.named(word, at),
            Some(Token::Symbol("(")) => self.deeper(|parser| {
                let inner = parser.choice()?;
                parser.expect(")").map(|()| inner)
            }),
            Some(Token::Symbol("[")) => self.deeper(|parser| parser.list("]").map(Expr::List)),
            _ => Err(ConditionError::new(at, "an attribute, a literal or '(' is expected here")),
        }
    }

    /// An attribute or a function.
    fn named(&mut self, first: String, at: usize) -> Parsed {
        if matches!(self.peek(), Some(Token::Symbol("("))) {
            return self.call(first, at, None);
        }
        let mut path = first;
        while matches!(self.peek(), Some(Token::Symbol("."))) && !self.method_follows() {
            self.next += 1;
            path = format!("{path}.{}", self.word()?);
        }
        if path == "api" && self.take(".") {
            return self.api_attribute();
        }
        // Tags are of the resource itself, which is no attribute with a value of its own.
        if path == "resource" && matches!(self.peek(), Some(Token::Symbol("."))) {
            return Ok(Expr::Attribute("resource"));
        }
        match ATTRIBUTES.iter().find(|known| **known == path) {
            Some(known) => Ok(Expr::Attribute(known)),
            None => {
                let message = format!("{path:?} is no attribute of conditions: {} are", ATTRIBUTES.join(", "));
                Err(ConditionError::new(at, message))
            }
        }
    }

    /// Whether a dot, a name and a parenthesis come next.
    fn method_follows(&self) -> bool {
        let parenthesis = self.tokens.get(self.next + 2).map(|spanned| &spanned.token);
        matches!(parenthesis, Some(Token::Symbol("(")))
    }

    fn api_attribute(&mut self) -> Parsed {
        let at = self.at();
        if self.word()? != "getAttribute" {
            return Err(ConditionError::new(at, "api has getAttribute(name, default) and nothing else"));
        }
        self.expect("(")?;
        match self.arguments(")")?.as_slice() {
            [Expr::Text(name), default] => Ok(Expr::ApiAttribute(name.clone(), Box::new(default.clone()))),
            _ => Err(ConditionError::new(at, "getAttribute takes the name of an attribute and a default")),
        }
    }

    fn method(&mut self, on: Expr) -> Parsed {
        let at = self.at();
        let name = self.word()?;
        self.call(name, at, Some(on))
    }

    fn call(&mut self, name: String, at: usize, on: Option<Expr>) -> Parsed {
        let known = FUNCTIONS.iter().find(|(known, method, _)| *known == name && *method == on.is_some());
        let Some((known, _, count)) = known else {
            let all: Vec<&str> = FUNCTIONS.iter().map(|(known, ..)| *known).collect();
            let message = format!("{name:?} is no function that conditions have here: {} are", all.join(", "));
            return Err(ConditionError::new(at, message));
        };
        self.expect("(")?;
        let mut each: Vec<Expr> = on.into_iter().collect();
        each.extend(self.arguments(")")?);
        if !count.contains(&each.len()) {
            return Err(ConditionError::new(at, format!("{known} does not take this many arguments")));
        }
        Ok(Expr::Call(known, each))
    }

    fn arguments(&mut self, end: &str) -> Result<Vec<Expr>, ConditionError> {
        match self.deeper(|parser| parser.list(end).map(Expr::List))? {
            Expr::List(each) => Ok(each),
            other => Ok(vec![other]),
        }
    }

    fn list(&mut self, end: &str) -> Result<Vec<Expr>, ConditionError> {
        let mut each = Vec::new();
        if self.take(end) {
            return Ok(each);
        }
        loop {
            each.push(self.choice()?);
            if self.take(end) {
                return Ok(each);
            }
            if !self.take(",") {
                return Err(self.error(format!("',' or '{end}' is expected here")));
            }
        }
    }
}
