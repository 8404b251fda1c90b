//! The picture of an explanation: the loss with the descents on it, the loss against the step, and the scan of directions.

use std::f64::consts::PI;

use rayon::prelude::*;

use crate::analysis::explain::Surface;
use crate::analysis::explain::approach::Approach;
use crate::analysis::explain::path::Path;
use crate::cli::explain::{Explanation, Scanned};
use crate::cli::report::short;
use crate::cli::words::shortened;
use crate::error::{Error, Result};
use crate::loss::{Case, Loss};
use crate::picture::{Contour, ContourPath, Curves, Marked, Panel, Part, Scale, Series, Shape, Sheet, Spacing, Symbol};
use crate::stop::Status;

/// Cells along each side of contours.
pub(super) const CELLS: usize = 400;
/// Points of a curve.
const POINTS: usize = 801;
/// The longest formula in a title.
const TITLE: usize = 60;
/// How much more is shown than from the middle to the farthest point.
const ROOM: f64 = 1.5;
/// Points on the way that are farther than this many times the way to the end are left out of account.
const FAR: f64 = 1.5;
/// The narrower side of contours is no less than this part of the wider.
const NARROW: f64 = 0.5;
/// Tangents of each descent.
const TANGENTS: usize = 6;
/// Half a tangent's length, as a part of what is shown.
const TANGENT: f64 = 0.06;
/// The length of the arrow of the gradient, as a part of what is shown.
const ARROW: f64 = 0.12;
/// A loss that is more than so many times the first one is beyond the picture.
const TALL: f64 = 10.0;
/// The part of its size below which a loss is no more than rounding above another.
const ROUNDING: f64 = 1e-15;

/// The descents of an explanation, and what they near.
pub(super) struct Scene<'a> {
    told: &'a Explanation,
    pub(super) surface: Surface<'a>,
    /// One a learning rate; of one step where none were asked for.
    paths: Vec<Path>,
    approaches: Vec<Option<Approach>>,
}

impl<'a> Scene<'a> {
    pub(super) fn of(told: &'a Explanation) -> Result<Self> {
        let surface = Surface::of(&told.experiment)?;
        let paths = if told.paths.is_empty() {
            surface.learning_rates().into_iter().map(|rate| Path::single(surface, rate)).collect()
        } else {
            told.paths.clone()
        };
        let approaches = paths.iter().map(|path| Approach::of(surface, path)).collect();
        Ok(Self { told, surface, paths, approaches })
    }

    /// The whole picture.
    ///
    /// # Errors
    /// [`Error::Invalid`] where there is nothing to draw.
    pub(super) fn sheet(&self) -> Result<Sheet> {
        let left = match self.told.slope.point.len() {
            1 => Some(Part::Curves(self.curve())),
            2 => Some(Part::Contour(self.contour())),
            _ => None,
        };
        // Of one variable there are two directions only.
        let scan = self.told.scan.as_ref().filter(|_| self.told.slope.point.len() > 1);
        let right: Vec<Part> = self.losses().into_iter().chain(scan.map(|scan| self.scan(scan))).map(Part::Curves).collect();
        let columns: Vec<Vec<Part>> = left.into_iter().map(|part| vec![part]).chain((!right.is_empty()).then_some(right)).collect();
        if columns.is_empty() {
            return Err(Error::invalid("picture", "there is nothing to draw: the gradient vanishes and no steps were asked for"));
        }
        Ok(Sheet { columns })
    }

