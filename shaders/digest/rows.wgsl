// How each row of a tile fared: its statuses, the sum and the largest of its steps, and the lower medians of steps and losses. A
// median is found by its digits in base 256, from the highest: how often each occurs among the numbers that begin with the digits
// found so far is counted by `tally`, and `choose` takes the one in which the rank lies. Host: src/backend/gpu/digest/rows.rs.

override WORKGROUP: u32 = 64u; // which divides 256

const DIGITS = 256u;
// Members of a row that a workgroup looks at.
const SLAB = 2048u;
// Words of a row in statistics: four statuses, steps in two halves, the largest, and for each median its digits and rank.
const WORDS = 11u;
const STEPS = 4u;
const LARGEST = 6u;
const MEDIANS = 7u;

struct Task {
    rows: u32,
    members: u32,    // of each row
    slabs: u32,      // workgroups that share a row
    row_length: u32, // workgroups in one row of the dispatch's grid
    of_row: u32,     // lookups that take the number of the row
    lookups: u32,    // all of them; the rest take the number of the member
    shift: u32,      // of the digit, counted in bits from the lowest
}

@group(0) @binding(0) var<uniform> task: Task;
@group(0) @binding(1) var<storage, read> lookups: array<Lookup>;
@group(0) @binding(2) var<storage, read> endings: array<u32>;
@group(0) @binding(3) var<storage, read> losses: array<f32>;
@group(0) @binding(4) var<storage, read_write> statistics: array<atomic<u32>>;
@group(0) @binding(5) var<storage, read_write> histograms: array<atomic<u32>>; // of steps and losses, for each row

struct Lookup { stride: u32, count: u32, offset: u32, columns: u32 }

// What the lookups from `first` up to `end` make of a number.
fn place(first: u32, end: u32, number: u32) -> u32 {
    var sum = 0u;
    for (var i = first; i < end; i++) {
        let lookup = lookups[i];
        sum += number / lookup.stride % lookup.count * lookup.columns;
    }
    return sum;
}

// Bits whose order is that of numbers; what is not finite counts as +infinity.
fn ordered_bits(value: f32) -> u32 {
    let bits = select(0x7f800000u, bitcast<u32>(value), status_finite(value));
    return select(~bits, bits | 0x80000000u, (bits >> 31u) == 0u);
}

var<workgroup> digits: array<atomic<u32>, 512>;
// Statuses, steps in a low half of 16 bits and a high one, and the largest.
var<workgroup> sums: array<atomic<u32>, 7>;

// Counts a number's digit if the digits before are those found.
fn count_digit(median: u32, found: u32, number: u32) {
    if ((((number ^ found) >> task.shift) >> 8u) == 0u) {
        atomicAdd(&digits[median * DIGITS + ((number >> task.shift) & (DIGITS - 1u))], 1u);
    }
}

@compute @workgroup_size(WORKGROUP)
fn tally(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
    let number = group.y * task.row_length + group.x;
    let row = number / task.slabs;
    if (row >= task.rows) {
        return;
    }
    let words = row * WORDS;
    let found_steps = atomicLoad(&statistics[words + MEDIANS]);
    let found_loss = atomicLoad(&statistics[words + MEDIANS + 2u]);
    let is_first = task.shift == 24u;
    let first = place(0u, task.of_row, row);
    let begin = number % task.slabs * SLAB;
    let end = min(begin + SLAB, task.members);
    for (var member = begin + local; member < end; member += WORKGROUP) {
        let descent = first + place(task.of_row, task.lookups, member);
        let ending = endings[descent];
        let steps = ending & ((1u << STATUS_SHIFT) - 1u);
        let status = ending >> STATUS_SHIFT;
        if (is_first) {
            if (status >= STATUS_CONVERGED && status <= STATUS_EXHAUSTED) {
                atomicAdd(&sums[status - STATUS_CONVERGED], 1u);
            }
            atomicAdd(&sums[STEPS], steps & 0xffffu);
            atomicAdd(&sums[STEPS + 1u], steps >> 16u);
            atomicMax(&sums[LARGEST], steps);
        }
        count_digit(0u, found_steps, steps);
        count_digit(1u, found_loss, ordered_bits(losses[descent]));
    }
    workgroupBarrier();
    for (var i = local; i < 2u * DIGITS; i += WORKGROUP) {
        let count = atomicLoad(&digits[i]);
        if (count != 0u) {
            atomicAdd(&histograms[row * 2u * DIGITS + i], count);
        }
    }
    if (is_first && local < STEPS) {
        atomicAdd(&statistics[words + local], atomicLoad(&sums[local]));
    }
    if (is_first && local == STEPS) {
        let sum = digest_join(atomicLoad(&sums[STEPS]), atomicLoad(&sums[STEPS + 1u]));
        let before = atomicAdd(&statistics[words + STEPS], sum.x);
        atomicAdd(&statistics[words + STEPS + 1u], sum.y + digest_carry(before, sum.x));
        atomicMax(&statistics[words + LARGEST], atomicLoad(&sums[LARGEST]));
    }
}

var<workgroup> counts: array<u32, DIGITS>;
var<workgroup> shares: array<u32, DIGITS>;

// A workgroup for each median of each row.
@compute @workgroup_size(WORKGROUP)
fn choose(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
    let number = group.y * task.row_length + group.x;
    if (number >= 2u * task.rows) {
        return;
    }
    let share = DIGITS / WORKGROUP;
    var sum = 0u;
    for (var i = 0u; i < share; i++) {
        // Left at 0 for the next digit.
        let count = atomicExchange(&histograms[number * DIGITS + local * share + i], 0u);
        counts[local * share + i] = count;
        sum += count;
    }
    shares[local] = sum;
    workgroupBarrier();
    if (local != 0u) {
        return;
    }
    let words = number / 2u * WORDS + MEDIANS + number % 2u * 2u;
    var rank = atomicLoad(&statistics[words + 1u]);
    if (task.shift == 24u) {
        rank = (task.members + 1u) / 2u;
    }
    var digit = 0u;
    for (var i = 0u; i < WORKGROUP - 1u && rank > shares[i]; i++) {
        rank -= shares[i];
        digit += share;
    }
    for (var i = 0u; i < share - 1u && rank > counts[digit]; i++) {
        rank -= counts[digit];
        digit++;
    }
    atomicStore(&statistics[words], atomicLoad(&statistics[words]) | (digit << task.shift));
    atomicStore(&statistics[words + 1u], rank);
}
