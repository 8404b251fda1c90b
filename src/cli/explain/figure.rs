//! The picture of an explanation: the loss with the descents on it, the loss against the step, and the scan of directions.

use rayon::prelude::*;

use crate::analysis::explain::Surface;
use crate::analysis::explain::approach::Approach;
use crate::analysis::explain::path::Path;
use crate::cli::explain::{Explanation, Scanned};
use crate::cli::lattice;
use crate::cli::progress::cancelled_by_ctrl_c;
use crate::cli::report::{grouped, short};
use crate::cli::words::shortened;
use crate::error::{Error, Result};
use crate::loss::{Case, Loss};
use crate::picture::{Contour, ContourArrow, ContourPath, Curves, Marked, Panel, Part, Scale, Series, Shape, Sheet, Spacing, Symbol};
use crate::stop::{Status, StopRule};

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
/// Descents that are drawn at most: their colours are told apart.
const MOST_PATHS: usize = 6;
/// Minima closer than this, relative, are one.
const SAME: f64 = 1e-6;
/// A loss that is more than so many times the first one is beyond the picture.
const TALL: f64 = 10.0;
/// The part of its size below which a loss is no more than rounding above another.
const ROUNDING: f64 = 1e-15;

/// The descents of an explanation, and what they near.
pub(super) struct Scene<'a> {
    told: &'a Explanation,
    pub(super) surface: Surface<'a>,
    /// One a learning rate, as many as there are colours; of one step where none were asked for.
    paths: Vec<Path>,
    /// Learning rates that are not drawn.
    left_out: usize,
    approaches: Vec<Option<Approach>>,
}

impl<'a> Scene<'a> {
    /// # Errors
    /// [`Error::Interrupted`] after Ctrl-C.
    pub(super) fn of(told: &'a Explanation) -> Result<Self> {
        let surface = Surface::of(&told.experiment)?;
        let rates = surface.learning_rates();
        let shown = shown(rates.len());
        let path = |number: &usize| told.paths.get(*number).cloned().unwrap_or_else(|| Path::single(surface, rates[*number]));
        let paths: Vec<Path> = shown.iter().map(path).collect();
        let monitor = cancelled_by_ctrl_c()?;
        // Of more variables it is the loss at each step alone that needs it.
        let is_needed = told.slope.point.len() <= 2 || !told.paths.is_empty();
        // Of very many variables it is not told.
        let minimum = || told.lowest.as_ref().map_or_else(|| surface.minimum(), |lowest| lowest.point().map(<[f64]>::to_vec));
        let minimum = if is_needed { minimum() } else { None };
        let approach = |path: &Path| if is_needed { Approach::of(surface, minimum.as_deref(), path, &monitor) } else { Ok(None) };
        let approaches = paths.par_iter().map(approach).collect::<Result<_>>()?;
        Ok(Self { told, surface, left_out: rates.len() - paths.len(), paths, approaches })
    }

