//! A bench as a table: a row for each size and for each cap on the steps, each with all that is needed to read it alone.

use csv::Writer;

use crate::cli::bench::measure::{Contender, Point, Roofline};
use crate::cli::bench::precision::Precision;
use crate::cli::bench::report::{Report, command_line};
use crate::error::{Error, Result};

const COLUMNS: [&str; 19] = [
    "version",
    "command_line",
    "kind",
    "backend",
    "adapter",
    "driver",
    "descents",
    "step_cap",
    "steps_taken",
    "repeats",
    "resident_seconds",
    "resident_spread",
    "end_to_end_seconds",
    "end_to_end_spread",
    "floor_seconds",
    "floor_bound_by",
    "floor_share",
    "median_error",
    "largest_error",
];

impl Report<'_> {
    /// The table; what was not measured is an empty cell.
    ///
    /// # Errors
    /// Those of the writer, which has none where it writes to memory.
    pub(super) fn csv(&self) -> Result<Vec<u8>> {
        let mut rows = vec![COLUMNS.map(String::from)];
        let cap = self.bench.experiment.stop().steps;
        for contender in self.contenders {
            rows.extend(contender.points.iter().map(|point| self.row("size", contender, cap, point, None)));
        }
        for contender in self.contenders {
            let precisions = contender.precisions.iter();
            rows.extend(
                precisions.map(|precision| self.row("work-precision", contender, precision.cap, &precision.point, Some(precision))),
            );
        }
        let mut writer = Writer::from_writer(Vec::new());
        let written = rows.iter().try_for_each(|row| writer.write_record(row));
        written.map_err(|error| Error::CheckFailed(error.to_string()))?;
        writer.into_inner().map_err(|error| Error::CheckFailed(error.to_string()))
    }

    fn row(&self, kind: &str, contender: &Contender, cap: u32, point: &Point, precision: Option<&Precision>) -> [String; COLUMNS.len()] {
        let description = &contender.description;
        // Of smaller sizes it is not known how many bytes of the inputs they need.
        let is_whole = point.descents == self.bench.experiment.descents();
        let roofline = contender.roofline.filter(|_| is_whole).map(|roofline| Roofline::of(&self.bench.cost, point, roofline.peaks));
        let floor = |number: fn(&Roofline) -> f64| number_or_nothing(roofline.as_ref().map_or(f64::NAN, number));
        let error = |number: fn(&Precision) -> f64| number_or_nothing(precision.map_or(f64::NAN, number));
        [
            env!("CARGO_PKG_VERSION").into(),
            command_line(),
            kind.into(),
            description.kind.into(),
            description.adapter.clone(),
            description.driver.clone(),
            point.descents.to_string(),
            cap.to_string(),
            point.steps.to_string(),
            point.repeats.to_string(),
            point.resident.seconds.to_string(),
            number_or_nothing(point.spread(point.resident)),
            point.end_to_end.seconds.to_string(),
            number_or_nothing(point.spread(point.end_to_end)),
            floor(|roofline| roofline.floor.seconds()),
            roofline.map_or_else(String::new, |roofline| roofline.floor.bound().into()),
            floor(|roofline| roofline.reached),
            error(|precision| precision.median_error),
            error(|precision| precision.largest_error),
        ]
    }
}

fn number_or_nothing(number: f64) -> String {
    if number.is_nan() { String::new() } else { format!("{number:?}") }
}
