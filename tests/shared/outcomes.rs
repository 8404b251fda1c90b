//! Whole experiments on one backend.

use std::sync::Arc;

use thalweg::backend::{Backend, Columns, Monitor, Outcomes, Wanted, run};
use thalweg::{Experiment, MemoryBudget, Plan};

/// All outcomes of `experiment`, in tiles of at most `limit` descents.
pub(crate) fn outcomes(backend: &dyn Backend, experiment: &Arc<Experiment>, limit: u64) -> Vec<Outcomes> {
    outcomes_of(backend, experiment, limit, Columns::ALL)
}

/// What is wanted of the outcomes of `experiment`, in tiles of at most `limit` descents.
pub(crate) fn outcomes_of(backend: &dyn Backend, experiment: &Arc<Experiment>, limit: u64, wanted: impl Into<Wanted>) -> Vec<Outcomes> {
    let plan = Plan::within(experiment, MemoryBudget::default(), limit.min(backend.largest_tile(experiment).unwrap()));
    let mut all = Vec::new();
    run(backend, experiment, &plan, wanted, &Arc::<Monitor>::default(), |outcomes| {
        all.push(outcomes.clone());
        Ok(())
    })
    .unwrap();
    all
}
