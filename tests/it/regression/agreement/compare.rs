//! What the store does beside what is decided.

use cloud_policy::simulate::{Attached, Context, Outcome, Policies, Request};
use domain::clock::{Clock, SystemClock};
use futures::stream::{self, StreamExt as _};
use testkit::component::OTHER;

use super::store::{Prepared, Seat, ask};
use super::world::{Caller, Question, Verb, World, questions};

/// How many questions are asked at once.
const AT_ONCE: usize = 8;

/// Where store and decision differ.
#[derive(Debug, Default)]
pub(super) struct Differences {
    pub(super) compared: usize,
    pub(super) allowed: usize,
    /// What the store allows, but not the decision.
    pub(super) opened: Vec<String>,
    /// What the decision allows, but not the store.
    pub(super) closed: Vec<String>,
}

/// Asks everything of a world.
///
/// # Errors
/// What the store said when it refused a policy.
pub(super) async fn compare(prepared: &Prepared, at: usize, other_case: bool) -> Result<Differences, String> {
    let Seat { names, world, .. } = &prepared.seats[at];
    let policies = policies(world);
    let seen = prepared.enter(at).await?;
    let other_case = other_case || prepared.store.tells_cases_apart();
    let answers = stream::iter(questions(other_case)).map(|question| async {
        let allowed = ask(&prepared.url, &seen, world.caller, &question).await;
        (question, allowed)
    });
    let answers: Vec<_> = answers.buffer_unordered(AT_ONCE).collect().await;
    let mut found = Differences::default();
    for (question, allowed) in &answers {
        let request = request(names, world.caller, question);
        let decision = policies.decide(&request);
        found.compared += 1;
        found.allowed += usize::from(*allowed);
        let difference =
            || format!("{:?} {:?} from {} ({})", question.verb, question.name, question.address, decision.reason);
        match (allowed, decision.decision == Outcome::Allow) {
            (true, false) => found.opened.push(difference()),
            (false, true) => found.closed.push(difference()),
            _ => {}
        }
    }
    Ok(found)
}

fn policies(world: &World) -> Policies {
    let mut policies = Policies::new();
    let mut add = |attached, file: &str, policy: Option<&serde_json::Value>| {
        if let Some(policy) = policy {
            policies.add(attached, file, &policy.to_string()).unwrap_or_else(|fault| panic!("{fault}: {policy}"));
        }
    };
    if world.caller == Caller::Session {
        add(Attached::Identity, "role.json", Some(&world.role));
        add(Attached::Session, "session.json", world.session.as_ref());
    }
    add(Attached::Bucket, "bucket.json", world.bucket.as_ref());
    policies
}

/// The request with all that is true of it.
fn request(names: &super::world::Names, caller: Caller, question: &Question) -> Request {
    let mut context = Context::new();
    context.add("aws:SourceIp", question.address.to_string());
    context.add("aws:SecureTransport", "false");
    context.add("aws:CurrentTime", SystemClock.now().to_string());
    if caller == Caller::Other {
        context.add("aws:username", OTHER.name);
    }
    let name = question.name.as_deref();
    let resource = match (question.verb, name) {
        (Verb::List, name) => {
            if let Some(prefix) = name {
                context.add("s3:prefix", prefix);
            }
            names.bucket()
        }
        (_, name) => names.objects(name.unwrap()),
    };
    let principal = match caller {
        Caller::Session => &names.session,
        Caller::Other => &names.other,
        Caller::Nobody => "*",
    };
    Request::new(principal, question.verb.action(), &resource, context).unwrap()
}
