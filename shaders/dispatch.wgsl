// What every kernel is given, and what it gives back.

override WORKGROUP: u32 = 64u;

const NOWHERE = 0xffffffffu;

struct Dispatch {
    descents: u32,              // to advance
    column: u32,                // room for descents in a column of points
    row_length: u32,            // workgroups in one row of the dispatch's grid
    queue: u32,                 // where in queues the descents to advance stand; NOWHERE: all of the tile, in order
    next_queue: u32,            // where to note those that run on; NOWHERE: the host knows
    from_step: u32,             // updates applied to each of them so far
    plain_step: u32,            // up to here, update without a look at the stop rule
    until_step: u32,            // look at points plain_step … until_step − 1
    steps: u32,                 // the most updates a descent may take
    squared_gradient_norm: f32, // converged at or below
    squared_radius: f32,        // diverged beyond
    dimension: u32,             // D, as a number that compilers do not know
    losses: u32,                // where in results; NOWHERE: not wanted
    squared_norms: u32,         // where in results; NOWHERE: not wanted
}

// Position p = ⌊descent / stride⌋ mod count on an axis; its value stands at offset + p · columns.
struct Lookup { stride: u32, count: u32, offset: u32, columns: u32 }

@group(0) @binding(0) var<uniform> dispatch: Dispatch;
@group(0) @binding(1) var<storage, read> lookups: array<Lookup>; // variables, hyper-parameters, row
@group(0) @binding(2) var<storage, read> values: array<f32>;
@group(0) @binding(3) var<storage, read> coefficients: array<f32>;
@group(0) @binding(4) var<storage, read_write> points: array<f32>; // a column for each coordinate
@group(0) @binding(5) var<storage, read_write> endings: array<u32>;
@group(0) @binding(6) var<storage, read_write> results: array<f32>;
@group(0) @binding(7) var<storage, read_write> running: atomic<u32>; // descents noted in the next queue
@group(0) @binding(9) var<storage, read_write> queues: array<u32>;

fn lookup(number: u32, descent: u32) -> u32 {
    let found = lookups[number];
    return found.offset + descent / found.stride % found.count * found.columns;
}

// The number of the tile's descent at this place among those to advance.
fn dispatch_descent(place: u32) -> u32 {
    if (dispatch.queue == NOWHERE) {
        return place;
    }
    return queues[dispatch.queue + place];
}

// Reserves room for so many descents in the next queue; returns where it begins.
fn dispatch_reserve(count: u32) -> u32 {
    if (count == 0u || dispatch.next_queue == NOWHERE) {
        return NOWHERE;
    }
    return dispatch.next_queue + atomicAdd(&running, count);
}

// Notes at this place that a descent runs on.
fn dispatch_note(place: u32, descent: u32) {
    if (dispatch.next_queue != NOWHERE) {
        queues[place] = descent;
    }
}

// Between these a descent goes on.
struct Limits { squared_gradient_norm: f32, squared_radius: f32 }

// To be read once, since compilers may read a buffer anew at each step.
fn dispatch_limits() -> Limits {
    return Limits(dispatch.squared_gradient_norm, dispatch.squared_radius);
}

// Whether a descent goes on from a point like this, leaving aside whether it would move.
fn dispatch_inside(limits: Limits, loss: f32, squared_norm: f32, squared_length: f32) -> bool {
    let finite = status_finite(loss) & status_finite(squared_norm);
    return finite & (squared_norm > limits.squared_gradient_norm) & (squared_length <= limits.squared_radius);
}

// Stores the outcome of a descent that ended after so many steps at a point like this.
fn dispatch_store(descent: u32, taken: u32, loss: f32, squared_norm: f32, squared_length: f32) {
    let finite = status_finite(loss) & status_finite(squared_norm);
    var status = select(STATUS_STALLED, STATUS_EXHAUSTED, taken == dispatch.steps);
    status = select(STATUS_DIVERGED, status, finite & (squared_length <= dispatch.squared_radius));
    status = select(status, STATUS_CONVERGED, finite & (squared_norm <= dispatch.squared_gradient_norm));
    endings[descent] = status_ending(status, taken);
    if (dispatch.losses != NOWHERE) {
        results[dispatch.losses + descent] = loss;
    }
    if (dispatch.squared_norms != NOWHERE) {
        results[dispatch.squared_norms + descent] = squared_norm;
    }
}
