//! The device's own clock, where it has one: when a pass began and ended.

use std::time::Duration;

use wgpu::BufferUsages;

use crate::backend::gpu::transfer::Part;

/// Two time stamps.
#[derive(Debug)]
pub(super) struct Clock {
    queries: wgpu::QuerySet,
    stamps: wgpu::Buffer,
    nanoseconds_a_tick: f32,
}

impl Clock {
    const SIZE: u64 = 16;

    /// A clock of `device`, if it has one.
    pub(super) fn new(device: &wgpu::Device, queue: &wgpu::Queue) -> Option<Self> {
        if !device.features().contains(wgpu::Features::TIMESTAMP_QUERY) {
            return None;
        }
        let queries = wgpu::QuerySetDescriptor { label: Some("clock"), ty: wgpu::QueryType::Timestamp, count: 2 };
        let usage = BufferUsages::QUERY_RESOLVE | BufferUsages::COPY_SRC;
        let stamps = wgpu::BufferDescriptor { label: Some("stamps"), size: Self::SIZE, usage, mapped_at_creation: false };
        Some(Self {
            queries: device.create_query_set(&queries),
            stamps: device.create_buffer(&stamps),
            nanoseconds_a_tick: queue.get_timestamp_period(),
        })
    }

    /// Stamps the beginning and the end of a pass.
    pub(super) fn writes(&self) -> wgpu::ComputePassTimestampWrites<'_> {
        wgpu::ComputePassTimestampWrites {
            query_set: &self.queries,
            beginning_of_pass_write_index: Some(0),
            end_of_pass_write_index: Some(1),
        }
    }

    /// Makes the stamps readable; returns where they stand.
    pub(super) fn resolve(&self, encoder: &mut wgpu::CommandEncoder) -> Part<'_> {
        encoder.resolve_query_set(&self.queries, 0..2, &self.stamps, 0);
        Part { buffer: &self.stamps, offset: 0, size: Self::SIZE }
    }

    /// The time between the stamps read.
    pub(super) fn time(&self, stamps: &[u8]) -> Duration {
        let [began, ended]: [u64; 2] = bytemuck::pod_read_unaligned(stamps);
        Duration::from_secs_f64(ended.saturating_sub(began) as f64 * f64::from(self.nanoseconds_a_tick) * 1e-9)
    }
}
