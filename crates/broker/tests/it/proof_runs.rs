//! Proofs that go on without anybody waiting for them: once each, to their end, and again in time.

mod drafts;
mod schedule;

use std::sync::Arc;
use std::time::Duration;

use broker::{AuditScope, Bootstrap, Broker, Options, Parts, ProofRunView, Proven, Started};
use domain::ErrorKind;
use domain::clock::Clock as _;
use domain::datasource::Purpose;
use domain::id::ProofRunId;
use domain::name::Name;
use domain::proof::{CheckName, ProofMode, ProofStatus};
use domain::proof_run::{RunCause, RunState};
use domain::secret::SecretBytes;
use keyring::RootKeySource;
use store::proof_runs::{NewRun, StoredRun};
use store::proofs::ProofOwner;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::datasources::{make as make_datasource, new as new_datasource, ready};
use crate::double::{ScriptedProviderDouble, WorldDouble};
use crate::house::{House, name};
use crate::integrations::{connected, make, new};

/// A server on the store of a house, at work.
struct Node {
    broker: Broker,
    stopping: CancellationToken,
    tasks: TaskTracker,
}

impl Node {
    async fn start(house: &House, world: &WorldDouble, proofs_every: Option<Duration>) -> Self {
        let tasks = TaskTracker::new();
        let parts = Parts {
            store: house.store.clone(),
            methods: vec![Arc::new(ScriptedProviderDouble(world.clone()))],
            fetch: Arc::new(world.clone()),
            clock: house.clock.clone(),
            options: Options { proofs_every, ..Options::default() },
            tasks: tasks.clone(),
        };
        let root = RootKeySource::Key(SecretBytes::new([7_u8; 32]));
        let Started { broker, .. } = broker::start(parts, &root, Bootstrap::default()).await.unwrap();
        let stopping = CancellationToken::new();
        broker.start_background(stopping.clone());
        Self { broker, stopping, tasks }
    }

    /// As a server that is told to stop.
    async fn stop(self) {
        self.stopping.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }

    async fn prove(&self, house: &House, project: &Name, text: &str) -> ProofRunView {
        self.broker.start_integration_proof(&house.admin, project, &name(text)).await.unwrap()
    }

    async fn shown(&self, house: &House, project: &Name, run: &ProofRunView) -> ProofRunView {
        let id: ProofRunId = run.id.parse().unwrap();
        self.broker.show_proof_run(&house.admin, project, id).await.unwrap()
    }

    /// The run as soon as it is as wanted.
    async fn when(
        &self,
        house: &House,
        project: &Name,
        run: &ProofRunView,
        wanted: impl Fn(&ProofRunView) -> bool,
    ) -> ProofRunView {
        until(async || Some(self.shown(house, project, run).await).filter(&wanted)).await
    }

    async fn over(&self, house: &House, project: &Name, run: &ProofRunView) -> ProofRunView {
        self.when(house, project, run, |run| run.state.is_over()).await
    }
}

/// Looks until there is something, or for too long.
async fn until<T>(look: impl AsyncFn() -> Option<T>) -> T {
    let found = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), found).await.expect("it never came to it")
}

async fn stored(house: &House, project: &Name, run: &ProofRunView) -> StoredRun {
    let (project, id) = (project.clone(), run.id.parse().unwrap());
    let found = house.store.read(move |tx| {
        Box::pin(async move {
            let project = store::projects::by_name(tx, project.as_str()).await?.unwrap();
            store::proof_runs::get(tx, project.id, id).await
        })
    });
    found.await.unwrap().unwrap()
}

/// A run that a server has taken and then dies over, the so many-th time.
async fn taken_by_the_dead(house: &House, project: &Name, text: &str, times: usize) -> StoredRun {
    let (project, asked, now, by) = (project.clone(), name(text), house.clock.now(), house.admin.principal.id);
    let taken = house.store.write(move |tx| {
        Box::pin(async move {
            let project = store::projects::by_name(tx, project.as_str()).await?.unwrap().id;
            let integration = store::integrations::by_name(tx, project, asked.as_str()).await?.unwrap();
            let new = NewRun {
                project,
                owner: ProofOwner::Integration(integration.id),
                name: asked,
                method: integration.method,
                mode: ProofMode::Full,
                cause: RunCause::Asked,
                requested_by: Some(by),
                due_at: now,
            };
            let mut run = store::proof_runs::ask(tx, &new, now).await?;
            for _ in 1..times {
                run = store::proof_runs::claim(tx, &run, "dead", now, now).await?.unwrap();
            }
            let until = now.checked_add(Duration::from_secs(30)).unwrap();
            Ok(store::proof_runs::claim(tx, &run, "dead", now, until).await?.unwrap())
        })
    });
    taken.await.unwrap()
}

