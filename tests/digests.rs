//! What the GPU makes of outcomes on its own is what the host makes of the columns.
#![cfg(test)]

#[path = "shared/gpu.rs"]
mod gpu;
#[path = "shared/outcomes.rs"]
mod outcomes;

use std::sync::Arc;

use crate::gpu::gpu;
use crate::outcomes::{outcomes, outcomes_of};
use thalweg::analysis::basins::{Minima, NO_BASIN};
use thalweg::backend::gpu::Gpu;
use thalweg::backend::{Columns, Digest, Layout, Outcomes, Region, Rest, Wanted};
use thalweg::experiment::Draft;
use thalweg::loss::{Formula, Hessian, Problem, Quadratic, Well, Wells};
use thalweg::{Axis, Experiment, Loss, Status, StopRule};

fn digested(gpu: &Gpu, experiment: &Arc<Experiment>, limit: u64, digest: Digest) -> Vec<Outcomes> {
    outcomes_of(gpu, experiment, limit, Wanted { columns: Columns::ALL, digest: Some(digest) })
}

/// A quadratic of two variables, and where descents start along the first.
fn quadratic() -> Draft {
    let problem = Problem::centered(Hessian::dense(2, vec![3.0, 0.5, 0.5, 1.0]).unwrap(), vec![0.3, -1.0], 0.25).unwrap();
    let loss = Loss::Quadratic(Quadratic::new("quadratic", vec![problem]).unwrap());
    Experiment::new(loss).input("x", Axis::linear(-4.0, 4.0, 71))
}

/// Learning rates of which most are too high, until losses are no longer finite: all statuses but stalled.
fn rates() -> Draft {
    quadratic().input("y", Axis::linear(-3.0, 5.0, 40)).input("lr", Axis::logarithmic(1e-3, 1e30, 45)).steps(300)
}

#[test]
fn statistics_of_rows_are_those_of_the_host_along_any_axes() {
    let Some(gpu) = gpu(None) else { return };
    let experiment = Arc::new(rates().validate().unwrap());
    let whole = outcomes(&gpu, &experiment, u64::MAX);
    assert!(whole.len() == 1 && whole[0].loss.iter().any(|loss| !loss.is_finite()));
    for axes in [&[2][..], &[0], &[1], &[], &[2, 1]] {
        let expected = Layout::new(&whole[0].tile, axes).statistics(&whole[0]);
        let found = digested(&gpu, &experiment, u64::MAX, Digest::Rows(axes.into()));
        if Layout::new(&whole[0].tile, axes).members < 1024 {
            assert!(found[0].rows.is_empty() && found[0].endings == whole[0].endings);
            continue;
        }
        assert_eq!(found[0].rows, expected, "rows along {axes:?}");
        assert!(found[0].endings.is_empty() && found[0].loss.is_empty());
    }
}

#[test]
fn rows_that_tiles_cut_come_as_columns_and_others_as_statistics() {
    let Some(gpu) = gpu(None) else { return };
    let experiment = Arc::new(rates().validate().unwrap());
    let whole = outcomes(&gpu, &experiment, u64::MAX);
    let expected = Layout::new(&whole[0].tile, &[2]).statistics(&whole[0]);
    let of_tiles = digested(&gpu, &experiment, 5 * 71 * 40, Digest::Rows([2].into()));
    assert!(of_tiles.len() == 9 && of_tiles.iter().flat_map(|tile| &tile.rows).eq(&expected));
    let cut = digested(&gpu, &experiment, 71 * 39, Digest::Rows([2].into()));
    assert!(cut.iter().all(|tile| tile.rows.is_empty() && !tile.endings.is_empty()));
}

#[test]
fn sums_of_steps_may_need_more_than_one_word() {
    let Some(gpu) = gpu(None) else { return };
    let draft = Experiment::new(Loss::named("sphere", Some(1)).unwrap()).input("x", Axis::linear(1.0, 2.0, 1 << 17));
    let experiment =
        Arc::new(draft.input("lr", 1e-6).stop(StopRule { steps: 70_001, fixed_steps: true, ..StopRule::default() }).validate().unwrap());
    let total = 70_001_u64 << 17;
    assert!(total > 2 << 32);
    let rows = digested(&gpu, &experiment, u64::MAX, Digest::Rows([].into()));
    assert_eq!(rows.iter().flat_map(|tile| &tile.rows).map(|row| row.steps).sum::<u64>(), total);
    let rest = Rest { stalled: true, regions: vec![Region::everywhere(1)] };
    let ends = digested(&gpu, &experiment, u64::MAX, Digest::Ends(rest.into()));
    assert_eq!(ends.iter().filter_map(|tile| tile.ends.as_ref()).map(|ends| ends.steps).sum::<u64>(), total);
}

fn wells() -> Draft {
    let well = |offset, x, y, a| Well { offset, center: vec![x, y], curvature: vec![a, 2.0 * a] };
    let wells = Wells::new(vec![well(0.0, -2.0, -2.0, 1.0), well(0.1, 2.0, 1.0, 2.0), well(5.0, 0.5, 3.0, 6.0)]).unwrap();
    Experiment::new(Loss::Wells(wells)).input("x", Axis::linear(-4.0, 4.0, 160)).input("y", Axis::linear(-4.0, 4.0, 100))
}

