//! `/policy/simulate`: what policies together decide about one request, and by which statements.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use broker::{AskedPolicy, Attached, LONGEST_POLICY, PolicyCloud, PolicyOutcome, SimulateAsk, Simulated};
use domain::{Error, FieldError};

use super::TOOLS;
use crate::App;
use crate::console::answer;
use crate::console::form::{Filled, Form};
use crate::console::frame::{Frame, Section};
use crate::console::viewer::Viewer;
use crate::face::Failure;

/// Whose policies: the word in the form, and its title.
const CLOUDS: [(PolicyCloud, &str, &str); 3] = [
    (PolicyCloud::Aws, "aws", "AWS, or a store that speaks its language"),
    (PolicyCloud::Gcp, "gcp", "Google Cloud"),
    (PolicyCloud::Azure, "azure", "Azure"),
];

/// The policies that take part: the field, where it is attached, and what the decision calls it.
const POLICIES: [(&str, Attached, &str); 5] = [
    ("identity", Attached::Identity, "the identity policy"),
    ("identity_2", Attached::Identity, "the second identity policy"),
    ("session", Attached::Session, "the session policy"),
    ("bucket_policy", Attached::Bucket, "the bucket policy"),
    ("trust", Attached::Trust, "the trust policy"),
];

#[derive(Template)]
#[template(path = "policy/simulate.html")]
struct SimulatePage {
    frame: Frame,
    form: Filled,
    simulated: Option<Simulated>,
}

impl SimulatePage {
    fn new(viewer: &Viewer, form: Filled, simulated: Option<Simulated>) -> Self {
        Self { frame: viewer.frame(Section::Policy, "Policy tools"), form: form.or("cloud", "aws"), simulated }
    }

    fn tools(&self) -> [(&'static str, &'static str); 3] {
        TOOLS
    }

    fn clouds(&self) -> [(PolicyCloud, &'static str, &'static str); 3] {
        CLOUDS
    }

    /// Whether one of the folded policies holds something or is wrong, so that it must be seen.
    fn unfold(&self) -> bool {
        let folded = POLICIES.iter().skip(1).map(|(name, ..)| *name);
        folded.into_iter().any(|name| !self.form.value(name).is_empty() || self.form.error(name).is_some())
    }

    fn verdict(&self, simulated: &Simulated) -> (&'static str, &'static str) {
        match simulated.decision {
            PolicyOutcome::Allow => ("good", "allowed"),
            PolicyOutcome::Deny => ("bad", "denied"),
            PolicyOutcome::ImplicitDeny => ("warn", "not allowed"),
        }
    }
}

/// Shows the form.
pub(super) async fn show(viewer: Viewer) -> Result<Response, Failure> {
    answer::page(&SimulatePage::new(&viewer, Filled::default(), None))
}

/// Shows it with the decision.
pub(super) async fn submit(State(app): State<App>, viewer: Viewer, form: Form) -> Result<Response, Failure> {
    let asked = match read(&form) {
        Ok(ask) => app.broker().simulate_policies(&viewer.caller, ask).await,
        Err(error) => Err(error),
    };
    let filled = Filled::from_form(&form);
    match asked {
        Ok(simulated) => answer::page(&SimulatePage::new(&viewer, filled, Some(simulated))),
        Err(error) => answer::refused(&SimulatePage::new(&viewer, filled.failed(error)?, None)),
    }
}

/// Reads the form; everything wrong with it is reported together.
fn read(form: &Form) -> Result<SimulateAsk, Error> {
    let mut wrong = Vec::new();
    let cloud = CLOUDS.into_iter().find(|(_, word, _)| *word == form.text("cloud")).map(|(cloud, ..)| cloud);
    if cloud.is_none() {
        wrong.push(FieldError::new("/cloud", "choose one of the list"));
    }
    let given = POLICIES.into_iter().filter(|(name, ..)| form.filled(name).is_some());
    let policies: Vec<_> = given
        .map(|(name, attached, called)| AskedPolicy {
            attached,
            name: called.to_owned(),
            pointer: format!("/{name}"),
            text: form.raw(name).to_owned(),
        })
        .collect();
    for policy in policies.iter().filter(|policy| policy.text.len() > LONGEST_POLICY) {
        let message = format!("this is longer than {LONGEST_POLICY} bytes, and no policy is");
        wrong.push(FieldError::new(policy.pointer.as_str(), message));
    }
    let mut context = Vec::new();
    for line in form.raw("context").lines().map(str::trim).filter(|line| !line.is_empty()) {
        match line.split_once('=') {
            Some((key, value)) if !key.trim().is_empty() => context.push((key.trim().to_owned(), value.to_owned())),
            _ => wrong.push(FieldError::new("/context", format!("write '{line}' as KEY=VALUE"))),
        }
    }
    let Some(cloud) = cloud.filter(|_| wrong.is_empty()) else { return Err(Error::invalid_fields(wrong)) };
    let text = |name| form.text(name).to_owned();
    Ok(SimulateAsk {
        cloud,
        policies,
        principal: text("principal"),
        action: text("action"),
        resource: text("resource"),
        context,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_that_are_not_pasted_do_not_exist_and_a_key_may_come_twice() {
        let form = Form::read(
            b"cloud=aws&identity=%7B%7D&session=+&principal=+p+&action=a&resource=r&context=k%3Da%0D%0A%0D%0Ak%3Db%3Dc",
        );
        let ask = read(&form).unwrap();
        assert_eq!(ask.policies.iter().map(|policy| policy.pointer.as_str()).collect::<Vec<_>>(), ["/identity"]);
        assert_eq!(ask.context, [("k", "a"), ("k", "b=c")].map(|(key, value)| (key.to_owned(), value.to_owned())));
        assert_eq!(ask.principal, "p");
    }

    #[test]
    fn everything_wrong_with_the_form_is_named_together() {
        let long = "x".repeat(LONGEST_POLICY + 1);
        let form = Form::read(format!("cloud=moon&trust={long}&context=nothing").as_bytes());
        let error = read(&form).unwrap_err();
        let pointers: Vec<_> = error.fields().iter().map(|field| field.pointer.as_str()).collect();
        assert_eq!(pointers, ["/cloud", "/trust", "/context"]);
    }
}
