//! A thousand callers ask at once for a scope that nobody has asked for, and STS takes its time.

use std::time::Duration;

use serde_json::json;
use tokio::task::JoinSet;

use crate::line::Line;
use crate::measure::{median, ratio, show, timed};
use crate::row::Row;
use crate::world::World;

const CALLERS: usize = 1_000;
const ROUNDS: usize = 5;
const STS_TAKES: Duration = Duration::from_secs(1);
const ENOUGH: f64 = 1.2;

pub(crate) async fn rows() -> Vec<Row> {
    let world = World::start().await;
    world.front.delay("AssumeRole", STS_TAKES);
    let mut lines = Vec::new();
    for _ in 0..CALLERS {
        lines.push(Line::open(&world.tidegate).await);
    }
    let (mut alone, mut together, mut calls) = (Vec::new(), Vec::new(), 0);
    for round in 0..ROUNDS {
        let before = sts_calls(&world);
        let mut line = lines.pop().expect("there are lines");
        alone.push(timed(ask(&mut line, &format!("data/alone-{round}/"))).await.0);
        lines.push(line);
        assert_eq!(sts_calls(&world), before + 1, "a caller alone asks STS once");
        let (time, kept) = timed(ask_all(lines, format!("data/together-{round}/"))).await;
        lines = kept;
        together.push(time);
        calls = calls.max(sts_calls(&world) - before - 1);
    }
    let (alone, together) = (median(alone), median(together));
    let times = ratio(together, alone);
    vec![Row {
        work: "1,000 concurrent first requests of one scope, STS answering after 1 s".to_owned(),
        ours: format!("{calls} call to STS; the last answer after {}", show(together)),
        peer: format!("a single request: {}", show(alone)),
        ratio: format!("{times:.2} times as long"),
        must: "one call; at most 1.2 times",
        held: calls == 1 && times <= ENOUGH,
    }]
}

fn sts_calls(world: &World) -> usize {
    world.front.calls_of("AssumeRole").len()
}

async fn ask(line: &mut Line, prefix: &str) {
    let ask = json!({"access": "read", "prefix": prefix, "ttl_seconds": 3600});
    line.post("datasources/delegated/credentials", &ask).await;
}

/// Until the last has his answer; gives the connections back.
async fn ask_all(lines: Vec<Line>, prefix: String) -> Vec<Line> {
    let mut callers = JoinSet::new();
    for mut line in lines {
        let prefix = prefix.clone();
        callers.spawn(async move {
            ask(&mut line, &prefix).await;
            line
        });
    }
    callers.join_all().await
}
