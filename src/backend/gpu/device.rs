//! An open device: its queue, its pipelines, and the errors it has reported.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_intrusive::sync::Mutex as AsyncMutex;

use crate::backend::gpu::adapter;
use crate::backend::gpu::clock::Clock;
use crate::backend::gpu::transfer::Staging;
use crate::error::{Error, Result};
use crate::shader::{Program, Variant};

/// Invocations in a workgroup: a multiple of every GPU's group size, small enough for every limit.
pub(super) const WORKGROUP: u32 = 64;

/// A program's text, its entry point, and whether it is checked at run time.
type PipelineKey = (String, &'static str, bool);

/// A device that is ready for work.
#[derive(Debug)]
pub(super) struct Device {
    pub(super) device: wgpu::Device,
    pub(super) queue: wgpu::Queue,
    pub(super) description: adapter::AdapterDescription,
    pub(super) is_software: bool,
    /// The bindings of `shaders/kernel/descend.wgsl`.
    pub(super) layout: wgpu::BindGroupLayout,
    /// The bindings of the programs in `shaders/digest/`.
    pub(super) digest_layout: wgpu::BindGroupLayout,
    pub(super) staging: Staging,
    pub(super) clock: Option<Clock>,
    pipelines: Mutex<HashMap<PipelineKey, Arc<wgpu::ComputePipeline>>>,
    /// Held while a tile descends: one at a time computes, by the one clock, and the others upload or read back.
    pub(super) turn: AsyncMutex<()>,
    submissions: Mutex<VecDeque<wgpu::SubmissionIndex>>,
    /// The first error that the device reported outside a call.
    fault: Arc<Mutex<Option<String>>>,
}

pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What is guarded is whole between any two statements, so a panic elsewhere does not spoil it.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Device {
    /// Opens `adapter` with all the memory it offers.
    pub(super) fn open(adapter: &wgpu::Adapter) -> Result<Self> {
        let description = adapter::describe(adapter);
        let descriptor = wgpu::DeviceDescriptor {
            label: Some("thalweg"),
            required_features: adapter.features() & wgpu::Features::TIMESTAMP_QUERY,
            required_limits: adapter.limits(),
            ..Default::default()
        };
        let opened = pollster::block_on(adapter.request_device(&descriptor));
        let (device, queue) = opened.map_err(|error| Error::Device { adapter: description.name.clone(), reason: error.to_string() })?;
        let fault: Arc<Mutex<Option<String>>> = Arc::default();
        let report = Arc::clone(&fault);
        device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| {
            locked(&report).get_or_insert(error.to_string());
        }));
        let report = Arc::clone(&fault);
        device.set_device_lost_callback(move |reason, message| {
            if reason != wgpu::DeviceLostReason::Destroyed {
                locked(&report).get_or_insert(format!("lost: {message}"));
            }
        });
        use Binding::{Read, Uniform, Write};
        let kernel_layout = layout(&device, &[Uniform, Read, Read, Read, Write, Write, Write, Write, Uniform, Write]);
        let digest_layout = layout(&device, &[Uniform, Read, Read, Read, Write, Write]);
        let is_software = adapter::is_software(adapter);
        let clock = Clock::new(&device, &queue);
        Ok(Self {
            device,
            queue,
            staging: Staging::default(),
            clock,
            description,
            is_software,
            layout: kernel_layout,
            digest_layout,
            pipelines: Mutex::default(),
            turn: AsyncMutex::new((), true),
            submissions: Mutex::default(),
            fault,
        })
    }

    /// The error this device has reported, if any.
    pub(super) fn check(&self) -> Result<()> {
        match locked(&self.fault).as_ref() {
            Some(reason) => Err(self.error(reason)),
            None => Ok(()),
        }
    }

    pub(super) fn error(&self, reason: impl ToString) -> Error {
        Error::Device { adapter: self.description.name.clone(), reason: reason.to_string() }
    }

    /// What a driver did that did not run all of a dispatch.
    pub(super) fn without_status(&self) -> Error {
        self.error("some descents came back without a status; the driver did not run all of the dispatch")
    }

    /// A buffer of zeros, of at least `size` bytes.
    pub(super) fn room(&self, label: &str, size: u64, usage: wgpu::BufferUsages) -> wgpu::Buffer {
        let size = size.next_multiple_of(4).max(4);
        self.device.create_buffer(&wgpu::BufferDescriptor { label: Some(label), size, usage, mapped_at_creation: false })
    }

    /// A buffer of these bytes, a multiple of 4 of them.
    pub(super) fn upload(&self, label: &str, bytes: &[u8], usage: wgpu::BufferUsages) -> wgpu::Buffer {
        let buffer = self.room(label, bytes.len() as u64, usage | wgpu::BufferUsages::COPY_DST);
        self.queue.write_buffer(&buffer, 0, bytes);
        buffer
    }

    /// These buffers, bound in the order of `layout`.
    pub(super) fn bind(&self, layout: &wgpu::BindGroupLayout, buffers: &[&wgpu::Buffer]) -> wgpu::BindGroup {
        let entries: Vec<_> =
            (0..).zip(buffers).map(|(binding, buffer)| wgpu::BindGroupEntry { binding, resource: buffer.as_entire_binding() }).collect();
        self.device.create_bind_group(&wgpu::BindGroupDescriptor { label: None, layout, entries: &entries })
    }

    /// The pipeline of `variant`, compiled the first time its program is asked for.
    pub(super) async fn pipeline(&self, variant: &Variant, is_checked: bool) -> Result<Arc<wgpu::ComputePipeline>> {
        self.entry_point(&variant.program()?, "descend", &self.layout, is_checked).await
    }

    /// The pipeline of an entry point of `program`, compiled the first time it is asked for.
    pub(super) async fn entry_point(
        &self,
        program: &Program,
        name: &'static str,
        layout: &wgpu::BindGroupLayout,
        is_checked: bool,
    ) -> Result<Arc<wgpu::ComputePipeline>> {
        let key = (program.text().to_string(), name, is_checked);
        if let Some(pipeline) = locked(&self.pipelines).get(&key) {
            return Ok(Arc::clone(pipeline));
        }
        let pipeline = Arc::new(self.compile(program, name, layout, is_checked).await?);
        locked(&self.pipelines).insert(key, Arc::clone(&pipeline));
        Ok(pipeline)
    }

    /// The program as a module of this device.
    #[expect(unsafe_code, reason = "run-time checks are left out of programs that need none")]
    fn module(&self, program: &Program, is_checked: bool) -> wgpu::ShaderModule {
        let descriptor = wgpu::ShaderModuleDescriptor { label: None, source: wgpu::ShaderSource::Wgsl(program.text().into()) };
        if is_checked {
            return self.device.create_shader_module(descriptor);
        }
        // Checked, software Vulkan runs the same program several times slower: clamped indices keep arrays out of registers.
        // SAFETY: every loop of a program is bounded by a constant or by the dispatch's steps; every index lies below the length
        // of its array, since the host sizes buffers by the same counts; no divisor is 0, since axes have at least one row.
        unsafe { self.device.create_shader_module_trusted(descriptor, wgpu::ShaderRuntimeChecks::unchecked()) }
    }

    async fn compile(
        &self,
        program: &Program,
        name: &'static str,
        layout: &wgpu::BindGroupLayout,
        is_checked: bool,
    ) -> Result<wgpu::ComputePipeline> {
        let scope = self.device.push_error_scope(wgpu::ErrorFilter::Validation);
        let module = self.module(program, is_checked);
        let refused = scope.pop();
        let messages = module.get_compilation_info().await.messages;
        if let Some(message) = messages.iter().find(|message| message.message_type == wgpu::CompilationMessageType::Error) {
            let (path, line) = program.origin(message.location.map_or(1, |location| location.line_number as usize));
            return Err(self.error(format!("{path}:{line}: {}", message.message)));
        }
        if let Some(error) = refused.await {
            return Err(self.error(error));
        }
        let layout = self.device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some(name),
            bind_group_layouts: &[Some(layout)],
            ..Default::default()
        });
        let scope = self.device.push_error_scope(wgpu::ErrorFilter::Validation);
        let pipeline = self.device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some(name),
            layout: Some(&layout),
            module: &module,
            entry_point: Some(name),
            compilation_options: wgpu::PipelineCompilationOptions {
                constants: &[("WORKGROUP", f64::from(WORKGROUP))],
                ..Default::default()
            },
            cache: None,
        });
        match scope.pop().await {
            Some(error) => Err(self.error(error)),
            None => Ok(pipeline),
        }
    }

    /// Hands commands to the device.
    pub(super) fn submit(&self, commands: wgpu::CommandBuffer) {
        let index = self.queue.submit([commands]);
        locked(&self.submissions).push_back(index);
    }

    /// Waits a short while for the oldest commands under way and lets their callbacks run.
    pub(super) fn drive(&self) -> Result<()> {
        let oldest = locked(&self.submissions).pop_front();
        let timeout = Some(Duration::from_secs(1));
        match self.device.poll(wgpu::PollType::Wait { submission_index: oldest.clone(), timeout }) {
            Ok(_) => {}
            Err(wgpu::PollError::Timeout) => {
                if let Some(oldest) = oldest {
                    locked(&self.submissions).push_front(oldest);
                }
            }
            Err(error) => return Err(self.error(error)),
        }
        self.check()
    }
}

/// What a program does with a buffer.
#[derive(Clone, Copy)]
pub(super) enum Binding {
    Uniform,
    Read,
    Write,
}

/// A layout of these bindings, numbered from 0.
pub(super) fn layout(device: &wgpu::Device, bindings: &[Binding]) -> wgpu::BindGroupLayout {
    let entry = |(binding, what): (u32, &Binding)| {
        let ty = match what {
            Binding::Uniform => wgpu::BufferBindingType::Uniform,
            Binding::Read => wgpu::BufferBindingType::Storage { read_only: true },
            Binding::Write => wgpu::BufferBindingType::Storage { read_only: false },
        };
        wgpu::BindGroupLayoutEntry {
            binding,
            visibility: wgpu::ShaderStages::COMPUTE,
            ty: wgpu::BindingType::Buffer { ty, has_dynamic_offset: false, min_binding_size: None },
            count: None,
        }
    };
    let entries: Vec<_> = (0..).zip(bindings).map(entry).collect();
    device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label: None, entries: &entries })
}
