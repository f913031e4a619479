//! `GET /projects/{project}/audit/{seq}` and `GET /admin/audit/{seq}`

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use broker::AuditFilter;
use domain::ErrorKind;
use domain::page::PageAsk;
use serde_json::Value;

use super::line::{Line, json};
use super::log::{Log, missing};
use crate::App;
use crate::console::answer;
use crate::console::frame::Frame;
use crate::face::Failure;

#[derive(Template)]
#[template(path = "audit/show.html")]
struct ShowPage {
    frame: Frame,
    base: String,
    /// Whose log, where it is that of a project.
    project: Option<String>,
    line: Line,
    details: Vec<(String, String)>,
    /// Personal data beside address and program: names of people acted on.
    private: Vec<(String, String)>,
    json: String,
    file: String,
}

/// One record with everything that is kept of it.
pub(super) async fn show(State(app): State<App>, log: Log) -> Result<Response, Failure> {
    let seq = log.seq()?;
    let ask = PageAsk { after: seq.checked_sub(1).map(|before| before.to_string()), limit: 1 };
    let found = app.broker().list_audit(log.caller(), &log.scope, AuditFilter::default(), ask).await;
    // A number that no log could reach.
    let found = found.map_err(|error| if error.kind() == ErrorKind::Invalid { missing(seq) } else { error })?;
    let record = found.items.into_iter().find(|record| record.seq == seq).ok_or_else(|| missing(seq))?;
    let more = record.private.as_ref().and_then(|private| private.get("more")).and_then(Value::as_object);
    answer::page(&ShowPage {
        frame: log.frame_of(format!("Record {seq}")),
        base: log.base.clone(),
        project: log.project().map(str::to_owned),
        details: record.details.iter().filter_map(in_words).collect(),
        private: more.into_iter().flatten().filter_map(in_words).collect(),
        json: json(&record),
        file: format!("{}-{seq}.json", log.file),
        line: Line::new(&log.base, log.project(), record),
    })
}

/// A fact by its name, as far as it says anything.
fn in_words((name, value): (&String, &Value)) -> Option<(String, String)> {
    let text = match value {
        Value::Null => return None,
        Value::String(text) => text.clone(),
        Value::Array(items) if items.is_empty() => return None,
        Value::Object(fields) if fields.is_empty() => return None,
        Value::Array(items) if items.iter().all(Value::is_string) => {
            items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    };
    Some((name.replace('_', " "), text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn facts_are_shown_as_far_as_they_say_anything() {
        let said = |value: Value| in_words((&"log_ids".to_owned(), &value)).map(|(_, text)| text);
        assert_eq!((said(Value::Null), said(json!([])), said(json!({}))), (None, None, None));
        assert_eq!(said(json!(["a", "b"])).as_deref(), Some("a, b"));
        assert_eq!(said(json!(true)).as_deref(), Some("true"));
    }
}
