//! The whole program against real components; the modules mirror the commands and the paths.

#[cfg(test)]
mod api;
#[cfg(test)]
mod cli;
#[cfg(test)]
mod console;
#[cfg(test)]
mod documents;
#[cfg(test)]
mod regression;
#[cfg(test)]
mod support;
