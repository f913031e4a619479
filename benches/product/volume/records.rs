//! The audit of ninety days, each record appended to the real tree.

use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use domain::audit::{Outcome, Target};
use domain::datasource::Datasource;
use domain::id::{GrantId, PrincipalId, TokenId};
use domain::principal::PrincipalKind;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::{Value, json};
use store::Store;
use store::audit::{Log, NewRecord};

use super::{Ground, People, bytes, hex, unit};

const UNIT: usize = 10_000;
const DAYS: i64 = 90;

/// The documented format, field by field.
#[derive(Serialize)]
struct Record<'a> {
    log: &'a str,
    seq: u64,
    time: Timestamp,
    action: &'a str,
    outcome: Outcome,
    rule: &'a str,
    actor: Actor,
    target: Target,
    details: Value,
    request_id: String,
    version: &'a str,
    private_hash: String,
}

#[derive(Serialize)]
struct Actor {
    id: PrincipalId,
    kind: PrincipalKind,
    token: TokenId,
}

/// What a log is filled from.
struct Source {
    ground: Arc<Ground>,
    users: People,
    datasources: Vec<(String, String)>,
    token: TokenId,
    log: Log,
    name: String,
    count: usize,
}

pub(super) async fn write(
    store: &Store,
    ground: &Arc<Ground>,
    users: &People,
    datasources: &[Datasource],
    of_project: usize,
    of_installation: usize,
) {
    for (log, count) in [(Log::Project(ground.project), of_project), (Log::Installation, of_installation)] {
        let source = Arc::new(Source {
            ground: Arc::clone(ground),
            users: Arc::clone(users),
            datasources: datasources.iter().map(|one| (one.id.to_string(), one.name.to_string())).collect(),
            token: TokenId::new(),
            log,
            name: format!("tidegate/{}/{log}", ground.installation),
            count,
        });
        for from in (0..count).step_by(UNIT) {
            let source = Arc::clone(&source);
            unit(store, move |tx| {
                Box::pin(async move {
                    for at in from..(from + UNIT).min(source.count) {
                        store::audit::append(tx, source.log, |seq| Ok(source.record(at, seq))).await?;
                    }
                    Ok(())
                })
            })
            .await;
        }
    }
}

impl Source {
    fn record(&self, at: usize, seq: u64) -> NewRecord {
        let (who, name) =
            self.users.get(if at.is_multiple_of(5) { 0 } else { at * 7 % self.users.len() }).expect("a user");
        let (id, of) = self.datasources.get(at * 31 % self.datasources.len()).expect("a datasource");
        let (action, details) = self.what(at);
        let (outcome, rule) = match at % 1_000 {
            0..10 => (Outcome::Refused, "role"),
            10..13 => (Outcome::Failed, "member"),
            _ => (Outcome::Done, "member"),
        };
        let salt = bytes();
        let salt = hex(salt.split_at(16).0);
        let agent = "aws-cli/2.22 Python/3.12";
        let private =
            json!({"salt": salt, "principal": name, "source_ip": "10.1.2.3", "user_agent": agent}).to_string();
        let record = Record {
            log: &self.name,
            seq,
            time: self.time(at),
            action,
            outcome,
            rule,
            actor: Actor { id: *who, kind: PrincipalKind::User, token: self.token },
            target: Target::new("datasource", id).with_name(of),
            details,
            request_id: uuid::Uuid::now_v7().to_string(),
            version: env!("CARGO_PKG_VERSION"),
            private_hash: hex(digest(&SHA256, private.as_bytes()).as_ref()),
        };
        NewRecord {
            time: record.time,
            action: action.to_owned(),
            principal: Some(*who),
            outcome,
            record: serde_json::to_string(&record).expect("a record can be written"),
            private: Some(private),
        }
    }

    /// As often as each is done; what is done once in a while is hard to find.
    fn what(&self, at: usize) -> (&'static str, Value) {
        match (self.log, at % 100) {
            (Log::Installation, 0..50) => ("session.begin", json!({})),
            (Log::Installation, 50..80) => ("project.list", json!({})),
            (Log::Installation, _) => ("user.list", json!({})),
            (_, 0..60) => ("url.sign", json!({"grant": GrantId::new(), "count": 100, "ttl_seconds": 900})),
            (_, 60..80) => ("credential.issue", json!({"grant": GrantId::new(), "ttl_seconds": 3_600})),
            (_, 80..95) => ("object.list", json!({"prefix": "camera/raw"})),
            (_, 95..99) => ("grant.list", json!({})),
            _ if at % 100_000 == 99 => ("datasource.delete", json!({})),
            _ => ("datasource.prove", json!({"status": "passed"})),
        }
    }

    /// Evenly over the days, the last one now.
    fn time(&self, at: usize) -> Timestamp {
        let share = |number: usize| i64::try_from(number).expect("a log is not that long");
        let micros = SignedDuration::from_hours(24 * DAYS).as_micros() / i128::from(share(self.count));
        let micros = i64::try_from(micros).expect("ninety days are not long") * share(self.count - at);
        self.ground.now - SignedDuration::from_micros(micros)
    }
}
