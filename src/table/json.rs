//! Numbers for JSON, which knows neither NaN nor infinity nor single precision.

use serde_json::Value;

use crate::real::decimal;

/// `value` as a JSON number, or `null` if it is not finite.
pub fn number(value: f64) -> Value {
    serde_json::Number::from_f64(value).map_or(Value::Null, Value::Number)
}

/// `value` as the shortest decimal that reads back as the same f32 (0.1 and not 0.10000000149011612), or `null` if it is not finite.
pub fn single(value: f32) -> Value {
    number(decimal(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_single_keeps_its_bits_and_its_short_form() {
        for value in [0.1_f32, 1e-4, 3.0, -0.0, f32::MAX, f32::MIN_POSITIVE, f32::from_bits(1), 16_777_216.0, 1.0 / 3.0] {
            let text = single(value).to_string();
            assert_eq!(text.parse::<f32>().unwrap().to_bits(), value.to_bits(), "{text}");
            assert!(text.len() <= 15, "{text}");
        }
        assert_eq!(single(0.1).to_string(), "0.1");
    }

    #[test]
    fn what_is_not_finite_is_null() {
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(number(value), Value::Null);
            assert_eq!(single(value as f32), Value::Null);
        }
    }
}