    /// The whole picture.
    ///
    /// # Errors
    /// [`Error::Invalid`] where there is nothing to draw.
    pub(super) fn sheet(&self) -> Result<Sheet> {
        let left = match self.told.slope.point.len() {
            1 => Some(Part::Curves(self.curve())),
            2 => Some(Part::Contour(Box::new(self.contour()))),
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
    fn window(&self) -> Vec<[f64; 2]> {
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
        let drawn = self.paths.len();
        let left_out =
            if self.left_out > 0 { format!("; {drawn} of {} learning rates drawn", drawn + self.left_out) } else { String::new() };
        format!("from {}{more}{left_out}", coordinates.join(", "))
    }

    /// `subtitle`, below the experiment where no other picture on the sheet names that.
    fn named(&self, subtitle: &str) -> String {
        match self.told.slope.point.len() {
            1 | 2 => subtitle.into(),
            dimension => format!("{}, {dimension} variables, {}\n{subtitle}", self.title(), self.subtitle()),
        }
    }

    /// A path's learning rate and end, in words.
    fn name(path: &Path) -> String {
        let (steps, rate) = (path.places.len() - 1, short(path.learning_rate));
        match path.status {
            Status::Exhausted | Status::Converged if steps == 1 => format!("η = {rate}"),
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
        for (number, path) in self.paths.iter().enumerate() {
            let touched = path.places.iter().take(TANGENTS).flat_map(|place| tangent(place.point[0])).collect();
            let name = if number == 0 { "tangents" } else { "" };
            series.push(Series::line(name, touched).shown(Shape::Dashes).coloured_as(number));
        }
        // In grey, which no descent has.
        series.push(Series::line("L", curve.clone()).coloured_as(MOST_PATHS));
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
        };
        let mut contour = self.surroundings(&self.window());
        contour.paths = self.paths.iter().map(path).collect();
        contour.arrows = self.arrow(&contour).into_iter().collect();
        contour
    }

    /// An arrow along −∇L from the start.
    fn arrow(&self, contour: &Contour) -> Option<ContourArrow> {
        let (start, direction) = (&self.told.slope.point, self.told.slope.descent()?);
        let length = ARROW * (contour.horizontal.high - contour.horizontal.low);
        let end = (start[0] + length * direction[0], start[1] + length * direction[1]);
        Some(ContourArrow { name: "−∇L".into(), ends: [(start[0], start[1]), end] })
    }

    /// The contours of a loss of two variables around the descents, with the minima and the start.
    pub(super) fn surroundings(&self, window: &[[f64; 2]]) -> Contour {
        let names = self.told.experiment.loss().variables();
        let shape = lattice::shape(lattice::cells(self.surface.instructions()), [window[0], window[1]]);
        let marked = |name: &str, symbol, points| Marked { name: name.into(), symbol, points };
        let start = (self.told.slope.point[0], self.told.slope.point[1]);
        Contour {
            title: self.title(),
            subtitle: self.subtitle(),
            horizontal: Scale::linear(names[0].clone(), window[0][0], window[0][1]),
            vertical: Scale::linear(names[1].clone(), window[1][0], window[1][1]),
            columns: shape[0],
            rows: shape[1],
            name: "L".into(),
            values: lattice::values(shape, [window[0], window[1]], |x, y| self.surface.loss(&[x, y])),
            marked: vec![marked("minima", Symbol::Disc, self.minima()), marked("start", Symbol::Cross, vec![start])],
            paths: Vec::new(),
            arrows: Vec::new(),
            swarm: Vec::new(),
            keys: Vec::new(),
        }
    }

    /// What is usual of each variable where a catalog knows that, or else what the descents are shown in.
    pub(super) fn domain(&self) -> Vec<[f64; 2]> {
        let open = self.told.open.as_ref().map(|open| open.formula());
        let parameters = self.told.parameters();
        let case = Case { dimension: self.told.slope.point.len(), parameters: &parameters };
        let entry = open.and_then(|formula| formula.entry());
        if let Loss::Wells(wells) = self.told.experiment.loss() {
            return (0..case.dimension).map(|i| around(wells.wells().iter().map(|well| well.center[i]))).collect();
        }
        let ranges = entry.map(|entry| (0..case.dimension).map(|number| entry.range(number, case)).collect::<Option<Vec<_>>>());
        ranges.flatten().unwrap_or_else(|| self.window())
    }

    /// When descents end.
    pub(super) fn stop(&self) -> &StopRule {
        self.told.experiment.stop()
    }

    /// The first learning rate.
    pub(super) fn learning_rate(&self) -> f64 {
        self.paths[0].learning_rate
    }

    /// The minima of two variables that are known, and those that the descents near.
    fn minima(&self) -> Vec<(f64, f64)> {
        let found = self.approaches.iter().flatten().filter(|approach| approach.rate.is_some()).map(|approach| approach.end.clone());
        let known: Vec<Vec<f64>> = match self.told.experiment.loss() {
            Loss::Wells(wells) => wells.wells().iter().map(|well| well.center.clone()).collect(),
            _ => {
                let parameters = self.told.parameters();
                let known = self.told.open.as_ref().and_then(|open| open.formula().known(&parameters));
                known.map_or_else(Vec::new, |(entry, case)| entry.minima(case))
            }
        };
        let mut all: Vec<(f64, f64)> = Vec::new();
        for point in known.into_iter().chain(found).filter(|point| point.len() == 2) {
            let is_new = all.iter().all(|(x, y)| (x - point[0]).hypot(y - point[1]) > SAME * (1.0 + x.hypot(*y)));
            all.extend(is_new.then_some((point[0], point[1])));
        }
        all
    }

    /// The loss above its end against the step, with the rate that theory foretells; where an end is not known, the loss itself.
    fn losses(&self) -> Option<Curves> {
        let longest = self.paths.iter().map(|path| path.places.len() - 1).max()?;
        if longest == 0 || longest == 1 && self.told.paths.is_empty() {
            return None;
        }
        let ends: Vec<f64> = self.approaches.iter().flatten().map(|approach| approach.loss).collect();
        let lowest = ends.iter().copied().min_by(f64::total_cmp);
        let height = |approach: &Option<Approach>, loss: f64| match approach.as_ref().map(|approach| approach.loss).or(lowest) {
            Some(base) => Some(loss - base).filter(|height| *height > ROUNDING * base.abs()).unwrap_or(f64::NAN),
            None => loss,
        };
        let curve = |(path, approach): (&Path, &Option<Approach>)| {
            let points = path.places.iter().enumerate().map(|(step, place)| (step as f64, height(approach, place.loss)));
            Series::line(Self::name(path), points.collect())
        };
        let mut series: Vec<Series> = self.paths.iter().zip(&self.approaches).map(curve).collect();
        // What diverges leaves the picture where others stay, and so have room.
        let first = |series: &Series| series.points.first().map_or(0.0, |point| point.1);
        let highest = TALL * series.iter().map(first).fold(0.0, f64::max);
        let stays = |series: &Series| series.points.iter().all(|point| point.1 <= highest || point.1.is_nan());
        let highest = if lowest.is_some() && series.iter().any(stays) { highest } else { f64::INFINITY };
        let ordinates = series.iter().flat_map(|series| &series.points).map(|point| point.1).filter(|height| *height <= highest);
        // Where no end is known, a loss that is above 0 may tend to that.
        let is_positive =
            lowest.is_none() && series.iter().flat_map(|series| &series.points).all(|point| point.1 > 0.0 || point.1.is_nan());
        let label = if lowest.is_some() { "L above its end" } else { "L" };
        let spacing = if lowest.is_some() || is_positive { Spacing::Logarithmic } else { Spacing::Linear };
        let vertical = Scale::around(label, spacing, ordinates);
        let rates = self.approaches.iter().map(|approach| approach.as_ref().and_then(|approach| approach.rate));
        let foretold = rates.zip(&series).enumerate();
        let predictions: Vec<Series> =
            foretold.filter_map(|(number, (rate, series))| Some(predicted(rate?, &series.points)?.coloured_as(number))).collect();
        let subtitle = if predictions.is_empty() {
            ""
        } else {
            "dashed: what the eigenvalues at its end foretell, a factor max |1 − ηλ|² a step"
        };
        series.extend(predictions);
        let panel = Panel { horizontal: None, vertical, series, markers: Vec::new() };
        Some(Curves {
            title: "The loss at each step".into(),
            subtitle: self.named(subtitle),
            horizontal: Scale::whole("step", 0.0, longest as f64),
            panels: vec![panel],
        })
    }

    /// The change of the loss against the angle to the gradient.
    fn scan(&self, scan: &Scanned) -> Curves {
        let findings = &scan.findings;
        let law = &findings.laws[0];
        // At the angle whose cosine is the mean of a bin's, which is not at its middle where directions are uneven.
        let angle = |first_order: f64| (first_order / law.first_order).clamp(-1.0, 1.0).acos().to_degrees();
        let measured = findings.bins.iter().map(|bin| (angle(bin.first_order), bin.change)).collect();
        let foretold: Vec<(f64, f64)> =
            (0..=180).map(|angle| (f64::from(angle), law.first_order * f64::from(angle).to_radians().cos())).collect();
        let series = vec![Series::line("mean of ΔL", measured).shown(Shape::Points), Series::line("η‖∇L‖ cos β", foretold)];
        let ordinates: Vec<f64> = series.iter().flat_map(|series| &series.points).map(|point| point.1).collect();
        let panel = Panel { horizontal: None, vertical: Scale::around("ΔL", Spacing::Linear, ordinates), series, markers: Vec::new() };
        Curves {
            title: "The change of the loss in every direction".into(),
            subtitle: self.named(&format!(
                "steps of length η = {} in {} directions, on {}",
                short(law.step),
                grouped(scan.directions as u64),
                scan.backend
            )),
            horizontal: Scale::linear("angle β to ∇L, degrees", 0.0, 180.0),
            panels: vec![panel],
        }
    }
}

/// The points of a descent of one variable on the curve of its loss.
fn points_on(path: &Path) -> Vec<(f64, f64)> {
    path.places.iter().map(|place| (place.point[0], place.loss)).collect()
}

/// A line that changes by the square of `rate` a step, to the last of `points` that has a height.
fn predicted(rate: f64, points: &[(f64, f64)]) -> Option<Series> {
    let (last, height) = points.iter().rev().find(|point| point.1.is_finite())?;
    let line = points.iter().map(|(step, _)| *step).filter(|step| step <= last);
    let line: Vec<(f64, f64)> =
        line.map(|step| (step, height * rate.powf(2.0 * (step - last)))).filter(|point| point.1.is_finite()).collect();
    let name = format!("× {} a step", short(rate * rate));
    (line.len() > 1 && rate > 0.0).then(|| Series::line(name, line).shown(Shape::Dashes))
}

/// The numbers of the learning rates that are drawn: as many as there are colours, the first and the last among them.
fn shown(count: usize) -> Vec<usize> {
    let most = MOST_PATHS.min(count);
    (0..most).map(|number| if most > 1 { number * (count - 1) / (most - 1) } else { 0 }).collect()
}

/// A range with room around these values.
fn around(values: impl Iterator<Item = f64>) -> [f64; 2] {
    let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
    let room = if high > low { 0.5 * (high - low) } else { 1.0 };
    [low - room, high + room]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_learning_rates_some_are_drawn_with_both_ends_among_them() {
        assert_eq!((shown(1), shown(3)), (vec![0], vec![0, 1, 2]));
        for count in [6, 7, 100] {
            let shown = shown(count);
            assert_eq!((shown.len(), shown[0], shown[MOST_PATHS - 1]), (MOST_PATHS, 0, count - 1));
            assert!(shown.windows(2).all(|pair| pair[0] < pair[1]), "{shown:?}");
        }
    }

    #[test]
    fn a_range_has_room_around_its_values() {
        assert_eq!((around([1.0, 3.0].into_iter()), around([2.0].into_iter())), ([0.0, 4.0], [1.0, 3.0]));
    }

    #[test]
    fn a_prediction_ends_where_the_descent_does() {
        let points = [(0.0, 4.0), (1.0, 1.0), (2.0, 0.25), (3.0, f64::NAN)];
        assert_eq!(predicted(0.5, &points).unwrap().points, points[..3]);
        assert!(predicted(0.5, &points[3..]).is_none());
    }
}
