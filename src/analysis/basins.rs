//! Which minimum a descent reached.
//!
//! A label is the number of a minimum, or −1 for none. Ends that converged or stalled are labelled by the point to which f64
//! would carry them on: the stationary point of the quadratic that is active there, which is its minimum or not at all; under weight decay,
//! where descents come to rest elsewhere, only those that converged. Those of a
//! formula, whose minima nobody may know, are labelled by the minima that their ends lead to.

use std::collections::HashMap;

use rayon::prelude::*;

use crate::analysis::curvature::{Curvature, Lowest};
use crate::analysis::minima::{FINDER_SHIFT, Finders};
use crate::backend::{Monitor, Outcomes, Region, Rest};
use crate::error::{Error, Result};
use crate::experiment::Experiment;
use crate::loss::{Loss, Quadratic, Wells};
use crate::stop::{Ending, Status};

/// The label of a descent that reached no minimum.
pub const NO_BASIN: i32 = -1;

/// A minimum that descents may reach.
#[derive(Clone, Debug, PartialEq)]
pub struct Minimum {
    /// Its number.
    pub label: i32,
    /// Where it is (`f64[D]`), in a valley the shortest point; `None` where each problem of a batch has its own.
    pub point: Option<Vec<f64>>,
    /// f there.
    pub loss: Option<f64>,
    /// Whether it is one of a whole valley of equals.
    pub is_valley: bool,
}

/// The minima of an experiment's loss, and how ends are told apart.
#[derive(Debug)]
pub struct Minima {
    listed: Vec<Minimum>,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    /// Whether each problem has a minimum.
    Problems(Vec<bool>),
    /// The wells, and whether each centre is a minimum.
    Wells(Wells, Vec<bool>),
    /// Minima that are found as ends come in.
    Formula(Box<Finders>),
}

/// What became of the labels that were given before all minima were known.
#[derive(Clone, Debug, Default)]
pub struct Relabelled(Option<Vec<Vec<i32>>>);

impl Relabelled {
    /// The label that `label` has become.
    pub fn of(&self, label: i32) -> i32 {
        match &self.0 {
            Some(new) if label >= 0 => new[(label >> FINDER_SHIFT) as usize][(label & ((1 << FINDER_SHIFT) - 1)) as usize],
            _ => label,
        }
    }
}

impl Minima {
    /// The minima of the loss of `experiment`.
    ///
    /// # Errors
    /// [`Error::Invalid`] where the eigenvalues of a Hessian cannot be found, or a formula is too large to be differentiated twice.
    pub fn of(experiment: &Experiment) -> Result<Self> {
        match experiment.loss() {
            Loss::Quadratic(quadratic) => Self::of_problems(quadratic),
            Loss::Wells(wells) => Ok(Self::of_wells(wells)),
            Loss::Formula(formula) => Err(Error::invalid("loss", format!("the parameters of {} are not bound yet", formula.name()))),
            Loss::Bound(bound) => Ok(Self { listed: Vec::new(), kind: Kind::Formula(Box::new(Finders::new(experiment, bound)?)) }),
        }
    }

    fn of_problems(quadratic: &Quadratic) -> Result<Self> {
        let minimum = |number: usize| {
            let problem = quadratic.problem(number);
            Ok(match Curvature::of(&problem)?.lowest {
                Lowest::Nowhere => None,
                Lowest::Point(point) => Some((problem.evaluate(&point).0, point, false)),
                Lowest::Valley(point) => Some((problem.evaluate(&point).0, point, true)),
            })
        };
        let minima: Vec<Option<(f64, Vec<f64>, bool)>> = (0..quadratic.problems()).into_par_iter().map(minimum).collect::<Result<_>>()?;
        let has_minimum = minima.iter().map(Option::is_some).collect();
        let mut found = minima.into_iter().flatten();
        let listed = found.next().map(|(loss, point, is_valley)| {
            // Listed as one where all problems agree, as they do for a family with its condition swept.
            let rest: Vec<_> = found.collect();
            let (points, losses) = (rest.iter().all(|other| other.1 == point), rest.iter().all(|other| other.0 == loss));
            let is_valley = is_valley && rest.iter().all(|other| other.2);
            Minimum { label: 0, point: points.then_some(point), loss: losses.then_some(loss), is_valley }
        });
        Ok(Self { listed: listed.into_iter().collect(), kind: Kind::Problems(has_minimum) })
    }

