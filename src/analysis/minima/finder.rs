//! Labels for ends that stream in, and the minima that were found by the way.

use std::sync::Arc;

use rayon::prelude::*;

use crate::analysis::basins::{Minimum, NO_BASIN};
use crate::analysis::minima::ball::Ball;
use crate::analysis::minima::cells::{Cell, Cells, Class, Verdict};
use crate::analysis::minima::index::Index;
use crate::analysis::minima::known::Known;
use crate::analysis::minima::order::order;
use crate::analysis::minima::polish::polish;
use crate::analysis::minima::watched::Watched;
use crate::analysis::minima::{Smooth, Stationary, distance};
use crate::backend::{Monitor, Region};
use crate::error::{Error, Result};

/// The most minima.
const MOST: usize = 1 << 16;
/// How many ends are carried on before the others are looked up again; twice as many each time.
const FIRST_BATCH: usize = 64;
/// The label of an end that is not decided yet.
const OPEN: i32 = i32::MIN;

/// Finds the minima of a loss and labels ends by them.
pub(crate) struct Finder {
    loss: Arc<dyn Smooth + Send>,
    /// By provisional label.
    known: Vec<Known>,
    /// The isolated ones of `known`.
    index: Index,
    /// The others: valleys.
    valleys: Vec<usize>,
    cells: Cells,
    /// The most minima it keeps.
    pub(super) most: usize,
}

/// What an end leads to.
enum Lead {
    Label(i32),
    Minimum(Stationary),
}

/// What was found.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    /// By final label: from the lowest, and those of equal loss by their coordinates.
    pub(crate) minima: Vec<Minimum>,
    /// The final label of each provisional one.
    pub(crate) relabel: Vec<i32>,
}

/// Puts final labels in the place of provisional ones; −1 stays.
#[cfg(test)]
pub(super) fn relabel_in_place(labels: &mut [i32], relabel: &[i32]) {
    for label in labels.iter_mut().filter(|label| **label >= 0) {
        *label = relabel[*label as usize];
    }
}

impl Finder {
    /// A finder of the minima of `loss`. Those `listed` (`f64[D]` each), which may be kinks, are known beforehand and keep the
    /// coordinates given.
    ///
    /// # Errors
    /// [`Error::Invalid`] where a listed point does not have D finite coordinates, or too many are listed.
    pub(crate) fn new(loss: Arc<dyn Smooth + Send>, listed: Vec<Vec<f64>>) -> Result<Self> {
        let dimension = loss.dimension();
        if let Some(point) = listed.iter().find(|point| point.len() != dimension || point.iter().any(|x| !x.is_finite())) {
            return Err(Error::invalid("minima", format!("{point:?} is not a point of {dimension} finite coordinates")));
        }
        let mut finder =
            Self { loss, known: Vec::new(), index: Index::default(), valleys: Vec::new(), cells: Cells::default(), most: MOST };
        let known: Vec<Known> = listed.into_par_iter().map(|point| Known::listed(finder.loss.as_ref(), point)).collect();
        for known in known {
            if finder.label_of(&known.minimum, 0).is_none() {
                finder.push(known)?;
            }
        }
        finder.rebuild();
        Ok(finder)
    }

    /// The provisional labels of a tile's ends, `points` (`f32[descents, D]`), of which those count that `is_at_rest`; −1 for none.
    ///
    /// # Errors
    /// [`Error::Invalid`] where there are more than 65,536 minima; [`Error::Interrupted`] soon after `monitor` says so.
    pub(crate) fn labels(&mut self, points: &[f32], is_at_rest: impl Fn(usize) -> bool + Sync, monitor: &Monitor) -> Result<Vec<i32>> {
        let loss = Arc::clone(&self.loss);
        let loss = Watched { loss: loss.as_ref(), monitor };
        let dimension = self.loss.dimension();
        let place = |descent: usize| -> Vec<f64> { points[descent * dimension..][..dimension].iter().map(|x| f64::from(*x)).collect() };
        let begin = |(descent, point): (usize, &[f32])| {
            let can_have = is_at_rest(descent) && point.iter().all(|x| x.is_finite());
            if can_have { OPEN } else { NO_BASIN }
        };
        let mut labels: Vec<i32> = points.par_chunks_exact(dimension).enumerate().with_min_len(1024).map(begin).collect();
        if !self.known.is_empty() {
            self.look_up_all(points, &mut labels);
        }
        let mut batch = FIRST_BATCH;
        loop {
            monitor.check()?;
            let open: Vec<usize> =
                (0..labels.len()).into_par_iter().with_min_len(1024).filter(|descent| labels[*descent] == OPEN).collect();
            if open.is_empty() {
                return Ok(labels);
            }
            // From all over the tile, since neighbours lead to the same.
            let chosen: Vec<usize> = open.iter().copied().step_by(open.len().div_ceil(batch)).collect();
            let leads: Vec<_> = chosen.par_iter().map(|descent| self.lead(&loss, &place(*descent))).collect();
            monitor.check()?;
            for (descent, label) in chosen.iter().zip(self.take(&loss, leads)?) {
                labels[*descent] = label;
            }
            self.look_up_all(points, &mut labels);
            batch *= 2;
        }
    }

    /// Balls of which every end leads to a minimum that is known, with its provisional label.
    pub(super) fn regions(&self) -> Vec<(i32, Region)> {
        let regions = (0..).zip(&self.known).map(|(label, known)| (label, known.ball.as_ref().and_then(Ball::region)));
        regions.filter_map(|(label, region)| region.map(|region| (label, region))).collect()
    }

