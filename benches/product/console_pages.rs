//! The console with much in its store: when the first byte of every page comes, and how heavy pages are.

use std::fs;
use std::time::Duration;

use serde_json::{Value, json};
use testkit::Tidegate;
use testkit::request::{Call, send};
use testkit::tidegate::Setup;

use crate::line::Line;
use crate::measure::{grouped, median, ratio, show};
use crate::pages::{Address, addresses, second};
use crate::postgres::Database;
use crate::row::Row;
use crate::volume::{self, GRANTS, INTEGRATIONS, RECORDS, Volume};
use crate::weight::{self, Files, kibibytes};
use crate::world::{PROGRAM, PROJECT};

const ROUNDS: usize = 15;
const ENOUGH: Duration = Duration::from_millis(20);
/// So many of the slowest are told of while it runs.
const TOLD: usize = 12;
/// What is in the store asks for nothing to be proven, as the stores that it names are not there.
const QUIET: &str = "[proofs]\nevery = \"off\"";
const PASSWORD: &str = "admin-Password-of-benchmarks";
/// Pages that say what a role must trust name it; nobody is asked for it.
const IDENTITY: &str = "arn:aws:iam::999999999999:user/tidegate";

pub(crate) async fn rows() -> Vec<Row> {
    let mut embedded = server("");
    embedded.start();
    embedded.cli(["project", "create", PROJECT]).ok();
    let session = sign_in(&embedded).await;
    embedded.stop();
    let volume = volume::fill(&embedded.data_dir().join("tidegate.db")).await;
    embedded.start();
    verify(&embedded, &session).await;
    let (mut rows, pages) = (Vec::new(), Seen::of(&embedded, &session, &volume).await);
    rows.push(pages.row("SQLite"));
    let heaviest = pages.heaviest(&embedded, &session).await;
    embedded.stop();

    let database = Database::copy_of(&embedded.data_dir().join("tidegate.db")).await;
    let mut other = server(&format!("[store]\nurl = \"{}\"", database.url));
    give_root_key(&embedded, &other);
    other.start();
    rows.push(Seen::of(&other, &session, &volume).await.row("PostgreSQL"));
    other.stop();
    database.remove().await;
    rows.push(heaviest);
    rows
}

/// Its administrator has a password, so that he can sign in.
fn server(config: &str) -> Tidegate {
    let mut tidegate = Setup::new(PROGRAM).config(config).config(QUIET).prepare();
    let file = tidegate.dir().join("admin.password");
    fs::write(&file, PASSWORD).expect("the folder of the server can be written");
    tidegate.add_config(&format!(
        "[aws.identity.aws]\nsource = \"keys\"\naccess_key_id = \"AKIAIDENTITY00000001\"\n\
         secret_access_key_file = \"{}\"\nprincipal_arn = \"{IDENTITY}\"",
        file.display()
    ));
    tidegate.set_env("TIDEGATE_ADMIN_PASSWORD_FILE", file.to_str());
    tidegate
}

/// What is in the store can only be read with the key that it was written with.
fn give_root_key(from: &Tidegate, to: &Tidegate) {
    fs::create_dir_all(to.data_dir()).expect("the folder of the server can be written");
    fs::copy(from.data_dir().join("root.key"), to.data_dir().join("root.key")).expect("the key can be copied");
    fs::copy(from.admin_token_file(), to.admin_token_file()).expect("the token can be copied");
}

async fn sign_in(tidegate: &Tidegate) -> String {
    let form = json!({"username": "admin", "password": PASSWORD}).to_string();
    let call = Call::new("POST", "/api/v1/sessions").header("content-type", "application/json").body(form);
    let answer: Value = serde_json::from_slice(&send(&tidegate.url(), call).await.ok().body).expect("JSON");
    answer.get("token").and_then(Value::as_str).expect("a session is a token").to_owned()
}

/// The server itself finds that the log holds together: what is measured is what there would be.
async fn verify(tidegate: &Tidegate, session: &str) {
    let call = Call::new("POST", &format!("/projects/{PROJECT}/audit/verify"))
        .header("cookie", &format!("tidegate={session}"))
        .header("origin", &tidegate.url())
        .header("content-type", "application/x-www-form-urlencoded");
    let page = send(&tidegate.url(), call).await.ok().text();
    assert!(page.contains("It holds."), "the log that was made does not hold:\n{page}");
}

