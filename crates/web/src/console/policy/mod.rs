//! Tools for policies: examine one, ask what several decide together, and make one from a need.
//!
//! For everybody who is signed in; nothing that is pasted here is stored, and nothing of the installation shows.

mod examine;
mod generate;
mod simulate;

use super::pages::Pages;

pub(super) fn pages(pages: Pages) -> Pages {
    pages
        .get("/policy", "policy.examine", examine::show)
        .post("/policy", "policy.examine", examine::submit)
        .get("/policy/simulate", "policy.examine", simulate::show)
        .post("/policy/simulate", "policy.examine", simulate::submit)
        .get("/policy/generate", "policy.examine", generate::show)
}

/// The tools, with their addresses.
const TOOLS: [(&str, &str); 3] =
    [("/policy", "Examine"), ("/policy/simulate", "Simulate"), ("/policy/generate", "Generate")];
