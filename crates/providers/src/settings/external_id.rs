//! External ids that a customer brings himself.

use super::Form;

/// Notes what STS would not take (AWS STS API, `AssumeRole`: `[\w+=,.@:\/-]`, 2 to 1,224 characters).
pub(crate) fn check(form: &mut Form<'_>) {
    let Some(text) = form.sound("external_id") else { return };
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"_+=,.@:/-".contains(&b);
    if !(2..=1224).contains(&text.len()) || !text.bytes().all(allowed) {
        form.wrong_setting("external_id", "an external id has 2 to 1,224 letters, digits and _ + = , . @ : / -");
    }
}
