//! Stops the process at a step, so that a crash test can kill it there. Development builds only.

use domain::step::AtStep;

use crate::config::Environment;

/// Who is told of steps: the crash tests, where `TIDEGATE_FAILPOINT` names one; nobody in a release.
#[cfg(debug_assertions)]
pub(crate) fn of(env: &Environment) -> Option<AtStep> {
    use std::sync::OnceLock;

    use domain::step::Step;

    static CHOSEN: OnceLock<Step> = OnceLock::new();

    fn stand_still(step: Step) {
        if CHOSEN.get() == Some(&step) {
            eprintln!("failpoint {}", step.as_str());
            loop {
                std::thread::park();
            }
        }
    }

    let chosen = Step::parse(env.get("TIDEGATE_FAILPOINT")?)?;
    let _ = CHOSEN.set(chosen);
    Some(stand_still)
}

/// Nobody is told in a release.
#[cfg(not(debug_assertions))]
pub(crate) fn of(_env: &Environment) -> Option<AtStep> {
    None
}
