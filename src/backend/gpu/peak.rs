//! What an adapter does at most, measured with the entry points of `shaders/bench/peak.wgsl`.

use std::time::{Duration, Instant};

use wgpu::BufferUsages;

use crate::backend::gpu::device::{Device, WORKGROUP};
use crate::backend::roofline::Peaks;
use crate::error::Result;

/// Components that an invocation computes with: three vectors.
const COMPONENTS: u64 = 12;
/// Bytes that one round of an invocation copies, read and written: one vector.
const COPIED: u64 = 32;
/// Invocations: enough to fill any device, unless its buffers are small.
const INVOCATIONS: u64 = 1 << 17;
/// Bytes in a buffer that is copied: far more than caches hold, unless the adapter's buffers are smaller.
const BUFFER: u64 = 128 << 20;
/// How long a measurement takes at least, and how often longer than a single round, whose time is taken off: that is what handing
/// over commands and starting invocations take.
const LONG_ENOUGH: Duration = Duration::from_millis(30);
const TIMES_LONGER: f64 = 6.0;
/// Measurements of one kind, of which the fastest counts.
const REPEATS: usize = 5;

/// What a dispatch is told; the struct of the same name in the shader.
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(C)]
struct Work {
    rounds: u32,
    factor: f32,
}

/// Measures all rates.
pub(super) fn measure(device: &Device) -> Result<Peaks> {
    let bench = Bench::new(device);
    let peaks = Peaks {
        multiply_add: bench.issue_rate("multiply_add", 8)?,
        add: bench.issue_rate("add", 8)?,
        mixed: bench.issue_rate("mixed", 8)?,
        compare: bench.issue_rate("compare", 4)?,
        multiply_add_compare: bench.issue_rate("multiply_add_compare", 12)?,
        divide: bench.issue_rate("divide", 8)?,
        root: bench.issue_rate("root", 8)?,
        slots_of_divide: 0.0,
        slots_of_root: 0.0,
        estimates: false,
        bandwidth: bench.bandwidth()?,
    };
    device.check()?;
    Ok(peaks)
}

struct Bench<'a> {
    device: &'a Device,
    module: wgpu::ShaderModule,
    work: wgpu::Buffer,
    source: wgpu::Buffer,
    sink: wgpu::Buffer,
}

impl<'a> Bench<'a> {
    fn new(device: &'a Device) -> Self {
        let text = include_str!("../../../shaders/bench/peak.wgsl");
        let descriptor = wgpu::ShaderModuleDescriptor { label: Some("peak"), source: wgpu::ShaderSource::Wgsl(text.into()) };
        #[expect(unsafe_code, reason = "compiled as the programs are that these peaks are a measure for")]
        // SAFETY: loops end at a count that the host gives; buffers are sized by the same counts as the dispatches.
        let module = unsafe { device.device.create_shader_module_trusted(descriptor, wgpu::ShaderRuntimeChecks::unchecked()) };
        let largest = device.description.largest_buffer.min(device.device.limits().max_buffer_size);
        let size = BUFFER.min(largest) / 16 * 16;
        let make = |label, size, usage| {
            device.device.create_buffer(&wgpu::BufferDescriptor { label: Some(label), size, usage, mapped_at_creation: false })
        };
        Self {
            device,
            module,
            work: make("work", size_of::<Work>() as u64, BufferUsages::UNIFORM | BufferUsages::COPY_DST),
            source: make("source", size, BufferUsages::STORAGE),
            sink: make("sink", size, BufferUsages::STORAGE),
        }
    }

    /// Operations a second of an entry point that does so many on each component in a round.
    fn issue_rate(&self, entry_point: &str, operations: u64) -> Result<f64> {
        let dispatch = Dispatch::new(self, entry_point);
        // An invocation reads three vectors from its own on.
        let invocations = INVOCATIONS.min(self.source.size() / 32) / u64::from(WORKGROUP) * u64::from(WORKGROUP);
        let groups = (invocations / u64::from(WORKGROUP)) as u32;
        let single = dispatch.fastest(groups, 1)?;
        let wanted = LONG_ENOUGH.as_secs_f64().max(TIMES_LONGER * single);
        let mut rounds = 2_u32;
        while dispatch.seconds(groups, rounds)? < wanted && rounds < 1 << 30 {
            rounds *= 2;
        }
        let done = (invocations * COMPONENTS * operations * u64::from(rounds - 1)) as f64;
        Ok(done / (dispatch.fastest(groups, rounds)? - single))
    }

    /// Bytes a second, read and written.
    fn bandwidth(&self) -> Result<f64> {
        let dispatch = Dispatch::new(self, "copy");
        let vectors = self.source.size() / 16;
        let groups = (vectors / 32 / u64::from(WORKGROUP)).clamp(1, 1 << 15);
        let rounds = (vectors / (groups * u64::from(WORKGROUP))) as u32;
        let bytes = (groups * u64::from(WORKGROUP) * u64::from(rounds - 1) * COPIED) as f64;
        Ok(bytes / (dispatch.fastest(groups as u32, rounds)? - dispatch.fastest(groups as u32, 1)?))
    }
}

struct Dispatch<'a> {
    bench: &'a Bench<'a>,
    pipeline: wgpu::ComputePipeline,
    group: wgpu::BindGroup,
}

impl<'a> Dispatch<'a> {
    fn new(bench: &'a Bench<'a>, entry_point: &str) -> Self {
        let device = &bench.device.device;
        let pipeline = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some("peak"),
            layout: None,
            module: &bench.module,
            entry_point: Some(entry_point),
            compilation_options: wgpu::PipelineCompilationOptions {
                constants: &[("WORKGROUP", f64::from(WORKGROUP))],
                ..Default::default()
            },
            cache: None,
        });
        let bound = [&bench.work, &bench.source, &bench.sink];
        let entries: Vec<_> =
            (0..).zip(bound).map(|(binding, buffer)| wgpu::BindGroupEntry { binding, resource: buffer.as_entire_binding() }).collect();
        let layout = pipeline.get_bind_group_layout(0);
        let group = device.create_bind_group(&wgpu::BindGroupDescriptor { label: Some("peak"), layout: &layout, entries: &entries });
        Self { bench, pipeline, group }
    }

    fn fastest(&self, groups: u32, rounds: u32) -> Result<f64> {
        (0..REPEATS).try_fold(f64::INFINITY, |fastest, _| Ok(fastest.min(self.seconds(groups, rounds)?)))
    }

    /// The time that one dispatch takes, on the wall.
    fn seconds(&self, groups: u32, rounds: u32) -> Result<f64> {
        let Device { device, queue, .. } = self.bench.device;
        queue.write_buffer(&self.bench.work, 0, bytemuck::bytes_of(&Work { rounds, factor: 0.5 }));
        let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        {
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
            pass.set_pipeline(&self.pipeline);
            pass.set_bind_group(0, &self.group, &[]);
            pass.dispatch_workgroups(groups, 1, 1);
        }
        let started = Instant::now();
        queue.submit([encoder.finish()]);
        device.poll(wgpu::PollType::wait_indefinitely()).map_err(|error| self.bench.device.error(error))?;
        Ok(started.elapsed().as_secs_f64())
    }
}
