//! A statement whose conditions depend on what is asked.
//!
//! Only fixed fragments of SQL can be added; everything that comes from a caller goes in as an
//! argument. So the database sees one of a few statements, and can use its indexes for each.

use domain::id::ProjectId;

use super::Value;

/// A statement being put together.
#[derive(Debug)]
pub struct Query {
    sql: String,
    args: Vec<Value>,
}

impl Query {
    /// Begins with a fixed text that uses `$1` and so on for these arguments, and has a `WHERE`.
    pub fn new(sql: &'static str, args: Vec<Value>) -> Self {
        Self { sql: sql.to_owned(), args }
    }

    /// Adds ` AND <condition> $n`: the argument stands at the end of the condition.
    #[must_use]
    pub fn and(mut self, condition: &'static str, value: impl Into<Value>) -> Self {
        self.args.push(value.into());
        self.sql.push_str(" AND ");
        self.sql.push_str(condition);
        self.sql.push_str(&format!(" ${}", self.args.len()));
        self
    }

    /// The same, if there is a value.
    #[must_use]
    pub fn and_opt<T: Into<Value>>(self, condition: &'static str, value: Option<T>) -> Self {
        match value {
            Some(value) => self.and(condition, value),
            None => self,
        }
    }

    /// Adds ` AND <column> IN (...)`; no row is in an empty list.
    #[must_use]
    pub fn and_in<T: Into<Value>>(mut self, column: &'static str, values: impl IntoIterator<Item = T>) -> Self {
        match self.places(values) {
            Some(places) => self.sql.push_str(&format!(" AND {column} IN ({places})")),
            None => self.sql.push_str(" AND 1 = 0"),
        }
        self
    }

    /// Adds ` AND <column> NOT IN (...)`; every row is outside an empty list.
    #[must_use]
    pub fn and_not_in<T: Into<Value>>(mut self, column: &'static str, values: impl IntoIterator<Item = T>) -> Self {
        if let Some(places) = self.places(values) {
            self.sql.push_str(&format!(" AND {column} NOT IN ({places})"));
        }
        self
    }

    /// Takes in these arguments: where they stand, if there are any.
    fn places<T: Into<Value>>(&mut self, values: impl IntoIterator<Item = T>) -> Option<String> {
        let first = self.args.len();
        self.args.extend(values.into_iter().map(Into::into));
        let places: Vec<_> = (first + 1..=self.args.len()).map(|n| format!("${n}")).collect();
        (!places.is_empty()).then(|| places.join(", "))
    }

    /// Adds that all of it is of the project, without leading the database to look at all of the project:
    /// beside a list of ids, which name fewer rows. An expression is on no index.
    #[must_use]
    pub fn only_of(self, project: ProjectId) -> Self {
        self.and("project || '' =", project)
    }

    /// Adds ` AND <column>` holds this text somewhere, if there is one. Nothing in it is a wildcard.
    #[must_use]
    pub fn and_contains(self, condition: &'static str, text: Option<&str>) -> Self {
        match text.filter(|text| !text.is_empty()) {
            Some(text) => {
                let literal: String = text
                    .chars()
                    .flat_map(|c| matches!(c, '%' | '_' | '!').then_some('!').into_iter().chain([c]))
                    .collect();
                self.and(condition, format!("%{literal}%")).text(" ESCAPE '!'")
            }
            None => self,
        }
    }

    /// Adds a fixed text.
    #[must_use]
    pub fn text(mut self, text: &'static str) -> Self {
        self.sql.push_str(text);
        self
    }

    /// Adds ` LIMIT n`.
    #[must_use]
    pub fn limit(mut self, limit: u32) -> Self {
        self.args.push(Value::from(limit));
        self.sql.push_str(&format!(" LIMIT ${}", self.args.len()));
        self
    }

    pub(crate) fn into_parts(self) -> (String, Vec<Value>) {
        (self.sql, self.args)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_numbered_in_the_order_they_are_added() {
        let query = Query::new("SELECT * FROM t WHERE a = $1", vec![Value::Int(1)])
            .and_opt::<&str>("b =", None)
            .and_opt("c =", Some("x"))
            .text(" ORDER BY c")
            .limit(3);
        let (sql, args) = query.into_parts();
        assert_eq!(sql, "SELECT * FROM t WHERE a = $1 AND c = $2 ORDER BY c LIMIT $3");
        assert_eq!(args.len(), 3);
    }

    #[test]
    fn lists_and_parts_of_names_are_arguments_and_never_text() {
        let query = Query::new("SELECT * FROM t WHERE a = $1", vec![Value::Int(1)])
            .and_in("b", ["x", "y"])
            .and_in::<&str>("c", [])
            .and_not_in("f", ["z"])
            .and_not_in::<&str>("g", [])
            .and_contains("d LIKE", Some("50%_!"))
            .and_contains("e LIKE", None);
        let (sql, args) = query.into_parts();
        assert_eq!(
            sql,
            "SELECT * FROM t WHERE a = $1 AND b IN ($2, $3) AND 1 = 0 AND f NOT IN ($4) AND d LIKE $5 ESCAPE '!'"
        );
        assert!(matches!(args.last(), Some(Value::Text(text)) if text == "%50!%!_!!%"));
    }
}