#[tokio::test]
async fn run_shows_what_has_ended_so_far_and_then_the_report() {
    let (house, world, project) = connected().await;
    make(&house, &project, new("aws")).await.unwrap();
    let node = Node::start(&house, &world, None).await;
    let held = world.hold("assume");
    let run = node.prove(&house, &project, "aws").await;
    assert_eq!((run.subject.kind.as_str(), run.mode, run.cause), ("integration", ProofMode::Full, RunCause::Asked));
    let going = node.when(&house, &project, &run, |run| !run.checks.is_empty()).await;
    assert_eq!((going.state, going.checks[0].name), (RunState::Running, CheckName::Settings));
    assert!(going.proof.is_none() && going.started_at.is_some() && going.finished_at.is_none());
    assert_eq!(going.requested_by.as_deref(), Some("admin"));
    let again = node.prove(&house, &project, "aws").await;
    assert_eq!(again.id, run.id, "asking again joins it");
    let current =
        node.broker.current_proof_run(&house.admin, &project, Proven::Integration, &name("aws")).await.unwrap();
    assert_eq!(current.unwrap().id, run.id);
    held.add_permits(100);
    let over = node.over(&house, &project, &run).await;
    assert_eq!((over.state, over.proof.unwrap().status), (RunState::Done, ProofStatus::Passed));
    assert_eq!(
        node.broker
            .current_proof_run(&house.admin, &project, Proven::Integration, &name("aws"))
            .await
            .unwrap()
            .map(drop),
        None
    );
    let recorded = house.recorded(&AuditScope::Project(project.clone())).await;
    let proved = recorded.iter().filter(|line| *line == "integration.prove done").count();
    assert_eq!(proved, 3, "asked twice, proven once: {recorded:?}");
    node.stop().await;
}

#[tokio::test]
async fn two_servers_run_each_once() {
    let (house, world, project) = connected().await;
    for number in 0..12 {
        make(&house, &project, new(&format!("aws-{number}"))).await.unwrap();
    }
    let before = world.count("authenticate");
    let (one, two) = (Node::start(&house, &world, None).await, Node::start(&house, &world, None).await);
    let mut runs = Vec::new();
    for number in 0..12 {
        let node = if number % 2 == 0 { &one } else { &two };
        runs.push(node.prove(&house, &project, &format!("aws-{number}")).await);
    }
    for run in &runs {
        assert_eq!(two.over(&house, &project, run).await.state, RunState::Done);
    }
    assert_eq!(world.count("authenticate") - before, 12);
    one.stop().await;
    two.stop().await;
}

#[tokio::test]
async fn a_project_whose_stores_do_not_answer_leaves_room_for_the_others() {
    let (house, world, project) = connected().await;
    let other = house.project("cats").await;
    make(&house, &other, new("aws")).await.unwrap();
    for number in 0..10 {
        make(&house, &project, new(&format!("aws-{number}"))).await.unwrap();
    }
    let node = Node::start(&house, &world, None).await;
    let held = world.hold("assume");
    let mut runs = Vec::new();
    for number in 0..10 {
        runs.push(node.prove(&house, &project, &format!("aws-{number}")).await);
    }
    let others = node.prove(&house, &other, "aws").await;
    node.when(&house, &other, &others, |run| run.state == RunState::Running).await;
    let mut going = 0;
    for run in &runs {
        going += usize::from(node.shown(&house, &project, run).await.state == RunState::Running);
    }
    assert!((1..=4).contains(&going), "{going} of one method in one project");
    held.add_permits(1_000);
    for run in &runs {
        assert_eq!(node.over(&house, &project, run).await.state, RunState::Done);
    }
    node.over(&house, &other, &others).await;
    node.stop().await;
}

#[tokio::test]
async fn run_of_a_server_that_died_is_begun_again_but_not_for_ever() {
    let (house, world, project) = connected().await;
    for text in ["aws", "other"] {
        make(&house, &project, new(text)).await.unwrap();
    }
    let node = Node::start(&house, &world, None).await;
    // Its start is over, at which what the dead had would be its own.
    let first = node.prove(&house, &project, "other").await;
    node.over(&house, &project, &first).await;
    let stale = taken_by_the_dead(&house, &project, "aws", 1).await;
    let run = node.prove(&house, &project, "aws").await;
    assert_eq!(run.id, stale.id.to_string());
    let other = node.prove(&house, &project, "other").await;
    node.over(&house, &project, &other).await;
    assert_eq!(stored(&house, &project, &run).await.fence, stale.fence, "it is held");
    house.clock.advance(Duration::from_secs(31));
    node.prove(&house, &project, "other").await;
    assert_eq!(node.over(&house, &project, &run).await.state, RunState::Done);
    let refused = house.store.write(move |tx| {
        Box::pin(async move { store::proof_runs::progress(tx, stale.hold(), &[], stale.created_at).await })
    });
    assert!(!refused.await.unwrap(), "who comes back too late writes nothing");

    taken_by_the_dead(&house, &project, "aws", 3).await;
    let run = node.prove(&house, &project, "aws").await;
    house.clock.advance(Duration::from_secs(31));
    node.prove(&house, &project, "other").await;
    let over = node.over(&house, &project, &run).await;
    assert_eq!((over.state, over.error.unwrap().code.as_str()), (RunState::Failed, "proof_failed"));
    node.stop().await;
}

