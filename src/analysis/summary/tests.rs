use super::*;
use crate::axis::Axis;
use crate::loss::Loss;
use crate::plan::{MemoryBudget, Plan};
use crate::stop::Ending;
use std::collections::BTreeMap;

fn experiment(x: u64, y: u64, rates: u64) -> Experiment {
    let draft = Experiment::new(Loss::named("sphere", Some(2)).unwrap());
    let draft = draft.input("x", Axis::linear(-1.0, 1.0, x)).input("y", Axis::linear(-1.0, 1.0, y));
    draft.input("lr", Axis::linear(0.1, 1.0, rates)).validate().unwrap()
}

/// Made-up outcomes, each a function of the descent's number.
fn outcome(descent: u64) -> (Ending, f32) {
    let mixed = descent.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 33;
    let status = Status::ALL[(mixed % 4) as usize];
    let loss = if status == Status::Diverged { f32::NAN } else { (mixed % 1000) as f32 * 0.01 };
    (Ending::new(status, (mixed % 777) as u32), loss)
}

fn outcomes(tile: Tile) -> Outcomes {
    let (endings, loss) = (tile.first..tile.first + u64::from(tile.descents)).map(outcome).unzip();
    Outcomes { endings, loss, ..Outcomes::of(&tile) }
}

fn rows_match_sorting(experiment: &Experiment, axes: &[usize], largest_tile: u64) {
    let mut summary = Summary::new(experiment, axes).unwrap();
    for tile in Plan::within(experiment, MemoryBudget::default(), largest_tile).tiles() {
        summary.add(&outcomes(tile));
    }
    let mut expected: BTreeMap<Vec<u64>, Vec<(Ending, f32)>> = BTreeMap::new();
    for descent in 0..experiment.descents() {
        let positions = experiment.positions(descent);
        expected.entry(axes.iter().map(|axis| positions[*axis]).collect()).or_default().push(outcome(descent));
    }
    let rows = summary.finish();
    assert_eq!(rows.len(), expected.len());
    for row in rows {
        let descents = &expected[&row.positions];
        let mut steps: Vec<u32> = descents.iter().map(|(ending, _)| ending.steps()).collect();
        let mut loss: Vec<f32> = descents.iter().map(|(_, loss)| finite_or_infinity(*loss)).collect();
        steps.sort_unstable();
        loss.sort_by(f32::total_cmp);
        let middle = (steps.len() - 1) / 2;
        let found = (row.steps_median, row.steps_max, row.loss_median);
        assert_eq!(found, (steps[middle].into(), steps[steps.len() - 1], loss[middle]), "{:?}", row.positions);
        for status in Status::ALL {
            let count = descents.iter().filter(|(ending, _)| ending.status() == Some(status)).count();
            assert_eq!(row.statuses[status.index()], count as u64);
        }
    }
}

#[test]
fn rows_of_any_axes_and_tiles_are_those_of_sorting() {
    let experiment = experiment(37, 23, 11);
    for axes in [&[2][..], &[0], &[1], &[0, 2], &[1, 2], &[0, 1, 2]] {
        for largest_tile in [u64::MAX, 5000, 100, 1] {
            rows_match_sorting(&experiment, axes, largest_tile);
        }
    }
}

#[test]
fn rows_longer_than_a_chunk_are_those_of_sorting() {
    let experiment = experiment(400, 300, 3);
    rows_match_sorting(&experiment, &[2], u64::MAX);
    rows_match_sorting(&experiment, &[1], u64::MAX);
}

#[test]
fn too_many_rows_are_refused() {
    let message = Summary::new(&experiment(2000, 2000, 2), &[0, 1]).unwrap_err().to_string();
    assert!(message.contains("2000 × 2000"), "{message}");
}
