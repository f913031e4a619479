//! How fast batches of GET URLs are signed, for each store beside its peers in the same run.
//!
//! Rounds alternate between ours and theirs, and the median of the rounds counts. A line `work` says what follows;
//! `cargo xtask bench` makes rows of it. Peers in Python need `TIDEGATE_TEST_PYTHON`, which it sets.

mod azure;
mod gcs;
mod measure;
mod python;
mod s3;

use std::error::Error;

type Bench = fn() -> Result<(), Box<dyn Error>>;

/// By name; each has a file that its name ends with.
const BENCHES: [(&str, Bench); 3] = [("presign_s3", s3::run), ("presign_gcs", gcs::run), ("presign_azure", azure::run)];

/// Runs those whose name contains one of the arguments, or all.
fn main() -> Result<(), Box<dyn Error>> {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    for (name, bench) in BENCHES {
        if wanted.is_empty() || wanted.iter().any(|part| name.contains(part.as_str())) {
            eprintln!("bench: {name}");
            bench()?;
        }
    }
    Ok(())
}
