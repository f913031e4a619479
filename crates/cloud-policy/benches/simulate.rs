//! How many decisions a second one core makes on an identity policy of 50 statements.
//!
//! The policy has what real ones have: several actions with wildcards, prefixes, variables, and conditions
//! on address, prefix and time. The requests differ in action, key, address and outcome; making a request
//! from its texts counts as part of a decision. The median of the rounds counts.

use std::error::Error;
use std::fmt::Write as _;
use std::hint::black_box;
use std::time::{Duration, Instant};

use tidegate_cloud_policy::simulate::{Attached, Context, Outcome, Policies, Request};

const STATEMENTS: usize = 50;
const REQUESTS: usize = 10_000;
const ROUNDS: usize = 21;
const MUST: u32 = 100_000;
const ACTIONS: [&str; 4] = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket"];

fn main() -> Result<(), Box<dyn Error>> {
    let mut policies = Policies::new();
    policies.add(Attached::Identity, "policy.json", &policy())?;
    let keys: Vec<String> = (0..REQUESTS).map(|i| format!("arn:aws:s3:::data/team-{:02}/{i:08}.jpg", i % 64)).collect();

    let (mut times, mut allowed) = (Vec::new(), 0);
    for _ in 0..ROUNDS {
        allowed = 0;
        let start = Instant::now();
        for (i, key) in keys.iter().enumerate() {
            let request = request(black_box(i), black_box(key))?;
            let decision = policies.decide(&request);
            allowed += usize::from(decision.decision == Outcome::Allow);
            black_box(decision);
        }
        times.push(start.elapsed());
    }
    if allowed == 0 || allowed == REQUESTS {
        return Err(format!("{allowed} of {REQUESTS} were allowed: this measures one outcome only").into());
    }
    report(median(times));
    Ok(())
}

fn request(i: usize, key: &str) -> Result<Request, Box<dyn Error>> {
    let mut context = Context::new();
    context.add("aws:SourceIp", if i.is_multiple_of(3) { "10.1.2.3" } else { "192.0.2.7" });
    context.add("aws:CurrentTime", "2024-05-06T07:08:09Z");
    context.add("aws:username", "ann");
    let action = ACTIONS.get(i % ACTIONS.len()).ok_or("no action")?;
    if *action == "s3:ListBucket" {
        context.add("s3:prefix", "team-07/");
    }
    Ok(Request::new("arn:aws:iam::111122223333:user/ann", action, key, context)?)
}

/// Fifty statements of five kinds, ten of each.
fn policy() -> String {
    let mut text = r#"{"Version": "2012-10-17", "Statement": ["#.to_owned();
    for i in 0..STATEMENTS {
        let separator = if i == 0 { "" } else { ", " };
        let rest = match i % 5 {
            0 => r#""Effect": "Allow", "Action": ["s3:GetObject", "s3:GetObjectVersion"]"#.to_owned(),
            1 => r#""Effect": "Allow", "Action": "s3:Put*", "Condition": {"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "2001:db8::/32"]}}"#.to_owned(),
            2 => r#""Effect": "Allow", "Action": "s3:List*", "Condition": {"StringLike": {"s3:prefix": ["team-*/", "home/${aws:username}/*"]}}"#.to_owned(),
            3 => r#""Effect": "Deny", "Action": ["s3:Delete*", "s3:*Acl"], "Condition": {"DateGreaterThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"}}"#.to_owned(),
            _ => r#""Effect": "Allow", "NotAction": ["iam:*", "s3:Put*", "s3:Delete*"], "Condition": {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/*"}}"#.to_owned(),
        };
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            r#"{separator}{{"Sid": "s{i}", {rest}, "Resource": ["arn:aws:s3:::data/team-{i:02}/*", "arn:aws:s3:::other-{i}/${{aws:username}}/*"]}}"#
        );
    }
    text.push_str("]}");
    text
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// A row of `cargo xtask bench`.
#[expect(clippy::cast_precision_loss, reason = "a figure for people")]
fn report(time: Duration) {
    let rate = REQUESTS as f64 / time.as_secs_f64();
    let ratio = rate / f64::from(MUST);
    let row = serde_json::json!({
        "work": format!("policy simulate, {STATEMENTS} statements, in-process, one core"),
        "ours": format!("{rate:.0} decisions/s"),
        "peer": format!("the floor: {MUST} /s"),
        "ratio": format!("{ratio:.1}"),
        "must": "at least 1",
        "held": ratio >= 1.0,
    });
    println!("{row}");
}
