//! NumPy's `.npy` files: arrays of numbers read whole; headers written so that data may be streamed after them.
//!
//! Format: <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>. A file is the magic string, a version, the length of
//! the header, the header (a Python dictionary, padded so that the data begins at a multiple of 64 bytes) and the data.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, Write};
use std::path::Path;

use ndarray::{ArrayD, IxDyn, ShapeBuilder};
use ndarray_npy::ReadableElement;
use ndarray_npy::npy::header::Header;

use crate::error::{Error, Result};

/// An array of numbers in C order.
#[derive(Debug, Clone, PartialEq)]
pub struct Array {
    /// The length of each dimension; empty for a single number.
    pub shape: Vec<usize>,
    /// The values, the last index running fastest; as many as the product of `shape`.
    pub values: Vec<f64>,
}

impl Array {
    /// Checks that every value is finite.
    ///
    /// # Errors
    /// [`Error::File`] with the index and the value of the first that is NaN or infinite.
    pub fn check_finite(&self, path: &Path) -> Result<()> {
        match self.values.iter().position(|value| !value.is_finite()) {
            None => Ok(()),
            Some(offset) => {
                let reason = format!("value at {:?} is {}", self.index_of(offset), self.values[offset]);
                Err(Error::file(path, format!("{reason}: only finite numbers are accepted")))
            }
        }
    }

    fn index_of(&self, mut offset: usize) -> Vec<usize> {
        let mut index = self.shape.clone();
        for (place, length) in index.iter_mut().zip(&self.shape).rev() {
            *place = offset % length;
            offset /= length;
        }
        index
    }
}

/// Reads a `.npy` file of f4, f8, i1 to i8, u1 to u8 or bool, of either byte order and either memory order.
///
/// Integers beyond ±2⁵³ are rounded to the nearest f64. NaN and infinite values are kept: see [`Array::check_finite`].
///
/// # Errors
/// [`Error::File`] if the file cannot be read, is not an `.npy` file, is cut short or too long, or has elements of another type.
pub fn read(path: &Path) -> Result<Array> {
    let file = File::open(path).map_err(|error| Error::file(path, error))?;
    read_array(file).map_err(|reason| Error::file(path, reason))
}

fn read_array(file: File) -> std::result::Result<Array, String> {
    let file_bytes = file.metadata().map_err(|error| error.to_string())?.len();
    let mut reader = BufReader::new(file);
    let header = Header::from_reader(&mut reader).map_err(|error| format!("is not an .npy file: {error}"))?;
    let data_bytes = file_bytes.saturating_sub(reader.stream_position().map_err(|error| error.to_string())?);
    let len = header.shape.iter().try_fold(1_usize, |product, length| product.checked_mul(*length));
    // A header may promise anything; memory is taken only for what the file can hold.
    match len {
        Some(len) if len as u64 <= data_bytes => read_values(&mut reader, &header, len),
        _ => Err(format!("is cut short: the header states the shape {:?}, but {data_bytes} bytes of data follow", header.shape)),
    }
}

fn read_values(reader: &mut impl Read, header: &Header, len: usize) -> std::result::Result<Array, String> {
    let descriptor = header.type_descriptor.to_string();
    let element = descriptor.trim_matches(['\'', '"', '<', '>', '|', '=']);
    match element {
        "f8" => in_c_order(reader, header, len, |value: f64| value),
        "f4" => in_c_order(reader, header, len, |value: f32| value.into()),
        "i8" => in_c_order(reader, header, len, |value: i64| value as f64),
        "i4" => in_c_order(reader, header, len, |value: i32| value.into()),
        "i2" => in_c_order(reader, header, len, |value: i16| value.into()),
        "i1" => in_c_order(reader, header, len, |value: i8| value.into()),
        "u8" => in_c_order(reader, header, len, |value: u64| value as f64),
        "u4" => in_c_order(reader, header, len, |value: u32| value.into()),
        "u2" => in_c_order(reader, header, len, |value: u16| value.into()),
        "u1" => in_c_order(reader, header, len, |value: u8| value.into()),
        "b1" => in_c_order(reader, header, len, |value: bool| value.into()),
        _ => Err(format!("has elements of type {descriptor}; accepted are f4, f8, i1, i2, i4, i8, u1, u2, u4, u8 and bool (b1)")),
    }
}

