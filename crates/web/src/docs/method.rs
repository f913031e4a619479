//! The pages that are made from what the methods say of themselves.
//!
//! They are written as Markdown and go the way of every other page. Texts of a descriptor are data:
//! everything that Markdown would read is escaped.

use std::fmt::Write as _;

use domain::provider::{Advice, Descriptor, Field, FieldKind, Rating, by_cloud};

use super::page::Entry;
use super::source;

/// The page that compares the methods; the pages of the methods stand below it.
const INDEX: &str = "methods";

/// The chapter on the tokens that Tidegate issues.
const KEYLESS: &str = "keyless";

/// What is judged, with its words in the table and what a good mark means.
type Aspect = (&'static str, &'static str, fn(&Advice) -> Rating);

const ASPECTS: &[Aspect] = &[
    ("Privilege", "what Tidegate holds opens no more than the data that is meant", |advice| advice.privilege),
    ("Rotation", "what it holds renews itself, or is renewed in one step", |advice| advice.rotation),
    ("Audit", "the cloud's own log names the person who acted", |advice| advice.audit),
    ("Separation", "the owner of the data decides alone, and can end it alone", |advice| advice.separation),
    ("Speed", "once warm, URLs and credentials need no call to the cloud", |advice| advice.speed),
    ("Ease", "few steps are needed, and few people", |advice| advice.ease),
];

