//! Statistics of rows; the host of `shaders/digest/rows.wgsl`.

use wgpu::BufferUsages;

use super::{Pass, SLAB, row_length};
use crate::backend::digest::{Layout, RowStatistics, from_ordered_bits};
use crate::backend::gpu::device::Device;
use crate::backend::gpu::tile::Buffers;
use crate::backend::gpu::transfer::Part;
use crate::backend::{Job, Outcomes};
use crate::error::Result;
use crate::shader;

/// With fewer members a row's statistics and histograms take about as much memory and time as its outcomes.
const FEWEST_MEMBERS: u32 = 1024;
/// Words of a row's statistics, `WORDS` in the shader, and counters of its two histograms.
const WORDS: usize = 11;
const COUNTERS: u64 = 512;
/// Where the digits of a median begin, from the highest, in bits.
const SHIFTS: [u32; 4] = [24, 16, 8, 0];

/// What a dispatch is told; the struct of the same name in the shader.
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(C)]
struct Task {
    rows: u32,
    members: u32,
    slabs: u32,
    row_length: u32,
    of_row: u32,
    lookups: u32,
    shift: u32,
    unused: u32,
}

/// The statistics of a tile's rows along `axes`; `None` where other tiles have parts of them, or where they are short.
pub(super) async fn digest(device: &Device, buffers: &Buffers, job: &Job, axes: &[usize]) -> Result<Option<Outcomes>> {
    let counts = job.experiment.axes().iter().map(|axis| axis.axis.count());
    let layout = Layout::new(&job.tile, axes);
    if !Layout::is_whole(&job.tile, axes, counts) || layout.members < FEWEST_MEMBERS || !job.columns.ending || !job.columns.loss {
        return Ok(None);
    }
    let rows = statistics(device, &buffers.endings, &buffers.results, &layout).await?;
    let is_complete = |row: &RowStatistics| row.statuses.iter().sum::<u64>() == u64::from(layout.members);
    if !rows.iter().all(is_complete) {
        return Err(device.without_status());
    }
    Ok(Some(Outcomes { rows, ..Outcomes::of(&job.tile) }))
}

async fn statistics(device: &Device, endings: &wgpu::Buffer, losses: &wgpu::Buffer, layout: &Layout) -> Result<Vec<RowStatistics>> {
    let program = shader::row_digest();
    let tally = device.entry_point(&program, "tally", &device.digest_layout, true).await?;
    let choose = device.entry_point(&program, "choose", &device.digest_layout, true).await?;
    let lookups = device.upload("row lookups", bytemuck::cast_slice(&layout.lookups), BufferUsages::STORAGE);
    let words = u64::from(layout.rows) * WORDS as u64 * 4;
    let found = device.room("row statistics", words, BufferUsages::STORAGE | BufferUsages::COPY_SRC);
    let histograms = device.room("histograms", u64::from(layout.rows) * COUNTERS * 4, BufferUsages::STORAGE);
    let buffers = [&lookups, endings, losses, &found, &histograms];
    let slabs = layout.members.div_ceil(SLAB);

    let mut encoder = device.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    for shift in SHIFTS {
        for (pipeline, groups) in [(&tally, layout.rows * slabs), (&choose, 2 * layout.rows)] {
            let task = Task {
                rows: layout.rows,
                members: layout.members,
                slabs,
                row_length: row_length(groups),
                of_row: layout.of_row as u32,
                lookups: layout.lookups.len() as u32,
                shift,
                unused: 0,
            };
            device.record(&mut encoder, &Pass { pipeline, task: bytemuck::bytes_of(&task), buffers, groups });
        }
    }
    let part = Part { buffer: &found, offset: 0, size: words };
    let rows = device.read(encoder, &[part], bytemuck::pod_collect_to_vec::<u8, [u32; WORDS]>).await?;
    Ok(rows.into_iter().map(of_words).collect())
}

fn of_words(
    [converged, diverged, stalled, exhausted, low, high, steps_max, steps_median, _, loss_median, _]: [u32; WORDS],
) -> RowStatistics {
    RowStatistics {
        statuses: [converged, diverged, stalled, exhausted].map(u64::from),
        steps: u64::from(low) | u64::from(high) << 32,
        steps_max,
        steps_median,
        loss_median: from_ordered_bits(loss_median),
    }
}
