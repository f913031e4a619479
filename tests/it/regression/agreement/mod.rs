//! `policy simulate` beside stores that enforce: on thousands of generated cases it says what they do.
//!
//! The policies come by chance from a fixed seed, in forms that the store reads as AWS documents them; every
//! answer of the store is compared with the decision for the same request, and none may differ. Where a
//! store reads a form otherwise, that is one row of [`quirks`], with the reason; a row whose difference has
//! vanished fails the test like one that is missing. The manual has the same rows.

mod chance;
mod compare;
mod plain;
mod quirks;
mod store;
mod world;

use compare::{Differences, compare};
use quirks::{QUIRKS, Quirk, Shows};
use store::{Prepared, Store};
use world::{Make, World};

/// How many decisions of each store are compared at least.
const LEAST: usize = 2_000;
/// How many generated sets of policies that takes.
const SETS: u64 = 60;

/// A world, and what it must show: nothing if it is a plain one.
struct Case {
    world: Make,
    seed: u64,
    quirk: Option<(&'static Quirk, Shows)>,
}

async fn agrees(store: Store) {
    let plain = (0..SETS).map(|seed| {
        let world: Make = match store {
            Store::Seaweed => |names, seed| plain::world(Store::Seaweed, names, seed),
            Store::Ceph => |names, seed| plain::world(Store::Ceph, names, seed),
        };
        Case { world, seed, quirk: None }
    });
    let quirks = QUIRKS.iter().filter(|quirk| quirk.store == store).flat_map(|quirk| {
        quirk.worlds.iter().map(move |(shows, world)| Case { world: *world, seed: 0, quirk: Some((quirk, *shows)) })
    });
    let cases: Vec<_> = plain.chain(quirks).collect();
    let worlds: Vec<_> = cases.iter().map(|case| (case.world, case.seed)).collect();
    let prepared = Prepared::of(store, &worlds).await;
    let (mut compared, mut allowed, mut faults) = (0, 0, Vec::new());
    for (at, case) in cases.iter().enumerate() {
        let found = compare(&prepared, at, case.quirk.is_some()).await;
        if let Err(fault) = judge(case, &found, &prepared.seats[at].world) {
            faults.push(fault);
        }
        if let (None, Ok(found)) = (case.quirk, &found) {
            compared += found.compared;
            allowed += found.allowed;
        }
    }
    assert!(faults.is_empty(), "{} of {} cases:\n{}", faults.len(), cases.len(), faults.join("\n"));
    assert!(compared >= LEAST, "{compared} decisions were compared");
    assert!(
        allowed * 5 > compared && allowed * 5 < compared * 4,
        "{allowed} of {compared} were allowed: too much alike"
    );
}

/// Whether a case showed what it must.
fn judge(case: &Case, found: &Result<Differences, String>, world: &World) -> Result<(), String> {
    let described = match case.quirk {
        Some((quirk, shows)) => format!("'{}' should show {shows:?}", quirk.says),
        None => format!("set {}", case.seed),
    };
    let wrong = match (case.quirk.map(|(_, shows)| shows), found) {
        (Some(Shows::Refused), Err(_)) => return Ok(()),
        (Some(Shows::Refused), Ok(_)) => "the store takes the policy now".to_owned(),
        (_, Err(refused)) => format!("the store refused it: {refused}"),
        (None, Ok(found)) if found.opened.is_empty() && found.closed.is_empty() => return Ok(()),
        (Some(Shows::Opened), Ok(found)) if !found.opened.is_empty() && found.closed.is_empty() => return Ok(()),
        (Some(Shows::Closed), Ok(found)) if found.opened.is_empty() && !found.closed.is_empty() => return Ok(()),
        (Some(Shows::Both), Ok(found)) if !found.opened.is_empty() && !found.closed.is_empty() => return Ok(()),
        (_, Ok(found)) => format!("the store opens {:?} and closes {:?}", found.opened, found.closed),
    };
    Err(format!("{described}: {wrong}\n  {world:?}"))
}

#[tokio::test]
async fn simulate_agrees_with_seaweedfs_on_generated_cases_and_differs_where_written_down() {
    agrees(Store::Seaweed).await;
}

#[tokio::test]
async fn simulate_agrees_with_ceph_on_generated_cases_and_differs_where_written_down() {
    agrees(Store::Ceph).await;
}

#[test]
fn the_manual_has_every_difference() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/policy-tools.md");
    let manual = std::fs::read_to_string(path).unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
    for quirk in QUIRKS {
        let row = format!("| {} | {} |", quirk.store.title(), quirk.says);
        assert!(manual.contains(&row), "docs/policy-tools.md lacks {row}");
    }
}
