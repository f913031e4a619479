//! Waiting for the page that a click or a key leads to.
//!
//! ChromeDriver waits for a page that is being loaded, but between a click and the moment loading
//! begins it may answer for the old page. So the old page is watched: once it is about to be left,
//! by a link or a form that no script took over, nothing more is asked until it is gone.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Browser, Refused};
use crate::process::wait_for;

/// How long a busy machine takes to begin; a download never leaves the page at all.
const BEGINNING: Duration = Duration::from_secs(3);

/// Does `arguments[0]` lead away? With scripts its events tell, without them nothing can stop it.
const WATCH: &str = "const [element, scripts] = arguments;
const acted = globalThis.tidegateActed = {leaves: false};
const here = url => url.split('#')[0];
const own = e => !e.target || typeof e.target !== 'string' || e.target === '_self';
const away = a => /^https?:/.test(a.href) && own(a) && !a.hasAttribute('download') &&
  !(a.href.includes('#') && here(a.href) === here(location.href));
if (scripts) {
  addEventListener('click', e => { const a = e.target.closest?.('a[href]');
    if (a && !e.defaultPrevented && away(a)) acted.leaves = true }, {once: true});
  addEventListener('submit', e => {
    if (!e.defaultPrevented && own(e.target) && e.target.getAttribute('method') !== 'dialog') acted.leaves = true }, {once: true});
} else {
  const link = element.closest('a[href]'), sends = element.closest('button, input'), form = sends?.form;
  const press = sends && (['submit', 'image'].includes(sends.type) || arguments[2]);
  acted.leaves = link ? away(link) : !!(form && press && own(form) && (form.noValidate || sends.formNoValidate || form.checkValidity()));
}";

impl Browser {
    /// Acts on an element, and waits until the page has been left if that is where it leads.
    pub(super) fn leaving(
        &self,
        element: &Value,
        by_key: bool,
        act: impl FnOnce() -> Result<(), Refused>,
    ) -> Result<(), Refused> {
        let scripts = self.session.view.get().scripts;
        self.session.run(WATCH, &[element.clone(), json!(scripts), json!(by_key)])?;
        act()?;
        wait_for(BEGINNING, || {
            // A new page knows nothing of it, and a page on its way has no answer yet.
            let leaves = self.session.run("return globalThis.tidegateActed?.leaves ?? null", &[]);
            match leaves {
                Ok(leaves) => (leaves != true).then_some(()),
                Err(why) => (!why.is_passing()).then_some(()),
            }
        });
        Ok(())
    }
}
