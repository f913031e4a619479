//! What policies together decide about one request.

use authz::Action;
use cloud_policy::read::Fault;
use cloud_policy::simulate::{Attached, Context, Decision, Outcome, Policies, Request, RequestError, azure, google};
use domain::audit::Target;
use domain::principal::Caller;
use domain::{Error, FieldError, Result};

use crate::Broker;

/// Whose policies are simulated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PolicyCloud {
    /// Of AWS, and of the stores that speak its language.
    Aws,
    /// Of Google Cloud.
    Gcp,
    /// Of Azure.
    Azure,
}

/// A policy that takes part.
#[derive(Debug, Clone)]
pub struct AskedPolicy {
    /// Where it is attached.
    pub attached: Attached,
    /// What the decision calls it.
    pub name: String,
    /// Where it was asked for, as a JSON pointer: what is wrong with it is said there.
    pub pointer: String,
    /// Its text.
    pub text: String,
}

/// The policies and the request.
#[derive(Debug, Clone)]
pub struct SimulateAsk {
    /// Whose policies they are.
    pub cloud: PolicyCloud,
    /// The policies; what is not given does not exist.
    pub policies: Vec<AskedPolicy>,
    /// Who asks.
    pub principal: String,
    /// What for.
    pub action: String,
    /// With what.
    pub resource: String,
    /// What else is known of the request; a key given twice has several values.
    pub context: Vec<(String, String)>,
}

/// What was decided, and by what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Simulated {
    /// The decision.
    pub decision: Outcome,
    /// The statements that decided it; of an implicit deny none.
    pub statements: Vec<Deciding>,
    /// Why, in one sentence.
    pub reason: String,
}

/// A statement that decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deciding {
    /// What its policy was called.
    pub policy: String,
    /// Its place in the policy, from 0.
    pub index: usize,
    /// Its `Sid`, if it has one.
    pub sid: Option<String>,
    /// Its `Effect`.
    pub effect: &'static str,
}

impl Broker {
    /// Decides about the request as the cloud would, by these policies alone.
    ///
    /// # Errors
    /// `invalid`, with a pointer for each policy that cannot be read and each part of the request that is none.
    pub async fn simulate_policies(&self, caller: &Caller, ask: SimulateAsk) -> Result<Simulated> {
        self.permit(caller, Action::PolicyExamine, Target::named("policy", "")).await?;
        tokio::task::spawn_blocking(move || simulate(&ask)).await.map_err(Error::internal)?
    }
}

fn simulate(ask: &SimulateAsk) -> Result<Simulated> {
    let (principal, action, resource) = (&ask.principal, &ask.action, &ask.resource);
    let mut wrong = Vec::new();
    match ask.cloud {
        PolicyCloud::Aws => {
            let mut policies = Policies::new();
            ask.read(&mut wrong, |policy| policies.add(policy.attached, policy.name.as_str(), &policy.text));
            let mut context = Context::new();
            for (key, value) in &ask.context {
                context.add(key, value.as_str());
            }
            let request = Request::new(principal, action, resource, context);
            Ok(Simulated::of(&policies.decide(&sound(request, wrong)?)))
        }
        PolicyCloud::Gcp => {
            let mut bindings = google::Bindings::new();
            ask.refuse(&[Attached::Trust], &mut wrong);
            ask.read(&mut wrong, |policy| match policy.attached {
                Attached::Session => bindings.narrow(&policy.name, &policy.text),
                _ => bindings.add(&policy.name, &policy.text),
            });
            let request = google::Request::new(principal, action, resource, &ask.context);
            Ok(Simulated::of(&bindings.decide(&sound(request, wrong)?)))
        }
        PolicyCloud::Azure => {
            let mut assignments = azure::Assignments::new();
            ask.refuse(&[Attached::Session, Attached::Bucket, Attached::Trust], &mut wrong);
            ask.read(&mut wrong, |policy| assignments.add(&policy.name, &policy.text));
            let request = azure::Request::new(principal, action, resource, &ask.context);
            Ok(Simulated::of(&assignments.decide(&sound(request, wrong)?)))
        }
    }
}

impl SimulateAsk {
    fn read(&self, wrong: &mut Vec<FieldError>, mut add: impl FnMut(&AskedPolicy) -> std::result::Result<(), Fault>) {
        for policy in &self.policies {
            if let Err(fault) = add(policy) {
                wrong.push(FieldError::new(policy.pointer.as_str(), fault.to_string()));
            }
        }
    }

