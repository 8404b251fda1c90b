//! How many ends lie in each region; the host of `shaders/digest/ends.wgsl`.

use wgpu::BufferUsages;

use super::{Pass, SLAB, row_length};
use crate::backend::digest::{Ends, Rest};
use crate::backend::gpu::device::Device;
use crate::backend::gpu::tile::Buffers;
use crate::backend::gpu::transfer::Part;
use crate::backend::{Job, Outcomes};
use crate::error::Result;
use crate::shader::{self, Variant};
use crate::stop::Ending;

/// Counters before those of the regions, `REGIONS` there.
const COUNTERS: usize = 7;
/// One in so many ends may be listed, so that a list takes little room; with more, columns are read back.
const LISTED: u32 = 8;

/// What a dispatch is told; the struct of the same name in the shader.
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(C)]
struct Task {
    descents: u32,
    column: u32,
    dimension: u32,
    regions: u32,
    stalled: u32,
    room: u32,
    row_length: u32,
    unused: u32,
}

/// How the descents of a tile ended; `None` where too many rest outside all regions.
pub(super) async fn digest(device: &Device, buffers: &Buffers, job: &Job, variant: &Variant, rest: &Rest) -> Result<Option<Outcomes>> {
    let (descents, dimension) = (job.tile.descents, job.experiment.dimension());
    let regions = &rest.regions[..rest.regions.len().min(Rest::MOST)];
    if regions.is_empty() || !job.columns.ending || !job.columns.point {
        return Ok(None);
    }
    let count = device.entry_point(&shader::end_digest(), "count", &device.digest_layout, true).await?;
    let numbers: Vec<f32> = regions.iter().flat_map(|region| [&[region.squared_radius], &region.center[..]].concat()).collect();
    let numbers = device.upload("regions", bytemuck::cast_slice(&numbers), BufferUsages::STORAGE);
    let counters = device.room("counters", (COUNTERS + regions.len()) as u64 * 4, BufferUsages::STORAGE | BufferUsages::COPY_SRC);
    let (room, width) = (descents.div_ceil(LISTED), 2 + dimension);
    let list = device.room("list", u64::from(room) * width as u64 * 4, BufferUsages::STORAGE | BufferUsages::COPY_SRC);

    let groups = descents.div_ceil(SLAB);
    let task = Task {
        descents,
        column: descents + variant.points().1,
        dimension: dimension as u32,
        regions: regions.len() as u32,
        stalled: rest.stalled.into(),
        room,
        row_length: row_length(groups),
        unused: 0,
    };
    let buffers = [&numbers, &buffers.endings, &buffers.points, &counters, &list];
    let mut encoder = device.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    device.record(&mut encoder, &Pass { pipeline: &count, task: bytemuck::bytes_of(&task), buffers, groups });
    let part = Part { buffer: &counters, offset: 0, size: counters.size() };
    let counted: Vec<u32> = device.read(encoder, &[part], bytemuck::pod_collect_to_vec::<u8, u32>).await?;
    let [converged, diverged, stalled, exhausted, low, high, listed] = *counted.first_chunk().unwrap_or(&[0; COUNTERS]);
    let statuses = [converged, diverged, stalled, exhausted].map(u64::from);
    if statuses.iter().sum::<u64>() != u64::from(descents) {
        return Err(device.without_status());
    }
    if listed > room {
        return Ok(None);
    }
    let part = Part { buffer: &list, offset: 0, size: u64::from(listed) * width as u64 * 4 };
    let encoder = device.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    let words: Vec<u32> = if listed == 0 { Vec::new() } else { device.read(encoder, &[part], bytemuck::pod_collect_to_vec).await? };
    // In the order of descents, which the device does not keep.
    let mut listed: Vec<&[u32]> = words.chunks_exact(width).collect();
    listed.sort_unstable_by_key(|words| words[0]);
    let regions = counted[COUNTERS..].iter().map(|count| u64::from(*count)).collect();
    Ok(Some(Outcomes {
        endings: listed.iter().map(|words| bytemuck::cast::<u32, Ending>(words[1])).collect(),
        point: listed.iter().flat_map(|words| &words[2..]).map(|bits| f32::from_bits(*bits)).collect(),
        ends: Some(Ends { statuses, steps: u64::from(low) | u64::from(high) << 32, regions }),
        ..Outcomes::of(&job.tile)
    }))
}
