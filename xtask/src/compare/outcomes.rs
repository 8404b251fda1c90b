//! Outcomes of descents as thalweg and the peers write them, in `.npy` files.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

/// Where descents ended, and how.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Outcomes {
    pub(super) dimension: usize,
    /// `f32[n·D]`, a descent's coordinates one after the other.
    pub(super) points: Vec<f32>,
    /// Updates applied; empty where their number was fixed.
    pub(super) steps: Vec<u32>,
    /// As thalweg numbers them; empty where steps were fixed.
    pub(super) statuses: Vec<u8>,
}

impl Outcomes {
    /// How many descents there are.
    pub(super) fn count(&self) -> usize {
        self.points.len() / self.dimension.max(1)
    }

    /// From what `thalweg run -o` wrote: records of fields, of which `status`, `steps` and those named `end_…` count.
    pub(super) fn of_thalweg(path: &Path) -> Result<Self, String> {
        let mut file = Npy::open(path)?;
        let fields = file.fields().ok_or_else(|| file.fault("has no records"))?;
        let size = fields.iter().map(|field| field.bytes).sum();
        let offset = |name: &str| fields.iter().find(|field| field.name == name).map(|field| field.offset);
        let missing = file.fault("has no status or steps");
        let (status, steps) = offset("status").zip(offset("steps")).ok_or(missing)?;
        let ends: Vec<usize> = fields.iter().filter(|field| field.name.starts_with("end_")).map(|field| field.offset).collect();
        let mut outcomes = Self { dimension: ends.len(), ..Self::default() };
        let mut record = vec![0; size];
        for _ in 0..file.shape[0] {
            file.fill(&mut record)?;
            outcomes.statuses.push(record[status]);
            outcomes.steps.push(u32::from_le_bytes(four(&record[steps..])));
            outcomes.points.extend(ends.iter().map(|end| f32::from_le_bytes(four(&record[*end..]))));
        }
        Ok(outcomes)
    }

    /// From the files that a peer leaves in `folder`: `points.npy`, and `steps.npy` and `statuses.npy` where descents stop early.
    pub(super) fn of_peer(folder: &Path) -> Result<Self, String> {
        let (points, dimension) = Npy::open(&folder.join("points.npy"))?.rows()?;
        if !folder.join("steps.npy").exists() {
            return Ok(Self { dimension, points, ..Self::default() });
        }
        let mut steps = Npy::open(&folder.join("steps.npy"))?;
        let mut statuses = Npy::open(&folder.join("statuses.npy"))?;
        let steps = steps.bytes("<u4")?.chunks_exact(4).map(|bytes| u32::from_le_bytes(four(bytes))).collect();
        Ok(Self { dimension, points, steps, statuses: statuses.bytes("|u1")? })
    }
}

fn four(bytes: &[u8]) -> [u8; 4] {
    [bytes[0], bytes[1], bytes[2], bytes[3]]
}

/// A field of a record.
struct Field {
    name: String,
    offset: usize,
    bytes: usize,
}

/// An `.npy` file, read up to its data.
struct Npy {
    path: String,
    file: BufReader<File>,
    header: String,
    shape: Vec<usize>,
}

impl Npy {
    fn open(path: &Path) -> Result<Self, String> {
        let name = path.display().to_string();
        let file = File::open(path).map_err(|error| format!("{name}: {error}"))?;
        let mut npy = Self { path: name, file: BufReader::with_capacity(1 << 20, file), header: String::new(), shape: Vec::new() };
        let mut start = [0; 10];
        npy.fill(&mut start)?;
        if &start[..7] != b"\x93NUMPY\x01" {
            return Err(npy.fault("is no .npy file of version 1"));
        }
        let mut header = vec![0; usize::from(u16::from_le_bytes([start[8], start[9]]))];
        npy.fill(&mut header)?;
        npy.header = String::from_utf8_lossy(&header).into_owned();
        let shape = npy.header.split_once("'shape': (").and_then(|(_, rest)| rest.split_once(')'));
        let lengths = shape.map(|(lengths, _)| lengths.split(',').filter(|text| !text.trim().is_empty()));
        let lengths = lengths.map(|lengths| lengths.map(|text| text.trim().parse()).collect::<Result<Vec<usize>, _>>());
        match lengths {
            Some(Ok(lengths)) if !lengths.is_empty() => npy.shape = lengths,
            _ => return Err(npy.fault("has no shape")),
        }
        Ok(npy)
    }