/// The place of the methods in the table of contents.
pub(super) fn entry(methods: &[&'static Descriptor]) -> Entry {
    let in_order = by_cloud(methods).into_iter().flat_map(|(_, group)| group);
    let children = in_order.map(|method| Entry {
        title: method.title.to_owned(),
        path: Some(path_of(method.id)),
        children: Vec::new(),
    });
    Entry { title: "Methods compared".to_owned(), path: Some(INDEX.to_owned()), children: children.collect() }
}

/// The Markdown of a page of this kind.
pub(super) fn markdown(path: &str, methods: &[&'static Descriptor], exists: &dyn Fn(&str) -> bool) -> Option<String> {
    if path == INDEX && !methods.is_empty() {
        return Some(comparison(methods));
    }
    let method = methods.iter().find(|method| path_of(method.id) == path)?;
    Some(about(method, exists))
}

fn path_of(id: &str) -> String {
    format!("{INDEX}/{id}")
}

fn comparison(methods: &[&'static Descriptor]) -> String {
    let groups = by_cloud(methods);
    let mut out = String::from(
        "# Methods compared\n\nA method is a way to connect a store. Take the first that your situation allows: those that are recommended come first.\n\n",
    );
    let heads: String = ASPECTS.iter().map(|(name, ..)| format!(" {name} |")).collect();
    for (cloud, group) in &groups {
        let _ = writeln!(out, "## {}\n\n| Method |{heads}\n|---|{}", plain(cloud), "---|".repeat(ASPECTS.len()));
        for method in group {
            let marks: String = ASPECTS.iter().map(|(_, _, of)| format!(" {} |", word(of(&method.advice)))).collect();
            let recommended = if method.advice.recommended { ", **recommended**" } else { "" };
            let _ = writeln!(out, "| [{}]({}.md){recommended} |{marks}", plain(method.title), path_of(method.id));
        }
        out.push('\n');
        for method in group {
            let _ =
                writeln!(out, "- [{}]({}.md): {}", plain(method.title), path_of(method.id), plain(method.advice.when));
        }
        out.push('\n');
    }
    out.push_str("## What the columns mean\n\n| Column | Good means that |\n|---|---|\n");
    for (name, meaning, _) in ASPECTS {
        let _ = writeln!(out, "| {name} | {meaning} |");
    }
    out
}

fn about(method: &Descriptor, exists: &dyn Fn(&str) -> bool) -> String {
    let mut out = format!("# {}\n\n{}\n\n", plain(method.title), plain(method.summary));
    let recommended = if method.advice.recommended { "**Recommended.** " } else { "" };
    let _ = writeln!(
        out,
        "{recommended}{} In the API and on the command line it is `{}`.\n",
        plain(method.advice.when),
        method.id
    );
    pictures(&mut out, method.id);
    out.push_str("## What it is good at\n\n| Aspect | Mark | Good means that |\n|---|---|---|\n");
    for (name, meaning, of) in ASPECTS {
        let _ = writeln!(out, "| {name} | {} | {meaning} |", word(of(&method.advice)));
    }
    out.push_str("\n[All methods side by side](../methods.md)\n\n");
    capabilities(&mut out, method);
    fields(&mut out, method);
    steps(&mut out, method);
    if let Some(page) = chapter(method.id, exists) {
        let _ = writeln!(out, "\n[The chapter on it](../{page}.md) has examples and says what can go wrong.");
    }
    if method.capabilities.keyless && exists(KEYLESS) {
        let _ =
            writeln!(out, "[Without keys](../{KEYLESS}.md) says how a cloud comes to trust the tokens of Tidegate.");
    }
    out
}

/// What the console shows of it, as far as there are pictures.
fn pictures(out: &mut String, id: &str) {
    for (end, words) in [("", "Its form in the console"), ("-setup", "What the cloud's side needs, in the console")] {
        if source::picture_href(&format!("{}{end}.png", path_of(id))).is_some() {
            let _ = writeln!(out, "![{words}]({id}{end}.png)\n");
        }
    }
}

/// The page of the manual about this kind of store: of the same name, or of its first words.
fn chapter(id: &str, exists: &dyn Fn(&str) -> bool) -> Option<String> {
    let mut name = id;
    loop {
        if exists(name) {
            return Some(name.to_owned());
        }
        name = name.rsplit_once('-')?.0;
    }
}

fn capabilities(out: &mut String, method: &Descriptor) {
    let can = method.capabilities;
    let own_id = method.setting_fields().any(|field| field.name == "external_id");
    let lines = [
        (can.sign, "It signs URLs."),
        (can.credentials, "It gives short-lived credentials, narrowed to a prefix, where the store can narrow them."),
        (can.browse, "Buckets and folders can be browsed when a datasource is made."),
        (can.two_step, "It can be begun first and finished later, once the owner of the data has done his part."),
        (
            can.external_id && !own_id,
            "The role is protected by the external id of the project, and the proof tests that it is.",
        ),
        (
            can.external_id && own_id,
            "Where the role asks for an external id, it is sent, and the proof tests that the role asks.",
        ),
        (can.keyless, "No secret is kept: the cloud trusts tokens that Tidegate issues for this integration alone."),
        (can.stored_key, "A key of the customer is stored, sealed. Nobody is shown it again."),
        (!can.stored_key && !can.keyless, "No key of the customer is stored."),
        (
            can.ambient,
            "It uses the identity of the machine that Tidegate runs on. The operator permits that project by project.",
        ),
    ];
    out.push_str("## What it does\n\n");
    for (_, line) in lines.iter().filter(|(holds, _)| *holds) {
        let _ = writeln!(out, "- {line}");
    }
    let lacks = can.lacks();
    if !lacks.is_empty() {
        out.push_str("\n## What it cannot do\n\n");
        for line in lacks {
            let _ = writeln!(out, "- {line}");
        }
    }
}

fn fields(out: &mut String, method: &Descriptor) {
    out.push_str("\n## Settings\n\n| Setting | Needed | What it is |\n|---|---|---|\n");
    for field in method.setting_fields() {
        line(out, field);
    }
    if method.secret_fields().next().is_some() {
        out.push_str("\n## Secrets\n\nThey are written and never shown. The command line asks for them, or reads them from a file.\n\n");
        out.push_str("| Secret | Needed | What it is |\n|---|---|---|\n");
        for field in method.secret_fields() {
            line(out, field);
        }
    }
}

fn line(out: &mut String, field: &Field) {
    let needed = match (field.required, field.later) {
        (true, true) => "once the other side is ready",
        (true, false) => "yes",
        (false, _) => "",
    };
    let mut help = plain(field.help);
    if let FieldKind::Choice(choices) = field.kind {
        let choices: Vec<_> = choices.iter().map(|choice| plain(choice)).collect();
        let _ = write!(help, " One of: {}.", choices.join(", "));
    }
    if field.kind == FieldKind::Document {
        help.push_str(" The console takes it pasted or as a file.");
    }
    if let Some(default) = field.default {
        let _ = write!(help, " If not given: {}.", plain(default));
    }
    if field.rebinds_secret {
        help.push_str(" Changing it needs the secrets again.");
    }
    let _ = writeln!(out, "| `{}` | {needed} | {help} |", field.name);
}

fn steps(out: &mut String, method: &Descriptor) {
    let (id, later) = (method.id, method.capabilities.two_step);
    let now = |field: &&Field| field.required && !field.later;
    let settings: String =
        method.setting_fields().filter(now).map(|field| format!(" --set {}=...", field.name)).collect();
    out.push_str("\n## Setting it up\n\nIn the console: *Integrations*, *New integration*, and choose this method. ");
    out.push_str(
        "Everything below is shown there with the values of the project, to be copied.\n\nOn the command line:\n\n",
    );
    out.push_str("1. See what has to be applied on the side of the store:\n\n");
    let _ = writeln!(
        out,
        "   ```sh\n   tidegate integration setup --method {id} --bucket BUCKET --prefix PREFIX/ --purpose input\n   ```\n"
    );
    let files: String = method
        .secret_fields()
        .filter(|field| field.kind == FieldKind::Document)
        .map(|field| format!(" --secret-file {}=FILE", field.name))
        .collect();
    let asked = match (method.capabilities.stored_key, files.is_empty()) {
        (false, _) => "",
        (true, true) => ". Secrets are asked for",
        (true, false) => ". What is a whole file is read from it; other secrets are asked for",
    };
    let _ = writeln!(
        out,
        "2. Make the integration{asked}:\n\n   ```sh\n   tidegate integration create {id} NAME{settings}{files}\n   ```\n"
    );
    if later {
        let settings: String = method.later_fields().map(|field| format!(" --set {}=...", field.name)).collect();
        out.push_str("3. When the other side is ready, finish it. The integration is proven and becomes active:\n\n");
        let _ = writeln!(out, "   ```sh\n   tidegate integration edit NAME{settings}\n   ```\n");
    }
    let last = if later { 4 } else { 3 };
    let _ = writeln!(out, "{last}. Name the place that people may use, which is proven too:\n");
    out.push_str("   ```sh\n   tidegate datasource create DATASOURCE --integration NAME --bucket BUCKET --prefix PREFIX/ --purpose input\n   ```\n");
}

fn word(rating: Rating) -> &'static str {
    match rating {
        Rating::Good => "good",
        Rating::Fair => "fair",
        Rating::Poor => "poor",
    }
}

/// Text that Markdown leaves as it is, on one line.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_ascii_punctuation() {
            out.push('\\');
        }
        out.push(if character.is_control() { ' ' } else { character });
    }
    out
}

