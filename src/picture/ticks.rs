//! Round numbers to mark a scale with.

use super::scale::{Scale, Spacing};

/// A mark on a scale.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tick {
    pub(super) value: f64,
    /// Empty for a minor tick.
    pub(super) label: String,
}

/// No scale needs more numbers than this.
const MOST_LABELS: usize = 11;

/// The densest set of round ticks within the scale whose labels `fit`; a single one if none do.
pub(super) fn choose(scale: &Scale, fit: impl Fn(&[Tick]) -> bool) -> Vec<Tick> {
    let (low, high) = (scale.low.min(scale.high), scale.low.max(scale.high));
    let acceptable = |ticks: &Vec<Tick>| {
        let labels = ticks.iter().filter(|tick| !tick.label.is_empty()).count();
        (2..=MOST_LABELS).contains(&labels) && fit(ticks)
    };
    let mut sets = match scale.spacing {
        Spacing::Linear => linear_sets(low, high, i32::MIN),
        Spacing::Whole => linear_sets(low, high, 0),
        Spacing::Logarithmic => logarithmic_sets(low, high),
    };
    match sets.iter().position(acceptable) {
        Some(found) => sets.swap_remove(found),
        None => vec![Tick { value: scale.low, label: lone_label(scale.low) }],
    }
}

/// Ticks at multiples of 1, 2 or 5 times a power of ten, 10^`least` at least, densest first.
fn linear_sets(low: f64, high: f64, least: i32) -> Vec<Vec<Tick>> {
    let range = high - low;
    let largest = low.abs().max(high.abs());
    // Below this the multiples of a step are no longer distinct numbers.
    if !range.is_finite() || range < 1e-11 * largest || range < f64::MIN_POSITIVE * 1e16 {
        return Vec::new();
    }
    let exponent = ((range / 20.0).log10().floor() as i32).max(least);
    let steps = (exponent..exponent + 4).flat_map(|exponent| [(1.0, exponent), (2.0, exponent), (5.0, exponent)]);
    steps.map(|(digit, exponent)| linear_ticks(low, high, digit, exponent)).filter(|ticks| !ticks.is_empty()).collect()
}

fn linear_ticks(low: f64, high: f64, digit: f64, exponent: i32) -> Vec<Tick> {
    let step = digit * 10_f64.powi(exponent);
    // A hair of tolerance, so that the ends get a tick although 0.1 · 3 is not 0.3.
    let (first, last) = ((low / step - 1e-6).ceil(), (high / step + 1e-6).floor());
    let largest = low.abs().max(high.abs());
    (0..=(last - first) as usize)
        .map(|index| (first + index as f64) * step)
        .map(|value| Tick { value, label: decimal(value, exponent, largest) })
        .collect()
}

/// Ticks at powers of ten, with digits between them where there is room, densest first.
fn logarithmic_sets(low: f64, high: f64) -> Vec<Vec<Tick>> {
    let (first, last) = (low.log10().floor() as i32, high.log10().ceil() as i32);
    // Wide enough for ends that were rounded to f32.
    let inside = |value: &f64| *value >= low * (1.0 - 1e-6) && *value <= high * (1.0 + 1e-6);
    let plain = low >= 0.9e-3 && high <= 1.1e4;
    let mut sets = Vec::new();
    if high / low < 10.0 {
        sets.extend(linear_sets(low, high, i32::MIN));
    }
    for digits in [&[1, 2, 3, 4, 5, 6, 7, 8, 9][..], &[1, 2, 5], &[1]] {
        let places = (first..=last).flat_map(|exponent| (1..=9).map(move |digit| (digit, exponent)));
        let ticks = places.map(|(digit, exponent)| {
            let label = if digits.contains(&digit) { power(digit, exponent, plain) } else { String::new() };
            Tick { value: f64::from(digit) * 10_f64.powi(exponent), label }
        });
        sets.push(ticks.filter(|tick| inside(&tick.value)).collect());
    }
    // Too many decades for the digits between them.
    for stride in [2, 5, 10, 20, 50, 100] {
        let exponents = (first..=last).filter(|exponent| exponent % stride == 0);
        let ticks = exponents.map(|exponent| Tick { value: 10_f64.powi(exponent), label: power(1, exponent, plain) });
        sets.push(ticks.filter(|tick| inside(&tick.value)).collect());
    }
    sets
}

