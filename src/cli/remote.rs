//! The server as the flags, the environment and the saved contexts name it.

use std::path::PathBuf;

use bytes::Bytes;
use http::Method;
use serde::Serialize;
use zeroize::Zeroizing;

use super::answer::Answer;
use super::client::{Ask, Client};
use super::connect::Origin;
use super::contexts::{Contexts, ContextsFile, DEFAULT};
use super::failure::Failure;
use super::path::ApiPath;
use super::terminal::{Output, Terminal};
use crate::config::{DEFAULT_LISTEN, Environment, files};

const SERVER: &str = "TIDEGATE_SERVER";

/// The flags of every command.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Globals {
    /// How to print: `table` for people, or `json`, the HTTP body unchanged; a table on a terminal, else JSON
    #[arg(long, global = true, value_enum, hide_possible_values = true)]
    pub(crate) output: Option<Output>,
    /// The project [env: TIDEGATE_PROJECT]
    #[arg(long, global = true, value_name = "P")]
    pub(crate) project: Option<String>,
    /// The server; http://127.0.0.1:7373 if nothing says otherwise [env: TIDEGATE_SERVER]
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) server: Option<String>,
    /// A file with an API token [env: TIDEGATE_TOKEN_FILE, or the token itself in TIDEGATE_TOKEN]
    #[arg(long, global = true, value_name = "F")]
    pub(crate) token_file: Option<PathBuf>,
    /// A saved sign-in [env: TIDEGATE_CONTEXT]
    #[arg(long, global = true, value_name = "C")]
    pub(crate) context: Option<String>,
    /// Certificates to trust in place of the system's [env: TIDEGATE_CA_FILE]
    #[arg(long, global = true, value_name = "F")]
    pub(crate) ca_file: Option<PathBuf>,
}

impl Globals {
    /// Takes from the environment what no flag gave. The parser does not do it itself: a variable would
    /// count as something typed, and show in every line of usage.
    #[must_use]
    pub(crate) fn or_environment(self, env: &Environment) -> Self {
        let text = |flag: Option<String>, name: &str| flag.or_else(|| env.get(name).cloned());
        let path = |flag: Option<PathBuf>, name: &str| flag.or_else(|| env.get(name).map(PathBuf::from));
        // A context that was typed names its server, which a variable does not take away.
        let server = if self.context.is_some() { self.server } else { text(self.server, SERVER) };
        Self {
            output: self.output,
            project: text(self.project, "TIDEGATE_PROJECT"),
            server,
            token_file: path(self.token_file, "TIDEGATE_TOKEN_FILE"),
            context: text(self.context, "TIDEGATE_CONTEXT"),
            ca_file: path(self.ca_file, "TIDEGATE_CA_FILE"),
        }
    }

    /// The project that was named by flag or variable.
    pub(crate) fn named_project(&self) -> Option<&str> {
        self.project.as_deref().filter(|project| !project.is_empty())
    }

    fn context(&self) -> Option<&str> {
        self.context.as_deref().filter(|context| !context.is_empty())
    }
}

/// A server, a project, and the terminal that everything is shown on.
pub(crate) struct Remote {
    /// How to print.
    pub(crate) terminal: Terminal,
    /// The project that was named by flag or variable.
    pub(crate) named_project: Option<String>,
    /// Where sign-ins are kept.
    pub(crate) file: Option<ContextsFile>,
    /// All sign-ins.
    pub(crate) contexts: Contexts,
    /// The sign-in that is used or made.
    pub(crate) context: String,
    /// The token was given by flag or variable, and is no sign-in that was kept.
    pub(crate) token_was_given: bool,
    client: Client,
    project: Option<String>,
}

impl Remote {
    /// Finds out where to go; does not connect yet.
    ///
    /// # Errors
    /// A usage error if the flags do not fit, or a file cannot be read.
    pub(crate) fn new(
        globals: &Globals,
        env: &Environment,
        terminal: Terminal,
        signing_in: bool,
    ) -> Result<Self, Failure> {
        let file = ContextsFile::of(env);
        let contexts = file.as_ref().map_or_else(|| Ok(Contexts::default()), ContextsFile::load)?;
        let context = globals.context().or(contexts.current.as_deref()).unwrap_or(DEFAULT).to_owned();
        let saved = contexts.contexts.get(&context);
        if let Some(name) = globals.context().filter(|_| saved.is_none() && !signing_in) {
            let what = format!("there is no saved context '{name}'");
            return Err(Failure::usage(what, format!("run tidegate login --context {name}")));
        }
        let given = globals.server.as_deref().filter(|server| !server.is_empty());
        let named = given.or(saved.map(|saved| saved.server.as_str())).or(env.get(SERVER).map(String::as_str));
        let origin = match named.filter(|server| !server.is_empty()) {
            Some(server) => Origin::parse(server)?,
            None => Origin::parse(&format!("http://{DEFAULT_LISTEN}"))?,
        };
        // A saved token never goes to another server than the one that gave it.
        let same = saved.is_some_and(|saved| Origin::parse(&saved.server).is_ok_and(|at| at.url() == origin.url()));
        let given = given_token(globals, env)?;
        let token_was_given = given.is_some();
        let token = match given {
            // An old token must not stand in the way of a new one.
            _ if signing_in => None,
            Some(token) => Some(token),
            None => saved.filter(|_| same).and_then(|saved| saved.token.clone()),
        };
        let named_project = globals.named_project().map(str::to_owned);
        let project = named_project.clone().or_else(|| saved.filter(|_| same).and_then(|saved| saved.project.clone()));
        let ca_file = globals.ca_file.clone().filter(|path| !path.as_os_str().is_empty());
        let client = Client::new(origin, ca_file, token);
        Ok(Self { terminal, named_project, file, contexts, context, token_was_given, client, project })
    }

