//! Several statements that go to the embedded database in one way.
//!
//! Its driver runs a text of many statements one after the other and stops at the first that fails.
//! In such a text `$n` counts through the arguments of all of them, so they are numbered anew here.

use super::Value;

/// Statements and their arguments, in the order in which they are run.
#[derive(Debug, Default)]
pub(super) struct Joined {
    sql: String,
    args: Vec<Value>,
}

impl Joined {
    pub(super) fn is_empty(&self) -> bool {
        self.sql.is_empty()
    }

    /// Adds a statement that counts its arguments from `$1` on.
    pub(super) fn push(&mut self, sql: &str, args: Vec<Value>) {
        if !self.sql.is_empty() {
            self.sql.push_str("; ");
        }
        if self.args.is_empty() {
            self.sql.push_str(sql);
        } else {
            self.push_renumbered(sql);
        }
        self.args.extend(args);
    }

    pub(super) fn clear(&mut self) {
        self.sql.clear();
        self.args.clear();
    }

    pub(super) fn into_parts(self) -> (String, Vec<Value>) {
        (self.sql, self.args)
    }

    /// What stands in quotes is no placeholder.
    fn push_renumbered(&mut self, sql: &str) {
        for (at, part) in sql.split('\'').enumerate() {
            let quoted = at % 2 == 1;
            if at > 0 {
                self.sql.push('\'');
            }
            let mut pieces = part.split('$');
            self.sql.push_str(pieces.next().unwrap_or_default());
            for piece in pieces {
                let rest = piece.trim_start_matches(|c: char| c.is_ascii_digit());
                let number = piece.strip_suffix(rest).unwrap_or_default();
                self.sql.push('$');
                match number.parse::<usize>() {
                    Ok(number) if !quoted => self.sql.push_str(&(self.args.len() + number).to_string()),
                    _ => self.sql.push_str(number),
                }
                self.sql.push_str(rest);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args;

    #[test]
    fn placeholders_count_through_all_statements() {
        let mut joined = Joined::default();
        joined.push("SAVEPOINT unit", args![]);
        joined.push("INSERT INTO t VALUES ($1, $2, $1)", args![1, 2]);
        joined.push("DELETE FROM t", args![]);
        joined.push("UPDATE t SET a = $10, b = '$1 it''s $2', c = $1, d = '' WHERE e=$2", vec![Value::Int(0); 10]);
        let (sql, args) = joined.into_parts();
        assert_eq!(
            sql,
            "SAVEPOINT unit; INSERT INTO t VALUES ($1, $2, $1); DELETE FROM t; \
             UPDATE t SET a = $12, b = '$1 it''s $2', c = $3, d = '' WHERE e=$4"
        );
        assert_eq!(args.len(), 12);
    }

    #[test]
    fn what_was_cleared_leaves_no_numbers_behind() {
        let mut joined = Joined::default();
        joined.push("DELETE FROM t WHERE a = $1", args![1]);
        joined.clear();
        assert!(joined.is_empty());
        joined.push("DELETE FROM t WHERE b = $1", args![1]);
        assert_eq!(joined.into_parts().0, "DELETE FROM t WHERE b = $1");
    }
}