    fn fault(&self, reason: &str) -> String {
        format!("{}: {reason}", self.path)
    }

    fn fill(&mut self, buffer: &mut [u8]) -> Result<(), String> {
        self.file.read_exact(buffer).map_err(|error| format!("{}: {error}", self.path))
    }

    /// The fields of a record, in order, from a header such as `'descr': [('x', '<f4'), ('status', '|u1')]`.
    fn fields(&self) -> Option<Vec<Field>> {
        let (list, _) = self.header.split_once("'descr': [")?.1.split_once(']')?;
        let words: Vec<&str> = list.split('\'').skip(1).step_by(2).collect();
        let mut offset = 0;
        let field = |pair: &[&str]| {
            let bytes = pair[1].get(2..)?.parse().ok()?;
            offset += bytes;
            Some(Field { name: pair[0].into(), offset: offset - bytes, bytes })
        };
        words.chunks_exact(2).map(field).collect()
    }

    /// All data of elements of the type `descr`.
    fn bytes(&mut self, descr: &str) -> Result<Vec<u8>, String> {
        if !self.header.contains(&format!("'descr': '{descr}'")) {
            return Err(self.fault(&format!("is not of type {descr}")));
        }
        let size: usize = descr[2..].parse().map_err(|_| self.fault("has elements of unknown size"))?;
        let mut bytes = vec![0; size * self.shape.iter().product::<usize>()];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }

    /// A table of f32 row by row, however it is stored, and the number of its columns.
    fn rows(&mut self) -> Result<(Vec<f32>, usize), String> {
        let [rows, columns] = self.shape[..] else { return Err(self.fault("is not a table")) };
        let values: Vec<f32> = self.bytes("<f4")?.chunks_exact(4).map(|bytes| f32::from_le_bytes(four(bytes))).collect();
        if !self.header.contains("'fortran_order': True") {
            return Ok((values, columns));
        }
        Ok(((0..rows).flat_map(|row| (0..columns).map(move |column| column * rows + row)).map(|place| values[place]).collect(), columns))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, header: &str, data: &[u8]) -> std::path::PathBuf {
        let path = std::env::temp_dir().join(format!("xtask-{}-{name}.npy", std::process::id()));
        let length = u16::try_from(header.len()).unwrap().to_le_bytes();
        std::fs::write(&path, [b"\x93NUMPY\x01\x00", &length[..], header.as_bytes(), data].concat()).unwrap();
        path
    }

    fn floats(values: &[f32]) -> Vec<u8> {
        values.iter().flat_map(|value| value.to_le_bytes()).collect()
    }

    #[test]
    fn records_give_their_ends_steps_and_statuses() {
        let header = "{'descr': [('x', '<f4'), ('status', '|u1'), ('steps', '<u4'), ('end_x', '<f4'), ('end_y', '<f4')], \
                      'fortran_order': False, 'shape': (1,), }";
        let path = file("records", header, &[&floats(&[9.0])[..], &[4], &7_u32.to_le_bytes(), &floats(&[1.5, -2.0])].concat());
        let outcomes = Outcomes::of_thalweg(&path).unwrap();
        assert_eq!(outcomes, Outcomes { dimension: 2, points: vec![1.5, -2.0], steps: vec![7], statuses: vec![4] });
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn a_table_reads_the_same_in_either_order_and_no_shorter_than_it_says() {
        let header = |order: &str| format!("{{'descr': '<f4', 'fortran_order': {order}, 'shape': (2, 3), }}");
        let by_rows = file("rows", &header("False"), &floats(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]));
        let by_columns = file("columns", &header("True"), &floats(&[1.0, 4.0, 2.0, 5.0, 3.0, 6.0]));
        assert_eq!(Npy::open(&by_rows).unwrap().rows().unwrap(), Npy::open(&by_columns).unwrap().rows().unwrap());
        let short = file("short", &header("False"), &floats(&[1.0]));
        assert!(Npy::open(&short).unwrap().rows().is_err());
        [by_rows, by_columns, short].into_iter().for_each(|path| std::fs::remove_file(path).unwrap());
    }
}