    /// The address of the server.
    pub(crate) fn url(&self) -> String {
        self.client.origin().url()
    }

    /// A path in the project.
    ///
    /// # Errors
    /// A usage error if no project was named.
    pub(crate) fn in_project(&self, rest: &[&str]) -> Result<ApiPath, Failure> {
        let project = self
            .project
            .as_deref()
            .ok_or_else(|| Failure::usage("no project was named", "give --project or set TIDEGATE_PROJECT"))?;
        Ok(ApiPath::new(&[&["projects", project], rest].concat()))
    }

    /// A path in the project that was named, else one of the whole installation.
    pub(crate) fn in_named_project(&self, rest: &[&str]) -> ApiPath {
        match &self.named_project {
            Some(project) => ApiPath::new(&[&["projects", project.as_str()], rest].concat()),
            None => ApiPath::new(rest),
        }
    }

    /// Sends a request.
    ///
    /// # Errors
    /// The server's refusal, or that it was not reached.
    pub(crate) async fn send(&self, ask: Ask<'_>) -> Result<Answer, Failure> {
        self.client.send(ask).await
    }

    /// Reads an object.
    ///
    /// # Errors
    /// As [`Self::send`].
    pub(crate) async fn get(&self, path: &ApiPath) -> Result<Bytes, Failure> {
        self.send(Ask::get(path)).await?.bytes().await
    }

    /// Makes something, or does it.
    ///
    /// # Errors
    /// As [`Self::send`].
    pub(crate) async fn post(&self, path: &ApiPath, body: &impl Serialize) -> Result<Bytes, Failure> {
        self.send(Ask::post(path, body)?).await?.bytes().await
    }

    /// The revision of an object, as it is now.
    ///
    /// # Errors
    /// As [`Self::send`].
    pub(crate) async fn etag(&self, path: &ApiPath) -> Result<Option<String>, Failure> {
        let answer = self.send(Ask::get(path)).await?;
        let etag = answer.etag();
        answer.bytes().await?;
        Ok(etag)
    }

    /// Changes an object as it is now.
    ///
    /// # Errors
    /// As [`Self::send`].
    pub(crate) async fn change(&self, path: &ApiPath, body: &impl Serialize) -> Result<Bytes, Failure> {
        let etag = self.etag(path).await?;
        self.send(Ask::new(Method::PATCH, path).if_match(etag).with_json(body)?).await?.bytes().await
    }

    /// Removes an object as it is now, after asking.
    ///
    /// # Errors
    /// As [`Self::send`], or that the answer was no.
    pub(crate) async fn remove(&self, path: &ApiPath, question: &str, yes: bool) -> Result<(), Failure> {
        self.terminal.can_confirm(question, yes)?;
        let etag = self.etag(path).await?;
        self.terminal.confirm(question, yes)?;
        self.send(Ask::new(Method::DELETE, path).if_match(etag)).await?.bytes().await.map(drop)
    }
}

fn given_token(globals: &Globals, env: &Environment) -> Result<Option<Zeroizing<String>>, Failure> {
    if let Some(path) = globals.token_file.as_deref().filter(|path| !path.as_os_str().is_empty()) {
        let mend = "name a file that holds an API token and nothing else";
        let secret = files::secret(path).map_err(|error| Failure::usage(error.to_string(), mend))?;
        let text = secret.expose_str().ok_or_else(|| Failure::usage("the token is not text", mend))?;
        return Ok(Some(Zeroizing::new(text.to_owned())));
    }
    Ok(env.get("TIDEGATE_TOKEN").filter(|token| !token.is_empty()).map(|token| Zeroizing::new(token.clone())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_wins_over_its_variable() {
        let env: Environment = [("TIDEGATE_PROJECT", "of-env"), ("TIDEGATE_SERVER", "http://env.example")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into_iter()
            .collect();
        let globals = Globals { project: Some("of-flag".to_owned()), ..Globals::default() }.or_environment(&env);
        assert_eq!(globals.project.as_deref(), Some("of-flag"));
        assert_eq!(globals.server.as_deref(), Some("http://env.example"));
        assert_eq!(globals.context, None);
        let globals = Globals { context: Some("typed".to_owned()), ..Globals::default() }.or_environment(&env);
        assert_eq!(globals.server, None);
    }

    #[test]
    fn a_saved_token_goes_only_to_the_server_that_gave_it() {
        let folder = tempfile::tempdir().unwrap();
        let env: Environment =
            [("XDG_CONFIG_HOME".to_owned(), folder.path().display().to_string())].into_iter().collect();
        let text =
            "current = \"p\"\n[contexts.p]\nserver = \"https://t.example/\"\nproject = \"demo\"\ntoken = \"tok\"\n";
        std::fs::create_dir(folder.path().join("tidegate")).unwrap();
        std::fs::write(folder.path().join("tidegate/contexts.toml"), text).unwrap();
        let terminal = Terminal::new(None, &env);
        let at = |server: Option<&str>| {
            let globals = Globals { server: server.map(str::to_owned), ..Globals::default() };
            let remote = Remote::new(&globals, &env, terminal, false).unwrap();
            (remote.client.has_token(), remote.project)
        };
        assert_eq!(at(None), (true, Some("demo".to_owned())));
        assert_eq!(at(Some("https://t.example")), (true, Some("demo".to_owned())));
        assert_eq!(at(Some("http://t.example")), (false, None));
        assert_eq!(at(Some("https://evil.example")), (false, None));
    }
}
