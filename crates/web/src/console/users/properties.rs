//! `POST /admin/users/{name}/properties`

use std::collections::BTreeMap;

use axum::extract::{Path, State};
use axum::response::Response;
use broker::UserChange;
use domain::Error;
use domain::name::UserName;

use super::path;
use super::show::UserPage;
use crate::App;
use crate::console::answer;
use crate::console::form::{Filled, Form};
use crate::console::viewer::Viewer;
use crate::face::{self, Failure};

/// Sets a property, or removes it where the value is blank.
pub(super) async fn submit(
    State(app): State<App>,
    viewer: Viewer,
    Path(name): Path<String>,
    form: Form,
) -> Result<Response, Failure> {
    let name: UserName = face::parsed("user", &name)?;
    let changed = match form.filled("property") {
        None => Err(Error::invalid("/property", "name the property")),
        Some(property) => {
            let value = form.filled("value").map(str::to_owned);
            let properties = BTreeMap::from([(property.to_owned(), value)]);
            app.broker().change_user(&viewer.caller, &name, UserChange { disabled: None, properties }).await
        }
    };
    match changed {
        Ok(_) => answer::said(&app, path(name.as_str()), "The properties are changed."),
        Err(error) => {
            // The pointer names the property; the form has one field for it.
            let at = if error.fields().is_empty() { error } else { error.at("/property") };
            let form = Filled::from_form(&form).failed(at)?;
            answer::refused(&UserPage::of(&app, &viewer, &name, form).await?)
        }
    }
}