    /// What is shown of each variable (`[f64; 2][D]`): the start, what the descents near, and the way there.
    pub(super) fn window(&self) -> Vec<[f64; 2]> {
        let start = &self.told.slope.point;
        let ends: Vec<&Vec<f64>> = self.approaches.iter().flatten().map(|approach| &approach.end).collect();
        let center = ends.first().copied().unwrap_or(start);
        let distance = |x: &[f64]| x.iter().zip(center).map(|(x, c)| (x - c).abs()).fold(0.0, f64::max);
        let way = ends.iter().map(|end| distance(end)).fold(distance(start), f64::max);
        let is_near = |x: &&Vec<f64>| way == 0.0 || distance(x) <= FAR * way;
        let places = self.paths.iter().flat_map(|path| path.places.iter().map(|place| &place.point)).filter(is_near);
        let shown: Vec<&Vec<f64>> = std::iter::once(start).chain(ends).chain(places).filter(|x| x.iter().all(|x| x.is_finite())).collect();
        let reach: Vec<f64> = (0..start.len()).map(|i| shown.iter().map(|x| (x[i] - center[i]).abs()).fold(0.0, f64::max)).collect();
        let widest = reach.iter().copied().fold(0.0, f64::max);
        let widest = if widest > 0.0 { widest } else { 1.0 };
        let half = |i: usize| ROOM * reach[i].max(NARROW * widest);
        (0..start.len()).map(|i| [center[i] - half(i), center[i] + half(i)]).collect()
    }

    fn title(&self) -> String {
        format!("Gradient descent on {}", shortened(self.told.experiment.loss().name(), TITLE))
    }

    fn subtitle(&self) -> String {
        let names = self.told.experiment.loss().variables();
        let place = |(name, x): (&String, &f64)| format!("{name} = {}", short(*x));
        let coordinates: Vec<String> = names.iter().zip(&self.told.slope.point).take(4).map(place).collect();
        let more = if names.len() > 4 { ", …" } else { "" };
        format!("from {}{more}", coordinates.join(", "))
    }

    /// A path's learning rate and end, in words.
    fn name(path: &Path) -> String {
        let (steps, rate) = (path.places.len() - 1, short(path.learning_rate));
        match path.status {
            _ if steps == 1 => format!("η = {rate}"),
            Status::Exhausted => format!("η = {rate}, {steps} steps"),
            status => format!("η = {rate}, {}", status.name()),
        }
    }

    /// The loss of one variable, with the points of each descent and the tangents there.
    fn curve(&self) -> Curves {
        let [low, high] = self.window()[0];
        let at = |x: f64| (x, self.surface.loss(&[x]));
        let curve: Vec<(f64, f64)> = (0..POINTS).map(|number| at(low + (high - low) * number as f64 / (POINTS - 1) as f64)).collect();
        let mut series: Vec<Series> =
            self.paths.iter().map(|path| Series::line(Self::name(path), points_on(path)).shown(Shape::Both)).collect();
        let half = TANGENT * (high - low);
        let tangent = |x: f64| {
            let (loss, gradient) = self.surface.evaluate(&[x]);
            [(x - half, loss - half * gradient[0]), (x + half, loss + half * gradient[0]), (f64::NAN, f64::NAN)]
        };
        let touched = self.paths.iter().flat_map(|path| path.places.iter().take(TANGENTS)).flat_map(|place| tangent(place.point[0]));
        series.push(Series::line("tangents", touched.collect()));
        series.push(Series::line("L", curve.clone()));
        let vertical = Scale::around("L", Spacing::Linear, curve.iter().map(|point| point.1));
        let panel = Panel { horizontal: None, vertical, series, markers: Vec::new() };
        let name = self.told.experiment.loss().variables().remove(0);
        Curves { title: self.title(), subtitle: self.subtitle(), horizontal: Scale::linear(name, low, high), panels: vec![panel] }
    }

    /// The loss of two variables, with the way of each descent, the direction of steepest descent and the minima.
    fn contour(&self) -> Contour {
        let path = |path: &Path| ContourPath {
            name: Self::name(path),
            points: path.places.iter().map(|place| (place.point[0], place.point[1])).collect(),
            is_marked: true,
        };
        let mut contour = self.surroundings(&self.window());
        contour.paths = self.paths.iter().map(path).chain(self.arrow(&contour)).collect();
        contour
    }

