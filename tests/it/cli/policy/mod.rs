//! The tools for policies, which need neither a server nor a sign-in.

mod lint;
mod simulate;
