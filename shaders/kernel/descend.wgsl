// Whole descents in registers: each invocation advances LANES of them side by side, so that one's arithmetic fills the time that
// another's results take, and stores them for the next dispatch. Twin of src/backend/descend.rs.

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
    var states: array<State, LANES>;
    var alive: array<bool, LANES>;
    for (var lane = 0u; lane < LANES; lane++) {
        // Lanes past the last descent repeat it, and store nothing.
        let place = min(first + lane * WORKGROUP, dispatch.descents - 1u);
        alive[lane] = place == first + lane * WORKGROUP;
        let descent = dispatch_descent(place);
        descents[lane] = descent;
        rows[lane] = rows_load(descent);
        for (var i = 0u; i < HYPERPARAMETERS; i++) {
            hypers[lane][i] = values[lookup(DIM + i, descent)];
        }
        for (var i = 0u; i < loop_end(); i++) {
            if (dispatch.from_step == 0u) {
                points_held[lane][i] = values[lookup(i, descent)];
            } else {
                points_held[lane][i] = points[i * dispatch.column + descent];
            }
        }
        if (dispatch.from_step != 0u) {
            for (var i = 0u; i < OPTIMIZER_STATE; i++) {
                states[lane][i] = points[(dispatch.dimension + i) * dispatch.column + descent];
            }
        }
    }

    // Copies, since compilers may read a buffer anew at each step.
    let plain_step = dispatch.plain_step;
    let until_step = dispatch.until_step;
    let steps = dispatch.steps;
    let limits = dispatch_limits();

    var step = dispatch.from_step;
    for (; step + PLAIN_STEPS <= plain_step; step += PLAIN_STEPS) {
        for (var k = 0u; k < PLAIN_STEPS; k++) {
            for (var lane = 0u; lane < LANES; lane++) {
                var row = rows[lane];
                var hyper = hypers[lane];
                var x = points_held[lane];
                var state = states[lane];
                var gradient: Point;
                _ = loss_evaluate(&row, &x, &gradient);
                method_update(f32(step + k), &row, &hyper, &state, &x, &gradient);
                points_held[lane] = x;
                states[lane] = state;
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
            var state = states[lane];
            method_update(f32(step), &row, &hyper, &state, &next, &gradient);
            taken[lane] = select(taken[lane], step, alive[lane]);
            losses[lane] = select(losses[lane], loss, alive[lane]);
            squared_norms[lane] = select(squared_norms[lane], squared_norm, alive[lane]);
            squared_lengths[lane] = select(squared_lengths[lane], squared_length, alive[lane]);
            let inside = dispatch_inside(limits, loss, squared_norm, squared_length);
            let stalled = METHOD_MEMORYLESS & point_same(&x, &next);
            alive[lane] = alive[lane] & ((step < plain_step) | (inside & !stalled & (step != steps)));
            some_alive = some_alive | alive[lane];
            for (var i = 0u; i < loop_end(); i++) {
                points_held[lane][i] = select(x[i], next[i], alive[lane]);
            }
            // Of a descent that has ended nobody asks.
            states[lane] = state;
        }
    }

    var still = 0u;
    for (var lane = 0u; lane < LANES; lane++) {
        still += select(0u, 1u, alive[lane]);
    }
    var place = dispatch_reserve(still);
    for (var lane = 0u; lane < LANES; lane++) {
        if (first + lane * WORKGROUP >= dispatch.descents) {
            break;
        }
        let descent = descents[lane];
        for (var i = 0u; i < loop_end(); i++) {
            points[i * dispatch.column + descent] = points_held[lane][i];
        }
        for (var i = 0u; i < OPTIMIZER_STATE; i++) {
            points[(dispatch.dimension + i) * dispatch.column + descent] = states[lane][i];
        }
        if (alive[lane]) {
            dispatch_note(place, descent);
            place++;
        } else {
            dispatch_store(descent, taken[lane], losses[lane], squared_norms[lane], squared_lengths[lane]);
        }
    }
}
