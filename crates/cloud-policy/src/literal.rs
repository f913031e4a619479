//! Text of a user inside a pattern: it must match itself and nothing else.

use crate::PolicyError;
use crate::dialect::{Charset, Dialect, Wildcards};

/// The text as a pattern that matches exactly this text in resources and string conditions.
pub(crate) fn literal(dialect: &Dialect, text: &str) -> Result<String, PolicyError> {
    if let Some(bad) = text.chars().find(|c| !dialect.charset.holds(*c) || dialect.refused.contains(*c)) {
        return Err(PolicyError::not_expressible(format!(
            "no policy of {} can hold the character {bad:?} of the prefix {text:?}",
            dialect.title
        )));
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if !matches!(c, '*' | '?' | '$') {
            out.push(c);
            continue;
        }
        match dialect.wildcards {
            Wildcards::Escaped => {
                out.push_str("${");
                out.push(c);
                out.push('}');
            }
            Wildcards::NotEscapable => {
                return Err(PolicyError::not_expressible(format!(
                    "{} does not read '{c}' in the prefix {text:?} as plain text, and has no way to escape it: \
                     the policy would open other prefixes or none",
                    dialect.title
                )));
            }
        }
    }
    Ok(out)
}

impl Charset {
    fn holds(self, c: char) -> bool {
        match self {
            Self::Any => true,
            Self::Latin1 => matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{ff}'),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect;

    #[test]
    fn wildcards_are_escaped_where_the_store_decodes_them() {
        assert_eq!(literal(&dialect::AWS, "a*b?c$d/${x}/").unwrap(), "a${*}b${?}c${$}d/${$}{x}/");
    }

    #[test]
    fn wildcards_are_refused_where_the_store_does_not_decode_them() {
        for dialect in dialect::ALL.iter().filter(|d| d.id != "aws") {
            for prefix in ["a*b/", "a?b/", "a$b/"] {
                let error = literal(dialect, prefix).unwrap_err();
                assert!(matches!(error, PolicyError::NotExpressible { .. }), "{} {prefix}", dialect.id);
            }
        }
    }

    #[test]
    fn characters_beyond_latin_1_are_refused_by_aws_only() {
        assert_eq!(literal(&dialect::AWS, "ÿé/").unwrap(), "ÿé/");
        assert!(literal(&dialect::AWS, "日本/").unwrap_err().to_string().contains('日'));
        assert_eq!(literal(&dialect::SEAWEEDFS, "日本/").unwrap(), "日本/");
    }

    #[test]
    fn colons_are_refused_by_ceph_whose_parser_splits_at_them() {
        assert!(literal(&dialect::CEPH, "a:b/").is_err());
        assert_eq!(literal(&dialect::AWS, "a:b/").unwrap(), "a:b/");
    }
}