    /// Notes the policies that this cloud does not have.
    fn refuse(&self, none: &[Attached], wrong: &mut Vec<FieldError>) {
        for policy in self.policies.iter().filter(|policy| none.contains(&policy.attached)) {
            wrong.push(FieldError::new(policy.pointer.as_str(), "this cloud has no such policy: leave it out"));
        }
    }
}

/// The request, unless something is wrong with it or with a policy.
fn sound<T>(request: std::result::Result<T, RequestError>, mut wrong: Vec<FieldError>) -> Result<T> {
    match request {
        Ok(request) if wrong.is_empty() => Ok(request),
        Ok(_) => Err(Error::invalid_fields(wrong)),
        Err(error) => {
            let pointer = match &error {
                RequestError::Principal(_) | RequestError::Member(_) => "/principal",
                RequestError::Action(_) | RequestError::Permission(_) => "/action",
                RequestError::Resource => "/resource",
                RequestError::Key(_) | RequestError::Time(_) | RequestError::TooLarge => "/context",
            };
            wrong.push(FieldError::new(pointer, error.to_string()));
            Err(Error::invalid_fields(wrong))
        }
    }
}

impl Simulated {
    fn of(decision: &Decision<'_>) -> Self {
        let deciding = |statement: &cloud_policy::simulate::Deciding<'_>| Deciding {
            policy: statement.file.to_owned(),
            index: statement.index,
            sid: statement.sid.map(str::to_owned),
            effect: statement.effect.as_str(),
        };
        Self {
            decision: decision.decision,
            statements: decision.statements.iter().map(deciding).collect(),
            reason: decision.reason.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const READS: &str = r#"{"Version": "2012-10-17", "Statement": [{"Sid": "Read", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::lake/in/*"}]}"#;

    fn asked(
        cloud: PolicyCloud,
        attached: Attached,
        text: &str,
        principal: &str,
        action: &str,
        resource: &str,
    ) -> SimulateAsk {
        let policy = AskedPolicy {
            attached,
            name: "the policy".to_owned(),
            pointer: "/policy".to_owned(),
            text: text.to_owned(),
        };
        SimulateAsk {
            cloud,
            policies: vec![policy],
            principal: principal.to_owned(),
            action: action.to_owned(),
            resource: resource.to_owned(),
            context: Vec::new(),
        }
    }

    fn pointers(ask: &SimulateAsk) -> Vec<String> {
        simulate(ask).unwrap_err().fields().iter().map(|field| field.pointer.clone()).collect()
    }

    #[test]
    fn each_cloud_decides_by_its_own_policies() {
        let aws = |key: &str| {
            asked(
                PolicyCloud::Aws,
                Attached::Identity,
                READS,
                "arn:aws:iam::111122223333:user/ann",
                "s3:GetObject",
                key,
            )
        };
        let allowed = simulate(&aws("arn:aws:s3:::lake/in/a")).unwrap();
        let by: Vec<_> = allowed
            .statements
            .iter()
            .map(|one| (one.policy.as_str(), one.index, one.sid.as_deref(), one.effect))
            .collect();
        assert_eq!((allowed.decision, by), (Outcome::Allow, vec![("the policy", 0, Some("Read"), "Allow")]));
        assert_eq!(simulate(&aws("arn:aws:s3:::lake/out/a")).unwrap().decision, Outcome::ImplicitDeny);

        let binding = r#"{"bindings": [{"role": "roles/storage.objectViewer", "members": ["user:ann@example.org"]}]}"#;
        let object = "projects/_/buckets/lake/objects/in/a";
        let gcp =
            asked(PolicyCloud::Gcp, Attached::Identity, binding, "user:ann@example.org", "storage.objects.get", object);
        assert_eq!(simulate(&gcp).unwrap().decision, Outcome::Allow);
    }

    #[test]
    fn everything_wrong_is_said_where_it_was_asked_for() {
        let ask = asked(PolicyCloud::Aws, Attached::Identity, "no policy", "ann", "s3:GetObject", "arn:aws:s3:::b/k");
        assert_eq!(pointers(&ask), ["/policy", "/principal"]);
        let ask = asked(PolicyCloud::Azure, Attached::Trust, READS, "ann", "read", "/subscriptions/1");
        assert_eq!(pointers(&ask)[0], "/policy");
        assert!(pointers(&ask).contains(&"/action".to_owned()));
    }
}
