//! The tools for policies: all but making one need neither a server nor a sign-in.

mod generate;
mod lint;
mod simulate;
