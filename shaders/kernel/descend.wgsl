// Whole descents in registers: each invocation advances LANES of them side by side, so that one's arithmetic fills the time that
// another's results take, and stores them for the next dispatch. The only loop over steps; twin of src/backend/descend.rs.

override WORKGROUP: u32 = 64u;

const NOWHERE = 0xffffffffu;

struct Dispatch {
    descents: u32,              // to advance
    tile: u32,                  // descents in the whole tile: the length of a column
    row_length: u32,            // workgroups in one row of the dispatch's grid
    queue: u32,                 // where in queues the descents to advance stand; NOWHERE: all of the tile, in order
    next_queue: u32,            // where to note those that run on; NOWHERE: the host knows
    from_step: u32,             // updates applied to each of them so far
    plain_step: u32,            // up to here, update without a look at the stop rule
    until_step: u32,            // look at points plain_step … until_step − 1
    steps: u32,                 // the most updates a descent may take
    squared_gradient_norm: f32, // converged at or below
    squared_radius: f32,        // diverged beyond
    dimension: u32,             // DIM, as a number that compilers do not know
    losses: u32,                // where in results; NOWHERE: not wanted
    squared_norms: u32,         // where in results; NOWHERE: not wanted
}

// Position p = ⌊descent / stride⌋ mod count on an axis; its value stands at offset + p · columns.
struct Lookup { stride: u32, count: u32, offset: u32, columns: u32 }

@group(0) @binding(0) var<uniform> dispatch: Dispatch;
@group(0) @binding(1) var<storage, read> lookups: array<Lookup>; // variables, hyper-parameters, row
@group(0) @binding(2) var<storage, read> values: array<f32>;
@group(0) @binding(3) var<storage, read> coefficients: array<f32>;
@group(0) @binding(4) var<storage, read_write> points: array<f32>; // coordinate by coordinate
@group(0) @binding(5) var<storage, read_write> endings: array<u32>;
@group(0) @binding(6) var<storage, read_write> results: array<f32>;
@group(0) @binding(7) var<storage, read_write> running: atomic<u32>; // descents noted in the next queue
@group(0) @binding(9) var<storage, read_write> queues: array<u32>;

fn lookup(number: u32, descent: u32) -> u32 {
    let found = lookups[number];
    return found.offset + descent / found.stride % found.count * found.columns;
}

@compute @workgroup_size(WORKGROUP)
fn descend(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
    let first = (group.y * dispatch.row_length + group.x) * WORKGROUP * LANES + local;
    if (first >= dispatch.descents) {
        return;
    }
    var descents: array<u32, LANES>;
    var rows: array<Row, LANES>;
    var hypers: array<Hyper, LANES>;
    var points_held: array<Point, LANES>;
    var alive: array<bool, LANES>;
    for (var lane = 0u; lane < LANES; lane++) {
        // Lanes past the last descent repeat it, and store nothing.
        let place = min(first + lane * WORKGROUP, dispatch.descents - 1u);
        alive[lane] = place == first + lane * WORKGROUP;
        var descent = place;
        if (dispatch.queue != NOWHERE) {
            descent = queues[dispatch.queue + place];
        }
        descents[lane] = descent;
        rows[lane] = rows_load(lookup(DIM + HYPERPARAMETERS, descent));
        for (var i = 0u; i < HYPERPARAMETERS; i++) {
            hypers[lane][i] = values[lookup(DIM + i, descent)];
        }
        for (var i = 0u; i < loop_end(); i++) {
            if (dispatch.from_step == 0u) {
                points_held[lane][i] = values[lookup(i, descent)];
            } else {
                points_held[lane][i] = points[i * dispatch.tile + descent];
            }
        }
    }

    // Copies, since compilers may read a buffer anew at each step.
    let plain_step = dispatch.plain_step;
    let until_step = dispatch.until_step;
    let steps = dispatch.steps;
    let squared_gradient_norm = dispatch.squared_gradient_norm;
    let squared_radius = dispatch.squared_radius;

    var step = dispatch.from_step;
    for (; step + PLAIN_STEPS <= plain_step; step += PLAIN_STEPS) {
        for (var k = 0u; k < PLAIN_STEPS; k++) {
            for (var lane = 0u; lane < LANES; lane++) {
                var row = rows[lane];
                var hyper = hypers[lane];
                var x = points_held[lane];
                var gradient: Point;
                _ = loss_evaluate(&row, &x, &gradient);
                optimizer_update(&hyper, &x, &gradient);
                points_held[lane] = x;
            }
        }
    }

    // What the last point looked at was like, of each descent. One that has ended stays there.
    var taken: array<u32, LANES>;
    var losses: array<f32, LANES>;
    var squared_norms: array<f32, LANES>;
    var squared_lengths: array<f32, LANES>;
    var some_alive = true;
    for (; some_alive && step < until_step; step++) {
        some_alive = false;
        for (var lane = 0u; lane < LANES; lane++) {
            var row = rows[lane];
            var hyper = hypers[lane];
            var x = points_held[lane];
            var gradient: Point;
            let loss = loss_evaluate(&row, &x, &gradient);
            let squared_norm = point_dot(&gradient, &gradient);
            let squared_length = point_dot(&x, &x);
            var next = x;
            optimizer_update(&hyper, &next, &gradient);
            taken[lane] = select(taken[lane], step, alive[lane]);
            losses[lane] = select(losses[lane], loss, alive[lane]);
            squared_norms[lane] = select(squared_norms[lane], squared_norm, alive[lane]);
            squared_lengths[lane] = select(squared_lengths[lane], squared_length, alive[lane]);
            let finite = status_finite(loss) & status_finite(squared_norm);
            let inside = finite & (squared_norm > squared_gradient_norm) & (squared_length <= squared_radius);
            let stalled = OPTIMIZER_MEMORYLESS & point_same(&x, &next);
            alive[lane] = alive[lane] & ((step < plain_step) | (inside & !stalled & (step != steps)));
            some_alive = some_alive | alive[lane];
            for (var i = 0u; i < loop_end(); i++) {
                points_held[lane][i] = select(x[i], next[i], alive[lane]);
            }
        }
    }

    var still = 0u;
    for (var lane = 0u; lane < LANES; lane++) {
        still += select(0u, 1u, alive[lane]);
    }
    var place = dispatch.next_queue;
    if (still > 0u && place != NOWHERE) {
        place += atomicAdd(&running, still);
    }
    for (var lane = 0u; lane < LANES; lane++) {
        if (first + lane * WORKGROUP >= dispatch.descents) {
            break;
        }
        let descent = descents[lane];
        for (var i = 0u; i < loop_end(); i++) {
            points[i * dispatch.tile + descent] = points_held[lane][i];
        }
        if (alive[lane]) {
            if (dispatch.next_queue != NOWHERE) {
                queues[place] = descent;
                place++;
            }
            continue;
        }
        let finite = status_finite(losses[lane]) & status_finite(squared_norms[lane]);
        var status = select(STATUS_STALLED, STATUS_EXHAUSTED, taken[lane] == steps);
        status = select(STATUS_DIVERGED, status, finite & (squared_lengths[lane] <= squared_radius));
        status = select(status, STATUS_CONVERGED, finite & (squared_norms[lane] <= squared_gradient_norm));
        endings[descent] = status_ending(status, taken[lane]);
        if (dispatch.losses != NOWHERE) {
            results[dispatch.losses + descent] = losses[lane];
        }
        if (dispatch.squared_norms != NOWHERE) {
            results[dispatch.squared_norms + descent] = squared_norms[lane];
        }
    }
}
