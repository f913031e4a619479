//! The whole of what was typed, and everything that is wrong with it.

use domain::provider::{ConnectAsk, Descriptor, Field, FieldKind};
use domain::secret::{MAX_SECRET, SecretBytes};
use domain::{Error, FieldError, Result};

use super::text;

/// Typed settings and secrets while they are being checked.
pub(crate) struct Form<'a> {
    ask: &'a ConnectAsk,
    errors: Vec<FieldError>,
}

impl<'a> Form<'a> {
    /// Checks every field by its kind, and that nothing is unknown or missing.
    ///
    /// `explained` are names that the method does not take, with the reason.
    pub(crate) fn open(ask: &'a ConnectAsk, descriptor: &Descriptor, explained: &[(&str, &str)]) -> Self {
        let mut form = Self { ask, errors: Vec::new() };
        form.refuse_unknown(descriptor, explained);
        for field in descriptor.fields {
            form.check(field);
        }
        form
    }

    fn refuse_unknown(&mut self, descriptor: &Descriptor, explained: &[(&str, &str)]) {
        for name in self.ask.settings.keys() {
            let known = descriptor.fields.iter().find(|field| field.name == name);
            match (known, explained.iter().find(|(explained, _)| explained == name)) {
                (Some(field), _) if field.secret => {
                    self.wrong_setting(name, "this is a secret: give it among the secrets, never among the settings");
                }
                (Some(_), _) => {}
                (None, Some((_, why))) => self.wrong_setting(name, *why),
                (None, None) => {
                    let known = descriptor.setting_fields().map(|field| field.name).collect::<Vec<_>>().join(", ");
                    self.wrong_setting(name, format!("{} has no such setting; it has {known}", descriptor.id));
                }
            }
        }
        for name in self.ask.secrets.keys() {
            if !descriptor.secret_fields().any(|field| field.name == name) {
                let message = match descriptor.secret_fields().map(|field| field.name).collect::<Vec<_>>().join(", ") {
                    none if none.is_empty() => format!("{} stores no secrets", descriptor.id),
                    known => format!("{} has no such secret; it has {known}", descriptor.id),
                };
                self.errors.push(FieldError::new(pointer("/secrets/", name), message));
            }
        }
    }

    fn check(&mut self, field: &Field) {
        if field.secret {
            let wrong = wrong_secret(self.ask.secrets.get(field.name), field);
            self.errors.extend(wrong.map(|message| FieldError::new(pointer("/secrets/", field.name), message)));
            return;
        }
        match self.ask.settings.get(field.name) {
            Some(value) => {
                if let Some(message) = text::wrong(field.kind, value) {
                    self.wrong_setting(field.name, message);
                }
            }
            None if field.required && !field.later => {
                self.wrong_setting(field.name, format!("this is needed: {}", field.help));
            }
            None => {}
        }
    }

    /// A setting, if it was given.
    pub(crate) fn get(&self, name: &str) -> Option<&'a str> {
        self.ask.settings.get(name).map(String::as_str)
    }

    /// A setting, if it was given and nothing was found wrong with it.
    pub(crate) fn sound(&self, name: &str) -> Option<&'a str> {
        let pointer = pointer("/settings/", name);
        self.get(name).filter(|_| self.errors.iter().all(|error| error.pointer != pointer))
    }

    /// A secret, if it was given.
    pub(crate) fn secret(&self, name: &str) -> Option<&'a SecretBytes> {
        self.ask.secrets.get(name)
    }

    /// Whether a choice of `true` and `false` is `true`.
    pub(crate) fn is_true(&self, name: &str) -> bool {
        self.get(name) == Some("true")
    }

    /// Notes what is wrong with a setting.
    pub(crate) fn wrong_setting(&mut self, name: &str, message: impl Into<String>) {
        self.errors.push(FieldError::new(pointer("/settings/", name), message));
    }

    /// A secret as text, if it was given and nothing was found wrong with it.
    pub(crate) fn sound_secret(&self, name: &str) -> Option<&'a str> {
        let pointer = pointer("/secrets/", name);
        let sound = self.errors.iter().all(|error| error.pointer != pointer);
        self.secret(name).filter(|secret| sound && !secret.is_empty()).and_then(SecretBytes::expose_str)
    }

    /// Notes what is wrong with a secret, which is never repeated.
    pub(crate) fn wrong_secret(&mut self, name: &str, message: impl Into<String>) {
        self.errors.push(FieldError::new(pointer("/secrets/", name), message));
    }

    /// Everything that was found.
    pub(crate) fn errors(self) -> Vec<FieldError> {
        self.errors
    }

    /// Nothing, or an error with everything that was found.
    pub(crate) fn finish(self) -> Result<()> {
        if self.errors.is_empty() { Ok(()) } else { Err(Error::invalid_fields(self.errors)) }
    }
}

/// RFC 6901, with the escapes of `~` and `/`.
fn pointer(start: &str, name: &str) -> String {
    let name: String = name.chars().take(64).collect();
    format!("{start}{}", name.replace('~', "~0").replace('/', "~1"))
}

fn wrong_secret(secret: Option<&SecretBytes>, field: &Field) -> Option<String> {
    let Some(bytes) = secret.map(SecretBytes::expose).filter(|bytes| !bytes.is_empty()) else {
        return field
            .required
            .then(|| "this secret is needed; a blank one never means the machine's own identity".to_owned());
    };
    if bytes.len() > MAX_SECRET {
        return Some(format!("a secret has at most {MAX_SECRET} bytes"));
    }
    (bytes.trim_ascii() != bytes && field.kind != FieldKind::Document)
        .then(|| "remove the white space around the secret: a trailing newline, for one".to_owned())
}
