//! The routes of the OpenAPI document, and how their paths, queries and bodies are filled.

use authz::{Action, Level};
use serde_json::{Map, Value, json};

use crate::tenants::Objects;

/// One route.
pub(crate) struct Operation {
    method: &'static str,
    path: String,
    action: String,
    described: Value,
    schemas: Value,
}

/// One request.
pub(crate) struct Call {
    pub(crate) method: &'static str,
    pub(crate) path: String,
    pub(crate) body: Option<Value>,
}

/// All routes.
pub(crate) fn operations() -> Vec<Operation> {
    let document = serde_json::to_value(web::openapi()).unwrap();
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, described) in item.as_object().unwrap() {
            let method = match method.as_str() {
                "get" => "GET",
                "post" => "POST",
                "put" => "PUT",
                "patch" => "PATCH",
                "delete" => "DELETE",
                other => panic!("the matrix does not know the method {other} of {path}"),
            };
            found.push(Operation {
                method,
                path: path.clone(),
                action: described["x-tidegate-action"].as_str().unwrap().to_owned(),
                described: described.clone(),
                schemas: document["components"]["schemas"].clone(),
            });
        }
    }
    assert!(found.len() > 30, "the document has only {} routes", found.len());
    found
}

/// What stands in a path for an object: by the segment before it.
fn kind_after(segment: &str) -> Option<&'static str> {
    Some(match segment {
        "projects" => "project",
        "integrations" => "integration",
        "datasources" => "datasource",
        "service-accounts" => "service-account",
        "members" => "member",
        "users" => "user",
        "tokens" => "token",
        "grants" => "grant",
        "proof-runs" => "proof-run",
        _ => return None,
    })
}

/// What stands in a path and is part of an object: by the segment before it.
fn part_after(segment: &str) -> Option<&'static str> {
    match segment {
        "secrets" => Some("secret_access_key"),
        _ => None,
    }
}

/// One of several that a body needs, though none of them is required by itself.
const CHOSEN: [&str; 1] = ["new_root_key"];

/// Which field of a body names an object.
fn kind_of_field(field: &str) -> Option<&'static str> {
    Some(match field {
        "integration" => "integration",
        "datasource" | "output_datasource" => "datasource",
        "service_account" => "service-account",
        "principal" => "member",
        _ => return None,
    })
}

