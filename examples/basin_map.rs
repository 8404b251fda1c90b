//! Draws which of Himmelblau's four minima each start leads to, and counts the cells of each basin.
//!
//! Shows how ends are labelled by the minimum they reached, and how a picture is made of them:
//! `cargo run --release --example basin_map -- himmelblau.png`. Without a path the picture goes to the folder for temporary files.

use std::path::PathBuf;
use std::sync::Arc;

use thalweg::analysis::basins::{Census, Minima, Minimum, NO_BASIN};
use thalweg::backend::Monitor;
use thalweg::picture::{Format, Map, Scale, Style, palette};
use thalweg::table::Output;
use thalweg::{Axis, Choice, Columns, Experiment, Loss, Result, choose};

/// Cells along each side.
const SIDE: u64 = 400;

fn main() -> Result<()> {
    let path = std::env::args_os().nth(1).map_or_else(|| std::env::temp_dir().join("thalweg-himmelblau.png"), PathBuf::from);
    // Opened before the run, so that a bad path is found out at once.
    let mut file = Output::create(&path)?;
    let experiment = Experiment::new(Loss::named("himmelblau", None)?)
        .input("x", Axis::linear(-6.0, 6.0, SIDE))
        .input("y", Axis::linear(-6.0, 6.0, SIDE))
        .input("learning_rate", 0.01)
        .validate()?;
    let experiment = Arc::new(experiment);

    // Minima are found while ends come in; once all are there, labels become final.
    let (mut minima, mut labels) = (Minima::of(&experiment)?, Vec::new());
    choose(&Choice::default(), &experiment)?.run(&experiment, Columns { point: true, ..Columns::ENDING }, |outcomes| {
        labels.extend(minima.labels(&experiment, outcomes, &Monitor::default())?);
        Ok(())
    })?;
    let relabelled = minima.finish();
    labels.iter_mut().for_each(|label| *label = relabelled.of(*label));

    let mut census = Census::default();
    census.add(&labels);
    let words = |minimum: &Minimum| {
        let place: Vec<String> = minimum.point.iter().flatten().map(|x| format!("{x:.3}")).collect();
        format!("({}): {} cells", place.join(", "), census.count(minimum.label))
    };
    minima.listed().iter().for_each(|minimum| println!("{}", words(minimum)));
    println!("no minimum: {} cells", census.count(NO_BASIN));

    let colour = |label: i32| u32::try_from(label).map_or(palette::NO_BASIN, |label| palette::basin(label, 0.5));
    let map = Map {
        title: "Basins of himmelblau".into(),
        subtitle: "gradient descent, learning rate 0.01".into(),
        horizontal: Scale::linear("x", -6.0, 6.0),
        vertical: Scale::linear("y", -6.0, 6.0),
        columns: SIDE as usize,
        rows: SIDE as usize,
        pixels: labels.iter().map(|label| colour(*label)).collect(),
        legend: minima.listed().iter().map(|minimum| (colour(minimum.label), words(minimum))).collect(),
        lines: Vec::new(),
    };
    file.put(&map.render(Format::of(&path).unwrap_or(Format::Png), Style::default())?)?;
    file.commit()?;
    println!("drawn in {}", path.display());

    assert_eq!(minima.listed().len(), 4);
    assert!(minima.listed().iter().all(|minimum| census.count(minimum.label) > SIDE * SIDE / 10));
    Ok(())
}
