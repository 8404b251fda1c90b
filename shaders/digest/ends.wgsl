// How the descents of a tile ended: their statuses, the sum of their steps, and how many of those that rest lie in each of some
// balls. Those that rest in none, or in several, are listed, each with its number, ending and point. Host:
// src/backend/gpu/digest/ends.rs.

override WORKGROUP: u32 = 64u;

// Descents that a workgroup looks at.
const SLAB = 2048u;
const MOST_REGIONS = 256u; // `Rest::MOST`
// Counters: four statuses, steps in two halves, those listed, and those in each region.
const STEPS = 4u;
const LISTED = 6u;
const REGIONS = 7u;

struct Task {
    descents: u32,
    column: u32,     // room for descents in a column of points
    dimension: u32,
    regions: u32,    // at most MOST_REGIONS
    stalled: u32,    // 1 where descents that stalled rest
    room: u32,       // for so many in the list
    row_length: u32, // workgroups in one row of the dispatch's grid
}

@group(0) @binding(0) var<uniform> task: Task;
@group(0) @binding(1) var<storage, read> regions: array<f32>; // squared radius, centre
@group(0) @binding(2) var<storage, read> endings: array<u32>;
@group(0) @binding(3) var<storage, read> points: array<f32>; // a column for each coordinate
@group(0) @binding(4) var<storage, read_write> counters: array<atomic<u32>>;
@group(0) @binding(5) var<storage, read_write> list: array<u32>;

// The only region that holds the descent's point, or `task.regions`.
fn region_of(descent: u32) -> u32 {
    var found = task.regions;
    var holding = 0u;
    for (var region = 0u; region < task.regions; region++) {
        let first = region * (1u + task.dimension);
        var squared = 0.0;
        for (var i = 0u; i < task.dimension; i++) {
            let away = points[i * task.column + descent] - regions[first + 1u + i];
            squared = fma(away, away, squared);
        }
        if (squared <= regions[first]) {
            found = region;
            holding++;
        }
    }
    return select(task.regions, found, holding == 1u);
}

fn note(descent: u32, ending: u32) {
    let place = atomicAdd(&counters[LISTED], 1u);
    if (place < task.room) {
        let first = place * (2u + task.dimension);
        list[first] = descent;
        list[first + 1u] = ending;
        for (var i = 0u; i < task.dimension; i++) {
            list[first + 2u + i] = bitcast<u32>(points[i * task.column + descent]);
        }
    }
}

// As counters, but for steps, whose halves are one of 16 bits and a high one.
var<workgroup> sums: array<atomic<u32>, REGIONS + MOST_REGIONS>;

@compute @workgroup_size(WORKGROUP)
fn count(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
    let begin = (group.y * task.row_length + group.x) * SLAB;
    let end = min(begin + SLAB, task.descents);
    for (var descent = begin + local; descent < end; descent += WORKGROUP) {
        let ending = endings[descent];
        let steps = ending & ((1u << STATUS_SHIFT) - 1u);
        let status = ending >> STATUS_SHIFT;
        if (status >= STATUS_CONVERGED && status <= STATUS_EXHAUSTED) {
            atomicAdd(&sums[status - STATUS_CONVERGED], 1u);
        }
        atomicAdd(&sums[STEPS], steps & 0xffffu);
        atomicAdd(&sums[STEPS + 1u], steps >> 16u);
        if (status == STATUS_CONVERGED || (status == STATUS_STALLED && task.stalled == 1u)) {
            let region = region_of(descent);
            if (region == task.regions) {
                note(descent, ending);
            } else {
                atomicAdd(&sums[REGIONS + region], 1u);
            }
        }
    }
    workgroupBarrier();
    for (var i = local; i < REGIONS + task.regions; i += WORKGROUP) {
        let counted = atomicLoad(&sums[i]);
        if (counted != 0u && (i < STEPS || i >= REGIONS)) {
            atomicAdd(&counters[i], counted);
        }
    }
    if (local == 0u) {
        let sum = digest_join(atomicLoad(&sums[STEPS]), atomicLoad(&sums[STEPS + 1u]));
        let before = atomicAdd(&counters[STEPS], sum.x);
        atomicAdd(&counters[STEPS + 1u], sum.y + digest_carry(before, sum.x));
    }
}