    /// An arrow along −∇L from the start.
    fn arrow(&self, contour: &Contour) -> Option<ContourPath> {
        let (start, direction) = (&self.told.slope.point, self.told.slope.descent()?);
        let length = ARROW * (contour.horizontal.high - contour.horizontal.low);
        let end = (start[0] + length * direction[0], start[1] + length * direction[1]);
        Some(ContourPath { name: "−∇L".into(), points: vec![(start[0], start[1]), end], is_marked: false })
    }

    /// The contours of a loss of two variables around the descents, with the minima and the start.
    pub(super) fn surroundings(&self, window: &[[f64; 2]]) -> Contour {
        let names = self.told.experiment.loss().variables();
        let place = |number: usize, [low, high]: [f64; 2]| low + (high - low) * number as f64 / (CELLS - 1) as f64;
        let row = |row: usize| (0..CELLS).map(move |column| (row, column));
        let value = |(row, column): (usize, usize)| self.surface.loss(&[place(column, window[0]), place(row, window[1])]);
        let cells: Vec<(usize, usize)> = (0..CELLS).flat_map(row).collect();
        let marked = |name: &str, symbol, points| Marked { name: name.into(), symbol, points };
        let start = (self.told.slope.point[0], self.told.slope.point[1]);
        Contour {
            title: self.title(),
            subtitle: self.subtitle(),
            horizontal: Scale::linear(names[0].clone(), window[0][0], window[0][1]),
            vertical: Scale::linear(names[1].clone(), window[1][0], window[1][1]),
            columns: CELLS,
            rows: CELLS,
            name: "L".into(),
            values: cells.into_par_iter().map(value).collect(),
            marked: vec![marked("minima", Symbol::Disc, self.minima()), marked("start", Symbol::Cross, vec![start])],
            paths: Vec::new(),
            swarm: Vec::new(),
        }
    }

    /// What is usual of each variable where a catalog knows that, or else what the descents are shown in.
    pub(super) fn domain(&self) -> Vec<[f64; 2]> {
        let open = self.told.open.as_ref().map(|open| open.formula());
        let parameters = self.told.parameters();
        let case = Case { dimension: self.told.slope.point.len(), parameters: &parameters };
        let entry = open.and_then(|formula| formula.entry());
        let ranges = entry.map(|entry| (0..case.dimension).map(|number| entry.range(number, case)).collect::<Option<Vec<_>>>());
        ranges.flatten().unwrap_or_else(|| self.window())
    }

    /// The first learning rate.
    pub(super) fn learning_rate(&self) -> f64 {
        self.paths[0].learning_rate
    }

    /// The minima of two variables that are known, and those that the descents near.
    fn minima(&self) -> Vec<(f64, f64)> {
        let found = self.approaches.iter().flatten().filter(|approach| approach.rate.is_some()).map(|approach| approach.end.clone());
        let all: Vec<Vec<f64>> = match self.told.experiment.loss() {
            Loss::Wells(wells) => wells.wells().iter().map(|well| well.center.clone()).collect(),
            _ => {
                let parameters = self.told.parameters();
                let known = self.told.open.as_ref().and_then(|open| open.formula().known(&parameters));
                known.map_or_else(Vec::new, |(entry, case)| entry.minima(case))
            }
        };
        let all = if all.is_empty() { found.collect() } else { all };
        all.into_iter().filter(|point| point.len() == 2).map(|point| (point[0], point[1])).collect()
    }

