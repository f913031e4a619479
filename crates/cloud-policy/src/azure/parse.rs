//! From tokens to an expression.

use std::fmt;
use std::str::FromStr;

use super::expression::{Attribute, Expr, Literal, Operand, Source};
use super::lexer::{Spanned, Token, tokens};
use super::operator::Operator;
use crate::condition::{ConditionError, MAX_DEPTH};

/// A condition of a role assignment.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    pub(crate) expr: Expr,
    /// What is read although Azure may read it otherwise or not at all.
    pub(crate) remarks: Vec<Remark>,
}

/// What is read although Azure may read it otherwise or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Remark {
    /// AND and OR meet without parentheses.
    Ambiguous,
    /// `@resource` in place of `@Resource`.
    SourceCase(String),
}

impl Condition {
    /// Reads a condition.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn parse(text: &str) -> Result<Self, ConditionError> {
        let tokens = tokens(text)?;
        let mut parser = Parser { tokens: &tokens, next: 0, end: text.len(), depth: 0, remarks: Vec::new() };
        let expr = parser.any()?;
        match parser.peek() {
            None => Ok(Self { expr, remarks: parser.remarks }),
            Some(_) => Err(parser.error("the condition should end here or go on with AND or OR")),
        }
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
    tokens: &'a [Spanned<'a>],
    next: usize,
    end: usize,
    depth: usize,
    remarks: Vec<Remark>,
}

