//! `local-directory`: a folder of the machine that Tidegate runs on; a bucket is a directory directly in it.
//!
//! What always holds: only what the operator allows is connected, no symbolic link is ever followed, nothing but
//! regular files is read, and an object is there whole or not at all. URLs are Tidegate's own.

mod connection;
mod folder;
mod name;
mod names;
mod storage;
#[cfg(test)]
mod tests;
mod turns;
mod walk;
mod write;

use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use domain::provider::{
    Advice, Capabilities, ConnectAsk, Connection, Descriptor, Field, FieldKind, Provider, Rating, Setup, SetupAsk,
    SetupStep,
};
use domain::{Error, ErrorKind, FieldError, Result};

use crate::registry::Deps;
use crate::settings::Form;
use crate::tell;
use connection::LocalConnection;
use folder::Root;
use turns::Turns;

const FIELDS: &[Field] = &[Field {
    name: "path",
    label: "Folder",
    help: "A folder of the machine that Tidegate runs on, for example /srv/data; each directory in it is a bucket.",
    kind: FieldKind::Text,
    required: true,
    later: false,
    secret: false,
    rebinds_secret: false,
    default: None,
    choices: &[],
}];

const DESCRIPTOR: Descriptor = Descriptor {
    id: "local-directory",
    title: "Local directory",
    cloud: "This machine",
    summary: "Folders of the machine itself; Tidegate serves the objects and can take every URL back at once.",
    fields: FIELDS,
    capabilities: Capabilities {
        two_step: false,
        keyless: false,
        external_id: false,
        ambient: true,
        stored_key: false,
        browse: true,
        sign: true,
        serves: true,
        credentials: false,
    },
    advice: Advice {
        recommended: false,
        when: "Choose it to try Tidegate out, and where the data lies on the machine itself and no network leads out.",
        privilege: Rating::Fair,
        rotation: Rating::Good,
        audit: Rating::Good,
        separation: Rating::Poor,
        speed: Rating::Fair,
        ease: Rating::Good,
    },
};

/// The method.
pub(crate) struct LocalDirectory {
    deps: Arc<Deps>,
    turns: Arc<Turns>,
}

impl LocalDirectory {
    pub(crate) fn new(deps: Arc<Deps>) -> Self {
        Self { deps, turns: Arc::default() }
    }

    /// The allowed folder that holds this one, and the way from there.
    fn root(&self, path: &str) -> Option<Root> {
        let path = plain(path)?;
        let mut allowed: Vec<_> = self.deps.local.allow.iter().filter(|allowed| path.starts_with(allowed)).collect();
        allowed.sort_by_key(|allowed| std::cmp::Reverse(allowed.components().count()));
        let base = (*allowed.first()?).clone();
        let rest = path.strip_prefix(&base).ok()?.to_path_buf();
        Some(Root { base, rest })
    }

    fn read<'a>(&self, ask: &'a ConnectAsk) -> (Form<'a>, Option<Root>) {
        let mut form = Form::open(ask, &DESCRIPTOR, &[]);
        let root = form.sound("path").and_then(|path| self.root(path));
        if let (Some(path), None) = (form.sound("path"), &root) {
            let message = match plain(path) {
                None => "give an absolute path without '.' and '..', for example /srv/data".to_owned(),
                Some(_) if self.deps.local.allow.is_empty() => {
                    "the operator allows no folder: he names them as allow in the section [local_directory]".to_owned()
                }
                Some(_) => "the operator does not allow this folder: it must lie in one that the section \
                            [local_directory] names"
                    .to_owned(),
            };
            form.wrong_setting("path", message);
        }
        (form, root)
    }
}

/// The path, if it is absolute and says where it leads.
fn plain(path: &str) -> Option<PathBuf> {
    let path = Path::new(path);
    let plain = path.components().all(|part| matches!(part, Component::RootDir | Component::Normal(_)));
    // `components` drops dots in the middle without a word.
    let dotted = path.to_string_lossy().split('/').any(|part| part == "." || part == "..");
    (path.is_absolute() && plain && !dotted).then(|| path.to_path_buf())
}

impl Provider for LocalDirectory {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn check(&self, ask: &ConnectAsk) -> Vec<FieldError> {
        self.read(ask).0.errors()
    }

    fn connect(&self, ask: ConnectAsk) -> Result<Arc<dyn Connection>> {
        let (form, root) = self.read(&ask);
        form.finish()?;
        let denied = || Error::new(ErrorKind::PermissionDenied, "the operator does not allow this folder");
        Ok(Arc::new(LocalConnection::new(root.ok_or_else(denied)?, self.turns.clone())))
    }

    fn setup(&self, ask: &SetupAsk) -> Result<Setup> {
        crate::setup::refuse_gsutil(ask)?;
        Ok(setup(self, ask))
    }
}

fn setup(method: &LocalDirectory, ask: &SetupAsk) -> Setup {
    let path = ask.settings.get("path").map_or("/srv/data", String::as_str);
    let mut folders: Vec<String> = ask.places.iter().map(|place| format!("{path}/{}", place.bucket)).collect();
    folders.dedup();
    let quote = cloud_policy::quote::shell;
    let mut commands: Vec<_> = folders.iter().map(|folder| format!("install -d -m 0750 {}", quote(folder))).collect();
    commands.insert(0, format!("install -d -m 0750 {}", quote(path)));
    let steps = [
        (
            "Make the folder",
            format!(
                "Each directory in {path} is a bucket. The user that Tidegate runs as must be able to read it, and to write where the purpose writes."
            ),
        ),
        (
            "Allow it",
            format!(
                "In the server's configuration, section [local_directory]: allow = [\"{path}\"]. Then start the server again."
            ),
        ),
    ];
    let steps = (1..).zip(steps).map(|(number, (title, text))| SetupStep { number, title: title.to_owned(), text });
    let probes: std::collections::BTreeSet<_> =
        ask.places.iter().map(|place| format!("{}{}*", place.prefix, cloud_policy::PROBE)).collect();
    let mut setup = Setup {
        principal_arn: None,
        external_id: None,
        role_name: None,
        issuer: None,
        subject: None,
        audience: None,
        steps: steps.collect(),
        trust_policy: None,
        permission_policy: None,
        bucket_policy: None,
        kms_key_policy: None,
        cors: None,
        probe_keys: if ask.places.is_empty() {
            vec![format!("{}*", cloud_policy::PROBE)]
        } else {
            probes.into_iter().collect()
        },
        commands,
        terraform: String::new(),
        notes: vec![
            "Whoever may write into the folder by other ways can change what Tidegate serves; symbolic links are never \
             followed."
                .to_owned(),
        ],
    };
    tell::last(method, ask, &[("path", path.to_owned())], &mut setup);
    setup
}
