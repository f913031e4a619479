//! Who may come in, and what he may give.

mod accounts;
mod members;
mod passwords;
mod tokens;
