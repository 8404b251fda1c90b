//! The picture of a bench: time against batch size.

use std::io::Write;

use crate::cli::bench::measure::{Bench, Leg, crossover};
use crate::cli::bench::seconds;
use crate::cli::scales;
use crate::error::Result;
use crate::picture::{Curves, Format, Marker, Panel, Scale, Series, Spacing};

pub(super) fn write(bench: &Bench, legs: &[Leg], format: Format, out: &mut dyn Write) -> Result<()> {
    let points = || legs.iter().flat_map(|leg| &leg.points);
    let curve = |value: fn(&super::measure::Point) -> f64| -> Vec<Series> {
        let series = |leg: &Leg| Series {
            name: format!("{} ({})", leg.description.kind, leg.description.adapter),
            points: leg.points.iter().map(|point| (point.descents as f64, value(point))).collect(),
        };
        legs.iter().map(series).collect()
    };
    let marker = crossover(legs).map(|found| Marker { abscissa: found.descents as f64, label: "crossover".into() });
    let slowest = points().map(|point| point.total).fold(0.0, f64::max);
    let time = Panel {
        vertical: Scale::around("total time [s]", Spacing::Logarithmic, points().map(|point| point.total)),
        series: curve(|point| point.total),
        markers: marker.into_iter().collect(),
    };
    let rate = Panel {
        vertical: Scale::around("descent-steps a second", Spacing::Logarithmic, points().map(|point| point.rate())),
        series: curve(|point| point.rate()).into_iter().map(|series| Series { name: String::new(), ..series }).collect(),
        markers: Vec::new(),
    };
    Curves {
        title: format!("Time against batch size: {}", bench.experiment.loss().name()),
        subtitle: format!("{}; slowest run {}", scales::circumstances(&bench.experiment), seconds(slowest)),
        horizontal: Scale::around("descents", Spacing::Logarithmic, points().map(|point| point.descents as f64)),
        panels: vec![time, rate],
    }
    .write(format, out)
}
