//! The picture of a bench: time and speed against batch size, and error against time.

use crate::cli::bench::crossover::crossover;
use crate::cli::bench::measure::{Bench, Contender, Leg, Point};
use crate::cli::bench::precision::Precision;
use crate::cli::bench::report::{PROGRAM, command_line, percent, repeats};
use crate::cli::scales;
use crate::picture::{Curves, Marker, Panel, Scale, Series, Shape, Spacing};

pub(super) fn of(bench: &Bench, contenders: &[Contender]) -> Curves {
    let time = by_size(contenders, "seconds", |_, leg| [leg.seconds, leg.shortest, leg.longest]);
    let rate = by_size(contenders, "steps a second", |point, leg| {
        [leg.seconds, leg.longest, leg.shortest].map(|seconds| point.steps as f64 / seconds)
    });
    let marker = crossover(contenders).map(|found| Marker { abscissa: found.descents as f64, label: "crossover".into() });
    let time = time.map(|panel| Panel { markers: marker.into_iter().collect(), ..panel });
    let bars = if bench.repeats > 1 { ", bars from the shortest to the longest" } else { "" };
    let backends: Vec<String> = contenders.iter().map(|contender| contender.description.to_string()).collect();
    let sizes = contenders.iter().flat_map(|contender| &contender.points).map(|point| point.descents as f64);
    Curves {
        title: format!("Speed of gradient descents of {}", bench.experiment.loss().name()),
        subtitle: format!(
            "{PROGRAM}: {}\n{}; {}{bars}; reached is the floor over the resident time\n{}",
            command_line(),
            scales::circumstances(&bench.experiment),
            repeats(bench.repeats),
            backends.join("; ")
        ),
        horizontal: Scale::around("descents", Spacing::Logarithmic, sizes),
        panels: [time, rate.map(unnamed), error(contenders)].into_iter().flatten().collect(),
    }
}

/// The curves of each contender in a colour of its own, the same in every panel: resident, end to end, and a bar for each of their points
/// between two more values.
fn by_size(contenders: &[Contender], label: &str, values: fn(&Point, Leg) -> [f64; 3]) -> Option<Panel> {
    let of_leg = |contender: &Contender, name: String, shape: Shape, leg: fn(&Point) -> Leg| {
        let seen: Vec<(f64, [f64; 3])> = contender.points.iter().map(|point| (point.descents as f64, values(point, leg(point)))).collect();
        let bar = |(x, [_, low, high]): &(f64, [f64; 3])| [(*x, *low), (*x, *high), (f64::NAN, f64::NAN)];
        let curve = seen.iter().map(|(x, [middle, ..])| (*x, *middle)).collect();
        [Series::line(name, curve).shown(shape), Series::line("", seen.iter().flat_map(bar).collect())]
    };
    let series = contenders.iter().enumerate().flat_map(|(number, contender)| {
        let name = contender.name(contenders);
        let share = contender.roofline.map_or_else(String::new, |roofline| format!(", {} reached", percent(roofline.reached)));
        let resident = of_leg(contender, format!("{name}, resident{share}"), Shape::Both, |point| point.resident);
        let end_to_end = of_leg(contender, format!("{name}, end to end"), Shape::Dashes, |point| point.end_to_end);
        resident.into_iter().chain(end_to_end).map(move |series| series.coloured_as(number))
    });
    panel(label, None, series.collect())
}

/// The median and the largest error of each contender against the time of the whole experiment.
fn error(contenders: &[Contender]) -> Option<Panel> {
    let curves = |(number, contender): (usize, &Contender)| {
        let curve = |name: &str, error: fn(&Precision) -> f64| {
            let points = contender.precisions.iter().map(|precision| (precision.point.resident.seconds, error(precision))).collect();
            let name = if contender.precisions.is_empty() { String::new() } else { format!("{}, {name}", contender.name(contenders)) };
            Series::line(name, points).coloured_as(number)
        };
        [
            curve("median", |precision| precision.median_error).shown(Shape::Both),
            curve("largest", |precision| precision.largest_error).shown(Shape::Dashes),
        ]
    };
    let series: Vec<Series> = contenders.iter().enumerate().flat_map(curves).collect();
    let seconds: Vec<f64> = series.iter().flat_map(|series| &series.points).map(|point| point.0).collect();
    let has_zeros = series.iter().flat_map(|series| &series.points).any(|point| point.1 == 0.0);
    panel(
        if has_zeros { "error against f64, zeros left out" } else { "error against f64" },
        Some(Scale::around("resident seconds", Spacing::Logarithmic, seconds)),
        series,
    )
}

/// Nothing where no ordinate is above 0, as only those have a place.
fn panel(label: &str, horizontal: Option<Scale>, series: Vec<Series>) -> Option<Panel> {
    let ordinates: Vec<f64> = series.iter().flat_map(|series| &series.points).map(|point| point.1).collect();
    let vertical = Scale::around(label, Spacing::Logarithmic, ordinates.iter().copied());
    ordinates.iter().any(|ordinate| *ordinate > 0.0).then_some(Panel { horizontal, vertical, series, markers: Vec::new() })
}

/// The same panel without a legend.
fn unnamed(panel: Panel) -> Panel {
    Panel { series: panel.series.into_iter().map(|series| Series { name: String::new(), ..series }).collect(), ..panel }
}
