//! `tidegate login`, `logout`, `whoami`: signing in with a password, and who that makes one.

use std::path::{Path, PathBuf};

use clap::Args;
use http::Method;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::client::Ask;
use super::contexts::{ContextsFile, SavedContext};
use super::failure::Failure;
use super::path::ApiPath;
use super::remote::Remote;
use super::{answer, show};
use crate::config::files;

/// Who signs in.
#[derive(Debug, Args)]
pub(crate) struct LoginArgs {
    /// The user's name; asked for if not given
    #[arg(long, value_name = "U")]
    user: Option<String>,
    /// A file with the password; asked for if not given
    #[arg(long, value_name = "F")]
    password_file: Option<PathBuf>,
    /// A file with the new password, where the old one must be changed
    #[arg(long, value_name = "F")]
    new_password_file: Option<PathBuf>,
}

#[derive(Serialize)]
struct SignIn<'a> {
    username: &'a str,
    password: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    new_password: Option<&'a str>,
}

#[derive(Deserialize)]
struct SignedIn {
    token: Zeroizing<String>,
    expires_at: String,
}

pub(super) async fn login(args: &LoginArgs, mut remote: Remote) -> Result<(), Failure> {
    if remote.file.is_none() {
        return Err(Failure::usage("there is nowhere to keep the sign-in", "set HOME or XDG_CONFIG_HOME"));
    }
    let user = match &args.user {
        Some(user) => user.clone(),
        None => remote.terminal.ask("user name", "give --user and --password-file")?,
    };
    let password = match &args.password_file {
        Some(path) => password_of(path)?,
        None => remote.terminal.ask_secret("password", "give --password-file")?,
    };
    let new = args.new_password_file.as_deref().map(password_of).transpose()?;
    let body = sign_in(&remote, &user, &password, new).await?;
    let signed_in: SignedIn = answer::parse(&body)?;
    let ends = signed_in.expires_at.clone();
    save(&mut remote, signed_in.token)?;
    if remote.terminal.json_was_asked() {
        return show::unchanged(&body);
    }
    // The body holds the token: it is printed only if it was asked for.
    show::say(remote.terminal, &format!("signed in to {} as {user} until {ends}", remote.url()))
}

/// Signs in; a password that must be changed first is changed on the way.
async fn sign_in(
    remote: &Remote,
    username: &str,
    password: &str,
    new: Option<Zeroizing<String>>,
) -> Result<bytes::Bytes, Failure> {
    let path = ApiPath::new(&["sessions"]);
    let refused = match remote.post(&path, &SignIn { username, password, new_password: None }).await {
        Err(refused) if refused.code() == "password_change_required" => refused,
        done => return done,
    };
    let new = match new {
        Some(new) => new,
        None if remote.terminal.may_ask() => ask_new(remote)?,
        None => return Err(refused.mended_by("give the new password with --new-password-file")),
    };
    remote.post(&path, &SignIn { username, password, new_password: Some(&new) }).await
}

fn ask_new(remote: &Remote) -> Result<Zeroizing<String>, Failure> {
    let instead = "give --new-password-file";
    let new = remote.terminal.ask_secret("the password must be changed; new password", instead)?;
    if *remote.terminal.ask_secret("the new password again", instead)? == *new {
        Ok(new)
    } else {
        Err(Failure::usage("the two passwords differ", "sign in again"))
    }
}

fn password_of(path: &Path) -> Result<Zeroizing<String>, Failure> {
    let mend = "name a file that holds the password and nothing else";
    let secret = files::secret(path).map_err(|error| Failure::usage(error.to_string(), mend))?;
    let text = secret.expose_str().ok_or_else(|| Failure::usage(format!("{} is not text", path.display()), mend))?;
    Ok(Zeroizing::new(text.to_owned()))
}

/// The sign-in becomes the current one.
fn save(remote: &mut Remote, token: Zeroizing<String>) -> Result<(), Failure> {
    let server = remote.url();
    let name = remote.context.clone();
    // Another server's project would be a wrong guess.
    let kept =
        remote.contexts.contexts.remove(&name).filter(|kept| kept.server == server).and_then(|kept| kept.project);
    let project = remote.named_project.clone().or(kept);
    remote.contexts.contexts.insert(name.clone(), SavedContext { server, project, token: Some(token) });
    remote.contexts.current = Some(name);
    remote.file.as_ref().map_or(Ok(()), |file: &ContextsFile| file.save(&remote.contexts))
}

pub(super) async fn logout(mut remote: Remote) -> Result<(), Failure> {
    // The server would end whatever token it is shown, and a program's token is not meant.
    if remote.token_was_given {
        let mend = "leave out --token-file, TIDEGATE_TOKEN_FILE and TIDEGATE_TOKEN; `token revoke` ends an API token";
        return Err(Failure::usage("logout ends the sign-in that was kept, and a token was given", mend));
    }
    let path = ApiPath::new(&["sessions", "current"]);
    let ended = match remote.send(Ask::new(Method::DELETE, &path)).await {
        Ok(answer) => answer.bytes().await.map(drop),
        // A session that is over is what was wanted.
        Err(refused) if refused.code() == "unauthenticated" => Ok(()),
        Err(other) => Err(other),
    };
    ended?;
    if let Some(saved) = remote.contexts.contexts.get_mut(&remote.context) {
        saved.token = None;
        if let Some(file) = &remote.file {
            file.save(&remote.contexts)?;
        }
    }
    show::say(remote.terminal, &format!("signed out of {}", remote.url()))
}

pub(super) async fn whoami(remote: &Remote) -> Result<(), Failure> {
    show::object(remote.terminal, &remote.get(&ApiPath::new(&["sessions", "current"])).await?)
}
