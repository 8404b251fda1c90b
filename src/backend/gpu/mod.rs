//! The GPU backend: f32 through wgpu, whole descents in registers, many steps a dispatch. The only module that names wgpu.

mod adapter;
mod clock;
mod descend;
mod device;
mod digest;
mod peak;
mod tile;
mod transfer;

use std::sync::Arc;

pub use adapter::{AdapterDescription, adapters};

use crate::backend::roofline::Peaks;
use crate::backend::{Backend, Description, Job, Pending};
use crate::error::{Error, Result};
use crate::experiment::Experiment;
use crate::loss::Kernel;
use crate::shader::{Form, LANES, LONGEST_UNROLLED, Variant};

use descend::MOST_PASSES;
use device::Device;

/// The largest D of batches, each problem with its own Hessian, and of rolled programs on software adapters, whose compilers
/// unroll them all the same and take minutes.
const MAX_BATCH_DIMENSION: usize = LONGEST_UNROLLED;
/// The same on software adapters, whose compilers run on the CPU and take long for more.
const MAX_SOFTWARE_BATCH_DIMENSION: usize = 8;
/// Descents an invocation advances on software adapters, whose arithmetic takes as long as a CPU's: so many hide its latency.
/// On llvmpipe 8 make two and a half times the steps that 1 makes.
const SOFTWARE_LANES: usize = 8;
/// The same on GPUs, which hide latency by switching between invocations.
const HARDWARE_LANES: usize = 1;
/// The largest D where all descents share one quadratic.
const MAX_SHARED_DIMENSION: usize = 1024;
/// The most operations of a formula and its gradient, which stand in a program one by one.
const MAX_INSTRUCTIONS: usize = 1 << 14;
/// Multiply-adds that one step of a tile may take, so that even a slow device ends it within its time.
const MAX_STEP_WORK: u64 = 1 << 28;
/// The same of tiled programs: each descent is much work, and few would not fill a GPU.
const MAX_TILED_WORK: u64 = 1 << 30;
/// The same of tiled programs on software adapters, whom barriers cost dearly.
const MAX_SOFTWARE_TILED_WORK: u64 = 1 << 23;
/// Descents in one tile of a software adapter, whose memory is no faster than the CPU's: beyond this, loading and storing the
/// tile's state takes a dispatch's time.
const MAX_SOFTWARE_TILE: u64 = 1 << 17;
/// The most workgroups in one dimension of a dispatch that WebGPU promises.
pub(super) const MAX_GROUPS: u32 = 65_535;

/// One adapter, opened.
#[derive(Clone, Debug)]
pub struct Gpu {
    description: Description,
    device: Arc<Device>,
    tuning: Tuning,
}

/// What only measurements change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tuning {
    /// The most steps of one dispatch.
    pub most_steps: u32,
    /// Whether programs check every index and bound every loop at run time.
    pub is_checked: bool,
}

impl Default for Tuning {
    fn default() -> Self {
        Self { most_steps: u32::MAX, is_checked: false }
    }
}

impl Gpu {
    /// Opens the adapter of this number or whose name contains `name`, or else the best one, software adapters included.
    ///
    /// `lanes` is the number of descents an invocation advances, 1, 2, 4 or 8; by default what suits the kind of adapter.
    ///
    /// # Errors
    /// [`Error::Adapter`] where there is none of that name or none at all, [`Error::Device`] where it cannot be opened.
    pub fn open(name: Option<&str>, lanes: Option<usize>) -> Result<Self> {
        Self::new(&adapter::pick(name)?, lanes)
    }

    /// Opens the best adapter that is not a program playing a GPU, if there is one.
    pub fn open_hardware() -> Option<Result<Self>> {
        let found = adapter::find().into_iter().find(|adapter| !adapter::is_software(adapter));
        found.map(|adapter| Self::new(&adapter, None))
    }

    fn new(adapter: &wgpu::Adapter, lanes: Option<usize>) -> Result<Self> {
        let device = Device::open(adapter)?;
        let lanes = lanes.unwrap_or(if device.is_software { SOFTWARE_LANES } else { HARDWARE_LANES });
        let found = &device.description;
        let driver = format!("{} ({})", found.driver, found.interface);
        let clock = if device.clock.is_some() { "device" } else { "wall" };
        let description = Description { kind: "gpu", adapter: found.name.clone(), driver, lanes, clock };
        Self { description, device: Arc::new(device), tuning: Tuning::default() }.with_lanes(lanes)
    }

