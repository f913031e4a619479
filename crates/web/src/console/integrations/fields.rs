//! The fields of a method as a form has them, all made from its descriptor.

use std::collections::BTreeMap;

use domain::integration::Settings;
use domain::provider::{Descriptor, Field, FieldKind};

use crate::console::form::{Filled, Form};

/// The setting that holds the name of the file that a document was read from.
pub(super) const FILE_NAME: &str = "key_file";

/// One of the words that a field takes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Word {
    pub(super) word: &'static str,
    pub(super) title: &'static str,
    pub(super) note: &'static str,
}

/// A field as it is shown.
#[derive(Debug, Clone)]
pub(super) struct FormField {
    /// As the pointer of its errors: `settings.region`.
    pub(super) name: String,
    pub(super) label: &'static str,
    pub(super) help: &'static str,
    pub(super) required: bool,
    pub(super) secret: bool,
    /// Whether the keyboard of a phone is one for addresses.
    pub(super) is_url: bool,
    /// Whether it takes a whole file.
    pub(super) document: bool,
    /// The field that takes the name of that file.
    pub(super) file_name: Option<String>,
    /// The words to choose from; none for a text.
    pub(super) words: Vec<Word>,
    pub(super) default: Option<&'static str>,
    /// Whether most people leave it alone.
    pub(super) advanced: bool,
}

impl FormField {
    fn of(field: &Field, method: &Descriptor) -> Self {
        let named = if field.secret { "secrets" } else { "settings" };
        Self {
            name: format!("{named}.{}", field.name),
            label: field.label,
            help: field.help,
            required: field.required && !field.later,
            secret: field.secret,
            is_url: field.kind == FieldKind::Endpoint,
            document: field.kind == FieldKind::Document,
            file_name: file_name(method).map(|field| format!("settings.{}", field.name)),
            words: words(field),
            default: field.default,
            advanced: !is_basic(field, method),
        }
    }

    /// The word that stands in the form, or the one that is meant by none.
    pub(super) fn chosen<'a>(&'a self, form: &'a Filled) -> &'a str {
        Some(form.value(&self.name)).filter(|value| !value.is_empty()).or(self.default).unwrap_or_default()
    }

    /// What choosing that word fixes.
    pub(super) fn note(&self, form: &Filled) -> &'static str {
        let chosen = self.chosen(form);
        self.words.iter().find(|word| word.word == chosen).map_or("", |word| word.note)
    }

    /// Whether the words need explaining.
    pub(super) fn has_notes(&self) -> bool {
        self.words.iter().any(|word| !word.note.is_empty())
    }
}

/// The fields of a method: first those that everybody fills in.
pub(super) fn of(method: &Descriptor) -> Vec<FormField> {
    method.fields.iter().map(|field| FormField::of(field, method)).collect()
}

/// Its secrets alone.
pub(super) fn secrets_of(method: &Descriptor) -> Vec<FormField> {
    method.secret_fields().map(|field| FormField::of(field, method)).collect()
}

/// The settings alone that are known once the cloud side is finished.
pub(super) fn later_of(method: &Descriptor) -> Vec<FormField> {
    method.later_fields().map(|field| FormField::of(field, method)).collect()
}

/// The setting that says which file a document came from, where the method has one.
pub(super) fn file_name_of(method: &Descriptor) -> Option<FormField> {
    file_name(method).map(|field| FormField::of(field, method))
}

fn file_name(method: &Descriptor) -> Option<&'static Field> {
    method.fields.iter().find(|field| field.name == FILE_NAME && !field.secret)
}

/// Whether one of the folded fields holds something or is wrong, so that it must be seen.
pub(super) fn unfold(fields: &[FormField], form: &Filled) -> bool {
    let speaks = |field: &FormField| {
        let value = form.value(&field.name);
        form.error(&field.name).is_some() || (!value.is_empty() && Some(value) != field.default)
    };
    fields.iter().any(|field| field.advanced && speaks(field))
}

fn is_basic(field: &Field, method: &Descriptor) -> bool {
    let has_preset = method.fields.iter().any(|known| known.name == "preset");
    field.required
        || field.secret
        || match field.name {
            "preset" | "region" => true,
            "endpoint" => has_preset,
            _ => false,
        }
}

fn words(field: &Field) -> Vec<Word> {
    let FieldKind::Choice(choices) = field.kind else { return Vec::new() };
    let word = |choice: &&'static str| {
        let known = field.choices.iter().find(|known| known.word == *choice);
        let title = known.map_or(plain_title(choice), |known| known.title);
        Word { word: choice, title, note: known.map_or("", |known| known.note) }
    };
    choices.iter().map(word).collect()
}

