//! What AWS-style policies together decide about a request, and by which statements.
//!
//! Policies are read once into [`Policies`]; then [`Policies::decide`] answers for one [`Request`] after
//! another without reading text again. The rules are those of AWS's IAM User Guide: "Policy evaluation
//! logic" with its page on cross-account requests, "Condition operators", "Single-valued vs. multivalued
//! context keys", "Variables and tags", and the pages of the elements `Principal`, `NotPrincipal` and
//! `Resource`. What always holds: a Deny that applies wins; another Allow never takes a right away; a
//! session policy never adds one; nothing is known of a request but what it says, except that
//! `aws:PrincipalArn` follows from the principal.
//!
//! Role bindings of Google Cloud and role assignments of Azure are decided beside it, in [`google`] and
//! [`azure`].
//!
//! Not modelled, because no such document is given: organisations' control policies, permissions
//! boundaries, access control lists, block public access, and VPC endpoints' policies.

pub mod azure;
mod compile;
pub(crate) mod condition;
mod decision;
mod evaluate;
pub mod google;
mod grants;
mod miss;
pub(crate) mod pattern;
mod principal;
mod request;
#[cfg(test)]
mod tests;

pub use decision::{Deciding, Decision, Outcome};
pub use request::{Context, MAX_TEXT, Request, RequestError};

use compile::Rules;

use crate::read::{Document, Fault};

/// Where a policy is attached, which says what it can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attached {
    /// To a user, group or role: what the principal may do.
    Identity,
    /// To a session: what of that the session may do.
    Session,
    /// To a bucket, or another resource but a role: who may do what with it.
    Bucket,
    /// To a role: who may assume it.
    Trust,
}

/// The policies that decide together, read once.
#[derive(Debug, Clone, Default)]
pub struct Policies {
    identity: Vec<Rules>,
    session: Vec<Rules>,
    bucket: Vec<Rules>,
    trust: Vec<Rules>,
}

impl Policies {
    /// No policy at all, by which nobody may do anything.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in a policy; the file is what decisions call it.
    ///
    /// # Errors
    /// It is no policy, or none that can be attached there, or has a part whose meaning is not known: to
    /// leave that out could be wider than the policy.
    pub fn add(&mut self, attached: Attached, file: impl Into<String>, text: &str) -> Result<(), Fault> {
        self.add_document(attached, file, Document::parse(text)?)
    }

    /// Takes in a policy that was read already.
    ///
    /// # Errors
    /// As [`Policies::add`].
    pub fn add_document(
        &mut self,
        attached: Attached,
        file: impl Into<String>,
        document: Document,
    ) -> Result<(), Fault> {
        let rules = Rules::compile(attached, file.into(), &document.sound()?)?;
        match attached {
            Attached::Identity => self.identity.push(rules),
            Attached::Session => self.session.push(rules),
            Attached::Bucket => self.bucket.push(rules),
            Attached::Trust => self.trust.push(rules),
        }
        Ok(())
    }
}