    /// The same device with another number of descents an invocation, 1, 2, 4 or 8.
    ///
    /// # Errors
    /// [`Error::Invalid`] for any other number.
    pub fn with_lanes(&self, lanes: usize) -> Result<Self> {
        if !LANES.contains(&lanes) {
            return Err(Error::invalid("lanes", format!("{lanes} descents an invocation; 1, 2, 4 and 8 are possible")));
        }
        Ok(Self { description: Description { lanes, ..self.description.clone() }, ..self.clone() })
    }

    /// The same device, tuned otherwise.
    pub fn with_tuning(&self, tuning: Tuning) -> Self {
        Self { tuning, ..self.clone() }
    }

    /// Whether the adapter is a program that plays a GPU.
    pub fn is_software(&self) -> bool {
        self.device.is_software
    }
}

impl Backend for Gpu {
    fn description(&self) -> &Description {
        &self.description
    }

    fn largest_tile(&self, experiment: &Experiment) -> Result<u64> {
        let (dimension, variant) = (experiment.dimension(), Variant::of(experiment, self.description.lanes));
        let limit = match (self.device.is_software, experiment.row_axis().is_some()) {
            (true, false) if variant.form == Form::Rolled => MAX_BATCH_DIMENSION,
            (_, false) => MAX_SHARED_DIMENSION,
            (true, true) => MAX_SOFTWARE_BATCH_DIMENSION,
            (false, true) => MAX_BATCH_DIMENSION,
        };
        if dimension > limit {
            let reason = match experiment.row_axis() {
                Some(_) => format!("{dimension} variables, each problem with its own Hessian, are more than {limit}"),
                None => format!("{dimension} variables are more than {limit}"),
            };
            let place = if self.device.is_software { ", the most on a software adapter" } else { "" };
            return Err(Error::Unsupported { backend: "gpu", reason: format!("{reason}{place}; use --backend cpu") });
        }
        if let Kernel::Formula(_) = variant.kernel
            && variant.kernel.work(dimension) > MAX_INSTRUCTIONS
        {
            let reason =
                format!("the formula takes more than {MAX_INSTRUCTIONS} operations, which drivers take long to compile; use --backend cpu");
            return Err(Error::Unsupported { backend: "gpu", reason });
        }
        if self.device.is_software && variant.passes() * variant.stride() as usize > MOST_PASSES {
            let reason = "one step of it is longer than what a software adapter runs at once; use --backend cpu".into();
            return Err(Error::Unsupported { backend: "gpu", reason });
        }
        let row = experiment.kernel().row_length(dimension) as u64;
        let columns: usize = experiment.axes().iter().map(|axis| axis.axis.columns()).sum();
        let (numbers, room) = variant.points();
        let widest = (numbers as u64).max(2).max(columns as u64).max(if experiment.row_axis().is_some() { row } else { 0 });
        let binding = self.device.description.largest_buffer.min(self.device.device.limits().max_buffer_size);
        if row * 4 > binding {
            let reason = format!("its {row} coefficients do not fit the adapter's buffers; use --backend cpu");
            return Err(Error::Unsupported { backend: "gpu", reason });
        }
        let groups = u64::from(MAX_GROUPS) * u64::from(MAX_GROUPS);
        let most = if self.device.is_software { MAX_SOFTWARE_TILE } else { groups };
        let work = match (variant.form, self.device.is_software) {
            (Form::Tiled, true) => MAX_SOFTWARE_TILED_WORK,
            (Form::Tiled, false) => MAX_TILED_WORK,
            _ => MAX_STEP_WORK,
        };
        let held = (binding / 4 / widest).saturating_sub(room.into());
        Ok(held.min(work / experiment.kernel().work(dimension) as u64).min(most).max(room.into()).max(1))
    }

    fn submit(&self, job: Job) -> Pending {
        Box::pin(tile::run(Arc::clone(&self.device), job, self.description.lanes, self.tuning))
    }

    fn drive(&self) -> Result<bool> {
        self.device.drive().map(|()| true)
    }

    fn peaks(&self) -> Result<Option<Peaks>> {
        peak::measure(&self.device).map(Some)
    }
}
