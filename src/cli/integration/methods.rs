//! `tidegate integration methods`: what the server can connect, as the methods describe themselves.

use std::io::{self, Write as _};

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::cli::failure::{Failure, clean};
use crate::cli::path::ApiPath;
use crate::cli::remote::Remote;
use crate::cli::{answer, list, show};

/// Which.
#[derive(Debug, clap::Args)]
pub(crate) struct MethodsArgs {
    /// One method: what it is for, its settings and its secrets
    method: Option<String>,
}

#[derive(Deserialize)]
struct Methods<'a> {
    #[serde(borrow)]
    items: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct Method {
    id: String,
    title: String,
    summary: String,
    advice: Advice,
    fields: Vec<Field>,
}

#[derive(Deserialize)]
struct Advice {
    when: String,
}

#[derive(Deserialize)]
struct Field {
    name: String,
    help: String,
    required: bool,
    later: bool,
    secret: bool,
    default: Option<String>,
}

pub(super) async fn run(args: &MethodsArgs, remote: &Remote) -> Result<(), Failure> {
    let body = remote.get(&ApiPath::new(&["methods"])).await?;
    let Some(wanted) = &args.method else {
        let columns =
            [("method", "/id"), ("cloud", "/cloud"), ("title", "/title"), ("recommended", "/advice/recommended")];
        return list::show(remote.terminal, &body, &columns);
    };
    let methods: Methods<'_> = answer::parse(&body)?;
    for raw in methods.items {
        let method: Method = answer::parse(raw.get().as_bytes())?;
        if method.id == *wanted {
            return match remote.terminal.json() {
                true => show::unchanged(format!("{raw}\n").as_bytes()),
                false => Ok(write!(io::stdout().lock(), "{}", clean(&about(&method)))?),
            };
        }
    }
    Err(Failure::usage(format!("there is no method '{wanted}'"), "tidegate integration methods lists them"))
}

fn about(method: &Method) -> String {
    let Method { id, title, summary, advice, fields } = method;
    let mut text = format!("{title} ({id})\n{summary}\n{}\n", advice.when);
    for (heading, secret, option) in [
        ("Settings", false, "--set KEY=VALUE"),
        ("Secrets", true, "--secret-file KEY=PATH, --secret-stdin KEY, or asked for"),
    ] {
        let mut of_kind = fields.iter().filter(|field| field.secret == secret).peekable();
        if of_kind.peek().is_some() {
            text.push_str(&format!("\n{heading} ({option}):\n"));
        }
        for field in of_kind {
            text.push_str(&format!("  {} ({})\n      {}\n", field.name, needed(field), field.help));
        }
    }
    text
}

fn needed(field: &Field) -> String {
    match (&field.default, field.required, field.later) {
        (Some(default), ..) => format!("if not given: {default}"),
        (None, true, true) => "needed, may come later".to_owned(),
        (None, true, false) => "needed".to_owned(),
        (None, false, _) => "optional".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(name: &str, secret: bool, required: bool, later: bool, default: Option<&str>) -> Field {
        let (name, help, default) = (name.to_owned(), "What it is.".to_owned(), default.map(str::to_owned));
        Field { name, help, required, later, secret, default }
    }

    #[test]
    fn a_method_is_told_with_what_it_needs_and_when() {
        let fields = vec![
            field("account", false, true, false, None),
            field("cloud", false, false, false, Some("public")),
            field("role_arn", false, true, true, None),
            field("client_secret", true, true, false, None),
        ];
        let when = "When nothing else does.".to_owned();
        let (id, title, summary) = ("azure-x".to_owned(), "Azure X".to_owned(), "An application.".to_owned());
        let text = about(&Method { id, title, summary, advice: Advice { when }, fields });
        insta::assert_snapshot!(text, @"
        Azure X (azure-x)
        An application.
        When nothing else does.

        Settings (--set KEY=VALUE):
          account (needed)
              What it is.
          cloud (if not given: public)
              What it is.
          role_arn (needed, may come later)
              What it is.

        Secrets (--secret-file KEY=PATH, --secret-stdin KEY, or asked for):
          client_secret (needed)
              What it is.
        ");
    }
}