/// Counts of each label and of each status, by columns and by digest; and how many ends the digest left to the host.
fn both_ways(gpu: &Gpu, experiment: &Arc<Experiment>, minima: &mut Minima) -> ([Vec<(i32, usize)>; 2], usize) {
    let monitor = Default::default();
    let tally = |labels: &[i32], more: &[(i32, u64)]| {
        let mut counts = std::collections::BTreeMap::new();
        labels.iter().for_each(|label| *counts.entry(*label).or_insert(0) += 1);
        more.iter().filter(|(_, count)| *count > 0).for_each(|(label, count)| *counts.entry(*label).or_insert(0) += *count as usize);
        counts.into_iter().collect::<Vec<_>>()
    };
    let whole = &outcomes(gpu, experiment, u64::MAX)[0];
    let labels = minima.labels(experiment, whole, &monitor).unwrap();
    let (rest, of_regions) = minima.rest(experiment);
    assert!(!rest.regions.is_empty());
    let stalled_rest = rest.stalled;
    let digest = &digested(gpu, experiment, u64::MAX, Digest::Ends(rest.into()))[0];
    let ends = digest.ends.as_ref().unwrap();
    for status in Status::ALL {
        let count = whole.endings.iter().filter(|ending| ending.status() == Some(status)).count();
        assert_eq!(ends.statuses[status.index()], count as u64);
    }
    assert_eq!(ends.steps, whole.endings.iter().map(|ending| u64::from(ending.steps())).sum::<u64>());
    let listed = minima.labels(experiment, digest, &monitor).unwrap();
    let mut more: Vec<(i32, u64)> = of_regions.into_iter().zip(ends.regions.iter().copied()).collect();
    more.extend(ends.in_motion(stalled_rest).map(|(_, count)| (NO_BASIN, count)));
    ([tally(&labels, &[]), tally(&listed, &more)], listed.len())
}

#[test]
fn ends_counted_by_region_have_the_labels_that_the_host_gives() {
    let Some(gpu) = gpu(None) else { return };
    let rates = quadratic().input("y", 2.0).input("lr", Axis::logarithmic(1e-2, 1.0, 60));
    let formula = Formula::parse("(x^2 + y - 11)^2 + (x + y^2 - 7)^2", None, None).unwrap();
    let formula = Experiment::new(Loss::Formula(formula)).input("x", Axis::linear(-6.0, 6.0, 150)).input("y", Axis::linear(-6.0, 6.0, 90));
    let cases = [
        (rates, 0),
        (wells().input("lr", 0.1), 100),
        (wells().input("lr", 0.1).steps(60), 100),
        (formula.clone().input("lr", 0.01), 0),
        (formula.input("lr", 0.02), 200),
    ];
    for (draft, most_listed) in cases {
        let experiment = Arc::new(draft.validate().unwrap());
        let ([columns, digest], listed) = both_ways(&gpu, &experiment, &mut Minima::of(&experiment).unwrap());
        assert_eq!(columns, digest);
        assert!(columns.len() > 1 || columns[0].0 != NO_BASIN);
        assert!(listed <= most_listed, "{listed} ends were left to the host");
    }
}

#[test]
fn what_rests_in_no_region_or_in_several_is_listed_in_order() {
    let Some(gpu) = gpu(None) else { return };
    let experiment = Arc::new(wells().input("lr", 0.1).validate().unwrap());
    let whole = &outcomes(&gpu, &experiment, u64::MAX)[0];
    let region = |x: f64, y: f64| Region::within(&[x, y], 0.5).unwrap();
    let two = vec![region(2.0, 1.0), region(0.5, 3.0), region(0.5, 3.1)];
    let too_many = &digested(&gpu, &experiment, u64::MAX, Digest::Ends(Rest { stalled: true, regions: two }.into()))[0];
    assert!(too_many.ends.is_none() && too_many.endings == whole.endings, "more than an eighth is read back as columns");

    let near_two = |point: &[f32]| (point[0] - 2.0).hypot(point[1] - 1.0) < 0.5 || (point[0] + 2.0).hypot(point[1] + 2.0) < 0.5;
    let few = vec![region(2.0, 1.0), region(-2.0, -2.0)];
    let few = &digested(&gpu, &experiment, u64::MAX, Digest::Ends(Rest { stalled: true, regions: few }.into()))[0];
    let Some(ends) = &few.ends else { panic!("the third well has {} ends", few.endings.len()) };
    let rests = whole.endings.iter().zip(whole.point.chunks_exact(2));
    let rests: Vec<_> = rests.filter(|(ending, _)| matches!(ending.status(), Some(Status::Converged | Status::Stalled))).collect();
    let listed: Vec<_> = rests.iter().filter(|(_, point)| !near_two(point)).collect();
    assert_eq!(ends.regions.iter().sum::<u64>() as usize + listed.len(), rests.len());
    assert!(listed.iter().map(|(ending, _)| *ending).eq(&few.endings) && listed.iter().flat_map(|(_, point)| *point).eq(&few.point));
    assert!(!listed.is_empty());
}
