//! The programs that are compared, and what a run of one of them says.

use serde::Deserialize;
use serde_json::Value;

use crate::compare::workload::Workload;

/// What runs a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tool {
    Thalweg,
    /// Thalweg on the workload's second command line.
    Yardstick,
    /// A C++ program that the workload names.
    Cpp,
    /// A CUDA program that the workload names.
    Cuda,
    /// A script of `benches/peers/python`.
    Python(&'static str),
}

/// Where a program's descents run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Device {
    Cpu,
    Gpu,
}

/// A way to run the workloads.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Program {
    pub(super) peer: &'static str,
    pub(super) variant: &'static str,
    pub(super) tool: Tool,
    pub(super) device: Device,
}

const PROGRAMS: [Program; 16] = [
    Program { peer: "thalweg", variant: "cpu", tool: Tool::Thalweg, device: Device::Cpu },
    Program { peer: "thalweg", variant: "yardstick", tool: Tool::Yardstick, device: Device::Cpu },
    Program { peer: "cpp", variant: "expert", tool: Tool::Cpp, device: Device::Cpu },
    Program { peer: "numpy", variant: "ordinary", tool: Tool::Python("numpy"), device: Device::Cpu },
    Program { peer: "numpy", variant: "expert", tool: Tool::Python("numpy"), device: Device::Cpu },
    Program { peer: "numba", variant: "ordinary", tool: Tool::Python("numba"), device: Device::Cpu },
    Program { peer: "jax", variant: "ordinary", tool: Tool::Python("jax"), device: Device::Cpu },
    Program { peer: "jax", variant: "expert", tool: Tool::Python("jax"), device: Device::Cpu },
    Program { peer: "torch", variant: "ordinary", tool: Tool::Python("torch"), device: Device::Cpu },
    Program { peer: "torch", variant: "expert", tool: Tool::Python("torch"), device: Device::Cpu },
    Program { peer: "thalweg", variant: "gpu", tool: Tool::Thalweg, device: Device::Gpu },
    Program { peer: "cuda", variant: "expert", tool: Tool::Cuda, device: Device::Gpu },
    Program { peer: "jax-gpu", variant: "ordinary", tool: Tool::Python("jax"), device: Device::Gpu },
    Program { peer: "jax-gpu", variant: "expert", tool: Tool::Python("jax"), device: Device::Gpu },
    Program { peer: "torch-gpu", variant: "ordinary", tool: Tool::Python("torch"), device: Device::Gpu },
    Program { peer: "torch-gpu", variant: "expert", tool: Tool::Python("torch"), device: Device::Gpu },
];

impl Program {
    /// Every program there is, thalweg first on each device.
    pub(super) fn all() -> impl Iterator<Item = &'static Self> {
        PROGRAMS.iter()
    }

    /// Peer and variant.
    pub(super) fn name(&self) -> String {
        format!("{}/{}", self.peer, self.variant)
    }

    /// Whether `name` means this program: its peer, or its peer and variant.
    pub(super) fn answers_to(&self, name: &str) -> bool {
        self.peer == name || self.name() == name
    }

    pub(super) fn is_thalweg(&self) -> bool {
        self.peer == "thalweg"
    }

    /// Whether `workload` has something for this program to run.
    pub(super) fn runs(&self, workload: &Workload) -> bool {
        match self.tool {
            _ if workload.omit.contains(&self.name()) => false,
            Tool::Yardstick => workload.yardstick.is_some(),
            Tool::Cpp => workload.cpp.is_some(),
            Tool::Cuda => workload.cuda.is_some(),
            Tool::Thalweg | Tool::Python(_) => true,
        }
    }
}

/// What one run of a program took.
#[derive(Debug, PartialEq, Deserialize)]
pub(super) struct Measurement {
    /// Updates applied in each of the timed repeats.
    pub(super) steps_taken: u64,
    /// Of each repeat, computing alone.
    pub(super) seconds: Vec<f64>,
    /// How the program was run or tuned itself, in its own words.
    #[serde(default)]
    pub(super) detail: String,
}

impl Measurement {
    /// From the line of JSON that a peer prints.
    pub(super) fn of_peer(line: &str) -> Result<Self, String> {
        let measurement: Self = serde_json::from_str(line.trim()).map_err(|error| format!("printed no measurement: {error}"))?;
        measurement.checked()
    }

    /// From the report of `thalweg bench --json`: the largest size on the backend that is neither the reference nor absent.
    pub(super) fn of_thalweg(report: &str) -> Result<Self, String> {
        let report: Value = serde_json::from_str(report).map_err(|error| format!("printed no report: {error}"))?;
        let mut backends = report["backends"].as_array().into_iter().flatten();
        let measured = backends.rfind(|backend| backend["backend"]["kind"] != "reference");
        let read = || {
            let size = measured?["sizes"].as_array()?.last()?;
            let place = ["adapter", "driver"].map(|name| measured?["backend"][name].as_str());
            let detail = format!("{}, {}", place[0]?, place[1]?);
            Some(Self { steps_taken: size["steps_taken"].as_u64()?, seconds: vec![size["seconds"]["compute"].as_f64()?], detail })
        };
        read().ok_or("its report has no backends[].sizes[] with steps_taken and seconds.compute")?.checked()
    }

    fn checked(self) -> Result<Self, String> {
        let is_sound = self.steps_taken > 0 && !self.seconds.is_empty() && self.seconds.iter().all(|time| *time > 0.0);
        if is_sound { Ok(self) } else { Err(format!("{} steps in {:?} s are no measurement", self.steps_taken, self.seconds)) }
    }

    /// Steps a second, by the median of the repeats.
    pub(super) fn rate(&self) -> f64 {
        self.steps_taken as f64 / median(self.seconds.clone())
    }
}

/// The middle of `values`, of which there is at least one.
pub(super) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 { values[middle] } else { 0.5 * (values[middle - 1] + values[middle]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_is_in_the_middle() {
        assert_eq!((median(vec![3.0, 1.0, 2.0]), median(vec![4.0, 1.0, 2.0, 3.0])), (2.0, 2.5));
    }

    #[test]
    fn a_report_is_read_at_its_largest_size_and_not_from_the_reference() {
        let size = |steps: u64, compute: f64| serde_json::json!({ "steps_taken": steps, "seconds": { "compute": compute, "total": 9.0 } });
        let leg = |kind: &str, sizes: &[Value]| serde_json::json!({ "backend": { "kind": kind, "adapter": "EPYC", "driver": "AVX2" }, "sizes": sizes });
        let report = serde_json::json!({ "backends": [leg("reference", &[size(1, 1.0)]), leg("cpu", &[size(10, 1.0)])] });
        assert_eq!(Measurement::of_thalweg(&report.to_string()).unwrap().rate(), 10.0);
        let report = serde_json::json!({ "backends": [leg("cpu", &[size(10, 1.0), size(80, 2.0)])] });
        assert_eq!(Measurement::of_thalweg(&report.to_string()).unwrap().rate(), 40.0);
    }

    #[test]
    fn what_is_no_measurement_is_refused() {
        for line in [
            "",
            "{}",
            "{\"steps_taken\": 5, \"seconds\": []}",
            "{\"steps_taken\": 0, \"seconds\": [1]}",
            "{\"steps_taken\": 5, \"seconds\": [0]}",
        ] {
            assert!(Measurement::of_peer(line).is_err(), "{line}");
            assert!(Measurement::of_thalweg(line).is_err(), "{line}");
        }
    }
}
