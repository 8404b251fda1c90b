//! What is made of a tile's outcomes on the device; the host of `shaders/digest/`.

mod ends;
mod rows;

use crate::backend::digest::Digest;
use crate::backend::gpu::MAX_GROUPS;
use crate::backend::gpu::device::Device;
use crate::backend::gpu::tile::Buffers;
use crate::backend::{Job, Outcomes};
use crate::error::Result;
use crate::shader::Variant;

/// Descents that a workgroup looks at, `SLAB` in the shaders.
const SLAB: u32 = 2048;

/// What was asked for in the place of columns, of a tile that has descended; `None` where columns are no larger.
pub(super) async fn digest(device: &Device, buffers: &Buffers, job: &Job, variant: &Variant) -> Result<Option<Outcomes>> {
    match &job.digest {
        Some(Digest::Rows(axes)) => rows::digest(device, buffers, job, axes).await,
        Some(Digest::Ends(rest)) => ends::digest(device, buffers, job, variant, rest).await,
        None => Ok(None),
    }
}

/// A dispatch of a program that makes a digest.
struct Pass<'a> {
    pipeline: &'a wgpu::ComputePipeline,
    /// What the dispatch is told.
    task: &'a [u8],
    /// The other buffers, three that are read and two that are written.
    buffers: [&'a wgpu::Buffer; 5],
    groups: u32,
}

/// Workgroups in one row of a dispatch's grid.
fn row_length(groups: u32) -> u32 {
    groups.min(MAX_GROUPS)
}

impl Device {
    fn record(&self, encoder: &mut wgpu::CommandEncoder, pass: &Pass<'_>) {
        let task = self.upload("task", pass.task, wgpu::BufferUsages::UNIFORM);
        let [a, b, c, d, e] = pass.buffers;
        let group = self.bind(&self.digest_layout, &[&task, a, b, c, d, e]);
        let mut recorded = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
        recorded.set_pipeline(pass.pipeline);
        recorded.set_bind_group(0, &group, &[]);
        recorded.dispatch_workgroups(row_length(pass.groups), pass.groups.div_ceil(row_length(pass.groups)), 1);
    }
}
