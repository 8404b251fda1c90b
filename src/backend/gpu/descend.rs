//! The dispatches of one tile: few steps in the first, more in each that follows, and only for descents that still run.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crate::backend::Job;
use crate::backend::gpu::MAX_GROUPS;
use crate::backend::gpu::device::{Device, WORKGROUP};
use crate::backend::gpu::tile::Buffers;
use crate::backend::gpu::transfer::Part;
use crate::error::Result;
use crate::shader::{Form, Variant};

/// How long one dispatch should take: far below the two seconds after which some systems give a device up.
const DISPATCH_TIME: Duration = Duration::from_millis(50);
/// Steps of the first dispatch, where descents end on their own.
const FIRST_STEPS: u32 = 16;
/// Multiply-adds of the first dispatch where they do not: what a slow device does in a second. Beginning a dispatch costs a
/// software adapter as much as a hundred steps of two variables.
const FIRST_WORK: u64 = 1 << 30;
/// By how much the steps may grow from one dispatch to the next where descents end on their own: an ended one keeps its place
/// until its dispatch ends, for no longer than it ran.
const GROWTH: u32 = 2;
/// The same where all descents run as long.
const FIXED_GROWTH: u32 = 8;
/// Passes through loops in one dispatch of a software adapter. Mesa's leaves all loops after 65,535, without a word.
pub(super) const MOST_PASSES: usize = 60_000;
/// No place in a buffer.
const NOWHERE: u32 = u32::MAX;

/// What a dispatch is told; the struct of the same name in `shaders/kernel/descend.wgsl`.
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(C)]
pub(super) struct Dispatch {
    descents: u32,
    column: u32,
    row_length: u32,
    queue: u32,
    next_queue: u32,
    from_step: u32,
    plain_step: u32,
    until_step: u32,
    steps: u32,
    squared_gradient_norm: f32,
    squared_radius: f32,
    dimension: u32,
    losses: u32,
    squared_norms: u32,
}

impl Dispatch {
    /// The first dispatch of `job`, of no steps yet.
    fn first(job: &Job, variant: &Variant) -> Self {
        let (stop, columns, tile) = (job.experiment.stop(), job.columns, job.tile.descents);
        let mut told = Self {
            descents: 0,
            column: tile + variant.points().1,
            row_length: 0,
            queue: NOWHERE,
            next_queue: if stop.fixed_steps { NOWHERE } else { 0 },
            from_step: 0,
            plain_step: 0,
            until_step: 0,
            steps: stop.steps,
            squared_gradient_norm: stop.gradient_norm * stop.gradient_norm,
            squared_radius: stop.divergence_radius * stop.divergence_radius,
            dimension: job.experiment.dimension() as u32,
            losses: if columns.loss { 0 } else { NOWHERE },
            squared_norms: if columns.gradient_norm { tile * u32::from(columns.loss) } else { NOWHERE },
        };
        told.advance(tile, variant);
        told
    }

    /// For `descents` of them.
    fn advance(&mut self, descents: u32, variant: &Variant) {
        self.descents = descents;
        self.row_length = self.groups(variant).min(MAX_GROUPS);
    }

    fn groups(&self, variant: &Variant) -> u32 {
        self.descents.div_ceil(variant.descents(WORKGROUP))
    }
}

/// Dispatches of at most `most_steps` until no descent runs any more; returns the time that took.
pub(super) async fn descend(
    device: &Device,
    pipeline: &wgpu::ComputePipeline,
    buffers: &Buffers,
    job: &Job,
    variant: &Variant,
    most_steps: u32,
) -> Result<Duration> {
    let (stop, tile) = (job.experiment.stop(), job.tile.descents);
    let most = if device.is_software { (MOST_PASSES / variant.passes()) as u32 } else { u32::MAX }.min(most_steps);
    let growth = if stop.fixed_steps { FIXED_GROWTH } else { GROWTH };
    let (mut steps, mut taken) = (first_steps(job, variant).min(most), Duration::ZERO);
    let mut told = Dispatch::first(job, variant);
    while told.from_step <= stop.steps && told.descents > 0 {
        job.check()?;
        let left = (stop.steps + 1 - told.from_step).next_multiple_of(variant.stride());
        told.until_step = told.from_step + steps.next_multiple_of(variant.stride()).min(left);
        told.plain_step = if stop.fixed_steps { told.until_step.min(stop.steps) } else { 0 };
        let (running, time) = dispatch(device, pipeline, buffers, &told, told.groups(variant)).await?;
        taken += time;
        if !stop.fixed_steps {
            job.monitor.finished.fetch_add((told.descents - running).into(), Ordering::Relaxed);
            told.advance(running, variant);
            (told.queue, told.next_queue) = (told.next_queue, tile - told.next_queue);
        }
        told.from_step = told.until_step;
        let fit = f64::from(steps) * DISPATCH_TIME.as_secs_f64() / time.as_secs_f64().max(1e-6);
        steps = (fit as u32).clamp(1, steps.saturating_mul(growth)).min(most);
    }
    if stop.fixed_steps {
        job.monitor.finished.fetch_add(tile.into(), Ordering::Relaxed);
    }
    Ok(taken)
}

fn first_steps(job: &Job, variant: &Variant) -> u32 {
    if !job.experiment.stop().fixed_steps || variant.form == Form::Tiled {
        return FIRST_STEPS;
    }
    let work = variant.kernel.work(variant.dimension) as u64;
    (FIRST_WORK / (work * u64::from(job.tile.descents))).clamp(1, FIRST_WORK) as u32
}

/// Runs one dispatch; returns how many descents run on, and the time it took: on the device's own clock, or else on the wall.
async fn dispatch(
    device: &Device,
    pipeline: &wgpu::ComputePipeline,
    buffers: &Buffers,
    told: &Dispatch,
    groups: u32,
) -> Result<(u32, Duration)> {
    let started = Instant::now();
    device.queue.write_buffer(&buffers.dispatch, 0, bytemuck::bytes_of(told));
    let mut encoder = device.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    encoder.clear_buffer(&buffers.running, 0, None);
    {
        let timestamp_writes = device.clock.as_ref().map(|clock| clock.writes());
        let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor { label: None, timestamp_writes });
        pass.set_pipeline(pipeline);
        pass.set_bind_group(0, &buffers.group, &[]);
        pass.dispatch_workgroups(told.row_length, groups.div_ceil(told.row_length), 1);
    }
    let mut parts = vec![Part { buffer: &buffers.running, offset: 0, size: 4 }];
    parts.extend(device.clock.as_ref().map(|clock| clock.resolve(&mut encoder)));
    let read = device.read(encoder, &parts, |bytes| bytes.to_vec()).await?;
    let (running, ticks) = read.split_at(4);
    let time = device.clock.as_ref().map(|clock| clock.time(ticks));
    Ok((bytemuck::pod_read_unaligned(running), time.unwrap_or_else(|| started.elapsed())))
}
