//! Patterns of resources, actions and values: wildcards and policy variables.
//!
//! `*` is any run of characters and `?` any one. Where a document has variables, `${*}`, `${?}` and `${$}`
//! are the characters themselves and `${key}` is the value of a context key; a value from the request is
//! always literal, so nobody widens a policy by what he calls himself. A variable without a value matches
//! nothing ("Policy variables with no value").

use std::borrow::Cow;
use std::collections::HashMap;

use super::Context;

/// A pattern, cut at its `*`: the first part begins the text, the last ends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pattern {
    parts: Vec<Vec<Atom>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Atom {
    Text(String),
    AnyOne,
    Variable { key: String, default: Option<String> },
}

/// Parts of so few pieces are compared place by place.
const SHORT: usize = 8;

/// What in a text is not itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reading {
    /// `*` and `?` are wildcards.
    pub(crate) wildcards: bool,
    /// `${...}` is a variable.
    pub(crate) variables: bool,
}

impl Pattern {
    pub(crate) fn compile(text: &str, reading: Reading) -> Self {
        let mut parts = vec![Vec::new()];
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let mut after = rest.strip_prefix(first).unwrap_or_default();
            let atom = match first {
                '*' if reading.wildcards => {
                    parts.push(Vec::new());
                    rest = after;
                    continue;
                }
                '?' if reading.wildcards => Atom::AnyOne,
                '$' if reading.variables => match variable(rest) {
                    Some((atom, left)) => {
                        after = left;
                        atom
                    }
                    None => Atom::Text("$".to_owned()),
                },
                other => {
                    if let Some(part) = parts.last_mut() {
                        push_char(part, other);
                    }
                    rest = after;
                    continue;
                }
            };
            if let Some(part) = parts.last_mut() {
                push(part, atom);
            }
            rest = after;
        }
        Self { parts }
    }

    pub(crate) fn matches(&self, text: &str, context: &Context) -> bool {
        let Some((first, others)) = self.parts.split_first() else { return false };
        let Some(mut rest) = begins(first, text, context) else { return false };
        let Some((last, middle)) = others.split_last() else { return rest.is_empty() };
        for part in middle {
            match find(part, rest, context) {
                Some(after) => rest = after,
                None => return false,
            }
        }
        ends(last, rest, context)
    }

    /// The text that it stands for, if it has no wildcard and all its variables have values.
    pub(crate) fn text<'a>(&'a self, context: &'a Context) -> Option<Cow<'a, str>> {
        match self.parts.as_slice() {
            [atoms] => match atoms.as_slice() {
                [] => Some(Cow::Borrowed("")),
                [Atom::Text(text)] => Some(Cow::Borrowed(text)),
                many => many.iter().map(|atom| atom.literal(context)).collect::<Option<String>>().map(Cow::Owned),
            },
            _ => None,
        }
    }
}

impl Atom {
    /// The text that it stands for; none for a wildcard and for a variable without a value.
    fn literal<'a>(&'a self, context: &'a Context) -> Option<&'a str> {
        match self {
            Self::Text(text) => Some(text),
            Self::AnyOne => None,
            Self::Variable { key, default } => context.only(key).or(default.as_deref()),
        }
    }
}

/// Pieces of text that follow each other are one.
fn push(part: &mut Vec<Atom>, atom: Atom) {
    if let (Some(Atom::Text(before)), Atom::Text(more)) = (part.last_mut(), &atom) {
        before.push_str(more);
        return;
    }
    part.push(atom);
}

fn push_char(part: &mut Vec<Atom>, c: char) {
    match part.last_mut() {
        Some(Atom::Text(before)) => before.push(c),
        _ => part.push(Atom::Text(c.to_string())),
    }
}

/// What follows the part at the beginning of the text.
fn begins<'t>(part: &[Atom], text: &'t str, context: &Context) -> Option<&'t str> {
    part.iter().try_fold(text, |rest, atom| match atom {
        Atom::AnyOne => without_first(rest),
        literal => rest.strip_prefix(literal.literal(context)?),
    })
}

fn ends(part: &[Atom], text: &str, context: &Context) -> bool {
    let left = part.iter().rev().try_fold(text, |rest, atom| match atom {
        Atom::AnyOne => {
            let mut chars = rest.chars();
            chars.next_back().map(|_| chars.as_str())
        }
        literal => rest.strip_suffix(literal.literal(context)?),
    });
    left.is_some()
}

