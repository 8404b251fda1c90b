//! One tile on the device: upload, dispatches until all its descents have ended, read-back.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use futures_intrusive::channel::shared::oneshot_channel;
use wgpu::BufferUsages;

use crate::backend::gpu::MAX_GROUPS;
use crate::backend::gpu::device::{Device, WORKGROUP};
use crate::backend::{Job, Outcomes};
use crate::error::Result;
use crate::plan::Tables;
use crate::shader::{LONGEST_UNIFORM_ROW, Variant};

/// How long one dispatch should take: far below the two seconds after which some systems give a device up.
const DISPATCH_TIME: Duration = Duration::from_millis(50);
/// By how much the steps of a dispatch may grow from one to the next.
const GROWTH: u32 = 8;

/// What a dispatch is told; the struct of the same name in `shaders/kernel/descend.wgsl`.
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(C)]
struct Dispatch {
    descents: u32,
    invocations: u32,
    row_length: u32,
    from_step: u32,
    until_step: u32,
    steps: u32,
    fixed_steps: u32,
    squared_gradient_norm: f32,
    squared_radius: f32,
    dimension: u32,
}

/// A tile's buffers on the device.
struct Buffers {
    dispatch: wgpu::Buffer,
    points: wgpu::Buffer,
    endings: wgpu::Buffer,
    results: wgpu::Buffer,
    running: wgpu::Buffer,
    group: wgpu::BindGroup,
}

/// Runs one tile.
pub(super) async fn run(device: Arc<Device>, job: Job, lanes: usize) -> Result<Outcomes> {
    let variant = Variant::of(&job.experiment, lanes);
    let pipeline = device.pipeline(&variant).await?;
    let tables = Tables::of(&job.experiment, &job.tile);
    let invocations = job.tile.descents.div_ceil(lanes as u32);
    let buffers = Buffers::new(&device, &job, &tables, invocations as usize * lanes);
    device.check()?;
    let turn = device.turn.lock().await;
    let compute = descend(&device, &pipeline, &buffers, &job, invocations).await?;
    drop(turn);
    let mut outcomes = read_back(&device, &buffers, &job, invocations as usize * lanes).await?;
    outcomes.compute = compute;
    job.monitor.finished.fetch_add(job.tile.descents.into(), Ordering::Relaxed);
    Ok(outcomes)
}

impl Buffers {
    /// Uploads the tables and makes room for `padded` descents.
    fn new(device: &Device, job: &Job, tables: &Tables, padded: usize) -> Self {
        let make = |label, size: usize, usage| {
            let size = (size as u64).next_multiple_of(4);
            device.device.create_buffer(&wgpu::BufferDescriptor { label: Some(label), size, usage, mapped_at_creation: false })
        };
        let upload = |label, bytes: &[u8]| {
            let buffer = make(label, bytes.len(), BufferUsages::STORAGE | BufferUsages::COPY_DST);
            device.queue.write_buffer(&buffer, 0, bytes);
            buffer
        };
        let lookups: Vec<_> = tables.inputs.iter().copied().chain([tables.row]).collect();
        let rows = &job.experiment.rows()[tables.rows.clone()];
        let inputs = [
            upload("lookups", bytemuck::cast_slice(&lookups)),
            upload("values", bytemuck::cast_slice(&tables.values)),
            upload("coefficients", bytemuck::cast_slice(rows)),
        ];
        let shared = &rows[..rows.len().min(LONGEST_UNIFORM_ROW)];
        let uniform = make("shared coefficients", (shared.len() * 4).next_multiple_of(16), BufferUsages::UNIFORM | BufferUsages::COPY_DST);
        device.queue.write_buffer(&uniform, 0, bytemuck::cast_slice(shared));
        let state = BufferUsages::STORAGE | BufferUsages::COPY_SRC;
        let dispatch = make("dispatch", size_of::<Dispatch>(), BufferUsages::UNIFORM | BufferUsages::COPY_DST);
        let points = make("points", padded * 4 * job.experiment.dimension(), state);
        let endings = make("endings", padded * 4, state);
        let results = make("results", padded * 8, state);
        let running = make("running", 4, state | BufferUsages::COPY_DST);
        let [lookups, values, coefficients] = &inputs;
        let bound = [&dispatch, lookups, values, coefficients, &points, &endings, &results, &running, &uniform];
        let entries: Vec<_> =
            (0..).zip(bound).map(|(binding, buffer)| wgpu::BindGroupEntry { binding, resource: buffer.as_entire_binding() }).collect();
        let descriptor = wgpu::BindGroupDescriptor { label: Some("descend"), layout: &device.layout, entries: &entries };
        let group = device.device.create_bind_group(&descriptor);
        Self { dispatch, points, endings, results, running, group }
    }
}

