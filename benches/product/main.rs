//! How fast the whole program is, each figure beside its peer in the same run on the same machine.
//!
//! `cargo xtask bench` starts this with the real components and prints the table. A row goes to standard
//! output as a line of JSON, progress to standard error. Whatever does not work ends the run: the speed
//! of something that does not work is worth nothing.

#![expect(clippy::expect_used, clippy::panic, reason = "a benchmark ends where something does not work")]

mod command;
mod console_pages;
mod console_thumbnails;
mod delegated_batch;
mod first_requests;
mod idle;
mod line;
mod listing;
mod measure;
mod pages;
mod postgres;
mod row;
mod url_batch;
mod volume;
mod warm_credential;
mod weight;
mod world;

use futures::future::BoxFuture;
use row::Row;

type Bench = fn() -> BoxFuture<'static, Vec<Row>>;

/// By name; each has a file of that name.
const BENCHES: [(&str, Bench); 9] = [
    ("url_batch", || Box::pin(url_batch::rows())),
    ("delegated_batch", || Box::pin(delegated_batch::rows())),
    ("first_requests", || Box::pin(first_requests::rows())),
    ("warm_credential", || Box::pin(warm_credential::rows())),
    ("listing", || Box::pin(listing::rows())),
    ("command", || Box::pin(command::rows())),
    ("console_pages", || Box::pin(console_pages::rows())),
    ("console_thumbnails", || Box::pin(console_thumbnails::rows())),
    ("idle", || Box::pin(idle::rows())),
];

/// Runs those whose name contains one of the arguments, or all.
#[tokio::main]
async fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    for (name, bench) in BENCHES {
        if wanted.is_empty() || wanted.iter().any(|part| name.contains(part.as_str())) {
            eprintln!("bench: {name}");
            for row in bench().await {
                row.print();
            }
        }
    }
}
