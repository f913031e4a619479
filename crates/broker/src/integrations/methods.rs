//! The methods that an integration may use.

use authz::Action;
use domain::Result;
use domain::audit::Target;
use domain::principal::Caller;
use domain::provider::Descriptor;

use crate::Broker;

impl Broker {
    /// The methods, in the order in which they are shown.
    ///
    /// # Errors
    /// `password_change_required`.
    pub async fn list_methods(&self, caller: &Caller) -> Result<Vec<&'static Descriptor>> {
        self.permit(caller, Action::MethodList, Target::named("method", "")).await?;
        Ok(self.0.parts.methods.iter().map(|method| method.descriptor()).collect())
    }

    /// Whether clouds can be told to trust tokens that Tidegate issues: the operator has named its issuer.
    pub fn issues_tokens(&self) -> bool {
        self.issuer().is_some()
    }

    /// What there is to read about every method; nothing of it belongs to anybody.
    pub fn descriptors(&self) -> Vec<&'static Descriptor> {
        self.0.methods.values().map(|method| method.descriptor()).collect()
    }
}