#[tokio::test]
async fn server_that_stops_gives_its_run_back_and_the_next_one_takes_it() {
    let (house, world, project) = connected().await;
    make(&house, &project, new("aws")).await.unwrap();
    let node = Node::start(&house, &world, None).await;
    let held = world.hold("assume");
    let run = node.prove(&house, &project, "aws").await;
    node.when(&house, &project, &run, |run| run.state == RunState::Running).await;
    futures::join!(node.stop(), async { held.add_permits(100) });
    let left = stored(&house, &project, &run).await;
    assert_eq!((left.state, left.attempts, left.progress.len()), (RunState::Queued, 0, 0));
    let next = Node::start(&house, &world, None).await;
    assert_eq!(next.over(&house, &project, &run).await.state, RunState::Done);
    next.stop().await;
}

#[tokio::test]
async fn result_that_changed_is_recorded_and_shown_with_the_checks() {
    let (house, world, project) = connected().await;
    make(&house, &project, new("aws")).await.unwrap();
    let began = house.clock.now();
    let node = Node::start(&house, &world, None).await;
    let changes = async || node.broker.recent_proof_changes(&house.admin, &project, began, 10).await.unwrap();
    let run = node.prove(&house, &project, "aws").await;
    node.over(&house, &project, &run).await;
    assert_eq!(changes().await, [], "nothing has changed");
    world.lock().refused.insert("authenticate");
    house.clock.advance(Duration::from_secs(1));
    let run = node.prove(&house, &project, "aws").await;
    assert_eq!(node.over(&house, &project, &run).await.proof.unwrap().status, ProofStatus::Failed);
    let found = changes().await;
    assert_eq!((found.len(), found[0].kind.as_str(), found[0].name.as_str()), (1, "integration", "aws"));
    assert_eq!((found[0].before, found[0].after), (ProofStatus::Passed, ProofStatus::Failed));
    assert_eq!(found[0].checks, [CheckName::Authenticates]);
    world.lock().refused.clear();
    house.clock.advance(Duration::from_secs(1));
    let run = node.prove(&house, &project, "aws").await;
    node.over(&house, &project, &run).await;
    assert_eq!((changes().await.len(), changes().await[0].after), (2, ProofStatus::Passed), "the newest first");
    let recorded = house.recorded(&AuditScope::Project(project.clone())).await;
    assert_eq!(recorded.iter().filter(|line| *line == "proof.changed done").count(), 2, "{recorded:?}");
    let outsider = house.person("eve").await;
    let refused = node.broker.recent_proof_changes(&outsider, &project, began, 10).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::NotFound);
    node.stop().await;
}

#[tokio::test]
async fn datasources_of_a_changed_integration_are_proven_again() {
    let (house, world, project) = ready().await;
    make_datasource(&house, &project, new_datasource("in", Purpose::Input)).await.unwrap();
    let node = Node::start(&house, &world, None).await;
    let held = world.hold("list");
    let region = [("region".to_owned(), Some("r".to_owned()))].into();
    let change = broker::ChangeIntegration { settings: region, ..broker::ChangeIntegration::default() };
    let caller = &house.admin;
    node.broker.change_integration(caller, &project, &name("aws"), 1, change, &broker::Silent).await.unwrap();
    let run = node.broker.current_proof_run(caller, &project, Proven::Datasource, &name("in")).await.unwrap().unwrap();
    assert_eq!((run.cause, run.requested_by.as_deref()), (RunCause::Change, Some("admin")));
    held.add_permits(100);
    let over = node.over(&house, &project, &run).await;
    assert_eq!((over.proof.unwrap().status, over.mode), (ProofStatus::Passed, ProofMode::ReadOnly));
    node.stop().await;
}

#[tokio::test]
async fn run_of_what_is_gone_ends_with_the_reason() {
    let (house, world, project) = connected().await;
    make(&house, &project, new("aws")).await.unwrap();
    let run = house.broker.start_integration_proof(&house.admin, &project, &name("aws")).await.unwrap();
    house.broker.delete_integration(&house.admin, &project, &name("aws"), 1).await.unwrap();
    let node = Node::start(&house, &world, None).await;
    let over = node.over(&house, &project, &run).await;
    assert_eq!((over.state, over.error.unwrap().code.as_str()), (RunState::Failed, "not_found"));
    node.stop().await;
}