    fn of_wells(wells: &Wells) -> Self {
        let is_minimum =
            |(number, well): (usize, &crate::loss::Well)| well.curvature.iter().all(|a| *a > 0.0) && wells.lowest(&well.center).0 == number;
        let is_minimum: Vec<bool> = wells.wells().iter().enumerate().map(is_minimum).collect();
        let listed = wells.wells().iter().enumerate().filter(|(number, _)| is_minimum[*number]).map(|(number, well)| Minimum {
            label: number as i32,
            point: Some(well.center.clone()),
            loss: Some(well.offset),
            is_valley: false,
        });
        Self { listed: listed.collect(), kind: Kind::Wells(wells.clone(), is_minimum) }
    }

    /// The minima, by label; those of a formula once all labels are [final](Self::finish).
    pub fn listed(&self) -> &[Minimum] {
        &self.listed
    }

    /// The label of an end at `point` (`f32[D]`) on the loss of problem `problem`.
    pub fn label(&self, status: Status, problem: usize, point: &[f32]) -> i32 {
        if !matches!(status, Status::Converged | Status::Stalled) {
            return NO_BASIN;
        }
        match &self.kind {
            Kind::Problems(has_minimum) if has_minimum[problem] => 0,
            Kind::Problems(_) => NO_BASIN,
            Kind::Wells(wells, is_minimum) => {
                let lowest = wells.lowest(&point.iter().map(|x| f64::from(*x)).collect::<Vec<_>>()).0;
                if is_minimum[lowest] { lowest as i32 } else { NO_BASIN }
            }
            // Those that one end leads to are no use alone.
            Kind::Formula(_) => NO_BASIN,
        }
    }

    /// Where descents of `experiment` come to rest as far as is known: balls of which every end has one label, and these labels, final or not.
    pub fn rest(&self, experiment: &Experiment) -> (Rest, Vec<i32>) {
        let known: Vec<(i32, Region)> = match &self.kind {
            Kind::Problems(has_minimum) if has_minimum[..] == [true] => vec![(0, Region::everywhere(experiment.dimension()))],
            Kind::Problems(_) => Vec::new(),
            Kind::Wells(wells, is_minimum) => {
                let minima = wells.wells().iter().enumerate().filter(|(number, _)| is_minimum[*number]).take(Rest::MOST);
                let regions = minima.map(|(number, well)| (number as i32, Region::within(&well.center, wells.surroundings(number))));
                regions.filter_map(|(label, region)| region.map(|region| (label, region))).collect()
            }
            Kind::Formula(finders) => finders.regions(),
        };
        let (labels, regions) = known.into_iter().unzip();
        (Rest { stalled: experiment.method().rests_at_minima(), regions }, labels)
    }

    /// Whether labels are final when they are given.
    pub fn is_final(&self) -> bool {
        !matches!(self.kind, Kind::Formula(_))
    }

    /// Labels all descents for good: the minima that were found are listed now, and the labels given so far may have changed.
    pub fn finish(&mut self) -> Relabelled {
        let kind = std::mem::replace(&mut self.kind, Kind::Problems(Vec::new()));
        match kind {
            Kind::Formula(finders) => {
                let (listed, relabelled) = finders.finish();
                self.listed = listed;
                Relabelled(Some(relabelled))
            }
            kind => {
                self.kind = kind;
                Relabelled(None)
            }
        }
    }

