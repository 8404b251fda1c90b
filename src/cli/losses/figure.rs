//! The picture of a loss: its curve, its contours, or those of a plane through its lowest known minimum.

use crate::cli::lattice;
use crate::cli::losses::about::About;
use crate::cli::report::short;
use crate::cli::words::shortened;
use crate::picture::{Contour, Curves, Marked, Marker, Panel, Part, Scale, Series, Spacing, Symbol};

/// Points of a curve.
const POINTS: usize = 2001;
/// The longest formula in a subtitle, and in a title.
const FORMULA: usize = 160;
/// Coordinates closer than this, relative to the range, are the same.
const CLOSE: f64 = 1e-9;

/// The picture of a loss over its usual domain.
pub(super) fn of(about: &About) -> Part {
    match about.dimension() {
        1 => Part::Curves(curve(about)),
        _ => Part::Contour(Box::new(contour(about))),
    }
}

fn title(about: &About) -> String {
    shortened(about.formula.name(), FORMULA)
}

/// The formula where the title does not show it, the parameters, and what is held.
fn subtitle(about: &About, held: Option<String>) -> String {
    let formula = about.entry().map(|_| {
        let text = about.formula.text();
        format!("f = {}", shortened(text.rsplit(';').next().unwrap_or(text).trim(), FORMULA))
    });
    let parameters = about.parameters().into_iter().map(|(name, value)| format!("{name} = {}", short(value)));
    formula.into_iter().chain(parameters).chain(held).collect::<Vec<_>>().join(", ")
}

fn curve(about: &About) -> Curves {
    let [low, high] = about.ranges()[0];
    let point = |number: usize| {
        let x = low + (high - low) * number as f64 / (POINTS - 1) as f64;
        (x, about.loss(&[x]))
    };
    let points: Vec<(f64, f64)> = (0..POINTS).map(point).collect();
    let vertical = Scale::around("f", Spacing::Linear, points.iter().map(|point| point.1));
    let marker = |minimum: &Vec<f64>| Marker { abscissa: minimum[0], label: format!("minimum {}", short(minimum[0]).replace('-', "−")) };
    let markers = about.known.minima.iter().map(marker).collect();
    let panel = Panel { horizontal: None, vertical, series: vec![Series::line("", points)], markers };
    let name = about.formula.variables().remove(0);
    Curves { title: title(about), subtitle: subtitle(about, None), horizontal: Scale::linear(name, low, high), panels: vec![panel] }
}

fn contour(about: &About) -> Contour {
    let (ranges, variables) = (about.ranges(), about.formula.variables());
    let base = base(about);
    let shape = lattice::shape(lattice::cells(about.bound.both().instructions.len()), [ranges[0], ranges[1]]);
    let value = |x: f64, y: f64| {
        let mut point = base.clone();
        (point[0], point[1]) = (x, y);
        about.loss(&point)
    };
    let marked = |name: &str, symbol, points: &[Vec<f64>]| {
        let is_here = |point: &&Vec<f64>| (2..base.len()).all(|i| (point[i] - base[i]).abs() <= CLOSE * (ranges[i][1] - ranges[i][0]));
        Marked { name: name.into(), symbol, points: points.iter().filter(is_here).map(|point| (point[0], point[1])).collect() }
    };
    let (minima, saddles) = (&about.known.minima, &about.known.saddles);
    let name = if about.entry().is_some_and(|entry| !entry.all_minima) { "known minima" } else { "minima" };
    Contour {
        title: title(about),
        subtitle: subtitle(about, held(about)),
        horizontal: Scale::linear(variables[0].clone(), ranges[0][0], ranges[0][1]),
        vertical: Scale::linear(variables[1].clone(), ranges[1][0], ranges[1][1]),
        columns: shape[0],
        rows: shape[1],
        name: "f".into(),
        values: lattice::values(shape, [ranges[0], ranges[1]], value),
        marked: vec![marked(name, Symbol::Disc, minima), marked("saddles", Symbol::Cross, saddles)],
        paths: Vec::new(),
        arrows: Vec::new(),
        swarm: Vec::new(),
        keys: Vec::new(),
    }
}

/// Where the plane of the first two variables lies: through the lowest known minimum, or the middle of the domain.
fn base(about: &About) -> Vec<f64> {
    let middle = || about.ranges().iter().map(|[low, high]| low / 2.0 + high / 2.0).collect();
    about.known.minima.first().cloned().unwrap_or_else(middle)
}

/// What is held to have a plane.
fn held(about: &About) -> Option<String> {
    let names = &about.formula.variables()[2..];
    let place = if about.known.minima.is_empty() { "the middle of the domain" } else { "the lowest known minimum" };
    match names {
        [] => None,
        [name] => Some(format!("{name} held at {place}")),
        [first, .., last] => Some(format!("{first} … {last} held at {place}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::options::Data;

    fn contour_of(loss: &str, dimension: Option<usize>) -> Contour {
        contour(&About::of(loss, &Data { dimension, ..Data::default() }, &[]).unwrap())
    }

    #[test]
    fn contours_span_the_domain_and_mark_what_is_known() {
        let contour = contour_of("himmelblau", None);
        assert_eq!((contour.horizontal.low, contour.vertical.high, contour.columns), (-6.0, 6.0, lattice::cells(10)));
        assert_eq!(
            (contour.values[0], contour.values[contour.columns - 1]),
            (19.0_f64.powi(2) + 23.0_f64.powi(2), 19.0_f64.powi(2) + 35.0_f64.powi(2))
        );
        assert_eq!(contour.marked.iter().map(|marked| marked.points.len()).collect::<Vec<_>>(), [4, 4]);
    }

    #[test]
    fn of_many_variables_a_plane_through_the_lowest_minimum_is_drawn() {
        let contour = contour_of("qing", Some(3));
        assert!(contour.subtitle.ends_with("z held at the lowest known minimum"), "{}", contour.subtitle);
        assert_eq!(contour.marked[0].points.len(), 4);
        let contour = contour_of("(x[1] - 1)^4 + sum(i, 1, D, x[i]^4)", Some(12));
        assert!(contour.subtitle.contains("x3 … x12 held at the middle of the domain"), "{}", contour.subtitle);
        assert_eq!(contour.values[0], 6.0_f64.powi(4) + 2.0 * 5.0_f64.powi(4));
    }

    #[test]
    fn a_curve_has_a_marker_at_every_minimum() {
        let about = About::of("quadratic_cosine", &Data::default(), &[]).unwrap();
        let curves = curve(&about);
        assert_eq!((curves.panels[0].markers.len(), curves.horizontal.low), (6, -1.5));
    }
}
