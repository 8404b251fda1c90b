//! The minima of a formula: of each value of its swept parameters by themselves.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::analysis::basins::{Minimum, NO_BASIN};
use crate::analysis::minima::finder::Found;
use crate::analysis::minima::{Finder, Smooth};
use crate::backend::{Monitor, Outcomes, Region};
use crate::error::{Error, Result};
use crate::experiment::Experiment;
use crate::loss::formula::SecondDerivative;
use crate::loss::{Bound, settled};
use crate::plan::Tables;
use crate::stop::Status;

/// Labels that are not final are those of a finder, and its number above so many bits.
pub(crate) const FINDER_SHIFT: u32 = 16;
/// The most values of the swept parameters taken together.
const MOST_FINDERS: u64 = 1 << 12;

/// A formula at some values of its swept parameters.
struct At {
    bound: Arc<Bound>,
    second: Arc<SecondDerivative>,
    row: Vec<f64>,
}

impl Smooth for At {
    fn dimension(&self) -> usize {
        self.bound.formula().dimension()
    }
    fn loss(&self, x: &[f64]) -> f64 {
        self.bound.loss_at(&self.row, x)
    }
    fn gradient(&self, x: &[f64]) -> Vec<f64> {
        self.bound.gradient_at(&self.row, x)
    }
    fn hessian(&self, x: &[f64]) -> Vec<f64> {
        self.second.hessian(&self.row, x)
    }
}

/// A finder for each value of the swept parameters.
pub(crate) struct Finders {
    bound: Arc<Bound>,
    second: Arc<SecondDerivative>,
    finders: BTreeMap<Vec<u32>, Numbered>,
}

/// A finder by its number.
struct Numbered {
    number: usize,
    finder: Finder,
    /// The least loss, if the catalog says so.
    least: Option<f64>,
}

impl std::fmt::Debug for Finders {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Finders").field("finders", &self.finders.len()).finish_non_exhaustive()
    }
}

impl Finders {
    pub(crate) fn new(experiment: &Experiment, bound: &Arc<Bound>) -> Result<Self> {
        let mut axes: Vec<usize> = experiment.parameters().iter().map(|source| source.axis).collect();
        axes.dedup();
        let rows: u64 = axes.iter().map(|axis| experiment.axes()[*axis].axis.count()).product();
        if rows > MOST_FINDERS {
            let reason = format!("{rows} values of the parameters, each with minima of its own, are more than {MOST_FINDERS}; sweep fewer");
            return Err(Error::invalid("basins", reason));
        }
        let second = bound.second().map_err(|error| Error::invalid("basins", format!("minima are told apart by curvature; {error}")))?;
        let mut finders = Self { bound: Arc::clone(bound), second, finders: BTreeMap::new() };
        if experiment.parameters().is_empty() {
            finders.at(&[])?;
        }
        Ok(finders)
    }

    /// The finder for these values.
    fn at(&mut self, row: &[f32]) -> Result<&mut Numbered> {
        let key: Vec<u32> = row.iter().map(|value| value.to_bits()).collect();
        let number = self.finders.len();
        if !self.finders.contains_key(&key) {
            let row: Vec<f64> = row.iter().map(|value| f64::from(*value)).collect();
            let (listed, least) = known(&self.bound, &row);
            let loss = At { bound: Arc::clone(&self.bound), second: Arc::clone(&self.second), row };
            let finder = Finder::new(Arc::new(loss), listed)?;
            self.finders.insert(key.clone(), Numbered { number, finder, least });
        }
        Ok(self.finders.get_mut(&key).expect("it is there by now"))
    }

    /// Balls of which every end has one label, not final; none where parameters are swept.
    pub(crate) fn regions(&self) -> Vec<(i32, Region)> {
        let alone = self.finders.get(&Vec::new());
        alone.map_or_else(Vec::new, |numbered| numbered.finder.regions())
    }