    /// The labels of a tile's descents, of whose outcomes endings and points are needed; those of a formula are not
    /// [final](Self::finish).
    ///
    /// # Errors
    /// Where a formula has more minima than can be told apart; [`Error::Interrupted`] soon after `monitor` says so.
    pub fn labels(&mut self, experiment: &Experiment, outcomes: &Outcomes, monitor: &Monitor) -> Result<Vec<i32>> {
        if !experiment.method().rests_at_minima() && outcomes.endings.iter().any(|ending| ending.status() == Some(Status::Stalled)) {
            // Where such a descent stalls is not where f64 would carry gradient descent on to.
            let moved = |ending: &Ending| match ending.status() {
                Some(Status::Stalled) => Ending::new(Status::Exhausted, ending.steps()),
                _ => *ending,
            };
            let endings = outcomes.endings.iter().map(moved).collect();
            return self.labels(experiment, &Outcomes { endings, ..outcomes.clone() }, monitor);
        }
        if let Kind::Formula(finders) = &mut self.kind {
            return finders.labels(experiment, outcomes, monitor);
        }
        let dimension = experiment.dimension();
        let tile = &outcomes.tile;
        let problem = |descent: usize| match experiment.row_axis() {
            Some(axis) => {
                let stride: u64 = tile.ranges[..axis].iter().map(|range| range.end - range.start).product();
                let range = &tile.ranges[axis];
                (descent as u64 / stride % (range.end - range.start) + range.start) as usize
            }
            None => 0,
        };
        let label = |(descent, ending): (usize, &Ending)| {
            let point = outcomes.point.get(descent * dimension..(descent + 1) * dimension);
            ending.status().zip(point).map_or(NO_BASIN, |(status, point)| self.label(status, problem(descent), point))
        };
        Ok(outcomes.endings.par_iter().enumerate().with_min_len(1024).map(label).collect())
    }
}

/// How many descents reached each minimum, as labels stream in.
#[derive(Clone, Debug, Default)]
pub struct Census {
    counts: HashMap<i32, u64>,
}

impl Census {
    /// Counts some labels.
    pub fn add(&mut self, labels: &[i32]) {
        // Neighbours mostly have the same label.
        for run in labels.chunk_by(|a, b| a == b) {
            self.add_count(run[0], run.len() as u64);
        }
    }

    /// Counts so many of one label.
    pub fn add_count(&mut self, label: i32, count: u64) {
        *self.counts.entry(label).or_default() += count;
    }

    /// The same counts of labels that have changed.
    pub fn relabelled(&self, relabelled: &Relabelled) -> Self {
        let mut counts = HashMap::new();
        for (label, count) in &self.counts {
            *counts.entry(relabelled.of(*label)).or_default() += count;
        }
        Self { counts }
    }

