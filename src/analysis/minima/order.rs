//! An order of minima in which rounding plays no part: by loss and, where losses are equal, by coordinates.

/// Losses closer than this part of 1 + |f| are equal.
const EQUAL_LOSSES: f64 = 1e-9;
/// Coordinates closer than this part of 1 + |x| are equal.
const EQUAL_COORDINATES: f64 = 1e-6;

/// The numbers of `minima`, each a point (`f64[D]`) and its loss, from the lowest.
pub(super) fn order(minima: &[(&[f64], f64)]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..minima.len()).collect();
    by(&mut order, 0, minima);
    order
}

/// Sorts by a minimum's loss (0) or coordinate `key` − 1, then each run of equals by what comes next.
///
/// Equal are neighbours in the sorted order, and so all of a run: unlike a comparison with a tolerance this is an order.
fn by(part: &mut [usize], key: usize, minima: &[(&[f64], f64)]) {
    let value = |number: usize| if key == 0 { Some(minima[number].1) } else { minima[number].0.get(key - 1).copied() };
    if part.len() < 2 || value(part[0]).is_none() {
        return;
    }
    let tolerance = if key == 0 { EQUAL_LOSSES } else { EQUAL_COORDINATES };
    let value = |number: usize| value(number).unwrap_or(f64::NAN);
    part.sort_by(|a, b| value(*a).total_cmp(&value(*b)));
    part.chunk_by_mut(|a, b| value(*b) - value(*a) <= tolerance * (1.0 + value(*a).abs())).for_each(|run| by(run, key + 1, minima));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn losses_and_coordinates_that_differ_by_rounding_are_equal() {
        let minima: [(&[f64], f64); 4] = [(&[1.0, 5.0], 1e-30), (&[1.0 + 1e-15, 4.0], 0.0), (&[-1.0, 9.0], 2e-16), (&[-9.0, 9.0], 0.1)];
        assert_eq!(order(&minima), [2, 1, 0, 3]);
    }
}