    /// Labels those of a tile's open ends whose label is known without carrying them on.
    fn look_up_all(&self, points: &[f32], labels: &mut [i32]) {
        let look_up = |x: &mut Vec<f64>, (point, label): (&[f32], &mut i32)| {
            if *label == OPEN {
                x.clear();
                x.extend(point.iter().map(|x| f64::from(*x)));
                *label = self.look_up(x).unwrap_or(OPEN);
            }
        };
        points.par_chunks_exact(self.loss.dimension()).zip(labels).with_min_len(1024).for_each_init(Vec::new, look_up);
    }

    /// The minima in their final order, and what their provisional labels become.
    pub(crate) fn finish(self) -> Found {
        let points: Vec<(&[f64], f64)> = self.known.iter().map(|known| (known.point(), known.minimum.loss)).collect();
        let mut relabel = vec![NO_BASIN; points.len()];
        let minima = order(&points).into_iter().enumerate().map(|(label, number)| {
            relabel[number] = label as i32;
            let (point, loss) = points[number];
            let is_valley = self.known[number].minimum.is_valley();
            Minimum { label: label as i32, point: Some(point.to_vec()), loss: Some(loss), is_valley }
        });
        let minima = minima.collect();
        Found { minima, relabel }
    }

    /// The label of an end at `x` that is known without carrying it on.
    fn look_up(&self, x: &[f64]) -> Option<i32> {
        let mut nearest: Option<(f64, u32)> = None;
        self.index.visit(x, |number| {
            let depth = self.known[number as usize].ball.as_ref().and_then(|ball| ball.depth(x));
            if let Some(depth) = depth.filter(|depth| nearest.is_none_or(|(least, _)| *depth < least)) {
                nearest = Some((depth, number));
            }
        });
        nearest.map(|(_, number)| number as i32).or_else(|| self.cells.label(x))
    }

    /// What an end at `x` leads to, and the cells that were judged for it.
    fn lead(&self, loss: &dyn Smooth, x: &[f64]) -> (Lead, Vec<(Cell, Verdict)>) {
        let mut judged = Vec::new();
        let end = polish(loss, x);
        if end.as_ref().is_none_or(Stationary::is_valley) {
            for cell in Cells::around(x) {
                match self.cells.class(&cell) {
                    Some(Class::Label(label)) => return (Lead::Label(label), judged),
                    Some(Class::Mixed) => {}
                    None => {
                        let verdict = cell.judge(loss, x.len());
                        judged.push((cell, verdict.clone()));
                        match verdict {
                            Verdict::Valley(valley) => return (Lead::Minimum(valley), judged),
                            Verdict::Plateau => return (Lead::Label(NO_BASIN), judged),
                            Verdict::Mixed => {}
                        }
                    }
                }
            }
        }
        (end.map_or(Lead::Label(NO_BASIN), Lead::Minimum), judged)
    }

    /// The labels of what ends lead to, minima that are new among them.
    fn take(&mut self, loss: &dyn Smooth, leads: Vec<(Lead, Vec<(Cell, Verdict)>)>) -> Result<Vec<i32>> {
        let before = self.known.len();
        let mut labels = Vec::with_capacity(leads.len());
        let mut indexed = before;
        for (lead, judged) in leads {
            let label = match lead {
                Lead::Label(label) => label,
                Lead::Minimum(minimum) => self.label_or_new(minimum, indexed)?,
            };
            labels.push(label);
            for (cell, verdict) in judged {
                self.cells.insert(cell, if matches!(verdict, Verdict::Mixed) { Class::Mixed } else { Class::Label(label) });
            }
            // Those not indexed yet are looked through one by one.
            if self.known.len() > 2 * indexed + 64 {
                self.rebuild();
                indexed = self.known.len();
            }
        }
        self.known[before..].par_iter_mut().for_each(|known| known.survey(loss));
        if self.known.len() > before {
            self.rebuild();
        }
        Ok(labels)
    }

    fn label_or_new(&mut self, minimum: Stationary, indexed: usize) -> Result<i32> {
        let Some(number) = self.label_of(&minimum, indexed) else {
            return self.push(Known::new(minimum));
        };
        self.known[number].shorten(minimum);
        Ok(number as i32)
    }

    /// Which of the known minima this is; those from `indexed` on are not in the index yet.
    fn label_of(&self, minimum: &Stationary, indexed: usize) -> Option<usize> {
        if minimum.is_valley() {
            return self.valleys.iter().copied().find(|number| self.known[*number].is_same_valley(minimum));
        }
        let mut same = None;
        let mut nearest = f64::INFINITY;
        let mut look = |number: usize| {
            let known = &self.known[number].minimum;
            let apart = distance(&known.point, &minimum.point);
            if !known.is_valley() && apart <= known.tolerance().max(minimum.tolerance()) && apart < nearest {
                (same, nearest) = (Some(number), apart);
            }
        };
        self.index.visit(&minimum.point, |number| look(number as usize));
        (indexed..self.known.len()).for_each(look);
        same
    }

    fn push(&mut self, known: Known) -> Result<i32> {
        let number = self.known.len();
        if number >= self.most {
            let advice = "take a coarser grid or a smaller range of starts, so that fewer are reached";
            let reason = format!("there are more than {} minima; {advice}", self.most);
            return Err(Error::invalid("basins", reason));
        }
        if known.minimum.is_valley() {
            self.valleys.push(number);
        }
        self.known.push(known);
        Ok(number as i32)
    }

    fn rebuild(&mut self) {
        let isolated = self.known.iter().enumerate().filter(|(_, known)| !known.minimum.is_valley());
        let extents: Vec<_> = isolated.map(|(number, known)| (number as u32, known.extent())).collect();
        self.index = Index::of(&extents);
    }
}
