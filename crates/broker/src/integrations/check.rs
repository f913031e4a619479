//! Checking what is typed for an integration before it is made: nothing is stored and nobody is asked.

use authz::Action;
use domain::audit::Target;
use domain::integration::Settings;
use domain::name::Name;
use domain::principal::Caller;
use domain::secret::Secrets;
use domain::{Error, FieldError, Result};

use crate::Broker;

/// What was typed so far.
pub struct CheckIntegration {
    /// The name, as far as it was typed; none where it is given already.
    pub name: Option<String>,
    /// The method, as in the registry.
    pub method: String,
    /// Public settings.
    pub settings: Settings,
    /// Secrets.
    pub secrets: Secrets,
}

impl Broker {
    /// Everything that making it would find wrong with these fields, or nothing.
    ///
    /// # Errors
    /// `invalid` for an unknown method.
    pub async fn check_integration(
        &self,
        caller: &Caller,
        project: &Name,
        check: CheckIntegration,
    ) -> Result<Vec<FieldError>> {
        let target = Target::named("integration", check.name.as_deref().unwrap_or_default());
        let entered = self.enter(caller, project, Action::IntegrationCreate, target).await?;
        let method = self.method(&check.method)?;
        let mut wrong = Vec::new();
        let mut named = None;
        if let Some(text) = check.name {
            let free = match text.parse::<Name>() {
                Ok(name) => {
                    let free = self.refuse_taken_name(&entered, &name).await;
                    named = Some(name);
                    free
                }
                Err(error) => Err(Error::invalid("/name", error.to_string())),
            };
            take_fields(free, &mut wrong)?;
        }
        let ask = self.connect_ask(&entered.project, named.as_ref(), check.settings, check.secrets);
        take_fields(self.check_settings(method, &ask), &mut wrong)?;
        Ok(wrong)
    }
}

/// The fields that an error names; what names none is no matter of the form.
fn take_fields(checked: Result<()>, wrong: &mut Vec<FieldError>) -> Result<()> {
    match checked {
        Err(error) if error.fields().is_empty() => Err(error),
        Err(error) => {
            wrong.extend_from_slice(error.fields());
            Ok(())
        }
        Ok(()) => Ok(()),
    }
}
