//! The single source of a method's schema, form, help and documentation.

use serde::Serialize;

use crate::integration::Settings;

/// A method of connecting.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Descriptor {
    /// The method's word in the API, for example `aws-cross-account`.
    pub id: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// Whose service it connects to, for people: methods of one cloud are shown together.
    pub cloud: &'static str,
    /// One sentence.
    pub summary: &'static str,
    /// Its settings and secrets.
    pub fields: &'static [Field],
    /// What it can do at all.
    pub capabilities: Capabilities,
    /// When to choose it.
    pub advice: Advice,
}

impl Descriptor {
    /// The secret fields.
    pub fn secret_fields(&self) -> impl Iterator<Item = &'static Field> {
        self.fields.iter().filter(|field| field.secret)
    }

    /// The settings that the cloud side must be finished for.
    pub fn later_fields(&self) -> impl Iterator<Item = &'static Field> {
        self.fields.iter().filter(|field| field.later)
    }

    /// Whether these settings wait for the cloud side: a field that may come later is not given yet.
    pub fn waits(&self, settings: &Settings) -> bool {
        self.later_fields().any(|field| !settings.contains_key(field.name))
    }

    /// The public fields.
    pub fn setting_fields(&self) -> impl Iterator<Item = &'static Field> {
        self.fields.iter().filter(|field| !field.secret)
    }
}

/// Methods by the cloud that they connect to, in the order in which each cloud first comes; of a cloud the
/// recommended ones first.
pub fn by_cloud(methods: &[&'static Descriptor]) -> Vec<(&'static str, Vec<&'static Descriptor>)> {
    let mut groups: Vec<(&'static str, Vec<&'static Descriptor>)> = Vec::new();
    for method in methods.iter().copied() {
        match groups.iter_mut().find(|(cloud, _)| *cloud == method.cloud) {
            Some((_, group)) => group.push(method),
            None => groups.push((method.cloud, vec![method])),
        }
    }
    for (_, group) in &mut groups {
        group.sort_by_key(|method| !method.advice.recommended);
    }
    groups
}

/// A setting or secret of a method.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Field {
    /// Its word in the API.
    pub name: &'static str,
    /// Its name for people, as a form has it.
    pub label: &'static str,
    /// What it is, in one sentence, with an example.
    pub help: &'static str,
    /// What kind of text it takes.
    pub kind: FieldKind,
    /// Whether the method cannot do without it.
    pub required: bool,
    /// Whether it may be given later although it is required: until then the integration is `pending`.
    pub later: bool,
    /// Whether it is write-only.
    pub secret: bool,
    /// Whether changing it requires the secrets again (host, account, endpoint).
    pub rebinds_secret: bool,
    /// What it is if it is not given.
    pub default: Option<&'static str>,
    /// What the words of a closed list mean, where they do not speak for themselves.
    #[serde(skip_serializing_if = "<[Choice]>::is_empty")]
    pub choices: &'static [Choice],
}

/// What one word of a closed list means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Choice {
    /// The word in the API.
    pub word: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// What choosing it fixes and leaves open.
    pub note: &'static str,
}

/// What kind of text a field takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FieldKind {
    /// Any text.
    Text,
    /// An ARN of a role; may hold `${user.<property>}` where the method says so.
    RoleArn,
    /// A region; free text, because clouds open new ones.
    Region,
    /// `http://` or `https://` with host and port, without a path.
    Endpoint,
    /// A whole file of text, pasted or uploaded.
    Document,
    /// One of a closed list.
    #[serde(untagged)]
    Choice(&'static [&'static str]),
}