fn in_c_order<T: ReadableElement>(
    reader: &mut impl Read,
    header: &Header,
    len: usize,
    to_f64: impl Fn(T) -> f64,
) -> std::result::Result<Array, String> {
    let stored = T::read_to_end_exact_vec(reader, &header.type_descriptor, len).map_err(|error| error.to_string())?;
    let values = stored.into_iter().map(to_f64).collect();
    let shape = IxDyn(&header.shape).set_f(header.layout.is_fortran());
    let array = ArrayD::from_shape_vec(shape, values).map_err(|error| error.to_string())?;
    Ok(Array { shape: header.shape.clone(), values: array.iter().copied().collect() })
}

/// The type of an array's elements, in NumPy's short notation such as `<i4`, `<f4` or `|i1`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dtype {
    /// Every element is one number.
    Scalar(&'static str),
    /// Every element is a record of named numbers, stored one after the other without padding.
    Record(Vec<(String, &'static str)>),
}

impl Dtype {
    fn to_python(&self) -> String {
        match self {
            Self::Scalar(number) => quoted(number),
            Self::Record(fields) => {
                let fields: Vec<String> = fields.iter().map(|(name, number)| format!("({}, {})", quoted(name), quoted(number))).collect();
                format!("[{}]", fields.join(", "))
            }
        }
    }
}

/// Writes the header of a C-order array of `shape`; the elements follow it, the last index running fastest.
///
/// The version is 1.0, or 2.0 where the header is longer than 65535 bytes, or 3.0 where a field's name is not ASCII.
///
/// # Errors
/// Those of `out`, and [`io::ErrorKind::InvalidInput`] for a header of 4 GiB or more.
pub fn write_header(out: &mut dyn Write, dtype: &Dtype, shape: &[u64]) -> io::Result<()> {
    let lengths: String = shape.iter().map(|length| format!("{length}, ")).collect();
    // A tuple of one has a trailing comma, longer ones need none.
    let lengths = if shape.len() == 1 { lengths.trim_end() } else { lengths.trim_end_matches(", ") };
    let dictionary = format!("{{'descr': {}, 'fortran_order': False, 'shape': ({lengths}), }}", dtype.to_python());
    let short = padded(&dictionary, 10);
    match u16::try_from(short.len()) {
        Ok(length) if dictionary.is_ascii() => {
            out.write_all(b"\x93NUMPY\x01\x00")?;
            out.write_all(&length.to_le_bytes())?;
            out.write_all(short.as_bytes())
        }
        _ => {
            let long = padded(&dictionary, 12);
            let length = u32::try_from(long.len()).map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
            out.write_all(if dictionary.is_ascii() { b"\x93NUMPY\x02\x00" } else { b"\x93NUMPY\x03\x00" })?;
            out.write_all(&length.to_le_bytes())?;
            out.write_all(long.as_bytes())
        }
    }
}

/// `dictionary` with the spaces and the newline that make it end at a multiple of 64 bytes, counting the `before` bytes ahead of it.
fn padded(dictionary: &str, before: usize) -> String {
    let bytes = before + dictionary.len() + 1;
    format!("{dictionary}{}\n", " ".repeat(bytes.next_multiple_of(64) - bytes))
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn header_of(dtype: &Dtype, shape: &[u64]) -> Vec<u8> {
        let mut bytes = Vec::new();
        write_header(&mut bytes, dtype, shape).unwrap();
        bytes
    }

    fn read_bytes(bytes: &[u8]) -> Result<Array> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        read(file.path())
    }

    fn read_scalars<const N: usize>(element: &'static str, values: impl IntoIterator<Item = [u8; N]>) -> Vec<f64> {
        let data: Vec<u8> = values.into_iter().flatten().collect();
        let mut bytes = header_of(&Dtype::Scalar(element), &[(data.len() / N) as u64]);
        bytes.extend(data);
        read_bytes(&bytes).unwrap().values
    }

    #[test]
    fn values_of_every_type_read_back_as_written() {
        assert_eq!(read_scalars("<f8", [0.1_f64, f64::INFINITY].map(f64::to_le_bytes)), [0.1, f64::INFINITY]);
        assert_eq!(read_scalars(">f8", [0.1_f64].map(f64::to_be_bytes)), [0.1]);
        assert_eq!(read_scalars("<f4", [0.1_f32].map(f32::to_le_bytes)), [f64::from(0.1_f32)]);
        assert_eq!(read_scalars("<i8", [-5_i64].map(i64::to_le_bytes)), [-5.0]);
        assert_eq!(read_scalars("<i4", [-5_i32].map(i32::to_le_bytes)), [-5.0]);
        assert_eq!(read_scalars("<i2", [-5_i16].map(i16::to_le_bytes)), [-5.0]);
        assert_eq!(read_scalars("|i1", [-5_i8].map(i8::to_le_bytes)), [-5.0]);
        assert_eq!(read_scalars("<u8", [1_u64 << 60].map(u64::to_le_bytes)), [2_f64.powi(60)]);
        assert_eq!(read_scalars("<u4", [u32::MAX].map(u32::to_le_bytes)), [4_294_967_295.0]);
        assert_eq!(read_scalars("<u2", [u16::MAX].map(u16::to_le_bytes)), [65535.0]);
        assert_eq!(read_scalars("|u1", [[255]]), [255.0]);
        assert_eq!(read_scalars("|b1", [[0], [1]]), [0.0, 1.0]);
    }

    #[test]
    fn a_fortran_order_file_gives_the_same_array_as_a_c_order_file() {
        let (c, fortran) = ([1.0_f64, 2.0, 3.0, 4.0, 5.0, 6.0], [1.0_f64, 4.0, 2.0, 5.0, 3.0, 6.0]);
        let file = |values: [f64; 6]| [header_of(&Dtype::Scalar("<f8"), &[2, 3]), values.map(f64::to_le_bytes).concat()].concat();
        let mut transposed = file(fortran);
        let place = transposed.windows(5).position(|word| word == b"False").unwrap();
        transposed[place..place + 5].copy_from_slice(b"True ");
        assert_eq!(read_bytes(&transposed).unwrap(), read_bytes(&file(c)).unwrap());
    }

    /// From `numpy.lib.format.write_array_header_1_0(f, {'shape': (3,), 'fortran_order': False, 'descr': '<f4'})`, NumPy 2.4.
    #[test]
    fn a_header_is_numpys_byte_for_byte() {
        let text = "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }";
        let expected = [&b"\x93NUMPY\x01\x00\x76\x00"[..], format!("{text:117}\n").as_bytes()].concat();
        assert_eq!(header_of(&Dtype::Scalar("<f4"), &[3]), expected);
    }

    #[test]
    fn a_record_lists_its_fields_in_python() {
        let dtype = Dtype::Record(vec![("status".into(), "|i1"), ("it's".into(), "<f4")]);
        let header = header_of(&dtype, &[1 << 40, 2]);
        let text = String::from_utf8_lossy(&header);
        assert!(text.contains(r"{'descr': [('status', '|i1'), ('it\'s', '<f4')], 'fortran_order': False, 'shape': (1099511627776, 2), }"));
    }

    #[test]
    fn data_begin_at_a_multiple_of_64_bytes_in_every_version() {
        let record = |name: &str, count| Dtype::Record((0..count).map(|index| (format!("{name}{index}"), "<f4")).collect());
        for (dtype, version) in [(record("x", 3), 1), (record("x", 9000), 2), (record("λ", 3), 3)] {
            let header = header_of(&dtype, &[]);
            assert_eq!((header.len() % 64, header[6], header.last()), (0, version, Some(&b'\n')));
            assert!(Header::from_reader(&mut &header[..]).unwrap().shape.is_empty());
        }
    }

    #[test]
    fn a_wrong_file_is_refused_with_the_reason() {
        let header = |element, shape: &[u64]| header_of(&Dtype::Scalar(element), shape);
        let cases = [
            (b"1,2,3\n".to_vec(), "is not an .npy file"),
            (vec![], "is not an .npy file"),
            ([header("<c8", &[1]), vec![0; 8]].concat(), "'<c8'; accepted are f4, f8"),
            ([header_of(&Dtype::Record(vec![("x".into(), "<f4")]), &[1]), vec![0; 4]].concat(), "accepted are f4, f8"),
            (header("<f8", &[1 << 60]), "is cut short"),
            (header("<f8", &[1 << 60, 1 << 60]), "is cut short"),
            ([header("<f8", &[2]), vec![0; 15]].concat(), "before reading all data"),
            ([header("<f8", &[2]), vec![0; 17]].concat(), "extra bytes"),
        ];
        for (bytes, reason) in cases {
            let message = read_bytes(&bytes).unwrap_err().to_string();
            assert!(message.contains(reason), "{message}");
        }
    }

    #[test]
    fn the_first_value_that_is_not_finite_is_named_by_its_index() {
        let mut values = vec![0.0; 10];
        values[7] = f64::NAN;
        values[9] = f64::INFINITY;
        let message = Array { shape: vec![5, 2], values }.check_finite(Path::new("a.npy")).unwrap_err().to_string();
        assert!(message.contains("value at [3, 1] is NaN"), "{message}");
        assert!(Array { shape: vec![], values: vec![1.0] }.check_finite(Path::new("a.npy")).is_ok());
    }
}