    /// How many have this label.
    pub fn count(&self, label: i32) -> u64 {
        self.counts.get(&label).copied().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::axis::Axis;
    use crate::loss::{Formula, Hessian, Problem, Well};
    use proptest::prelude::*;

    fn minima(loss: Loss) -> Minima {
        let draft = Experiment::new(loss).input("lr", 0.1);
        let columns = draft.unset_variables().len();
        Minima::of(&draft.start(Axis::table(vec![0.0; columns], columns, "0")).validate().unwrap()).unwrap()
    }

    fn quadratic(diagonals: &[[f64; 2]]) -> Minima {
        let problem = |diagonal: &[f64; 2]| Problem::centered(Hessian::Diagonal(diagonal.to_vec()), vec![2.0, 3.0], 1.0).unwrap();
        minima(Loss::Quadratic(Quadratic::new("quadratic", diagonals.iter().map(problem).collect()).unwrap()))
    }

    #[test]
    fn only_ends_that_rest_have_a_basin() {
        let minima = quadratic(&[[1.0, 2.0]]);
        assert_eq!(minima.listed()[0].point.as_deref(), Some(&[2.0, 3.0][..]));
        let labels = Status::ALL.map(|status| minima.label(status, 0, &[2.0, 3.0]));
        assert_eq!(labels, [0, -1, 0, -1]);
    }

    #[test]
    fn a_saddle_has_no_basin_and_a_valley_has_one() {
        let saddle = quadratic(&[[1.0, -2.0]]);
        assert!(saddle.listed().is_empty());
        assert_eq!(saddle.label(Status::Converged, 0, &[2.0, 3.0]), -1);
        let valley = quadratic(&[[1.0, 0.0]]);
        assert!(valley.listed()[0].is_valley);
        assert_eq!(valley.listed()[0].point.as_deref(), Some(&[2.0, 0.0][..]));
        assert_eq!(valley.label(Status::Converged, 0, &[2.0, 77.0]), 0);
    }

    #[test]
    fn each_problem_of_a_batch_is_judged_by_itself() {
        let minima = quadratic(&[[1.0, 2.0], [1.0, -2.0]]);
        assert_eq!([0, 1].map(|problem| minima.label(Status::Converged, problem, &[2.0, 3.0])), [0, -1]);
    }

    #[test]
    fn a_centre_below_another_well_or_without_curvature_is_no_minimum() {
        let well = |offset, x: f64, curvature: f64| Well { offset, center: vec![x, 0.0], curvature: vec![curvature, 1.0] };
        // The second centre lies under the first well, the third is a ridge, the fourth equals the fifth.
        let wells = vec![well(0.0, 0.0, 1.0), well(5.0, 1.0, 1.0), well(10.0, 9.0, -0.001), well(0.0, -9.0, 1.0), well(0.0, -9.0, 2.0)];
        let minima = minima(Loss::Wells(Wells::new(wells).unwrap()));
        assert_eq!(minima.listed().iter().map(|minimum| minimum.label).collect::<Vec<_>>(), [0, 3]);
        assert_eq!(minima.label(Status::Converged, 0, &[0.001, 0.0]), 0);
        assert_eq!(minima.label(Status::Converged, 0, &[9.0, 0.0]), -1);
        assert_eq!(minima.label(Status::Stalled, 0, &[-9.0, 0.0]), 3);
    }

    /// Whether f32 says that `x` is in `region`, as a device does.
    fn holds(region: &Region, x: &[f32]) -> bool {
        let squared = x.iter().zip(&region.center).fold(0.0_f32, |sum, (x, c)| (x - c).mul_add(x - c, sum));
        squared <= region.squared_radius
    }

    proptest! {
        #[test]
        fn every_point_of_a_region_has_its_label(
            wells in prop::collection::vec((-3.0..3.0, -3.0..3.0, -3.0..3.0, -0.5..4.0, -0.5..4.0), 1..6),
            directions in prop::collection::vec((-1.0_f32..1.0, -1.0_f32..1.0), 40)
        ) {
            let wells = wells.into_iter().map(|(offset, x, y, a, b)| Well { offset, center: vec![x, y], curvature: vec![a, b] }).collect();
            let loss = Loss::Wells(Wells::new(wells).unwrap());
            let experiment = Experiment::new(loss).input("x", 0.0).input("y", 0.0).input("lr", 0.1).validate().unwrap();
            let minima = Minima::of(&experiment).unwrap();
            let (rest, labels) = minima.rest(&experiment);
            prop_assert!(labels.len() <= minima.listed().len());
            for (region, label) in rest.regions.iter().zip(labels) {
                for (x, y) in &directions {
                    let reach = 1.1 * region.squared_radius.sqrt().min(1e3);
                    let point = [reach.mul_add(*x, region.center[0]), reach.mul_add(*y, region.center[1])];
                    prop_assert!(!holds(region, &point) || minima.label(Status::Converged, 0, &point) == label);
                }
            }
        }

        #[test]
        fn what_f32_says_is_inside_is_inside(center in prop::collection::vec(-1e3..1e3, 1..9), radius in 1e-6..1e3, part in 0.99999_f64..1.00001) {
            let region = Region::within(&center, radius);
            let outside: Vec<f32> = center.iter().map(|c| (c + part * radius / (center.len() as f64).sqrt()) as f32).collect();
            let distance = outside.iter().zip(&center).map(|(x, c)| (f64::from(*x) - c).powi(2)).sum::<f64>().sqrt();
            prop_assert!(distance <= radius || !region.is_some_and(|region| holds(&region, &outside)));
        }
    }

    #[test]
    fn the_least_loss_of_a_named_loss_is_listed_without_rounding() {
        let mut minima = minima(Loss::Formula(Formula::named("himmelblau", None).unwrap()));
        minima.finish();
        assert_eq!(minima.listed().iter().map(|minimum| minimum.loss).collect::<Vec<_>>(), [Some(0.0); 4]);
    }

    #[test]
    fn a_formula_that_is_too_large_to_be_differentiated_twice_is_refused() {
        let formula = Formula::parse("sum(i, 1, 9000, cos(i*x)/i^4) + x^2", None, None).unwrap();
        let experiment = Experiment::new(Loss::Formula(formula)).input("lr", 0.1).input("x", 0.0).validate().unwrap();
        let message = Minima::of(&experiment).unwrap_err().to_string();
        assert!(message.contains("second derivative") && message.contains("smaller"), "{message}");
    }

    #[test]
    fn a_census_counts_each_label() {
        let mut census = Census::default();
        census.add(&[0, 2, -1]);
        census.add(&[2]);
        assert_eq!([-1, 0, 1, 2, 3].map(|label| census.count(label)), [1, 1, 0, 2, 0]);
    }
}
