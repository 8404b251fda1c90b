//! The labels of a map as `.npy` and `.csv`, streamed.

use crate::backend::Outcomes;
use crate::cli::basins::two_axes;
use crate::cli::grid::{InputValues, SweptInput, swept_inputs};
use crate::cli::outputs::{Format, OutputFile};
use crate::cli::rows;
use crate::error::{Error, Result};
use crate::experiment::Experiment;
use crate::stop::Status;
use crate::table::npy::{Dtype, write_header};

/// The two swept inputs: their axes, from left to right and from bottom to top.
pub(super) struct Grid {
    pub(super) axes: [usize; 2],
    inputs: Vec<SweptInput>,
}

impl Grid {
    /// # Errors
    /// [`Error::Invalid`] unless exactly two inputs are swept.
    pub(super) fn of(experiment: &Experiment) -> Result<Self> {
        Ok(Self { axes: two_axes(experiment)?, inputs: swept_inputs(experiment) })
    }

    /// Columns and rows.
    pub(super) fn counts(&self, experiment: &Experiment) -> [u64; 2] {
        self.axes.map(|axis| experiment.axes()[axis].axis.count())
    }

    /// Writes what comes before the first tile.
    pub(super) fn begin(&self, experiment: &Experiment, output: &mut OutputFile) -> Result<()> {
        match output.format {
            Format::Npy => {
                let [columns, rows] = self.counts(experiment);
                let header = write_header(&mut output.file, &Dtype::Scalar("<i4"), &[rows, columns]);
                header.map_err(|error| Error::unwritten(output.file.path(), error))
            }
            Format::Csv => {
                let inputs = self.inputs.iter().map(|input| input.name.as_str());
                output.file.put(&rows::csv_header(inputs.chain(["label", "status", "steps", "loss"])))
            }
            _ => Ok(()),
        }
    }

    /// Writes one tile.
    pub(super) fn write(&self, experiment: &Experiment, output: &mut OutputFile, outcomes: &Outcomes, labels: &[i32]) -> Result<()> {
        let descents = outcomes.tile.descents;
        match output.format {
            Format::Npy => rows::write(&mut output.file, descents, |descent, bytes| bytes.extend(labels[descent as usize].to_le_bytes())),
            Format::Csv => {
                let values = InputValues::of(experiment, &outcomes.tile, &self.inputs);
                rows::write(&mut output.file, descents, |descent, text| {
                    values.at(descent).for_each(|value| {
                        rows::push_number(text, value);
                        text.push(b',');
                    });
                    let (ending, at) = (outcomes.endings[descent as usize], descent as usize);
                    let status = ending.status().map_or("", Status::name);
                    rows::push(text, format_args!("{},{status},{},", labels[at], ending.steps()));
                    rows::push_number(text, outcomes.loss[at]);
                    text.push(b'\n');
                })
            }
            _ => Ok(()),
        }
    }
}
