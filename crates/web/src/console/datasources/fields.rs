//! What is typed about a datasource, the same where one is made and where one is changed.

use std::str::FromStr;

use broker::{DatasourceQuery, DatasourceView, ProofChoice};
use domain::datasource::{Encryption, Purpose};
use domain::name::Name;
use domain::page::PageAsk;
use domain::place::{BucketName, Prefix};
use domain::proof::ProofMode;
use domain::{Error, FieldError};

use crate::App;
use crate::console::form::{Filled, Form};
use crate::console::viewer::Here;

/// More outputs than these are not offered as choices: their name is typed.
const MOST_OUTPUTS: u32 = 200;

/// A word of the form, its title and what it means.
pub(super) type Meaning = (&'static str, &'static str, &'static str);

/// What the data may be for.
pub(super) const PURPOSES: [Meaning; 3] = [
    ("input", "Input", "List and read. Nothing is ever written there, not even by the proof."),
    ("output", "Output", "List, read, write and delete: what tools make."),
    ("input-output", "Input and output", "One place for both: list, read, write and delete."),
];

/// How a datasource may be proven.
pub(super) const MODES: [Meaning; 6] = [
    ("", "What the purpose needs", "Recommended: an input is only read, everything else is also written to."),
    ("full", "Full", "Everything, with a small object that is written and removed again."),
    ("read-only", "Read only", "Without any write; works on an empty folder."),
    ("write-only", "Write only", "Creates an object and does nothing else; for outputs that Tidegate may not read."),
    ("list-only", "List only", "For contents that can be reached from the customer's network alone."),
    ("off", "Off", "Usable at once, and nobody has shown that it works. Say why."),
];

/// How the bucket may encrypt what is written.
pub(super) const ENCRYPTIONS: [(&str, &str); 3] = [
    ("", "As the bucket does by itself"),
    ("s3", "SSE-S3, with keys of the store"),
    ("kms", "SSE-KMS, with a key of yours"),
];

/// The fields with what they are called, in the order of the form.
pub(super) const LABELS: [(&str, &str); 10] = [
    ("bucket", "Bucket"),
    ("prefix", "Prefix"),
    ("purpose", "Purpose"),
    ("output_datasource", "Output datasource"),
    ("region", "Region"),
    ("sse.type", "Encryption"),
    ("sse.kms_key_arn", "KMS key ARN"),
    ("cors_origin", "Origin of the web page"),
    ("proof.mode", "How it is proven"),
    ("proof.reason", "Reason"),
];

/// What was typed, read.
pub(super) struct Typed {
    pub(super) bucket: BucketName,
    pub(super) prefix: Prefix,
    pub(super) purpose: Purpose,
    pub(super) output_datasource: Option<Name>,
    pub(super) region: Option<String>,
    pub(super) sse: Option<Encryption>,
    pub(super) cors_origin: Option<String>,
    /// None for what the purpose needs.
    pub(super) proof: Option<ProofChoice>,
}

impl Typed {
    /// Reads a form; everything that cannot be read is reported together, with what the caller found wrong.
    pub(super) fn read(form: &Form, mut wrong: Vec<FieldError>) -> Result<Self, Error> {
        let bucket = parsed(&mut wrong, "bucket", form.text("bucket"));
        let prefix = parsed(&mut wrong, "prefix", form.raw("prefix"));
        let chosen = purpose(form.text("purpose"));
        if chosen.is_none() {
            wrong.push(FieldError::new("/purpose", "choose what the data is for"));
        }
        let output_datasource = match form.filled("output_datasource") {
            // The choice is only offered for inputs; what was chosen before another purpose is left alone.
            Some(name) if chosen == Some(Purpose::Input) => parsed(&mut wrong, "output_datasource", name),
            _ => None,
        };
        let sse = match form.text("sse.type") {
            "" => None,
            "s3" => Some(Encryption::S3),
            "kms" => Some(Encryption::Kms { kms_key_arn: form.text("sse.kms_key_arn").to_owned() }),
            _ => {
                wrong.push(FieldError::new("/sse/type", "choose one of the encryptions"));
                None
            }
        };
        let proof = match mode(form.text("proof.mode")) {
            Some(mode) => mode.map(|mode| choice(mode, form)),
            None => {
                wrong.push(FieldError::new("/proof/mode", "choose one of the modes"));
                None
            }
        };
        let text = |name| form.filled(name).map(str::to_owned);
        match (bucket, prefix, chosen) {
            (Some(bucket), Some(prefix), Some(purpose)) if wrong.is_empty() => {
                let (region, cors_origin) = (text("region"), text("cors_origin"));
                Ok(Self { bucket, prefix, purpose, output_datasource, region, sse, cors_origin, proof })
            }
            _ => Err(Error::invalid_fields(wrong)),
        }
    }
}

fn choice(mode: ProofMode, form: &Form) -> ProofChoice {
    // A reason that was typed before another mode was chosen explains nothing.
    let reason = form.filled("proof.reason").filter(|_| mode == ProofMode::Off);
    ProofChoice { mode, reason: reason.map(str::to_owned) }
}

/// A parsed text; what cannot be read is wrong at its field.
pub(super) fn parsed<T>(wrong: &mut Vec<FieldError>, name: &str, text: &str) -> Option<T>
where
    T: FromStr,
    T::Err: std::fmt::Display,
{
    let why = |why: T::Err| wrong.push(FieldError::new(format!("/{name}"), why.to_string()));
    text.parse().map_err(why).ok()
}

/// The purpose of this word.
pub(super) fn purpose(word: &str) -> Option<Purpose> {
    [Purpose::Input, Purpose::Output, Purpose::InputOutput].into_iter().find(|purpose| purpose.as_str() == word)
}

/// The mode of this word; an inner none is what the purpose needs.
pub(super) fn mode(word: &str) -> Option<Option<ProofMode>> {
    let modes = [ProofMode::Full, ProofMode::ReadOnly, ProofMode::WriteOnly, ProofMode::ListOnly, ProofMode::Off];
    match word {
        "" => Some(None),
        word => modes.into_iter().find(|mode| mode.as_str() == word).map(Some),
    }
}

/// The mode that the purpose needs: an input is not written to.
pub(super) fn usual(purpose: Purpose) -> ProofMode {
    if purpose.writes() { ProofMode::Full } else { ProofMode::ReadOnly }
}

/// A datasource as its form shows it.
pub(super) fn kept(view: &DatasourceView) -> Vec<(&'static str, &'static str, String)> {
    let value = |name: &str| match name {
        "bucket" => view.bucket.to_string(),
        "prefix" => view.prefix.to_string(),
        "purpose" => view.purpose.as_str().to_owned(),
        "output_datasource" => view.output_datasource.as_ref().map(Name::to_string).unwrap_or_default(),
        "region" => view.region.clone().unwrap_or_default(),
        "sse.type" => match &view.sse {
            None => String::new(),
            Some(Encryption::S3) => "s3".to_owned(),
            Some(Encryption::Kms { .. }) => "kms".to_owned(),
        },
        "sse.kms_key_arn" => view.sse.as_ref().and_then(Encryption::kms_key_arn).unwrap_or_default().to_owned(),
        "cors_origin" => view.cors_origin.clone().unwrap_or_default(),
        "proof.mode" if view.proof_mode == usual(view.purpose) => String::new(),
        "proof.mode" => view.proof_mode.as_str().to_owned(),
        _ => view.reason.clone().unwrap_or_default(),
    };
    LABELS.map(|(name, label)| (name, label, value(name))).to_vec()
}

/// The places to which what is made from an input may go.
#[derive(Debug, Default)]
pub(super) struct Outputs {
    pub(super) names: Vec<Name>,
    /// Too many to choose from.
    pub(super) many: bool,
}

impl Outputs {
    pub(super) async fn read(app: &App, here: &Here) -> Result<Self, Error> {
        let mut outputs = Self::default();
        for purpose in [Purpose::Output, Purpose::InputOutput] {
            let query = DatasourceQuery { purpose: Some(purpose), ..DatasourceQuery::default() };
            let page = PageAsk { after: None, limit: MOST_OUTPUTS };
            let found = app.broker().list_datasources(here.caller(), here.name(), query, page).await?;
            outputs.many |= found.next.is_some();
            outputs.names.extend(found.items.into_iter().map(|view| view.name));
        }
        outputs.names.sort_unstable();
        Ok(outputs)
    }
}

/// Whether what is seldom needed is seen at once: something was typed there, or is wrong there.
pub(super) fn unfold(form: &Filled) -> bool {
    let names = ["sse.type", "sse.kms_key_arn", "proof.mode", "proof.reason"];
    // A region is usually one that a proof has found.
    form.error("region").is_some()
        || names.iter().any(|name| !form.value(name).is_empty() || form.error(name).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(body: &str) -> Vec<String> {
        let read = Typed::read(&Form::read(body.as_bytes()), Vec::new());
        read.err().map(|error| error.fields().iter().map(|field| field.pointer.clone()).collect()).unwrap_or_default()
    }

    #[test]
    fn everything_that_cannot_be_read_is_named_together() {
        let all = "bucket=s3%3A%2F%2Fb&prefix=%2Fa&purpose=all&sse.type=x&proof.mode=some";
        assert_eq!(wrong(all), ["/bucket", "/prefix", "/purpose", "/sse/type", "/proof/mode"]);
        assert_eq!(
            wrong("bucket=data&prefix=a%2F..%2Fb&purpose=input&output_datasource=%3Cb%3E"),
            ["/prefix", "/output_datasource"]
        );
        assert_eq!(wrong("bucket=data&prefix=a%0Ab&purpose=input"), ["/prefix"]);
    }

    #[test]
    fn what_does_not_belong_to_the_choice_is_left_out() {
        let body = b"bucket=data&prefix=+a&purpose=output&output_datasource=out&sse.kms_key_arn=k&proof.reason=r&proof.mode=full";
        let typed = Typed::read(&Form::read(body), Vec::new()).unwrap();
        assert_eq!((typed.prefix.as_str(), typed.output_datasource, typed.sse), (" a/", None, None));
        assert_eq!(typed.proof, Some(ProofChoice { mode: ProofMode::Full, reason: None }));
    }

    #[test]
    fn every_word_of_the_form_is_read() {
        assert!(PURPOSES.iter().all(|(word, ..)| purpose(word).is_some()));
        assert!(MODES.iter().all(|(word, ..)| mode(word).is_some()));
    }
}
