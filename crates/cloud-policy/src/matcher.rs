//! For tests: patterns read as a store reads them.

/// Whether the pattern matches the whole text: `*` any run, `?` any one character, and, where the store
/// decodes them, `${*}`, `${?}` and `${$}` the characters themselves.
pub(crate) fn matches(pattern: &str, text: &str, escapes: bool) -> bool {
    let tokens = tokens(pattern, escapes);
    let text: Vec<char> = text.chars().collect();
    let mut reached = vec![false; text.len() + 1];
    reached[0] = true;
    for token in tokens {
        let mut next = vec![false; text.len() + 1];
        for at in 0..=text.len() {
            let step = at > 0 && reached[at - 1];
            next[at] = match token {
                Token::Run => reached[at] || (at > 0 && next[at - 1]),
                Token::One => step,
                Token::Plain(c) => step && text[at - 1] == c,
            };
        }
        reached = next;
    }
    reached[text.len()]
}

#[derive(Clone, Copy)]
enum Token {
    Run,
    One,
    Plain(char),
}

fn tokens(pattern: &str, escapes: bool) -> Vec<Token> {
    let chars: Vec<char> = pattern.chars().collect();
    let mut out = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        match &chars[at..] {
            ['$', '{', c @ ('*' | '?' | '$'), '}', ..] if escapes => {
                out.push(Token::Plain(*c));
                at += 4;
                continue;
            }
            ['*', ..] => out.push(Token::Run),
            ['?', ..] => out.push(Token::One),
            [c, ..] => out.push(Token::Plain(*c)),
            [] => {}
        }
        at += 1;
    }
    out
}

#[test]
fn the_matcher_itself_reads_wildcards_and_escapes() {
    assert!(matches("a*c", "abbc", true) && matches("a*", "a", true) && matches("a?c", "abc", true));
    assert!(!matches("a?c", "ac", true) && !matches("a*c", "abd", true));
    assert!(matches("a${*}c", "a*c", true) && !matches("a${*}c", "abc", true));
    assert!(!matches("a${*}c", "a*c", false));
}
