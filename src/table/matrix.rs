//! A table of finite numbers from a file of either kind, chosen by its extension.

use std::path::Path;

use super::csv;
use super::npy::{self, Array};
use crate::error::{Error, Result};

/// Reads `path` as `.npy` or `.csv` (in any case), with the column names if the file has them.
///
/// A CSV file gives shape `[rows, columns]`, an NPY file the shape that it states.
///
/// # Errors
/// [`Error::File`] for any other extension, for a file that cannot be read, and for a value that is not finite, with its place.
pub fn read(path: &Path) -> Result<(Array, Option<Vec<String>>)> {
    let extension = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    match extension.as_str() {
        "npy" => {
            let array = npy::read(path)?;
            array.check_finite(path)?;
            Ok((array, None))
        }
        "csv" => {
            let numbers = csv::read(path)?;
            Ok((Array { shape: vec![numbers.rows, numbers.columns], values: numbers.values }, numbers.names))
        }
        _ => Err(Error::file(path, "numbers are read from .npy and .csv files: give it one of these extensions")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_extension_chooses_the_reader_in_any_case() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.CSV");
        std::fs::write(&path, "x,y\n1,2\n3,4\n5,6\n").unwrap();
        let (array, names) = read(&path).unwrap();
        assert_eq!((array.shape, array.values), (vec![3, 2], vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]));
        assert_eq!(names.unwrap(), ["x", "y"]);
    }

    #[test]
    fn other_extensions_are_refused_with_the_two_known_ones() {
        for name in ["a.txt", "npy", "a.npy.gz", ""] {
            let message = read(Path::new(name)).unwrap_err().to_string();
            assert!(message.contains(".npy and .csv"), "{message}");
        }
    }

    #[test]
    fn a_missing_file_is_an_error_that_names_it() {
        for name in ["/nowhere/a.npy", "/nowhere/a.csv"] {
            assert!(read(Path::new(name)).unwrap_err().to_string().starts_with(name));
        }
    }
}
