//! One row for each descent of a tile, as text or bytes: formatted on all cores, written in order.

use std::io::Write;

use rayon::prelude::*;

use crate::error::Result;
use crate::table::Output;

/// Rows formatted at a time, by one thread and by all.
const CHUNK: usize = 2048;
const GROUP: usize = 64 * CHUNK;

/// Writes what `format` makes of each of `0..descents`.
pub(super) fn write(out: &mut Output, descents: u32, format: impl Fn(u32, &mut Vec<u8>) + Sync) -> Result<()> {
    let descents = descents as usize;
    for group in (0..descents).step_by(GROUP) {
        let end = (group + GROUP).min(descents);
        let starts: Vec<usize> = (group..end).step_by(CHUNK).collect();
        let texts: Vec<Vec<u8>> = starts
            .into_par_iter()
            .map(|start| {
                let mut text = Vec::with_capacity(CHUNK * 32);
                (start..(start + CHUNK).min(end)).for_each(|descent| format(descent as u32, &mut text));
                text
            })
            .collect();
        texts.iter().try_for_each(|text| out.put(text))?;
    }
    Ok(())
}

/// Appends text.
pub(super) fn push(text: &mut Vec<u8>, value: impl std::fmt::Display) {
    // Writing to a vector cannot fail.
    let _ = write!(text, "{value}");
}

/// Appends the shortest decimal that reads back as `value`; `nan`, `inf` or `-inf` where there is none.
pub(super) fn push_number(text: &mut Vec<u8>, value: f32) {
    let size = value.abs();
    // Writing to a vector cannot fail.
    let _ = match value {
        _ if value.is_nan() => write!(text, "nan"),
        _ if size.is_finite() && size != 0.0 && !(1e-5..1e9).contains(&size) => write!(text, "{value:e}"),
        _ => write!(text, "{value}"),
    };
}

/// The same for JSON, `null` where the value is not finite.
pub(super) fn push_json_number(text: &mut Vec<u8>, value: f32) {
    if value.is_finite() { push_number(text, value) } else { push(text, "null") }
}

/// The header of a CSV file; names with a comma or a quote are quoted.
pub(super) fn csv_header<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<u8> {
    let quoted = |name: &str| if name.contains([',', '"']) { format!("\"{}\"", name.replace('"', "\"\"")) } else { name.to_string() };
    let names: Vec<String> = names.into_iter().map(quoted).collect();
    format!("{}\n", names.join(",")).into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(push: fn(&mut Vec<u8>, f32), value: f32) -> String {
        let mut text = Vec::new();
        push(&mut text, value);
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn numbers_read_back_bit_for_bit() {
        for value in [0.4_f32, -0.0, 1e-30, 3.4e38, f32::from_bits(1), 123_456.79, 1e-5, -7.5e11] {
            assert_eq!(text(push_number, value).parse::<f32>().unwrap().to_bits(), value.to_bits());
            assert_eq!(serde_json::from_str::<f32>(&text(push_json_number, value)).unwrap().to_bits(), value.to_bits());
        }
        assert_eq!((text(push_number, f32::NAN), text(push_number, f32::NEG_INFINITY)), ("nan".into(), "-inf".into()));
        assert_eq!(text(push_json_number, f32::INFINITY), "null");
    }

    #[test]
    fn rows_are_written_in_order_however_many_there_are() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rows.csv");
        let mut out = Output::create(&path).unwrap();
        write(&mut out, 300_001, |row, text| push(text, format_args!("{row}\n"))).unwrap();
        out.commit().unwrap();
        let lines = std::fs::read_to_string(path).unwrap();
        assert!(lines.lines().map(|line| line.parse::<u32>().unwrap()).eq(0..300_001));
    }
}