/// How long each page took.
struct Seen {
    pages: Vec<(Address, Duration)>,
    health: Duration,
}

impl Seen {
    async fn of(tidegate: &Tidegate, session: &str, volume: &Volume) -> Self {
        let mut line = Line::open(tidegate).await;
        let mut pages = Vec::new();
        // Each is seen once before, and tells of its second page.
        for first in addresses(volume) {
            let html = ask(&mut line, session, &first).await.1;
            let next = second(&first, &html);
            pages.push((first, Vec::new()));
            if let Some(next) = next {
                ask(&mut line, session, &next).await;
                pages.push((next, Vec::new()));
            }
        }
        let mut health = Vec::new();
        for _ in 0..ROUNDS {
            for (page, times) in &mut pages {
                times.push(ask(&mut line, session, page).await.0);
            }
            health.push(line.page(session, "/healthz").await.first);
        }
        let mut pages: Vec<_> = pages.into_iter().map(|(page, times)| (page, median(times))).collect();
        pages.sort_by_key(|(_, time)| std::cmp::Reverse(*time));
        for (page, time) in pages.iter().take(TOLD) {
            eprintln!("bench: {:>9} {}", show(*time), page.name);
        }
        Self { pages, health: median(health) }
    }

    fn row(&self, engine: &str) -> Row {
        let (slowest, longest) = self.pages.first().expect("there are pages");
        let middle = median(self.pages.iter().map(|(_, time)| *time).collect());
        let over = self.pages.iter().filter(|(_, time)| *time > ENOUGH).count();
        let missed = if over > 0 { format!(", {over} of them over") } else { String::new() };
        let [integrations, grants, records] = [INTEGRATIONS, GRANTS, RECORDS].map(grouped);
        Row {
            work: format!(
                "first byte of {} pages of the console on {engine} with {integrations} integrations, {grants} grants \
                 and {records} audit records, median of each{missed}",
                self.pages.len()
            ),
            ours: format!("median {}; the slowest, `{}`: {}", show(middle), slowest.name, show(*longest)),
            peer: format!("`/healthz`: {}", show(self.health)),
            ratio: format!(
                "{:.0} times as long; the slowest {:.0}",
                ratio(middle, self.health),
                ratio(*longest, self.health)
            ),
            must: "at most 20 ms, each of them",
            held: over == 0,
        }
    }

    /// Ends the run where a page is too heavy.
    async fn heaviest(&self, tidegate: &Tidegate, session: &str) -> Row {
        let (mut line, mut files) = (Line::open(tidegate).await, Files::default());
        let (mut most, mut html, mut name) = (0, 0, "");
        for (page, _) in &self.pages {
            let seen = line.page(session, &page.path).await;
            let all = files.weigh(&mut line, session, &seen.body).await;
            if all > most {
                (most, html, name) = (all, seen.body.len(), &page.name);
            }
        }
        assert!(most <= weight::MOST, "`{name}` weighs {}, of which {} are the page", kibibytes(most), kibibytes(html));
        Row {
            work: "the heaviest of these pages with stylesheet, scripts and icon, as sent".to_owned(),
            ours: format!("{} (`{name}`)", kibibytes(most)),
            peer: format!("its HTML alone, which is sent unpacked: {}", kibibytes(html)),
            ratio: "-".to_owned(),
            must: "at most 150 KiB",
            held: true,
        }
    }
}

/// Until the first byte, and the page.
async fn ask(line: &mut Line, session: &str, page: &Address) -> (Duration, String) {
    let seen = line.page(session, &page.path).await;
    let leads_on = seen.status.is_redirection() && matches!(page.path.as_str(), "/" | "/sign-in");
    let html = String::from_utf8_lossy(&seen.body);
    assert!(seen.status.is_success() || leads_on, "{} answered {}:\n{html}", page.path, seen.status);
    (seen.first, html.into_owned())
}
