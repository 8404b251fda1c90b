//! The picture of a bench: time and speed against batch size, and error against time.

use std::io::Write;

use crate::cli::bench::crossover::crossover;
use crate::cli::bench::measure::{Bench, Contender, Point};
use crate::cli::bench::precision::Precision;
use crate::cli::bench::report::PROGRAM;
use crate::cli::scales;
use crate::error::Result;
use crate::picture::{Curves, Format, Marker, Panel, Scale, Series, Spacing, Style};

pub(super) fn write(bench: &Bench, contenders: &[Contender], format: Format, style: Style, out: &mut dyn Write) -> Result<()> {
    let marker = crossover(contenders).map(|found| Marker { abscissa: found.descents as f64, label: "crossover".into() });
    let time = by_size(contenders, "seconds", |point| [point.resident.seconds, point.end_to_end.seconds]);
    let rate = by_size(contenders, "steps a second", |point| [point.resident, point.end_to_end].map(|leg| point.rate(leg)));
    let mut panels = vec![Panel { markers: marker.into_iter().collect(), ..time }, unnamed(rate)];
    if contenders.iter().any(|contender| !contender.precisions.is_empty()) {
        panels.push(error(contenders));
    }
    let backends: Vec<String> = contenders.iter().map(|contender| contender.description.to_string()).collect();
    let sizes = contenders.iter().flat_map(|contender| &contender.points).map(|point| point.descents as f64);
    Curves {
        title: format!("Speed of gradient descents of {}", bench.experiment.loss().name()),
        subtitle: format!("{PROGRAM}; {}; {}", scales::circumstances(&bench.experiment), backends.join("; ")),
        horizontal: Scale::around("descents", Spacing::Logarithmic, sizes),
        panels,
    }
    .write(format, style, out)
}

/// Two curves for each contender: resident and end to end.
fn by_size(contenders: &[Contender], label: &str, legs: fn(&Point) -> [f64; 2]) -> Panel {
    let curves = |contender: &Contender| {
        let points = |leg: usize| contender.points.iter().map(|point| (point.descents as f64, legs(point)[leg])).collect();
        [("resident", points(0)), ("end to end", points(1))]
    };
    panel(label, None, series(contenders, curves))
}

/// The median and the largest error of each contender against the time of the whole experiment.
fn error(contenders: &[Contender]) -> Panel {
    let curves = |contender: &Contender| {
        let points = |error: fn(&Precision) -> f64| {
            contender.precisions.iter().map(|precision| (precision.resident.seconds, error(precision))).collect()
        };
        [("median", points(|precision| precision.median_error)), ("largest", points(|precision| precision.largest_error))]
    };
    let series = series(contenders, curves);
    let seconds: Vec<f64> = series.iter().flat_map(|series| &series.points).map(|point| point.0).collect();
    panel("error against f64", Some(Scale::around("resident seconds", Spacing::Logarithmic, seconds)), series)
}

/// Two curves of each contender, in the same colours in every panel; without a name where there is nothing to draw.
fn series(contenders: &[Contender], curves: impl Fn(&Contender) -> [(&'static str, Vec<(f64, f64)>); 2]) -> Vec<Series> {
    let named = |contender: &Contender| {
        let name = contender.name(contenders);
        curves(contender).map(|(curve, points)| {
            let name = if points.is_empty() { String::new() } else { format!("{name}, {curve}") };
            Series::line(name, points)
        })
    };
    contenders.iter().flat_map(named).collect()
}

fn panel(label: &str, horizontal: Option<Scale>, series: Vec<Series>) -> Panel {
    let ordinates: Vec<f64> = series.iter().flat_map(|series| &series.points).map(|point| point.1).collect();
    Panel { horizontal, vertical: Scale::around(label, Spacing::Logarithmic, ordinates), series, markers: Vec::new() }
}

/// The same panel without a legend.
fn unnamed(panel: Panel) -> Panel {
    Panel { series: panel.series.into_iter().map(|series| Series { name: String::new(), ..series }).collect(), ..panel }
}
