// Whole descents in registers: each invocation advances LANES of them by up to `until − from` points, then stores them for the
// next dispatch. The only loop over steps; twin of src/backend/descend.rs.

override WORKGROUP: u32 = 64u;

struct Dispatch {
    descents: u32,              // of the tile
    invocations: u32,           // ⌈descents / LANES⌉
    row_length: u32,            // invocations in one row of the dispatch's grid
    from_step: u32,             // updates applied to every running descent so far
    until_step: u32,            // look at points from_step … until_step − 1
    steps: u32,                 // the most updates a descent may take
    fixed_steps: u32,           // 1: look at the stop rule only after the last update
    squared_gradient_norm: f32, // converged at or below
    squared_radius: f32,        // diverged beyond
    dimension: u32,             // DIM, as a number that compilers do not know
}

// Position p = ⌊descent / stride⌋ mod count on an axis; its value stands at offset + p · columns.
struct Lookup { stride: u32, count: u32, offset: u32, columns: u32 }

@group(0) @binding(0) var<uniform> dispatch: Dispatch;
@group(0) @binding(1) var<storage, read> lookups: array<Lookup>; // variables, hyper-parameters, row
@group(0) @binding(2) var<storage, read> values: array<f32>;
@group(0) @binding(3) var<storage, read> coefficients: array<f32>;
@group(0) @binding(4) var<storage, read_write> points: array<Real>; // coordinate by coordinate
@group(0) @binding(5) var<storage, read_write> endings: array<Bits>;
@group(0) @binding(6) var<storage, read_write> results: array<Real>; // losses, then squared gradient norms
@group(0) @binding(7) var<storage, read_write> running: atomic<u32>; // 1: some descent has not ended

fn lookup(number: u32, descent: Bits) -> Bits {
    let found = lookups[number];
    return Bits(found.offset) + (descent / Bits(found.stride)) % Bits(found.count) * Bits(found.columns);
}

@compute @workgroup_size(WORKGROUP)
fn descend(@builtin(global_invocation_id) id: vec3u) {
    let invocation = id.y * dispatch.row_length + id.x;
    if (id.x >= dispatch.row_length || invocation >= dispatch.invocations) {
        return;
    }
    // Lanes past the last descent repeat it; nobody reads what they store.
    let descent = min(lanes_from(invocation * LANES), Bits(dispatch.descents - 1u));
    let row = lookup(DIM + HYPERPARAMETERS, descent);
    rows_load(row);
    var hyper: Hyper;
    for (var i = 0u; i < HYPERPARAMETERS; i++) {
        hyper[i] = lanes_value(lookup(DIM + i, descent));
    }
    var x: Point;
    var ending = status_ending(STATUS_RUNNING, 0u);
    var final_loss = Real(0.0);
    var final_norm = Real(0.0);
    if (dispatch.from_step == 0u) {
        for (var i = 0u; i < loop_end(); i++) {
            x[i] = lanes_value(lookup(i, descent));
        }
    } else {
        ending = endings[invocation];
        if (!any(status_running(ending))) {
            return;
        }
        for (var i = 0u; i < loop_end(); i++) {
            x[i] = points[i * dispatch.invocations + invocation];
        }
        final_loss = results[invocation];
        final_norm = results[dispatch.invocations + invocation];
    }

    var gradient: Point;
    var step = dispatch.from_step;
    if (dispatch.fixed_steps == 1u) {
        for (; step < min(dispatch.until_step, dispatch.steps); step++) {
            _ = loss_evaluate(row, &x, &gradient);
            optimizer_update(&hyper, &x, &gradient);
        }
    }
    var alive = status_running(ending);
    for (; step < dispatch.until_step; step++) {
        let loss = loss_evaluate(row, &x, &gradient);
        let squared_norm = point_dot(&gradient, &gradient);
        let finite = status_finite(loss) & status_finite(squared_norm);
        let converged = finite & (squared_norm <= Real(dispatch.squared_gradient_norm));
        let inside = finite & (point_dot(&x, &x) <= Real(dispatch.squared_radius));
        let exhausted = step == dispatch.steps;
        var next = x;
        optimizer_update(&hyper, &next, &gradient);
        let stalled = Mask(OPTIMIZER_MEMORYLESS) & point_same(&x, &next);
        let ended = alive & (converged | !inside | Mask(exhausted) | stalled);
        if (any(ended)) {
            var status = select(status_ending(STATUS_STALLED, step), status_ending(STATUS_EXHAUSTED, step), Mask(exhausted));
            status = select(status_ending(STATUS_DIVERGED, step), status, inside);
            status = select(status, status_ending(STATUS_CONVERGED, step), converged);
            ending = select(ending, status, ended);
            final_loss = select(final_loss, loss, ended);
            final_norm = select(final_norm, squared_norm, ended);
            alive = alive & !ended;
            if (!any(alive)) {
                break;
            }
        }
        for (var i = 0u; i < loop_end(); i++) {
            x[i] = select(x[i], next[i], alive);
        }
    }

    for (var i = 0u; i < loop_end(); i++) {
        points[i * dispatch.invocations + invocation] = x[i];
    }
    endings[invocation] = ending;
    results[invocation] = final_loss;
    results[dispatch.invocations + invocation] = final_norm;
    if (any(alive)) {
        atomicStore(&running, 1u);
    }
}
