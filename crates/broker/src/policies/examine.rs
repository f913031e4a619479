//! What is wrong with a policy, and the policy with what can be mended.

use authz::Action;
use cloud_policy::lint::{Kind, Report, lint};
use domain::audit::Target;
use domain::principal::Caller;
use domain::{Error, Result};

use crate::Broker;

impl Broker {
    /// Examines a policy, whose kind is found out if it is not said. Any text has an answer.
    ///
    /// # Errors
    /// `password_change_required`.
    pub async fn examine_policy(&self, caller: &Caller, text: String, kind: Option<Kind>) -> Result<Report> {
        self.permit(caller, Action::PolicyExamine, Target::named("policy", "")).await?;
        // A text of a megabyte takes a while, and others are served meanwhile.
        tokio::task::spawn_blocking(move || lint(&text, kind)).await.map_err(Error::internal)
    }
}