    /// Labels of a tile's descents, not final.
    pub(crate) fn labels(&mut self, experiment: &Experiment, outcomes: &Outcomes, monitor: &Monitor) -> Result<Vec<i32>> {
        let rests = |descent: usize| matches!(outcomes.endings[descent].status(), Some(Status::Converged | Status::Stalled));
        if experiment.parameters().is_empty() {
            return self.at(&[])?.finder.labels(&outcomes.point, rests, monitor);
        }
        let (dimension, tables) = (experiment.dimension(), Tables::of(experiment, &outcomes.tile));
        let first = tables.inputs.len() - experiment.parameters().len();
        let mut of_row: BTreeMap<Vec<u32>, Vec<usize>> = BTreeMap::new();
        let mut row = Vec::new();
        for descent in 0..outcomes.endings.len() {
            row.clear();
            row.extend((first..tables.inputs.len()).map(|number| tables.input(number, descent as u32).to_bits()));
            match of_row.get_mut(&row) {
                Some(descents) => descents.push(descent),
                None => {
                    of_row.insert(row.clone(), vec![descent]);
                }
            }
        }
        let mut labels = vec![NO_BASIN; outcomes.endings.len()];
        for (row, descents) in of_row {
            let row: Vec<f32> = row.into_iter().map(f32::from_bits).collect();
            let points: Vec<f32> =
                descents.iter().flat_map(|descent| &outcomes.point[descent * dimension..][..dimension]).copied().collect();
            let Numbered { number, finder, .. } = self.at(&row)?;
            let found = finder.labels(&points, |place| rests(descents[place]), monitor)?;
            for (descent, label) in descents.into_iter().zip(found) {
                labels[descent] = if label == NO_BASIN { NO_BASIN } else { label | (*number as i32) << FINDER_SHIFT };
            }
        }
        Ok(labels)
    }

    /// All minima, and what became of each finder's labels.
    pub(crate) fn finish(self) -> (Vec<Minimum>, Vec<Vec<i32>>) {
        let mut finders: Vec<Numbered> = self.finders.into_values().collect();
        finders.sort_by_key(|numbered| numbered.number);
        let found: Vec<_> = finders.into_iter().map(Numbered::finish).collect();
        let most = found.iter().map(|found| found.minima.len()).max().unwrap_or(0);
        let listed = (0..most).map(|label| common(label as i32, found.iter().filter_map(|found| found.minima.get(label)))).collect();
        (listed, found.into_iter().map(|found| found.relabel).collect())
    }
}

impl Numbered {
    /// What it found, the least losses as the catalog says them.
    fn finish(self) -> Found {
        let mut found = self.finder.finish();
        found.minima.iter_mut().for_each(|minimum| minimum.loss = minimum.loss.map(|loss| settled(loss, self.least)));
        found
    }
}

/// What minima of one label have in common.
fn common<'a>(label: i32, mut minima: impl Iterator<Item = &'a Minimum> + Clone) -> Minimum {
    let is_valley = minima.clone().all(|minimum| minimum.is_valley);
    let first = minima.next().expect("a label that no finder has is not asked for").clone();
    let (points, losses) =
        minima.fold((true, true), |(points, losses), other| (points && other.point == first.point, losses && other.loss == first.loss));
    Minimum { label, point: first.point.filter(|_| points), loss: first.loss.filter(|_| losses), is_valley }
}

/// The minima that the catalog lists at these values of the swept parameters, and the least loss.
fn known(bound: &Bound, row: &[f64]) -> (Vec<Vec<f64>>, Option<f64>) {
    let mut swept = row.iter();
    let value = |fixed: &Option<f64>| fixed.or_else(|| swept.next().copied()).unwrap_or(f64::NAN);
    let names = bound.formula().parameters().iter().map(|parameter| parameter.name.as_str());
    let parameters: Vec<(&str, f64)> = names.zip(bound.fixed_parameters().iter().map(value)).collect();
    bound.formula().known(&parameters).map_or_else(Default::default, |(entry, case)| (entry.minima(case), entry.least(case)))
}
