//! Wilson's 95 % interval for a fraction k/n: (p + z²/2n ± z √(p(1−p)/n + z²/4n²)) / (1 + z²/n), p = k/n, z = 1.95996….
//!
//! Wilson 1927, doi:10.1080/01621459.1927.10502953. It stays within [0, 1] and is honest about k = 0 and k = n.

/// The 97.5 % quantile of the normal distribution.
const Z: f64 = 1.959_963_984_540_054;

/// The ends of the interval for `count` of `total`, which is not 0.
pub fn wilson(count: u64, total: u64) -> (f64, f64) {
    let (n, p) = (total as f64, count as f64 / total as f64);
    let middle = p + Z * Z / (2.0 * n);
    let half = Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + Z * Z / n;
    // The exact ends at k = 0 and k = n, which rounding would miss by a hair.
    let low = if count == 0 { 0.0 } else { (middle - half) / scale };
    let high = if count == total { 1.0 } else { (middle + half) / scale };
    (low, high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_is_the_published_one() {
        // Newcombe 1998, doi:10.1002/(SICI)1097-0258(19980430)17:8<857::AID-SIM777>3.0.CO;2-E, table I, method 3.
        for (count, total, expected) in
            [(81, 263, (0.2553, 0.3662)), (15, 148, (0.0624, 0.1605)), (0, 20, (0.0, 0.1611)), (1, 29, (0.0061, 0.1718))]
        {
            let (low, high) = wilson(count, total);
            assert!((low - expected.0).abs() < 5e-5 && (high - expected.1).abs() < 5e-5, "{count}/{total}: {low} {high}");
        }
    }

    #[test]
    fn a_fraction_lies_within_its_interval() {
        for total in [1, 2, 10, 1_000_000] {
            for count in [0, 1, total / 2, total] {
                let (low, high) = wilson(count, total);
                let fraction = count as f64 / total as f64;
                assert!(0.0 <= low && low <= fraction && fraction <= high && high <= 1.0, "{count}/{total}");
            }
        }
    }
}
