//! From text to tokens.

use crate::condition::{ConditionError, MAX_CONDITION};

/// A token and the byte at which it begins.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Spanned {
    pub(super) at: usize,
    pub(super) token: Token,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    /// A literal, decoded.
    Text(String),
    Int(i64),
    Word(String),
    Symbol(&'static str),
}

/// The longer ones first.
const SYMBOLS: [&str; 17] = ["&&", "||", "==", "!=", "<=", ">=", "<", ">", "!", "(", ")", "[", "]", ",", ".", "?", ":"];

/// All tokens of a text.
pub(super) fn tokens(text: &str) -> Result<Vec<Spanned>, ConditionError> {
    if text.len() > MAX_CONDITION {
        return Err(ConditionError::too_long(text.len()));
    }
    let mut out = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start();
        let at = text.len() - rest.len();
        let Some(first) = rest.chars().next() else { return Ok(out) };
        let (token, after) = one(first, rest, at)?;
        out.push(Spanned { at, token });
        rest = after;
    }
}

fn one(first: char, rest: &str, at: usize) -> Result<(Token, &str), ConditionError> {
    let raw = rest.strip_prefix(['r', 'R']).filter(|rest| rest.starts_with(['\'', '"']));
    if matches!(first, '\'' | '"') || raw.is_some() {
        return literal(raw.unwrap_or(rest), raw.is_some(), at);
    }
    if first.is_ascii_digit() || (first == '-' && rest.chars().nth(1).is_some_and(|c| c.is_ascii_digit())) {
        let digits = rest.len() - rest.trim_start_matches('-').trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, after) = rest.split_at(digits);
        let number =
            number.parse().map_err(|_| ConditionError::new(at, format!("{number} is no number of 64 bits")))?;
        return Ok((Token::Int(number), after));
    }
    if first.is_ascii_alphabetic() || first == '_' {
        let after = rest.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_');
        let word = rest.strip_suffix(after).unwrap_or(rest);
        return Ok((Token::Word(word.to_owned()), after));
    }
    for symbol in SYMBOLS {
        if let Some(after) = rest.strip_prefix(symbol) {
            return Ok((Token::Symbol(symbol), after));
        }
    }
    let message = match first {
        '“' | '”' | '„' | '‘' | '’' => format!("{first} is a typographic quotation mark: write ' or \""),
        other => format!("{other:?} has no meaning in a condition"),
    };
    Err(ConditionError::new(at, message))
}

/// A literal in quotation marks; `rest` begins with the first of them.
fn literal(rest: &str, raw: bool, at: usize) -> Result<(Token, &str), ConditionError> {
    let mut chars = rest.char_indices();
    let quote = chars.next().map_or('"', |(_, quote)| quote);
    if rest.get(1..).is_some_and(|more| more.starts_with(quote)) && rest.get(2..).is_some_and(|m| m.starts_with(quote))
    {
        return Err(ConditionError::new(at, "literals in three quotation marks are not read: use one"));
    }
    let mut out = String::new();
    while let Some((index, c)) = chars.next() {
        match c {
            '\n' | '\r' => break,
            '\\' if !raw => out.push(escape(&mut chars, at + index)?),
            c if c == quote => {
                let after = rest.get(index + c.len_utf8()..).unwrap_or_default();
                return Ok((Token::Text(out), after));
            }
            c => out.push(c),
        }
    }
    Err(ConditionError::new(at, "the literal that begins here does not end on its line"))
}

/// What follows a backslash (CEL language definition, "String and Bytes Values").
fn escape(chars: &mut std::str::CharIndices<'_>, at: usize) -> Result<char, ConditionError> {
    let unknown = || ConditionError::new(at, "this is no escape of a literal: a backslash itself is written \\\\");
    let (first, digits, radix) = match chars.next().map(|(_, c)| c) {
        Some('a') => return Ok('\u{7}'),
        Some('b') => return Ok('\u{8}'),
        Some('f') => return Ok('\u{c}'),
        Some('n') => return Ok('\n'),
        Some('r') => return Ok('\r'),
        Some('t') => return Ok('\t'),
        Some('v') => return Ok('\u{b}'),
        Some(c @ ('\\' | '\'' | '"' | '`' | '?')) => return Ok(c),
        Some('x' | 'X') => (0, 2, 16),
        Some('u') => (0, 4, 16),
        Some('U') => (0, 8, 16),
        Some(c @ '0'..='3') => (c.to_digit(8).unwrap_or_default(), 2, 8),
        _ => return Err(unknown()),
    };
    let mut value: u32 = first;
    for _ in 0..digits {
        let digit = chars.next().and_then(|(_, c)| c.to_digit(radix)).ok_or_else(unknown)?;
        value = value.checked_mul(radix).and_then(|value| value.checked_add(digit)).ok_or_else(unknown)?;
    }
    char::from_u32(value).ok_or_else(unknown)
}