    /// The loss above its end against the step, with the rate that theory foretells.
    fn losses(&self) -> Option<Curves> {
        let longest = self.paths.iter().map(|path| path.places.len() - 1).max().filter(|longest| *longest > 1)?;
        let lowest = self.lowest()?;
        let (mut series, mut predictions) = (Vec::new(), Vec::new());
        for (path, approach) in self.paths.iter().zip(&self.approaches) {
            let base = approach.as_ref().map_or(lowest, |approach| approach.loss);
            let floor = ROUNDING * base.abs();
            let height = |loss: f64| if loss - base > floor { loss - base } else { f64::NAN };
            let points: Vec<(f64, f64)> = path.places.iter().enumerate().map(|(step, place)| (step as f64, height(place.loss))).collect();
            let predicted = approach.as_ref().and_then(|approach| approach.rate).and_then(|rate| predicted(rate, &points));
            series.push(Series::line(Self::name(path), points));
            predictions.extend(predicted);
        }
        // What diverges leaves the picture, and the others room.
        let highest = TALL * series.iter().filter_map(|series: &Series| series.points.first()).map(|point| point.1).fold(0.0, f64::max);
        let ordinates = series.iter().flat_map(|series| &series.points).map(|point| point.1).filter(|height| *height <= highest);
        let vertical = Scale::around("L above its end", Spacing::Logarithmic, ordinates);
        series.extend(predictions);
        let panel = Panel { horizontal: None, vertical, series, markers: Vec::new() };
        Some(Curves {
            title: "The loss at each step".into(),
            subtitle: "and the rate that the eigenvalues at its end foretell, max |1 − ηλ|² a step".into(),
            horizontal: Scale::linear("step", 0.0, longest as f64),
            panels: vec![panel],
        })
    }

    /// The least loss that any descent nears or comes by.
    fn lowest(&self) -> Option<f64> {
        let passed = self.paths.iter().flat_map(|path| path.places.iter().map(|place| place.loss));
        let ends = self.approaches.iter().flatten().map(|approach| approach.loss);
        passed.chain(ends).filter(|loss| loss.is_finite()).min_by(f64::total_cmp)
    }

    /// The change of the loss against the angle to the gradient.
    fn scan(&self, scan: &Scanned) -> Curves {
        let findings = &scan.findings;
        let law = &findings.laws[0];
        // At the angle whose cosine is the mean of a bin's, which is not at its middle where directions are uneven.
        let angle = |first_order: f64| (first_order / law.first_order).clamp(-1.0, 1.0).acos() * 180.0 / PI;
        let measured = findings.bins.iter().map(|bin| (angle(bin.first_order), bin.change)).collect();
        let foretold: Vec<(f64, f64)> =
            (0..=180).map(|angle| (f64::from(angle), law.first_order * (f64::from(angle) * PI / 180.0).cos())).collect();
        let series = vec![Series::line("mean of ΔL", measured).shown(Shape::Points), Series::line("η‖∇L‖ cos β", foretold)];
        let ordinates: Vec<f64> = series.iter().flat_map(|series| &series.points).map(|point| point.1).collect();
        let panel = Panel { horizontal: None, vertical: Scale::around("ΔL", Spacing::Linear, ordinates), series, markers: Vec::new() };
        Curves {
            title: "The change of the loss in every direction".into(),
            subtitle: format!("steps of length η = {} in {} directions, on {}", short(law.step), scan.directions, scan.backend),
            horizontal: Scale::linear("angle β to ∇L, degrees", 0.0, 180.0),
            panels: vec![panel],
        }
    }
}

/// The points of a descent of one variable on the curve of its loss.
fn points_on(path: &Path) -> Vec<(f64, f64)> {
    path.places.iter().map(|place| (place.point[0], place.loss)).collect()
}

/// A line that falls by the square of `rate` a step, to the last of `points` that has a height.
fn predicted(rate: f64, points: &[(f64, f64)]) -> Option<Series> {
    let (last, height) = points.iter().rev().find(|point| point.1.is_finite())?;
    let line = points.iter().map(|(step, _)| *step).filter(|step| step <= last);
    let line: Vec<(f64, f64)> =
        line.map(|step| (step, height * rate.powf(2.0 * (step - last)))).filter(|point| point.1.is_finite()).collect();
    (line.len() > 1 && rate > 0.0).then(|| Series::line(format!("foretold: {} a step", short(rate * rate)), line))
}
