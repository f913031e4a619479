//! The last step of every set-up: the command that tells Tidegate what was made on the cloud's side.
//!
//! What always holds: the command is complete. What is missing is what the method itself finds missing, and what
//! is there already is neither made nor given again.

use std::collections::BTreeSet;

use cloud_policy::quote::shell;
use domain::provider::{ConnectAsk, Field, FieldKind, Provider, Setup, SetupAsk, SetupStep};

/// Stands for the name of an integration that is not there yet.
const NAME: &str = "NAME";

/// Adds the step; `made` are settings that the steps before it have made, and the files of secrets.
pub(crate) fn last(method: &dyn Provider, ask: &SetupAsk, made: &[(&str, String)], setup: &mut Setup) {
    let number = u32::try_from(setup.steps.len()).unwrap_or(u32::MAX).saturating_add(1);
    let tell = Tell { method, ask, made };
    let text = ask.integration.as_deref().map_or_else(|| tell.create(), |name| tell.change(name));
    setup.steps.push(SetupStep { number, title: "Tell Tidegate".to_owned(), text });
}

struct Tell<'a> {
    method: &'a dyn Provider,
    ask: &'a SetupAsk,
    made: &'a [(&'a str, String)],
}

/// A command, and the words in it that stand for what only its reader knows.
struct Command {
    text: String,
    blanks: Vec<String>,
}

impl Tell<'_> {
    fn create(&self) -> String {
        let (descriptor, project) = (self.method.descriptor(), &self.ask.project);
        let mut command = Command {
            text: format!("tidegate integration create {} {NAME} --project {project}", descriptor.id),
            blanks: vec![NAME.to_owned()],
        };
        let needed = self.needed();
        for field in descriptor.setting_fields() {
            match self.given(field) {
                Some(value) => command.set(field, value),
                None => self.set(&mut command, field, &needed),
            }
        }
        let mut secrets = String::new();
        for field in descriptor.secret_fields().filter(|field| field.required) {
            let file = self.made(field).or((field.kind == FieldKind::Document).then_some("FILE"));
            let (flag, mind) = match file {
                Some(file) => {
                    (format!("--secret-file {}={}", field.name, shell(file)), "Remove the file afterwards.".to_owned())
                }
                None => {
                    (format!("--secret-stdin {}", field.name), format!("It reads {} from standard input.", field.name))
                }
            };
            command.text.push_str(&format!(" {flag}"));
            secrets.push_str(&format!(" {mind}"));
        }
        command.say("it is proven at once.", &secrets)
    }

    fn change(&self, name: &str) -> String {
        let project = &self.ask.project;
        let text = format!("tidegate integration edit {name} --project {project}");
        let (bare, needed) = (text.len(), self.needed());
        let mut command = Command { text, blanks: Vec::new() };
        for field in self.method.descriptor().setting_fields().filter(|field| self.given(field).is_none()) {
            self.set(&mut command, field, &needed);
        }
        if command.text.len() == bare {
            command.text = format!("tidegate integration prove {name} --project {project}");
            return command.say("it tells whether everything is in place.", "");
        }
        command.say("it is proven at once.", "")
    }

    /// What a set-up has made, or what nobody knows yet but who made it.
    fn set(&self, command: &mut Command, field: &Field, needed: &BTreeSet<&str>) {
        if let Some(value) = self.made(field) {
            command.set(field, value);
            let unknown = value.split(|c: char| !(c.is_ascii_uppercase() || c == '_')).filter(|word| word.len() > 1);
            command.blanks.extend(unknown.map(str::to_owned));
        } else if needed.contains(field.name) {
            let blank = field.name.to_ascii_uppercase();
            command.set(field, &blank);
            command.blanks.push(blank);
        }
    }

    fn given(&self, field: &Field) -> Option<&str> {
        self.ask.settings.get(field.name).map(String::as_str).filter(|value| !value.is_empty())
    }

    fn made(&self, field: &Field) -> Option<&str> {
        self.made.iter().find(|(name, _)| *name == field.name).map(|(_, value)| value.as_str())
    }

    /// The settings that the method cannot do without, also those that it needs because of others.
    fn needed(&self) -> BTreeSet<&'static str> {
        let fields = || self.method.descriptor().setting_fields();
        let known = |field: &&Field| Some((field.name, self.given(field).or_else(|| self.made(field))?));
        let found = self.method.check(&ConnectAsk {
            project: self.ask.project.clone(),
            external_id: self.ask.external_id.clone(),
            identity: None,
            settings: fields().filter_map(|field| known(&field)).map(|(k, v)| (k.to_owned(), v.to_owned())).collect(),
            secrets: [].into(),
        });
        let missed = |field: &Field| found.iter().any(|at| at.pointer.strip_prefix("/settings/") == Some(field.name));
        let absent = fields().filter(|field| known(field).is_none());
        absent.filter(|field| field.required || missed(field)).map(|field| field.name).collect()
    }
}

impl Command {
    fn set(&mut self, field: &Field, value: &str) {
        self.text.push_str(&format!(" --set {}={}", field.name, shell(value)));
    }

    /// The command on a line of its own, after what it does.
    fn say(self, does: &str, mind: &str) -> String {
        let blanks = match self.blanks.as_slice() {
            [] => String::new(),
            blanks => format!(", with what is yours in the place of {}", blanks.join(", ")),
        };
        format!("Run this{blanks}; {does}{mind}\n{}", self.text)
    }
}