/// Dispatches until no descent runs any more; returns the time that took on the wall, waiting included.
async fn descend(
    device: &Arc<Device>,
    pipeline: &wgpu::ComputePipeline,
    buffers: &Buffers,
    job: &Job,
    invocations: u32,
) -> Result<Duration> {
    let stop = job.experiment.stop();
    let started = Instant::now();
    let last = stop.steps + 1;
    let (mut from_step, mut width) = (0, GROWTH);
    while from_step < last {
        job.monitor.check()?;
        let until_step = from_step.saturating_add(width).min(last);
        let clock = Instant::now();
        dispatch(device, pipeline, buffers, &told(job, invocations, from_step, until_step));
        let running = read(device, &buffers.running, 0, 4).await?;
        if bytemuck::pod_read_unaligned::<u32>(&running) == 0 {
            break;
        }
        from_step = until_step;
        let fit = f64::from(width) * DISPATCH_TIME.as_secs_f64() / clock.elapsed().as_secs_f64().max(1e-6);
        width = (fit as u32).clamp(1, width.saturating_mul(GROWTH));
    }
    Ok(started.elapsed())
}

fn told(job: &Job, invocations: u32, from_step: u32, until_step: u32) -> Dispatch {
    let (groups, stop) = (invocations.div_ceil(WORKGROUP), job.experiment.stop());
    Dispatch {
        descents: job.tile.descents,
        invocations,
        row_length: groups.min(MAX_GROUPS) * WORKGROUP,
        from_step,
        until_step,
        steps: stop.steps,
        fixed_steps: stop.fixed_steps.into(),
        squared_gradient_norm: stop.gradient_norm * stop.gradient_norm,
        squared_radius: stop.divergence_radius * stop.divergence_radius,
        dimension: job.experiment.dimension() as u32,
    }
}

fn dispatch(device: &Device, pipeline: &wgpu::ComputePipeline, buffers: &Buffers, told: &Dispatch) {
    device.queue.write_buffer(&buffers.dispatch, 0, bytemuck::bytes_of(told));
    device.queue.write_buffer(&buffers.running, 0, &[0; 4]);
    let mut encoder = device.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    {
        let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
        pass.set_pipeline(pipeline);
        pass.set_bind_group(0, &buffers.group, &[]);
        pass.dispatch_workgroups(told.row_length / WORKGROUP, told.invocations.div_ceil(told.row_length), 1);
    }
    device.submit(encoder.finish());
}

/// The bytes of part of a buffer, once all commands before have run.
async fn read(device: &Arc<Device>, buffer: &wgpu::Buffer, offset: u64, size: u64) -> Result<Vec<u8>> {
    let usage = BufferUsages::MAP_READ | BufferUsages::COPY_DST;
    let descriptor = wgpu::BufferDescriptor { label: Some("staging"), size, usage, mapped_at_creation: false };
    let staging = device.device.create_buffer(&descriptor);
    let mut encoder = device.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    encoder.copy_buffer_to_buffer(buffer, offset, &staging, 0, size);
    device.submit(encoder.finish());
    let (sender, receiver) = oneshot_channel();
    staging.map_async(wgpu::MapMode::Read, .., move |result| {
        // The receiver is gone only where the caller gave up waiting.
        let _ = sender.send(result);
    });
    let mapped = receiver.receive().await;
    device.check()?;
    mapped.ok_or_else(|| device.error("read-back was dropped"))?.map_err(|error| device.error(error))?;
    let bytes = staging.get_mapped_range(..).map_err(|error| device.error(error))?.to_vec();
    staging.unmap();
    Ok(bytes)
}

/// Reads back the columns asked for.
async fn read_back(device: &Arc<Device>, buffers: &Buffers, job: &Job, padded: usize) -> Result<Outcomes> {
    let descents = job.tile.descents as usize;
    let (column, wanted) = ((padded * 4) as u64, (descents * 4) as u64);
    let mut outcomes = Outcomes::of(job);
    if job.columns.ending {
        outcomes.endings = bytemuck::pod_collect_to_vec(&read(device, &buffers.endings, 0, wanted).await?);
        if outcomes.endings.iter().any(|ending| ending.status().is_none()) {
            return Err(device.error("some descents came back without a status; the driver did not run all of the dispatch"));
        }
    }
    if job.columns.loss {
        outcomes.loss = bytemuck::pod_collect_to_vec(&read(device, &buffers.results, 0, wanted).await?);
    }
    if job.columns.gradient_norm {
        let squared: Vec<f32> = bytemuck::pod_collect_to_vec(&read(device, &buffers.results, column, wanted).await?);
        outcomes.gradient_norm = squared.into_iter().map(f32::sqrt).collect();
    }
    if job.columns.point {
        let dimension = job.experiment.dimension();
        let size = column * dimension as u64;
        let columns: Vec<f32> = bytemuck::pod_collect_to_vec(&read(device, &buffers.points, 0, size).await?);
        outcomes.point = vec![0.0; descents * dimension];
        for (i, column) in columns.chunks_exact(padded).enumerate() {
            outcomes.point.iter_mut().skip(i).step_by(dimension).zip(column).for_each(|(to, from)| *to = *from);
        }
    }
    Ok(outcomes)
}
