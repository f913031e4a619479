//! From text to tokens.

use crate::condition::{ConditionError, MAX_CONDITION};

/// A token and the byte at which it begins.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Spanned<'a> {
    pub(super) at: usize,
    pub(super) token: Token<'a>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Token<'a> {
    Text(&'a str),
    /// A word, a number, a GUID or an operator.
    Word(&'a str),
    /// `@Resource[name]`.
    Attribute(&'a str, &'a str),
    Symbol(&'static str),
}

const SYMBOLS: [&str; 8] = ["&&", "||", "!", "(", ")", "{", "}", ","];

/// All tokens of a text.
pub(super) fn tokens(text: &str) -> Result<Vec<Spanned<'_>>, ConditionError> {
    if text.len() > MAX_CONDITION {
        return Err(ConditionError::too_long(text.len()));
    }
    let mut out = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start();
        let at = text.len() - rest.len();
        if rest.is_empty() {
            return Ok(out);
        }
        let (token, after) = one(rest, at)?;
        out.push(Spanned { at, token });
        rest = after;
    }
}

fn one(rest: &str, at: usize) -> Result<(Token<'_>, &str), ConditionError> {
    if let Some(inner) = rest.strip_prefix('\'') {
        return literal(inner, at);
    }
    if let Some(inner) = rest.strip_prefix('@') {
        return attribute(inner, at);
    }
    for symbol in SYMBOLS {
        if let Some(after) = rest.strip_prefix(symbol) {
            return Ok((Token::Symbol(symbol), after));
        }
    }
    let after = rest.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | ':' | '.'));
    match rest.strip_suffix(after).filter(|word| !word.is_empty()) {
        Some(word) => Ok((Token::Word(word), after)),
        None => Err(stray(rest, at)),
    }
}

fn stray(rest: &str, at: usize) -> ConditionError {
    let message = match rest.chars().next() {
        Some('"') => "a literal stands in ' and not in \"".to_owned(),
        Some(c @ ('“' | '”' | '„' | '‘' | '’')) => format!("{c} is a typographic quotation mark: write '"),
        Some(c) => format!("{c:?} has no meaning in a condition"),
        None => "the condition ends too early".to_owned(),
    };
    ConditionError::new(at, message)
}

/// A literal: no way is documented to write an apostrophe in it.
fn literal(inner: &str, at: usize) -> Result<(Token<'_>, &str), ConditionError> {
    let (text, after) =
        inner.split_once('\'').ok_or_else(|| ConditionError::new(at, "the literal that begins here does not end"))?;
    if text.ends_with('\\') {
        return Err(ConditionError::new(at, "how an apostrophe is written in a literal is not documented: do without"));
    }
    Ok((Token::Text(text), after))
}

fn attribute(inner: &str, at: usize) -> Result<(Token<'_>, &str), ConditionError> {
    let named = inner.split_once('[').and_then(|(source, rest)| Some((source, rest.split_once(']')?)));
    match named {
        Some((source, (name, after))) if !name.trim().is_empty() => {
            Ok((Token::Attribute(source.trim(), name.trim()), after))
        }
        _ => Err(ConditionError::new(at, "an attribute is written @Resource[name], @Request[name] or the like")),
    }
}