#[cfg(test)]
mod tests {
    use domain::provider::Capabilities;

    use super::super::Manual;
    use super::*;

    const HOSTILE: Descriptor = Descriptor {
        id: "aws-hostile",
        cloud: "A cloud",
        title: "A <b>method</b> | [x](javascript:y)",
        summary: "It says *stars*, `code`\n# and a heading.",
        fields: &[
            Field {
                name: "role_arn",
                label: "Role",
                help: "May hold ${user.<property>} | and more.",
                kind: FieldKind::Choice(&["a|b", "c"]),
                required: true,
                later: true,
                secret: false,
                rebinds_secret: true,
                default: Some("c"),
                choices: &[],
            },
            Field {
                name: "secret_key",
                label: "Secret key",
                help: "The secret half.",
                kind: FieldKind::Text,
                required: true,
                later: false,
                secret: true,
                rebinds_secret: false,
                default: None,
                choices: &[],
            },
        ],
        capabilities: Capabilities {
            two_step: true,
            keyless: false,
            external_id: false,
            ambient: false,
            stored_key: true,
            browse: false,
            sign: true,
            serves: false,
            credentials: false,
        },
        advice: Advice {
            recommended: true,
            when: "Never.",
            privilege: Rating::Good,
            rotation: Rating::Fair,
            audit: Rating::Poor,
            separation: Rating::Good,
            speed: Rating::Good,
            ease: Rating::Good,
        },
    };

