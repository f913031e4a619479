//! `tidegate policy simulate`: what policies together decide about one request, offline.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use cloud_policy::read::Fault;
use cloud_policy::simulate::{Attached, Context, Decision, Outcome, Policies, Request, RequestError, azure, google};

use super::files;
use crate::cli::failure::Failure;
use crate::cli::secrets::pair;
use crate::cli::show;
use crate::cli::terminal::Terminal;

/// The policies, and the request.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit code 0 means that it is allowed, 1 that it is not, 2 that the question was not understood. \
    What is not given does not exist: without a policy that allows it, nothing is allowed, and a condition on a key \
    that no --context gives sees a request without that key."
)]
pub(crate) struct SimulateArgs {
    /// A policy of the user or role who asks, or of one of the user's groups; `-` is standard input
    #[arg(long, value_name = "F", num_args = 1.., required_unless_present_any = ["session", "bucket_policy", "trust"])]
    identity: Vec<PathBuf>,
    /// The policy that the session was narrowed with
    #[arg(long, value_name = "F", num_args = 1..)]
    session: Vec<PathBuf>,
    /// The policy of the bucket, or of another resource but a role
    #[arg(long, value_name = "F")]
    bucket_policy: Option<PathBuf>,
    /// The trust policy of the role that is to be assumed
    #[arg(long, value_name = "F")]
    trust: Option<PathBuf>,
    /// Whose policies these are. With gcp, --identity and --bucket-policy are allow policies, bindings or conditions, and
    /// --session a Credential Access Boundary; with azure, --identity is role assignments or a condition
    #[arg(long, value_name = "K", value_enum, default_value = "aws")]
    kind: Cloud,
    /// Who asks: a user, a role, a session (arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION), an account, a service, an
    /// identity provider, or `*` for a request that nobody signed; a member with gcp, an object id or name with azure
    #[arg(long, value_name = "ARN")]
    principal: String,
    /// What for, for example s3:GetObject, storage.objects.get, or Microsoft.Storage/.../blobs/read
    #[arg(long, value_name = "A")]
    action: String,
    /// With what, for example arn:aws:s3:::bucket/key, projects/_/buckets/bucket/objects/name, or the id of a blob
    #[arg(long, value_name = "ARN")]
    resource: String,
    /// What else is known of the request, for example aws:SourceIp=192.0.2.1; a key given twice has several values.
    /// Only aws:PrincipalArn follows from the rest
    // The global flag of this name, a saved sign-in, has no meaning without a server. The parser takes the two for
    // one as long as they have one id, and their values have one type.
    #[arg(id = "context", long = "context", value_name = "KEY=VALUE", num_args = 1..)]
    keys: Vec<String>,
}

/// Whose policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Cloud {
    /// AWS, and the stores that speak its language.
    Aws,
    /// Google Cloud.
    Gcp,
    /// Azure.
    Azure,
}

/// Prints the decision.
///
/// # Errors
/// A silent failure if it is not allowed; a usage error for what is no policy or no request.
pub(super) fn run(args: &SimulateArgs, terminal: Terminal) -> Result<(), Failure> {
    let files = [&args.identity, &args.session].into_iter().flatten();
    files::stdin_once(files.chain(&args.bucket_policy).chain(&args.trust))?;
    match args.kind {
        Cloud::Aws => answer(&args.policies()?.decide(&args.request()?), terminal),
        Cloud::Gcp => {
            let request = google::Request::new(&args.principal, &args.action, &args.resource, &args.pairs()?);
            answer(&args.bindings()?.decide(&request.map_err(no_request)?), terminal)
        }
        Cloud::Azure => {
            let request = azure::Request::new(&args.principal, &args.action, &args.resource, &args.pairs()?);
            answer(&args.assignments()?.decide(&request.map_err(no_request)?), terminal)
        }
    }
}

impl SimulateArgs {
    fn pairs(&self) -> Result<Vec<(String, String)>, Failure> {
        let read =
            |text: &String| pair(text).map_err(|mend| Failure::usage(format!("--context {text} names no value"), mend));
        self.keys.iter().map(read).collect()
    }

    fn request(&self) -> Result<Request, Failure> {
        let mut context = Context::new();
        for (key, value) in self.pairs()? {
            context.add(&key, value);
        }
        Request::new(&self.principal, &self.action, &self.resource, context).map_err(no_request)
    }

    fn policies(&self) -> Result<Policies, Failure> {
        let given = self.identity.iter().map(|path| (Attached::Identity, path));
        let given = given.chain(self.session.iter().map(|path| (Attached::Session, path)));
        let given = given.chain(self.bucket_policy.iter().map(|path| (Attached::Bucket, path)));
        let given = given.chain(self.trust.iter().map(|path| (Attached::Trust, path)));
        let mut policies = Policies::new();
        for (attached, path) in given {
            read(path, |file, text| policies.add(attached, file, text))?;
        }
        Ok(policies)
    }

    fn bindings(&self) -> Result<google::Bindings, Failure> {
        refuse("gcp", "--trust", self.trust.is_some())?;
        refuse("gcp", "a second --session", self.session.len() > 1)?;
        let mut bindings = google::Bindings::new();
        for path in self.identity.iter().chain(&self.bucket_policy) {
            read(path, |file, text| bindings.add(file, text))?;
        }
        for path in &self.session {
            read(path, |file, text| bindings.narrow(file, text))?;
        }
        Ok(bindings)
    }

    fn assignments(&self) -> Result<azure::Assignments, Failure> {
        refuse("azure", "--trust", self.trust.is_some())?;
        refuse("azure", "--session", !self.session.is_empty())?;
        refuse("azure", "--bucket-policy", self.bucket_policy.is_some())?;
        let mut assignments = azure::Assignments::new();
        for path in &self.identity {
            read(path, |file, text| assignments.add(file, text))?;
        }
        Ok(assignments)
    }
}

/// Takes in the policy of a file.
fn read(path: &Path, add: impl FnOnce(&str, &str) -> Result<(), Fault>) -> Result<(), Failure> {
    let text = files::text(path)?;
    add(&path.display().to_string(), &text).map_err(|fault| files::no_policy(path, &fault))
}

fn refuse(kind: &str, what: &str, given: bool) -> Result<(), Failure> {
    match given {
        true => Err(Failure::usage(format!("--kind {kind} has no {what}"), "leave it out")),
        false => Ok(()),
    }
}

fn no_request(error: RequestError) -> Failure {
    Failure::usage("this is no request", error.to_string())
}

fn answer(decision: &Decision<'_>, terminal: Terminal) -> Result<(), Failure> {
    show::object(terminal, serde_json::json!(decision).to_string().as_bytes())?;
    if decision.decision == Outcome::Allow { Ok(()) } else { Err(Failure::silent()) }
}
