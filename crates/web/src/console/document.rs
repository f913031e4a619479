//! Policies and other JSON documents as people write them: what decides stands first.

use serde_json::Value;

/// The usual order in policies of every cloud; what is none of these follows by name.
const ORDER: [&str; 12] = [
    "Version",
    "Id",
    "Statement",
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
];

/// The document with two blanks for each level.
pub(super) fn document(value: &Value) -> String {
    let mut out = String::new();
    write(value, 0, &mut out);
    out
}

fn write(value: &Value, depth: usize, out: &mut String) {
    let (open, close, lines) = match value {
        Value::Object(fields) if !fields.is_empty() => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_by_key(|(name, _)| ORDER.iter().position(|known| known == name).unwrap_or(ORDER.len()));
            let line = |(name, value): (&String, _)| (format!("{}: ", Value::from(name.as_str())), value);
            ('{', '}', fields.into_iter().map(line).collect::<Vec<_>>())
        }
        Value::Array(items) if !items.is_empty() => {
            ('[', ']', items.iter().map(|item| (String::new(), item)).collect())
        }
        plain => return out.push_str(&plain.to_string()),
    };
    out.push(open);
    for (at, (name, value)) in lines.into_iter().enumerate() {
        out.push_str(if at == 0 { "\n" } else { ",\n" });
        out.push_str(&"  ".repeat(depth + 1));
        out.push_str(&name);
        write(value, depth + 1, out);
    }
    out.push('\n');
    out.push_str(&"  ".repeat(depth));
    out.push(close);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_decides_stands_first_and_nothing_is_lost() {
        let policy = serde_json::json!({
            "Statement": [{"Action": ["s3:Get\"Object"], "Sid": "A", "Condition": {}, "Effect": "Allow"}],
            "Extra": [], "Version": "2012-10-17"
        });
        let text = document(&policy);
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), policy);
        let at = |word: &str| text.find(&format!("\"{word}\"")).unwrap();
        assert!(at("Version") < at("Statement") && at("Statement") < at("Extra"));
        assert!(at("Sid") < at("Effect") && at("Effect") < at("Action") && at("Action") < at("Condition"), "{text}");
    }
}
