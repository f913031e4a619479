//! What the console shows at a glance, and looks into.

mod governance;
mod lists;
mod looks;
mod overview;
mod sessions;
mod verify;