/// What follows the first place where the part stands.
fn find<'t>(part: &[Atom], text: &'t str, context: &Context) -> Option<&'t str> {
    if let [single] = part
        && let Some(literal) = single.literal(context)
    {
        return text.split_once(literal).map(|(_, after)| after);
    }
    if part.len() <= SHORT {
        let mut rest = text;
        loop {
            if let Some(after) = begins(part, rest, context) {
                return Some(after);
            }
            rest = without_first(rest)?;
        }
    }
    let mut wanted = Vec::new();
    for atom in part {
        match atom {
            Atom::AnyOne => wanted.push(None),
            literal => wanted.extend(literal.literal(context)?.chars().map(Some)),
        }
    }
    first_place(&wanted, text)
}

/// What follows the first place where these characters stand, of which none is any.
///
/// Baeza-Yates and Gonnet, "A new approach to text searching" (1992): a bit for each beginning that fits so far, so
/// that `?a?a?a` in a long text takes no longer than 64 of its characters at a time do.
fn first_place<'t>(wanted: &[Option<char>], text: &'t str) -> Option<&'t str> {
    let words = wanted.len().div_ceil(64);
    let Some(last) = wanted.len().checked_sub(1) else { return Some(text) };
    let mut fits: HashMap<char, Vec<u64>> = HashMap::new();
    let mut any = vec![0_u64; words];
    let bit = |place: usize| (place / 64, 1_u64 << (place % 64));
    for (place, wanted) in wanted.iter().enumerate() {
        let of = match wanted {
            Some(c) => fits.entry(*c).or_insert_with(|| vec![0; words]),
            None => &mut any,
        };
        let (word, bit) = bit(place);
        if let Some(of) = of.get_mut(word) {
            *of |= bit;
        }
    }
    let (word, bit) = bit(last);
    let mut so_far = vec![0_u64; words];
    for (at, c) in text.char_indices() {
        let own = fits.get(&c);
        let mut carried = 1;
        for (index, (state, any)) in so_far.iter_mut().zip(&any).enumerate() {
            let own = own.and_then(|own| own.get(index)).copied().unwrap_or_default();
            let next = ((*state << 1) | carried) & (own | any);
            carried = *state >> 63;
            *state = next;
        }
        if so_far.get(word).is_some_and(|state| state & bit != 0) {
            return text.get(at + c.len_utf8()..);
        }
    }
    None
}

fn without_first(text: &str) -> Option<&str> {
    let mut chars = text.chars();
    chars.next().map(|_| chars.as_str())
}

/// Reads `${key}`, `${key, 'default'}` or an escaped character, and what follows; none if it is none of them.
fn variable(text: &str) -> Option<(Atom, &str)> {
    let inner = text.strip_prefix("${")?;
    for special in ['*', '?', '$'] {
        if let Some(after) = inner.strip_prefix(special).and_then(|rest| rest.strip_prefix('}')) {
            return Some((Atom::Text(special.to_string()), after));
        }
    }
    let end = inner.find(['}', ','])?;
    let (key, rest) = inner.split_at_checked(end)?;
    let key = key.trim().to_lowercase();
    if let Some(after) = rest.strip_prefix('}') {
        return Some((Atom::Variable { key, default: None }, after));
    }
    let quoted = rest.strip_prefix(',')?.trim_start().strip_prefix('\'')?;
    let (default, after) = quoted.split_once('\'')?;
    let after = after.trim_start().strip_prefix('}')?;
    Some((Atom::Variable { key, default: Some(default.to_owned()) }, after))
}

/// Whether every `${` of a text begins a variable or a character that is itself.
pub(crate) fn is_whole(text: &str) -> bool {
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        match rest.get(at..).and_then(variable) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    true
}

/// The six fields of an ARN; the last one holds all further colons. Colons of variables cut nothing.
pub(crate) fn arn_fields(text: &str) -> Vec<&str> {
    let (mut fields, mut from, mut depth) = (Vec::with_capacity(6), 0, 0_usize);
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        match c {
            '{' if before == '$' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            ':' if depth == 0 && fields.len() < 5 => {
                fields.push(text.get(from..at).unwrap_or_default());
                from = at + 1;
            }
            _ => {}
        }
        before = c;
    }
    fields.push(text.get(from..).unwrap_or_default());
    fields
}

/// The pattern of a resource. AWS completes an ARN of fewer than six fields with `*`.
pub(crate) fn resource(text: &str, variables: bool) -> Pattern {
    let missing = if text.starts_with("arn:") { 6_usize.saturating_sub(arn_fields(text).len()) } else { 0 };
    let whole = format!("{text}{}", ":*".repeat(missing));
    Pattern::compile(&whole, Reading { wildcards: true, variables })
}

/// The pattern of an action, which is compared in lower case and has no variables.
pub(crate) fn action(text: &str) -> Pattern {
    Pattern::compile(&text.to_ascii_lowercase(), Reading { wildcards: true, variables: false })
}

#[cfg(test)]
mod tests;
