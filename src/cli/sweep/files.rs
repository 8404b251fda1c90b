//! The rows of a sweep in files.

use crate::analysis::summary::Row;
use crate::cli::outputs::{Format, OutputFile};
use crate::cli::rows;
use crate::cli::sweep::{COLUMNS, Swept, figure};
use crate::error::{Error, Result};
use crate::picture::Style;
use crate::stop::Status;
use crate::table::npy::{Dtype, write_header};

impl Swept<'_> {
    /// Writes the rows to `output`; `object` is what `--json` prints.
    pub(super) fn write(&self, output: &mut OutputFile, style: Style, object: &serde_json::Value) -> Result<()> {
        match output.format {
            Format::Json => output.file.put(format!("{object:#}\n").as_bytes()),
            Format::Picture(format) => output.file.put(&figure::render(self, format, style)?),
            Format::Npy => {
                let inputs = self.inputs().into_iter().map(|name| (name.to_string(), "<f4"));
                let columns = COLUMNS.map(|name| (name.to_string(), "<f8"));
                let dtype = Dtype::Record(inputs.chain(columns).collect());
                let header = write_header(&mut output.file, &dtype, &[self.rows.len() as u64]);
                header.map_err(|error| Error::unwritten(output.file.path(), error))?;
                rows::write(&mut output.file, self.rows.len() as u32, |row, bytes| {
                    let row = &self.rows[row as usize];
                    self.values(row).into_iter().for_each(|value| bytes.extend(value.to_le_bytes()));
                    measures(row).into_iter().for_each(|value| bytes.extend(value.to_le_bytes()));
                })
            }
            Format::Csv => {
                output.file.put(&rows::csv_header(self.inputs().into_iter().chain(COLUMNS)))?;
                rows::write(&mut output.file, self.rows.len() as u32, |row, text| self.line(&self.rows[row as usize], text))
            }
        }
    }

    fn line(&self, row: &Row, text: &mut Vec<u8>) {
        for value in self.values(row) {
            rows::push_number(text, value);
            text.push(b',');
        }
        for status in Status::ALL {
            rows::push(text, format_args!("{},", row.fraction(status)));
        }
        rows::push(text, format_args!("{},{},", row.steps_median, row.steps_max));
        rows::push_number(text, row.loss_median);
        text.push(b'\n');
    }
}

/// The values of [`COLUMNS`].
fn measures(row: &Row) -> [f64; 7] {
    let [converged, diverged, stalled, exhausted] = Status::ALL.map(|status| row.fraction(status));
    [converged, diverged, stalled, exhausted, row.steps_median, row.steps_max.into(), row.loss_median.into()]
}
