//! `tidegate grant`: what was handed out, and taking it back.

use std::io::{self, Write as _};

use clap::{Args, Subcommand};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::failure::Failure;
use super::path::ApiPath;
use super::remote::Remote;
use super::secrets::pair;
use super::terminal::Yes;
use super::{answer, list, show};

const NOUN: &str = "grants";
const COLUMNS: [list::Column; 7] = [
    ("id", "/id"),
    ("kind", "/kind"),
    ("datasource", "/datasource"),
    ("principal", "/principal"),
    ("state", "/state"),
    ("usable until", "/usable_until"),
    ("revocable", "/revocability/kind"),
];
const KINDS: [&str; 4] = ["integration", "datasource", "principal", "project"];

/// What can be done to grants.
#[derive(Debug, Subcommand)]
pub(crate) enum GrantCommand {
    /// List the grants of the project
    List,
    /// Show a grant
    Show {
        /// Its id
        id: String,
    },
    /// Take grants back, after showing which ones and what else is cut off
    Revoke(RevokeArgs),
}

/// Which grants to take back.
#[derive(Debug, Args)]
pub(crate) struct RevokeArgs {
    /// The id of one grant
    #[arg(required_unless_present = "by", conflicts_with = "by")]
    id: Option<String>,
    /// All grants of one integration, datasource, principal or project
    #[arg(long, value_name = "KIND=NAME", value_parser = by)]
    by: Option<(String, String)>,
    /// Whether other live grants of the same role are cut off too where it can be cut off at all; `false`
    /// lets what is revoked end by itself
    #[arg(long, value_name = "true|false")]
    cut_off_others: Option<bool>,
    #[command(flatten)]
    yes: Yes,
}

fn by(text: &str) -> Result<(String, String), String> {
    let (kind, name) = pair(text)?;
    if KINDS.contains(&kind.as_str()) && !name.is_empty() {
        Ok((kind, name))
    } else {
        Err(format!("write it as KIND=NAME with one of {}", KINDS.join(", ")))
    }
}

#[derive(Serialize)]
struct Revoke {
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<serde_json::Map<String, Value>>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    preview: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    cut_off_others: Option<bool>,
}

/// What would be taken back, and what else would stop working.
#[derive(Deserialize)]
struct Preview {
    count: usize,
    grants: Vec<Value>,
    also_cut_off_count: usize,
    also_cut_off: Vec<Value>,
}

/// How many were taken back.
#[derive(Deserialize)]
struct Revoked {
    count: u64,
}

pub(super) async fn run(command: GrantCommand, remote: &Remote) -> Result<(), Failure> {
    match command {
        GrantCommand::List => list::print(remote, &remote.in_project(&[NOUN])?, &COLUMNS).await,
        GrantCommand::Show { id } => {
            show::object(remote.terminal, &remote.get(&remote.in_project(&[NOUN, &id])?).await?)
        }
        GrantCommand::Revoke(args) => revoke(&args, remote).await,
    }
}

async fn revoke(args: &RevokeArgs, remote: &Remote) -> Result<(), Failure> {
    let (path, what): (ApiPath, String) = match (&args.id, &args.by) {
        (Some(id), _) => (remote.in_project(&[NOUN, id, "revoke"])?, format!("the grant {id}")),
        (None, Some((kind, name))) => {
            (remote.in_project(&[NOUN, "revoke"])?, format!("all grants of the {kind} '{name}'"))
        }
        (None, None) => return Err(Failure::usage("nothing to revoke was named", "give an id or --by KIND=NAME")),
    };
    let by = args.by.as_ref().map(|(kind, name)| [(kind.clone(), Value::from(name.as_str()))].into_iter().collect());
    let mut body = Revoke { by, preview: true, cut_off_others: args.cut_off_others };
    if !args.yes.yes {
        remote.terminal.can_confirm(&format!("revoke {what}"), false)?;
        let preview: Preview = answer::parse(&remote.post(&path, &body).await?)?;
        write!(io::stderr().lock(), "{}", preview_text(&preview))?;
        remote.terminal.confirm(&format!("revoke {what}?"), false)?;
        if preview.also_cut_off_count > 0 {
            // They were shown, and that was confirmed.
            body.cut_off_others = body.cut_off_others.or(Some(true));
        }
    }
    body.preview = false;
    let answer = remote.post(&path, &body).await?;
    match body.by.is_some() {
        true => {
            list::show(remote.terminal, &answer, &COLUMNS)?;
            let Revoked { count } = answer::parse(&answer)?;
            show::say(remote.terminal, &format!("{count} grants taken back"))
        }
        false => show::object(remote.terminal, &answer),
    }
}

fn preview_text(preview: &Preview) -> String {
    let line = |grant: &Value| {
        let cell = |at: &str| grant.pointer(at).map(show::text).unwrap_or_default();
        let how = match cell("/revocability/kind").as_str() {
            "at-expiry" => format!("what was handed out works until {}", cell("/usable_until")),
            "bounded" => format!("stops within {} s", cell("/revocability/bound_seconds")),
            _ => "stops at once".to_owned(),
        };
        format!("  {} {} of {} for {}: {how}\n", cell("/kind"), cell("/id"), cell("/datasource"), cell("/principal"))
    };
    let all = |count: usize, shown: &[Value]| {
        let more = count.saturating_sub(shown.len());
        let mut lines: String = shown.iter().map(line).collect();
        if more > 0 {
            lines.push_str(&format!("  and {more} more\n"));
        }
        lines
    };
    let mut text = format!("{} to be revoked:\n{}", preview.count, all(preview.count, &preview.grants));
    if preview.also_cut_off_count > 0 {
        let count = preview.also_cut_off_count;
        text.push_str(&format!("{count} others are cut off too, because they share the role:\n"));
        text.push_str(&all(count, &preview.also_cut_off));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preview_says_what_breaks_and_what_stays_usable() {
        let preview = serde_json::from_str(
            r#"{"count":1201,"also_cut_off_count":1,"grants":[{"id":"1","kind":"credential","datasource":"d","principal":"ann","usable_until":"T","revocability":{"kind":"at-expiry"}}],
            "also_cut_off":[{"id":"2","kind":"urls","datasource":"e","principal":"bob","revocability":{"kind":"bounded","bound_seconds":30}}]}"#,
        )
        .unwrap();
        assert_eq!(
            preview_text(&preview),
            "1201 to be revoked:\n  credential 1 of d for ann: what was handed out works until T\n  and 1200 more\n\
             1 others are cut off too, because they share the role:\n  urls 2 of e for bob: stops within 30 s\n"
        );
    }

    #[test]
    fn only_the_four_kinds_can_be_revoked_by() {
        assert!(by("integration=i").is_ok());
        assert!(by("bucket=b").is_err() && by("integration=").is_err() && by("i").is_err());
    }
}