    fn manual() -> Manual {
        static METHODS: &[&Descriptor] = &[&HOSTILE];
        Manual::with_methods(METHODS)
    }

    #[test]
    fn texts_of_a_descriptor_are_shown_as_they_are_written() {
        let manual = manual();
        let page = manual.page("methods/aws-hostile").unwrap();
        assert_eq!(page.title, HOSTILE.title);
        assert!(page.html.contains("It says *stars*, `code` # and a heading."), "{}", page.html);
        assert!(page.html.contains("May hold ${user.&lt;property&gt;} | and more. One of: a|b, c. If not given: c."));
        assert!(page.html.contains("Changing it needs the secrets again."));
        assert!(!page.html.contains("<b>") && !page.html.contains("javascript:y\""));
    }

    #[test]
    fn the_steps_follow_from_the_capabilities() {
        let manual = manual();
        let html = &manual.page("methods/aws-hostile").unwrap().html;
        assert!(html.contains("tidegate integration create aws-hostile NAME\n"), "the role comes later: {html}");
        assert!(html.contains("tidegate integration edit NAME --set role_arn=..."));
        assert!(html.contains("Secrets are asked for") && html.contains("<code>secret_key</code>"));
        assert!(!html.contains("external id of the project"), "it does not use it");
    }

    #[test]
    fn methods_are_listed_compared_and_found() {
        let manual = manual();
        let page = manual.page("methods/aws-hostile").unwrap();
        assert!(
            page.html.contains("href=\"/docs/methods\"") && page.html.contains("href=\"/docs/aws\""),
            "{}",
            page.html
        );
        let compared = manual.page("methods").unwrap();
        let row = "<td>good</td><td>fair</td><td>poor</td><td>good</td><td>good</td><td>good</td>";
        assert!(compared.html.contains(row) && compared.html.contains("href=\"/docs/methods/aws-hostile\""));
        assert!(manual.search("property", 50).iter().any(|hit| hit.path == "methods/aws-hostile"));
        assert!(Manual::with_methods(&[]).page("methods").is_none());
    }
    /// A method that keeps no secret, has several fields that come later, and hands out nothing.
    const KEYLESS_METHOD: Descriptor = Descriptor {
        id: "azure-keyless",
        fields: &[
            Field { name: "tenant_id", secret: false, ..HOSTILE.fields[0] },
            Field { name: "client_id", secret: false, ..HOSTILE.fields[0] },
        ],
        capabilities: Capabilities { keyless: true, stored_key: false, sign: false, ..HOSTILE.capabilities },
        ..HOSTILE
    };

    #[test]
    fn a_method_without_a_secret_says_what_is_trusted_in_its_place() {
        let text = about(&KEYLESS_METHOD, &|page| page == "azure" || page == "keyless");
        assert!(text.contains("No secret is kept: the cloud trusts tokens"), "{text}");
        assert!(text.contains("(../azure.md)") && text.contains("(../keyless.md)"), "{text}");
        assert!(!text.contains("Secrets are asked for") && !text.contains("## Secrets"), "{text}");
        assert!(text.contains("integration edit NAME --set tenant_id=... --set client_id=..."), "{text}");
        assert!(text.contains("| `client_id` | once the other side is ready |"), "{text}");
        assert!(text.contains("## What it cannot do\n\n- No signed URLs and no short-lived credentials"), "{text}");
        let alone = about(&KEYLESS_METHOD, &|_| false);
        assert!(!alone.contains("keyless.md") && !alone.contains("azure.md"), "{alone}");
    }

    #[test]
    fn a_secret_that_is_a_file_is_given_as_one() {
        const KEY: Field = Field { name: "service_account_key", kind: FieldKind::Document, ..HOSTILE.fields[1] };
        let text = about(&Descriptor { fields: &[KEY], ..HOSTILE }, &|_| false);
        assert!(text.contains("NAME --secret-file service_account_key=FILE\n"), "{text}");
        assert!(text.contains("pasted or as a file"), "{text}");
    }
}
