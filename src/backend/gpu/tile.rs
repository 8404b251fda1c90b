//! One tile on the device: upload, dispatches until all its descents have ended, read-back.

use std::sync::Arc;

use wgpu::BufferUsages;

use crate::backend::gpu::Tuning;
use crate::backend::gpu::descend::{Dispatch, descend};
use crate::backend::gpu::device::Device;
use crate::backend::gpu::digest::digest;
use crate::backend::gpu::transfer::Part;
use crate::backend::{Job, Outcomes};
use crate::error::Result;
use crate::plan::Tables;
use crate::shader::{LONGEST_UNIFORM_ROW, Variant};

/// A tile's buffers on the device.
pub(super) struct Buffers {
    pub(super) dispatch: wgpu::Buffer,
    pub(super) running: wgpu::Buffer,
    pub(super) group: wgpu::BindGroup,
    pub(super) points: wgpu::Buffer,
    pub(super) endings: wgpu::Buffer,
    pub(super) results: wgpu::Buffer,
}

/// Runs one tile.
pub(super) async fn run(device: Arc<Device>, job: Job, lanes: usize, tuning: Tuning) -> Result<Outcomes> {
    let variant = Variant::of(&job.experiment, lanes);
    let pipeline = device.pipeline(&variant, tuning.is_checked).await?;
    let buffers = Buffers::new(&device, &job, &variant);
    device.check()?;
    let turn = device.turn.lock().await;
    let compute = descend(&device, &pipeline, &buffers, &job, &variant, tuning.most_steps).await?;
    drop(turn);
    let mut outcomes = match digest(&device, &buffers, &job, &variant).await? {
        Some(digest) => digest,
        None => read_back(&device, &buffers, &job, &variant).await?,
    };
    outcomes.compute = compute;
    Ok(outcomes)
}

impl Buffers {
    /// Uploads the tables and makes room for the outcomes asked for.
    fn new(device: &Device, job: &Job, variant: &Variant) -> Self {
        let tables = Tables::of(&job.experiment, &job.tile);
        let make = |label, size: usize, usage| device.room(label, size as u64, usage);
        let upload = |label, bytes: &[u8]| device.upload(label, bytes, BufferUsages::STORAGE);
        let lookups: Vec<_> = tables.inputs.iter().copied().chain([tables.row]).collect();
        let rows = job.experiment.rows().part(tables.problems.clone());
        let lookups = upload("lookups", bytemuck::cast_slice(&lookups));
        let values = upload("values", bytemuck::cast_slice(&tables.values));
        let coefficients = upload("coefficients", bytemuck::cast_slice(&rows));
        let shared = &rows[..rows.len().min(LONGEST_UNIFORM_ROW)];
        let uniform = make("shared coefficients", (shared.len() * 4).next_multiple_of(16), BufferUsages::UNIFORM | BufferUsages::COPY_DST);
        device.queue.write_buffer(&uniform, 0, bytemuck::cast_slice(shared));

        let column = job.tile.descents as usize * 4;
        let (columns, is_fixed) = (job.columns, job.experiment.stop().fixed_steps);
        let state = BufferUsages::STORAGE | BufferUsages::COPY_SRC;
        let dispatch = make("dispatch", size_of::<Dispatch>().next_multiple_of(16), BufferUsages::UNIFORM | BufferUsages::COPY_DST);
        let (numbers, room) = variant.points();
        let points = make("points", (column + room as usize * 4) * numbers, state);
        let endings = make("endings", column, state);
        let results = make("results", column * (usize::from(columns.loss) + usize::from(columns.gradient_norm)), state);
        let running = make("running", 4, state | BufferUsages::COPY_DST);
        let queues = make("queues", if is_fixed { 0 } else { 2 * column }, BufferUsages::STORAGE);
        let bound = [&dispatch, &lookups, &values, &coefficients, &points, &endings, &results, &running, &uniform, &queues];
        let group = device.bind(&device.layout, &bound);
        Self { dispatch, running, group, points, endings, results }
    }
}

/// Reads back the columns asked for, all at once.
async fn read_back(device: &Device, buffers: &Buffers, job: &Job, variant: &Variant) -> Result<Outcomes> {
    let (columns, descents) = (job.columns, job.tile.descents);
    let size = u64::from(descents) * 4;
    let mut parts = Vec::new();
    if columns.ending {
        parts.push(Part { buffer: &buffers.endings, offset: 0, size });
    }
    if columns.loss || columns.gradient_norm {
        parts.push(Part { buffer: &buffers.results, offset: 0, size: buffers.results.size() });
    }
    if columns.point {
        let column = u64::from(descents + variant.points().1) * 4;
        parts.extend((0..variant.dimension as u64).map(|i| Part { buffer: &buffers.points, offset: i * column, size }));
    }
    let encoder = device.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    let outcomes = device.read(encoder, &parts, |bytes| unpack(job, bytes)).await?;
    if outcomes.endings.iter().any(|ending| ending.status().is_none()) {
        return Err(device.without_status());
    }
    Ok(outcomes)
}

/// The columns asked for, of the bytes in which they stand one after another.
fn unpack(job: &Job, bytes: &[u8]) -> Outcomes {
    let (descents, dimension) = (job.tile.descents as usize, job.experiment.dimension());
    let (columns, mut rest) = (job.columns, bytes);
    let mut take = |count: usize| {
        let (taken, left) = rest.split_at(count * descents * 4);
        rest = left;
        taken
    };
    let mut outcomes = Outcomes::of(&job.tile);
    if columns.ending {
        outcomes.endings = bytemuck::pod_collect_to_vec(take(1));
    }
    if columns.loss {
        outcomes.loss = bytemuck::pod_collect_to_vec(take(1));
    }
    if columns.gradient_norm {
        let squared: Vec<f32> = bytemuck::pod_collect_to_vec(take(1));
        outcomes.gradient_norm = squared.into_iter().map(f32::sqrt).collect();
    }
    if columns.point {
        let coordinates: Vec<f32> = bytemuck::pod_collect_to_vec(take(dimension));
        outcomes.point = vec![0.0; descents * dimension];
        for (i, column) in coordinates.chunks_exact(descents).enumerate() {
            outcomes.point.iter_mut().skip(i).step_by(dimension).zip(column).for_each(|(to, from)| *to = *from);
        }
    }
    outcomes
}
