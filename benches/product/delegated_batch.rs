//! A delegated session beside a key pair with an equally long dummy token, over the same HTTP path.
//!
//! The key pair is the machine's own identity (`aws-environment`), the only one of ours that can have a
//! token without an STS: a dummy made of the characters of the real one. Nothing is sent to the store.

use bytes::Bytes;
use http::Method;
use serde_json::{Value, json};
use testkit::request::REGION;

use crate::line::{Counted, Line};
use crate::measure::{grouped, median, ratio, show, timed};
use crate::row::Row;
use crate::world::{World, urls_body};

const KEYS: usize = 100_000;
const ROUNDS: usize = 9;
const ENOUGH: f64 = 1.1;

pub(crate) async fn rows() -> Vec<Row> {
    let mut world = World::start().await;
    let token = token(&world).await;
    with_dummy(&mut world, &token).await;
    let mut line = Line::open(&world.tidegate).await;
    let body = urls_body(KEYS, "GET");
    let (mut delegated, mut dummy) = (Vec::new(), Vec::new());
    let mut bytes = (0, 0);
    for round in 0..=ROUNDS {
        let (ours, long) = timed(batch(&mut line, "delegated", &body)).await;
        let (theirs, as_long) = timed(batch(&mut line, "dummy", &body)).await;
        bytes = (long.bytes, as_long.bytes);
        // The first round warms up, and opens the session.
        if round > 0 {
            delegated.push(ours);
            dummy.push(theirs);
        }
    }
    let (delegated, dummy) = (median(delegated), median(dummy));
    let times = ratio(delegated, dummy);
    let megabytes = |bytes: usize| format!("{} MB", bytes / 1_000_000);
    vec![Row {
        work: format!("the same {} keys on a delegated session (token of {} characters)", grouped(KEYS), token.len()),
        ours: format!("{} for {}", show(delegated), megabytes(bytes.0)),
        peer: format!("key pair with an equally long dummy token: {} for {}", show(dummy), megabytes(bytes.1)),
        ratio: format!("{times:.2} times as long"),
        must: "at most 1.1 times as long",
        held: times <= ENOUGH,
    }]
}

async fn batch(line: &mut Line, datasource: &str, body: &Bytes) -> Counted {
    let counted = line.post_for_lines(&format!("datasources/{datasource}/urls"), body.clone()).await;
    assert_eq!(counted.lines, KEYS + 2, "a line a URL, one before and one after");
    counted
}

/// The token of a delegated session, as it stands in a URL.
async fn token(world: &World) -> String {
    let mut line = Line::open(&world.tidegate).await;
    let answer = line.call(Method::POST, "datasources/delegated/urls", urls_body(1, "GET")).await;
    let answer: Value = serde_json::from_slice(&answer).expect("the answer is JSON");
    let url = answer.pointer("/urls/0/url").and_then(Value::as_str).expect("there is a URL");
    let (_, rest) = url.split_once("X-Amz-Security-Token=").expect("a delegated session has a token");
    rest.split('&').next().unwrap_or(rest).to_owned()
}

/// Starts the server anew on a machine that has an identity with a token, and connects with it.
async fn with_dummy(world: &mut World, token: &str) {
    let dummy: String = token.chars().rev().collect();
    world.tidegate.stop();
    for (name, value) in
        [("AWS_ACCESS_KEY_ID", "AKIADUMMY00000000001"), ("AWS_SECRET_ACCESS_KEY", "d"), ("AWS_SESSION_TOKEN", &dummy)]
    {
        world.tidegate.set_env(name, Some(value));
    }
    world.tidegate.start();
    let off = "the dummy token opens nothing";
    let integration = json!({"name": "machine", "method": "aws-environment", "proof": "off", "reason": off,
        "settings": {"endpoint": world.front.url(), "region": REGION}});
    Line::open(&world.tidegate).await.post("integrations", &integration).await;
    world.datasource("dummy", "machine", &json!({"mode": "off", "reason": off})).await;
}
