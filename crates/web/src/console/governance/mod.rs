//! What the installation's administrator answers for: every connection there is, how old its secrets are,
//! what failed, and what is too wide. Facts of the configuration, never data, settings or secrets.

mod list;

use super::pages::Pages;

pub(super) fn pages(pages: Pages) -> Pages {
    pages.get("/admin/integrations", "installation.govern", list::show)
}
