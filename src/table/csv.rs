//! Finite numbers separated by commas, one row a line, under an optional line of column names.
//!
//! A first line in which no cell is a number is the header; one that mixes numbers and words is an error, since a mistyped number must not
//! turn its row into a header. Blank lines and lines that start with `#` are skipped, and white space around a cell is ignored.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use crate::error::{Error, Result};

/// The numbers of a CSV file.
#[derive(Debug, Clone, PartialEq)]
pub struct Numbers {
    /// The column names, if the file has a header; as many as there are columns.
    pub names: Option<Vec<String>>,
    /// The number of rows, at least one.
    pub rows: usize,
    /// The number of columns, at least one.
    pub columns: usize,
    /// `rows × columns` finite values, row by row.
    pub values: Vec<f64>,
}

/// Reads a CSV file.
///
/// # Errors
/// [`Error::File`] if it cannot be read, has no numbers, or has a cell that is not a finite number or a row of another length; the message
/// gives the line and column, both counted from 1.
pub fn read(path: &Path) -> Result<Numbers> {
    let file = File::open(path).map_err(|error| Error::file(path, error))?;
    parse(BufReader::new(file)).map_err(|reason| Error::file(path, reason))
}

fn parse(text: impl BufRead) -> std::result::Result<Numbers, String> {
    let mut numbers = Numbers { names: None, rows: 0, columns: 0, values: Vec::new() };
    for (index, line) in text.lines().enumerate() {
        let line_number = index + 1;
        let line = line.map_err(|error| format!("line {line_number}: {error}"))?;
        // Spreadsheet programs put a byte order mark at the start.
        let line = line.trim_start_matches('\u{feff}').trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if numbers.columns == 0 && line.split(',').all(|cell| number(cell).is_none()) {
            let names = header(line).map_err(|error| format!("line {line_number}: {error}"))?;
            numbers.columns = names.len();
            numbers.names = Some(names);
        } else {
            push_row(&mut numbers, line).map_err(|reason| format!("line {line_number}, {reason}"))?;
        }
    }
    if numbers.rows == 0 { Err("has no rows of numbers".into()) } else { Ok(numbers) }
}

/// The column names of a header line; a name may be quoted.
fn header(line: &str) -> csv::Result<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).trim(csv::Trim::All).from_reader(line.as_bytes());
    let mut names = csv::StringRecord::new();
    reader.read_record(&mut names)?;
    Ok(names.iter().map(String::from).collect())
}

/// Appends a row of numbers; the error begins with the column.
fn push_row(numbers: &mut Numbers, line: &str) -> std::result::Result<(), String> {
    let mut columns = 0;
    for cell in line.split(',') {
        columns += 1;
        match number(cell) {
            Some(value) if value.is_finite() => numbers.values.push(value),
            Some(_) => return Err(format!("column {columns}: '{}' is not a finite number", cell.trim())),
            None if cell.contains([';', '\t']) => {
                return Err(format!("column {columns}: '{}' is not a number; part columns by commas", cell.trim()));
            }
            None => return Err(format!("column {columns}: '{}' is not a number", cell.trim())),
        }
    }
    // The first row of a file without a header sets the number of columns.
    if numbers.columns == 0 {
        numbers.columns = columns;
    }
    if columns != numbers.columns {
        return Err(format!("column {columns}: the row ends here, where {} columns are expected", numbers.columns));
    }
    numbers.rows += 1;
    Ok(())
}

fn number(cell: &str) -> Option<f64> {
    cell.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<Vec<f64>> {
        let numbers = parse(text.as_bytes()).unwrap();
        assert_eq!(numbers.values.len(), numbers.rows * numbers.columns);
        numbers.values.chunks(numbers.columns).map(<[f64]>::to_vec).collect()
    }

    #[test]
    fn every_f64_written_in_decimal_reads_back_bit_for_bit() {
        let values = [0.1, -0.0, 1.0 / 3.0, f64::MIN_POSITIVE, f64::MAX, 5e-324];
        let text = values.map(|value| value.to_string()).join(",");
        assert_eq!(rows(&text)[0].iter().map(|value| value.to_bits()).collect::<Vec<_>>(), values.map(f64::to_bits));
    }

    #[test]
    fn blank_lines_comments_and_white_space_do_not_matter() {
        let plain = rows("1,2\n3,4\n");
        assert_eq!(rows("# made by hand\n\n 1 ,2\r\n   \n#x\n3,\t4"), plain);
        assert_eq!(rows("\u{feff}1,2\n3,4"), plain);
    }

    #[test]
    fn a_first_line_without_a_number_is_the_header() {
        let numbers = parse("offset,\"c1, left\", a1 \n1,2,3\n".as_bytes()).unwrap();
        assert_eq!(numbers.names.unwrap(), ["offset", "c1, left", "a1"]);
        assert_eq!((numbers.rows, numbers.columns), (1, 3));
        assert_eq!(parse("1,2\n".as_bytes()).unwrap().names, None);
    }

    #[test]
    fn a_mistyped_number_does_not_make_its_row_a_header() {
        let cases = [
            ("0.1,0.2O\n0.3,0.4\n", "line 1, column 2: '0.2O' is not a number"),
            ("# rates\n\nx,2\n3,4\n", "line 3, column 1: 'x' is not a number"),
            ("1,,3\n4,5,6\n", "line 1, column 2: '' is not a number"),
            ("1,2\n3;4,5\n", "line 2, column 1: '3;4' is not a number; part columns by commas"),
        ];
        for (text, reason) in cases {
            assert_eq!(parse(text.as_bytes()).unwrap_err(), reason);
        }
    }

    #[test]
    fn an_error_names_the_line_and_the_column() {
        let cases = [
            ("a,b\n\n# c\n1,2\n3,nan", "line 5, column 2: 'nan' is not a finite number"),
            ("1,1e999", "line 1, column 2: '1e999' is not a finite number"),
            ("1,2\n3,four\n", "line 2, column 2: 'four' is not a number"),
            ("1,2\n3,\n", "line 2, column 2: '' is not a number"),
            ("1,2\n3\n", "line 2, column 1: the row ends here, where 2 columns are expected"),
            ("a,b\n1,2,3\n", "line 2, column 3: the row ends here, where 2 columns are expected"),
            ("", "has no rows of numbers"),
            ("a,b\n", "has no rows of numbers"),
        ];
        for (text, reason) in cases {
            assert_eq!(parse(text.as_bytes()).unwrap_err(), reason);
        }
    }

    #[test]
    fn text_that_is_not_unicode_is_an_error() {
        assert!(parse(&b"1\n\xff\n"[..]).unwrap_err().starts_with("line 2: "));
    }
}