/// What a method can do at all.
#[derive(Debug, Clone, Copy, Default, Serialize, utoipa::ToSchema)]
pub struct Capabilities {
    /// It can be made first and finished later, with the fields that say so.
    pub two_step: bool,
    /// It stores no secret: the cloud trusts tokens that Tidegate issues.
    pub keyless: bool,
    /// It uses the project's external id.
    pub external_id: bool,
    /// It uses the identity of the machine that Tidegate runs on.
    pub ambient: bool,
    /// It stores a key of the customer.
    pub stored_key: bool,
    /// It can browse buckets and objects.
    pub browse: bool,
    /// It can sign URLs.
    pub sign: bool,
    /// Tidegate serves the objects itself: URLs lead to it and not to a store.
    pub serves: bool,
    /// It can give short-lived, narrowed credentials, at least on some stores.
    pub credentials: bool,
}

impl Capabilities {
    /// What it cannot do, in sentences that are read before anybody tries it.
    pub fn lacks(&self) -> Vec<&'static str> {
        let nothing = !self.sign && !self.credentials;
        let lines = [
            (nothing, "No signed URLs and no short-lived credentials: nothing can be handed out through it."),
            (!nothing && !self.sign, "No signed URLs: tools take a credential instead."),
            (!nothing && !self.credentials, "No short-lived credentials: tools take signed URLs instead."),
            (self.serves, "URLs are served by Tidegate: every object goes through it."),
            (!self.browse, "Buckets and folders cannot be browsed: their names are typed."),
        ];
        lines.into_iter().filter_map(|(holds, line)| holds.then_some(line)).collect()
    }
}

/// When to choose a method, and what it costs.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Advice {
    /// Whether it is the first choice for its cloud.
    pub recommended: bool,
    /// One sentence: when it is right.
    pub when: &'static str,
    /// How narrow what it holds is.
    pub privilege: Rating,
    /// How easily it is renewed.
    pub rotation: Rating,
    /// How well the cloud's own log shows who acted.
    pub audit: Rating,
    /// How well duties are separated.
    pub separation: Rating,
    /// How fast it is once it is warm.
    pub speed: Rating,
    /// How easily it is set up.
    pub ease: Rating,
}

/// Three steps are enough to choose by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Rating {
    /// Better avoided.
    Poor,
    /// It will do.
    Fair,
    /// As it should be.
    Good,
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Capabilities = Capabilities {
        two_step: true,
        keyless: true,
        external_id: true,
        ambient: false,
        stored_key: false,
        browse: true,
        sign: true,
        serves: false,
        credentials: true,
    };

    fn method(id: &'static str, cloud: &'static str, recommended: bool) -> &'static Descriptor {
        let rating = Rating::Fair;
        let advice = Advice {
            recommended,
            when: "",
            privilege: rating,
            rotation: rating,
            audit: rating,
            separation: rating,
            speed: rating,
            ease: rating,
        };
        let descriptor = Descriptor { id, title: id, cloud, summary: "", fields: &[], capabilities: ALL, advice };
        Box::leak(Box::new(descriptor))
    }

    #[test]
    fn methods_of_a_cloud_stand_together_and_the_recommended_one_first() {
        let all = [("a", "X", false), ("b", "Y", false), ("c", "X", true), ("d", "X", false)];
        let groups = by_cloud(&all.map(|(id, cloud, first)| method(id, cloud, first)));
        let shown: Vec<_> =
            groups.iter().map(|(cloud, group)| (*cloud, group.iter().map(|method| method.id).collect())).collect();
        assert_eq!(shown, [("X", vec!["c", "a", "d"]), ("Y", vec!["b"])]);
    }

    #[test]
    fn what_a_method_lacks_is_said_once() {
        assert!(ALL.lacks().is_empty());
        let none = Capabilities { sign: false, credentials: false, ..ALL }.lacks();
        assert!(matches!(none.as_slice(), [one] if one.contains("nothing can be handed out")), "{none:?}");
        let served = Capabilities { serves: true, credentials: false, browse: false, ..ALL }.lacks();
        assert_eq!(served.len(), 3, "{served:?}");
        assert!(served[0].starts_with("No short-lived credentials") && served[1].contains("served by Tidegate"));
        assert_eq!(Capabilities { sign: false, ..ALL }.lacks(), ["No signed URLs: tools take a credential instead."]);
    }
}
