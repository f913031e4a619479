//! `/admin/users/{name}/password`

use axum::extract::{Path, State};
use axum::response::Response;
use domain::name::UserName;

use super::create::PasswordPage;
use super::path;
use crate::App;
use crate::console::answer;
use crate::console::confirm::Confirm;
use crate::console::form::Filled;
use crate::console::frame::Section;
use crate::console::viewer::Viewer;
use crate::face::{self, Failure};

/// Asks first.
pub(super) async fn ask(State(app): State<App>, viewer: Viewer, Path(name): Path<String>) -> Result<Response, Failure> {
    let name: UserName = face::parsed("user", &name)?;
    let user = app.broker().show_user(&viewer.caller, &name).await?;
    let confirm = Confirm {
        frame: viewer.frame(Section::Users, format!("Reset the password of {}", user.name)),
        what: format!(
            "{} gets a generated password, which is shown to you once and must be changed at sign-in.",
            user.name
        ),
        consequences: vec!["Their sessions end. Their API tokens stay.".to_owned()],
        typed: None,
        button: "Reset password",
        action: format!("{}/password", path(&user.name)),
        back: path(&user.name),
        hidden: Vec::new(),
        form: Filled::default(),
    };
    confirm.ask()
}

/// Gives a generated password and shows it, once.
pub(super) async fn submit(
    State(app): State<App>,
    viewer: Viewer,
    Path(name): Path<String>,
) -> Result<Response, Failure> {
    let name: UserName = face::parsed("user", &name)?;
    let made = app.broker().reset_password(&viewer.caller, &name, None).await?;
    let password = made.password.as_ref().and_then(|password| password.expose_str()).unwrap_or_default();
    answer::page(&PasswordPage {
        frame: viewer.frame(Section::Users, "Password reset"),
        name: &made.user.name,
        password,
    })
}
