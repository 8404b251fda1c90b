//! From the device to the host, through staging buffers that are used again and again.

use std::sync::Mutex;

use futures_intrusive::channel::shared::oneshot_channel;
use wgpu::BufferUsages;

use crate::backend::gpu::device::{Device, locked};
use crate::error::Result;

/// Staging buffers that nobody uses just now.
#[derive(Debug, Default)]
pub(super) struct Staging(Mutex<Vec<wgpu::Buffer>>);

impl Staging {
    /// The smallest idle buffer of at least `size` bytes, or a new one.
    fn take(&self, device: &wgpu::Device, size: u64) -> wgpu::Buffer {
        let mut idle = locked(&self.0);
        let fitting = (0..idle.len()).filter(|number| idle[*number].size() >= size).min_by_key(|number| idle[*number].size());
        if let Some(number) = fitting {
            return idle.swap_remove(number);
        }
        // One that was too small will be so again.
        idle.pop();
        let usage = BufferUsages::MAP_READ | BufferUsages::COPY_DST;
        device.create_buffer(&wgpu::BufferDescriptor { label: Some("staging"), size, usage, mapped_at_creation: false })
    }

    fn give_back(&self, buffer: wgpu::Buffer) {
        locked(&self.0).push(buffer);
    }
}

/// The first `size` bytes of a buffer from `offset` on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part<'a> {
    pub(super) buffer: &'a wgpu::Buffer,
    pub(super) offset: u64,
    pub(super) size: u64,
}

impl Device {
    /// Runs the commands of `encoder`, then hands the bytes of `parts`, one after another, to `take`.
    pub(super) async fn read<T>(&self, mut encoder: wgpu::CommandEncoder, parts: &[Part<'_>], take: impl FnOnce(&[u8]) -> T) -> Result<T> {
        let size = parts.iter().map(|part| part.size).sum();
        let staging = self.staging.take(&self.device, size);
        let mut at = 0;
        for part in parts {
            encoder.copy_buffer_to_buffer(part.buffer, part.offset, &staging, at, part.size);
            at += part.size;
        }
        self.submit(encoder.finish());
        let (sender, receiver) = oneshot_channel();
        staging.map_async(wgpu::MapMode::Read, ..size, move |result| {
            // The receiver is gone only where the caller gave up waiting.
            let _ = sender.send(result);
        });
        let mapped = receiver.receive().await;
        self.check()?;
        mapped.ok_or_else(|| self.error("read-back was dropped"))?.map_err(|error| self.error(error))?;
        let taken = take(&staging.get_mapped_range(..size).map_err(|error| self.error(error))?);
        staging.unmap();
        self.staging.give_back(staging);
        Ok(taken)
    }
}