fn plain_title(word: &'static str) -> &'static str {
    match word {
        "true" => "Yes",
        "false" => "No",
        "path" => "In the path",
        "virtual-host" => "Before the host",
        other => other,
    }
}

/// The settings that were typed; what says no more than the default is left out.
pub(super) fn typed(method: &Descriptor, form: &Form) -> Settings {
    let default = |name: &str| method.fields.iter().find(|field| field.name == name).and_then(|field| field.default);
    let mut settings = form.below("settings.");
    settings.retain(|name, value| default(name) != Some(value));
    settings
}

/// What an edit changes: fields whose meaning is another one than what is kept; none removes one.
pub(super) fn changes(method: &Descriptor, kept: &Settings, form: &Form) -> BTreeMap<String, Option<String>> {
    let mut typed = form.below("settings.");
    let mut changes = BTreeMap::new();
    for field in method.setting_fields() {
        let (old, new) = (kept.get(field.name).map(String::as_str), typed.remove(field.name));
        if old.or(field.default) != new.as_deref().or(field.default) {
            changes.insert(field.name.to_owned(), new);
        }
    }
    // What the method does not have goes on, so that its check says so.
    changes.extend(typed.into_iter().map(|(name, value)| (name, Some(value))));
    changes
}

#[cfg(test)]
mod tests {
    use domain::provider::{Capabilities, Choice, Rating};

    use super::*;

    const BASE: Field = Field {
        name: "",
        label: "A field",
        help: "Help.",
        kind: FieldKind::Text,
        required: false,
        later: false,
        secret: false,
        rebinds_secret: false,
        default: None,
        choices: &[],
    };

    const METHOD: Descriptor = Descriptor {
        id: "m",
        title: "M",
        cloud: "",
        summary: "",
        fields: &[
            Field { name: "role_arn", required: true, later: true, ..BASE },
            Field {
                name: "preset",
                kind: FieldKind::Choice(&["a", "b"]),
                default: Some("a"),
                choices: &[Choice { word: "b", title: "The B", note: "Fixes b." }],
                ..BASE
            },
            Field { name: "addressing", kind: FieldKind::Choice(&["path"]), ..BASE },
            Field { name: "secret_key", required: true, secret: true, ..BASE },
        ],
        capabilities: Capabilities {
            two_step: true,
            keyless: false,
            external_id: true,
            ambient: false,
            stored_key: true,
            browse: true,
            sign: true,
            serves: false,
            credentials: true,
        },
        advice: domain::provider::Advice {
            recommended: true,
            when: "",
            privilege: Rating::Good,
            rotation: Rating::Good,
            audit: Rating::Good,
            separation: Rating::Good,
            speed: Rating::Good,
            ease: Rating::Good,
        },
    };

    fn kept(pairs: &[(&str, &str)]) -> Settings {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn fields_follow_from_the_descriptor() {
        let fields = of(&METHOD);
        let names: Vec<_> = fields.iter().map(|field| (field.name.as_str(), field.required, field.advanced)).collect();
        let expected = [
            ("settings.role_arn", false, false),
            ("settings.preset", false, false),
            ("settings.addressing", false, true),
            ("secrets.secret_key", true, false),
        ];
        assert_eq!(names, expected, "the role comes later, and secrets have names that are never shown again");
        let form = Filled::default().or("settings.preset", "b");
        assert_eq!((fields[1].chosen(&Filled::default()), fields[1].note(&form)), ("a", "Fixes b."));
        assert!(!unfold(&fields, &form));
        assert!(unfold(&fields, &Filled::default().or("settings.addressing", "path")));
    }

    #[test]
    fn an_edit_changes_only_what_means_something_else() {
        let form = Form::read(b"settings.preset=a&settings.role_arn=r&settings.addressing=&settings.other=x");
        let wanted = |changes: BTreeMap<String, Option<String>>| format!("{changes:?}");
        let same = changes(&METHOD, &kept(&[("role_arn", "r")]), &form);
        assert_eq!(wanted(same), r#"{"other": Some("x")}"#, "the default is what was meant before");
        let other = changes(&METHOD, &kept(&[("preset", "b"), ("addressing", "path")]), &form);
        assert_eq!(
            wanted(other),
            r#"{"addressing": None, "other": Some("x"), "preset": Some("a"), "role_arn": Some("r")}"#
        );
        assert_eq!(typed(&METHOD, &form).keys().collect::<Vec<_>>(), ["other", "role_arn"]);
    }
    #[test]
    fn a_document_knows_where_the_name_of_its_file_goes() {
        const KEY: Field = Field { name: "key", kind: FieldKind::Document, secret: true, ..BASE };
        const METHOD_OF_FILES: Descriptor = Descriptor { fields: &[KEY, Field { name: FILE_NAME, ..BASE }], ..METHOD };
        let field = of(&METHOD_OF_FILES).remove(0);
        assert_eq!((field.document, field.file_name.as_deref()), (true, Some("settings.key_file")));
        assert!(file_name_of(&METHOD_OF_FILES).is_some() && file_name_of(&METHOD).is_none());
        assert!(of(&Descriptor { fields: &[KEY], ..METHOD })[0].file_name.is_none());
        assert!(of(&METHOD).iter().all(|field| !field.document));
    }
}
