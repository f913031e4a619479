//! The one place that decides whether a request is allowed.
//!
//! Deciding is a pure function of who asks ([`domain::principal::Caller`] and his role in the object's project), what for
//! ([`Action`]) and the stored object ([`Object`]). The answer names the rule that decided, and the
//! audit keeps that name. Nothing is allowed that no rule allows. Groups, policies of the customer and
//! single sign-on come behind this same function.

mod action;
mod decide;
mod grantable;

pub use action::{Action, Level};
pub use decide::{Decision, Object, Verdict, decide};
pub use grantable::may_grant;