type Parsed<T = Expr> = Result<T, ConditionError>;

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<Token<'a>> {
        self.tokens.get(self.next).map(|spanned| spanned.token)
    }

    fn at(&self) -> usize {
        self.tokens.get(self.next).map_or(self.end, |spanned| spanned.at)
    }

    fn error(&self, message: impl Into<String>) -> ConditionError {
        ConditionError::new(self.at(), message)
    }

    fn take(&mut self, any_of: &[&str]) -> bool {
        let found = matches!(self.peek(), Some(Token::Symbol(next) | Token::Word(next)) if any_of.contains(&next));
        self.next += usize::from(found);
        found
    }

    fn expect(&mut self, symbol: &str) -> Parsed<()> {
        if self.take(&[symbol]) { Ok(()) } else { Err(self.error(format!("'{symbol}' is expected here"))) }
    }

    fn remark(&mut self, remark: Remark) {
        if !self.remarks.contains(&remark) {
            self.remarks.push(remark);
        }
    }

    fn deeper(&mut self, read: impl FnOnce(&mut Self) -> Parsed) -> Parsed {
        if self.depth >= MAX_DEPTH {
            return Err(ConditionError::too_deep(self.at()));
        }
        self.depth += 1;
        let found = read(self);
        self.depth -= 1;
        found
    }

    fn any(&mut self) -> Parsed {
        let mut each = vec![self.all()?];
        let mut mixed = matches!(each.as_slice(), [(_, true)]);
        while self.take(&["OR", "||"]) {
            let next = self.all()?;
            mixed |= next.1;
            each.push(next);
        }
        if each.len() > 1 && mixed {
            self.remark(Remark::Ambiguous);
        }
        Ok(joined(each.into_iter().map(|(part, _)| part).collect(), Expr::Any))
    }

    /// And whether it is a chain of ANDs without parentheses.
    fn all(&mut self) -> Parsed<(Expr, bool)> {
        let mut each = vec![self.unary()?];
        while self.take(&["AND", "&&"]) {
            each.push(self.unary()?);
        }
        let chained = each.len() > 1;
        Ok((joined(each, Expr::All), chained))
    }

    fn unary(&mut self) -> Parsed {
        if self.take(&["NOT", "!"]) {
            return self.deeper(|parser| Ok(Expr::Not(Box::new(parser.unary()?))));
        }
        if self.take(&["("]) {
            return self.deeper(|parser| {
                let inner = parser.any()?;
                parser.expect(")").map(|()| inner)
            });
        }
        match self.peek() {
            Some(Token::Word("ActionMatches")) => self.matches(Expr::Action),
            Some(Token::Word("SubOperationMatches")) => self.matches(Expr::SubOperation),
            Some(Token::Word("Exists")) => {
                self.next += 1;
                match self.operand()? {
                    Operand::Attribute(attribute) => Ok(Expr::Exists(attribute)),
                    _ => Err(self.error("an attribute is expected after Exists")),
                }
            }
            _ => self.comparison(),
        }
    }

    fn matches(&mut self, of: fn(Vec<String>) -> Expr) -> Parsed {
        self.next += 1;
        let at = self.at();
        match self.operand()? {
            Operand::Values(each) if !each.is_empty() => Ok(of(each.iter().map(|one| one.text().to_owned()).collect())),
            _ => Err(ConditionError::new(at, "actions stand in braces and apostrophes: ActionMatches{'...'}")),
        }
    }

    fn comparison(&mut self) -> Parsed {
        let left = self.operand()?;
        let at = self.at();
        let operator = match self.peek() {
            Some(Token::Word(word)) => Operator::of(word)
                .ok_or_else(|| self.error(format!("{word:?} is no operator of conditions, such as StringEquals")))?,
            _ => return Err(self.error("an operator such as StringEquals is expected here")),
        };
        self.next += 1;
        let right = self.operand()?;
        let lists = [&left, &right].iter().any(|operand| matches!(operand, Operand::Values(_)));
        if lists && operator.set.is_none() {
            let message = format!("{operator} takes one value: with a list it is ForAnyOfAnyValues:{operator}");
            return Err(ConditionError::new(at, message));
        }
        Ok(Expr::Compare(left, operator, right))
    }

    fn operand(&mut self) -> Parsed<Operand> {
        let found = match self.peek() {
            Some(Token::Attribute(source, name)) => Operand::Attribute(self.attribute(source, name)?),
            Some(Token::Text(text)) => Operand::Value(Literal::Text(text.to_owned())),
            Some(Token::Word(word)) if bare(word) => Operand::Value(Literal::Bare(word.to_owned())),
            Some(Token::Symbol("{")) => return self.list(),
            _ => return Err(self.error("an attribute, a literal in apostrophes or '(' is expected here")),
        };
        self.next += 1;
        Ok(found)
    }

    fn attribute(&mut self, source: &str, name: &str) -> Parsed<Attribute> {
        let known = Source::ALL.into_iter().find(|known| known.as_str().eq_ignore_ascii_case(source));
        let Some(known) = known else {
            return Err(self.error(format!(
                "@{source} is no source of attributes: @Resource, @Request, @Principal and @Environment are"
            )));
        };
        if known.as_str() != source {
            self.remark(Remark::SourceCase(source.to_owned()));
        }
        Ok(Attribute { source: known, name: name.to_owned() })
    }

    fn list(&mut self) -> Parsed<Operand> {
        self.expect("{")?;
        let mut each = Vec::new();
        while !self.take(&["}"]) {
            if !each.is_empty() {
                self.expect(",")?;
            }
            match self.peek() {
                Some(Token::Text(text)) => each.push(Literal::Text(text.to_owned())),
                Some(Token::Word(word)) if bare(word) => each.push(Literal::Bare(word.to_owned())),
                _ => return Err(self.error("a literal in apostrophes, a number or a GUID is expected here")),
            }
            self.next += 1;
        }
        Ok(Operand::Values(each))
    }
}

fn joined(mut each: Vec<Expr>, join: fn(Vec<Expr>) -> Expr) -> Expr {
    match (each.pop(), each.is_empty()) {
        (Some(only), true) => only,
        (last, _) => {
            each.extend(last);
            join(each)
        }
    }
}

/// A truth value, a number or a GUID.
fn bare(word: &str) -> bool {
    matches!(word, "true" | "false")
        || word.strip_prefix('-').unwrap_or(word).bytes().all(|b| b.is_ascii_digit())
        || (word.len() == 36 && word.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-'))
}