/// `value` with the decimals that a step of 10^`exponent` needs, in units of a power of ten if the largest value on the scale asks for it.
pub(super) fn decimal(value: f64, exponent: i32, largest: f64) -> String {
    let magnitude = largest.log10().floor() as i32;
    if value.abs() < 10_f64.powi(exponent) / 2.0 {
        return "0".into();
    }
    if (-4..6).contains(&magnitude) {
        return with_minus(format!("{value:.*}", exponent.min(0).unsigned_abs() as usize));
    }
    let decimals = (magnitude - exponent).max(0) as usize;
    with_minus(format!("{:.decimals$}×10{}", value / 10_f64.powi(magnitude), superscript(magnitude)))
}

fn power(digit: i32, exponent: i32, plain: bool) -> String {
    match (plain, digit) {
        (true, _) => format!("{:.*}", exponent.min(0).unsigned_abs() as usize, f64::from(digit) * 10_f64.powi(exponent)),
        (false, 1) => format!("10{}", superscript(exponent)),
        (false, _) => format!("{digit}×10{}", superscript(exponent)),
    }
}

/// A label for the only tick of a scale.
fn lone_label(value: f64) -> String {
    let plain = value == 0.0 || (1e-4..1e6).contains(&value.abs());
    with_minus(if plain { value.to_string() } else { format!("{value:e}") })
}

fn with_minus(number: String) -> String {
    number.replace('-', "−")
}

fn superscript(exponent: i32) -> String {
    let raised = |letter| match letter {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        // The other superscript digits stand in a row from U+2070.
        digit => char::from_u32(0x2070 + u32::from(digit) - u32::from('0')).unwrap_or(digit),
    };
    exponent.to_string().chars().map(raised).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(scale: &Scale) -> Vec<String> {
        choose(scale, |_| true).into_iter().map(|tick| tick.label).filter(|label| !label.is_empty()).collect()
    }

    #[test]
    fn ticks_are_round_and_within_the_scale_in_either_direction() {
        let expected = ["−6", "−5", "−4", "−3", "−2", "−1", "0", "1", "2", "3", "4"];
        assert_eq!(labels(&Scale::linear("x", -6.0, 4.0)), expected);
        assert_eq!(labels(&Scale::linear("x", 4.0, -6.0)), expected);
        assert_eq!(labels(&Scale::linear("x", 0.0, 1.0))[..3], ["0.0", "0.1", "0.2"].map(|label| label.replace("0.0", "0")));
        assert_eq!(labels(&Scale::linear("x", 0.0, 4e-7))[1], "0.5×10⁻⁷");
        assert_eq!(labels(&Scale::whole("step", 0.0, 3.0)), ["0", "1", "2", "3"]);
        assert_eq!(labels(&Scale::linear("x", 1e6, 2e6))[..2], ["1.0×10⁶", "1.1×10⁶"]);
    }

    #[test]
    fn a_logarithmic_scale_is_marked_at_powers_of_ten_or_finer() {
        assert_eq!(labels(&Scale::logarithmic("η", 1e-5, 1.0)), ["10⁻⁵", "10⁻⁴", "10⁻³", "10⁻²", "10⁻¹", "10⁰"]);
        assert_eq!(labels(&Scale::logarithmic("η", 0.01, 1.0)), ["0.01", "0.02", "0.05", "0.1", "0.2", "0.5", "1"]);
        assert!(labels(&Scale::logarithmic("η", 1e-300, 1e300)).contains(&"10⁰".to_string()));
        assert!(labels(&Scale::logarithmic("η", 0.3, 0.4)).len() >= 4);
    }

    #[test]
    fn ticks_that_do_not_fit_are_thinned() {
        let scale = Scale::linear("x", 0.0, 10.0);
        for most in 2..12 {
            assert!((2..=most).contains(&choose(&scale, |ticks| ticks.len() <= most).len()));
        }
        assert_eq!(choose(&scale, |_| false), [Tick { value: 0.0, label: "0".into() }]);
    }

    #[test]
    fn strange_scales_get_at_least_one_tick_and_never_too_many() {
        let ends = [0.0, 5e-324, 1e-300, 1.0, 1.0 + f64::EPSILON, 1e15, 1e15 + 1.0, f64::MAX, f64::MIN, -1.0];
        for low in ends {
            for high in ends {
                let ticks = choose(&Scale::linear("x", low, high), |_| true);
                assert!((1..100).contains(&ticks.len()), "{low} {high} {ticks:?}");
                if low > 0.0 && high > 0.0 {
                    let ticks = choose(&Scale::logarithmic("x", low, high), |_| true);
                    assert!((1..200).contains(&ticks.len()), "{low} {high} {ticks:?}");
                }
            }
        }
    }
}