/// Fields that need a certain text.
fn sample(field: &str) -> Option<Value> {
    Some(match field {
        "name" | "username" => json!("sample"),
        "method" => json!("aws-access-key"),
        "bucket" => json!("bucket-one"),
        "prefix" => json!("in/"),
        "keys" => json!(["in/a"]),
        "password" | "new_password" => json!("correct horse battery"),
        "ttl_seconds" => json!(900),
        "version" => json!(1),
        "new_root_key" => json!("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
        _ => return None,
    })
}

impl Operation {
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    pub(crate) fn in_project(&self) -> bool {
        self.path.contains("{project}")
    }

    pub(crate) fn in_installation(&self) -> bool {
        Action::parse(&self.action).is_some_and(|action| action.level() == Level::Installation)
    }

    pub(crate) fn is_own(&self) -> bool {
        Action::parse(&self.action).is_some_and(|action| action.level() == Level::Own)
    }

    /// Needs no token: the document says so.
    pub(crate) fn is_public(&self) -> bool {
        self.described["security"] == json!([{}])
    }

    pub(crate) fn reads(&self) -> bool {
        self.method == "GET"
    }

    /// Whether path or body name an object beside the project.
    pub(crate) fn names_objects(&self) -> bool {
        let words: Objects =
            ["integration", "datasource", "service-account", "member", "user", "token", "grant", "proof-run"]
                .into_iter()
                .map(|kind| (kind, "<named>".to_owned()))
                .chain([("project", "project".to_owned())])
                .collect();
        let call = self.call(&words);
        call.path.contains("<named>") || call.body.is_some_and(|body| body.to_string().contains("<named>"))
    }

    /// The request about these objects.
    pub(crate) fn call(&self, objects: &Objects) -> Call {
        let mut path = self.filled_path(objects);
        let parameters = self.described["parameters"].as_array().cloned().unwrap_or_default();
        let mut query = Vec::new();
        for parameter in parameters.iter().filter(|parameter| parameter["in"] == "query") {
            let name = parameter["name"].as_str().unwrap();
            if parameter["required"] == json!(true) {
                let value =
                    sample(name).unwrap_or_else(|| panic!("{}: teach `sample` the query '{name}'", self.name()));
                query.push(format!("{name}={}", value.as_str().map_or_else(|| value.to_string(), str::to_owned)));
            }
        }
        // A proof is of something, though the document cannot say "one of these".
        if self.path.ends_with("/audit/proof") {
            query.push("index=0".to_owned());
        }
        if !query.is_empty() {
            path = format!("{path}?{}", query.join("&"));
        }
        let schema = &self.described["requestBody"]["content"]["application/json"]["schema"];
        let body = (!schema.is_null()).then(|| self.value("", schema, objects));
        Call { method: self.method, path, body }
    }

    fn filled_path(&self, objects: &Objects) -> String {
        let mut before = "";
        let mut path = String::new();
        for segment in self.path.split('/').skip(1) {
            path.push('/');
            if let Some(part) = part_after(before).filter(|_| segment.starts_with('{')) {
                path.push_str(part);
            } else if segment.starts_with('{') {
                let kind = kind_after(before);
                let kind = kind.unwrap_or_else(|| panic!("{}: teach `kind_after` what {segment} names", self.name()));
                path.push_str(
                    objects.get(kind).unwrap_or_else(|| panic!("{}: the tenants have no {kind}", self.name())),
                );
            } else {
                path.push_str(segment);
            }
            before = segment;
        }
        path
    }

    /// The least that the schema takes, with every object that it can name.
    fn value(&self, field: &str, schema: &Value, objects: &Objects) -> Value {
        if let Some(reference) = schema["$ref"].as_str() {
            let name = reference.rsplit('/').next().unwrap();
            return self.value(field, &self.schemas[name], objects);
        }
        if let Some(kind) = kind_of_field(field) {
            return json!(objects[kind]);
        }
        if let Some(first) = schema["enum"].as_array().and_then(|words| words.first()) {
            return first.clone();
        }
        if let Some(sample) = sample(field) {
            return sample;
        }
        for choice in ["oneOf", "anyOf"] {
            let kinds = schema[choice].as_array().into_iter().flatten();
            if let Some(first) = kinds.into_iter().find(|kind| kind["type"] != "null") {
                return self.value(field, first, objects);
            }
        }
        if let Some(parts) = schema["allOf"].as_array() {
            let parts = parts.iter().filter_map(|part| self.value(field, part, objects).as_object().cloned());
            return Value::Object(parts.flatten().collect());
        }
        if schema["properties"].is_object() {
            return self.object(schema, objects);
        }
        match schema["type"].as_str() {
            Some("object") => json!({}),
            Some("array") => json!([]),
            Some("boolean") => json!(false),
            Some("integer" | "number") => json!(1),
            _ => panic!("{}: teach `sample` the field '{field}': {schema}", self.name()),
        }
    }

    fn object(&self, schema: &Value, objects: &Objects) -> Value {
        let required: Vec<_> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let fields = schema["properties"].as_object().unwrap().iter();
        let wanted = fields.filter(|(name, _)| {
            required.contains(&name.as_str()) || CHOSEN.contains(&name.as_str()) || kind_of_field(name).is_some()
        });
        let filled = wanted.map(|(name, schema)| (name.clone(), self.value(name, schema, objects)));
        Value::Object(filled.collect::<Map<_, _>>())
    }
}
