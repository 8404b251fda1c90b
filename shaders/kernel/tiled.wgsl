// Descents of one dense quadratic of many variables: a workgroup advances POINTS of them together, since each step is the
// product (X − c)·A of their points and the Hessian. X and A go through workgroup memory DEPTH rows at a time, for COLUMNS
// columns of the product; each invocation holds a piece of it, 4 points × DIM coordinates. The points stay in a buffer of two
// halves, the current ones and the next. f(x) = ½ (x−c)ᵀA(x−c) + bᵀ(x−c) + k, as in src/loss/dense.rs, row and all.

const POINTS = 32u;
const COLUMNS = 64u;
const DEPTH = 16u;
const QUADS = POINTS / 4u;
const PIECES = COLUMNS / DIM;

var<workgroup> tiled_descents: array<u32, POINTS>;
var<workgroup> tiled_differences: array<vec4f, DEPTH * QUADS>;     // x − c of four points, row by row
var<workgroup> tiled_hessian: array<vec4f, DEPTH * COLUMNS / 4u>;  // of four columns, row by row
var<workgroup> tiled_sums: array<array<vec4f, 3>, WORKGROUP>;      // of ‖∇f‖², ‖x‖², 2(f − k)
var<workgroup> tiled_moved: array<vec4u, WORKGROUP>;                // 1: a coordinate moved
var<workgroup> tiled_running: u32;

// Coordinate i of four points of one half.
fn tiled_points(half: u32, i: u32, descents: vec4u) -> vec4f {
    let at = vec4u((half * dispatch.dimension + i) * dispatch.column) + descents;
    return vec4f(points[at.x], points[at.y], points[at.z], points[at.w]);
}

fn tiled_store(half: u32, i: u32, descents: vec4u, x: vec4f) {
    let at = vec4u((half * dispatch.dimension + i) * dispatch.column) + descents;
    points[at.x] = x.x;
    points[at.y] = x.y;
    points[at.z] = x.z;
    points[at.w] = x.w;
}

// Four columns of one row of A, 0 beyond its end.
fn tiled_hessian_at(row: u32, column: u32) -> vec4f {
    let dimension = dispatch.dimension;
    var found = vec4f(0.0);
    for (var i = 0u; i < 4u; i++) {
        if (row < dimension && column + i < dimension) {
            found[i] = coefficients[1u + 2u * dimension + row * dimension + column + i];
        }
    }
    return found;
}

@compute @workgroup_size(WORKGROUP)
fn descend(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
    let first = (group.y * dispatch.row_length + group.x) * POINTS;
    if (first >= dispatch.descents) {
        return;
    }
    let dimension = dispatch.dimension;
    let limits = dispatch_limits();
    // Points past the last descent go to the end of each column, where the host has left room for them.
    if (local < POINTS) {
        var descent = dispatch.column - POINTS + local;
        if (first + local < dispatch.descents) {
            descent = dispatch_descent(first + local);
        }
        tiled_descents[local] = descent;
    }
    workgroupBarrier();
    let quad = local % QUADS;
    let piece = local / QUADS;
    let places = vec4u(first + 4u * quad) + vec4u(0u, 1u, 2u, 3u);
    var descents: vec4u;
    var hypers: array<Hyper, 4>;
    for (var p = 0u; p < 4u; p++) {
        descents[p] = tiled_descents[4u * quad + p];
        for (var i = 0u; i < HYPERPARAMETERS; i++) {
            hypers[p][i] = values[lookup(dimension + i, descents[p])];
        }
    }
    if (dispatch.from_step == 0u) {
        for (var i = piece; i < dimension; i += PIECES) {
            var x: vec4f;
            for (var p = 0u; p < 4u; p++) {
                x[p] = values[lookup(i, descents[p])];
            }
            tiled_store(0u, i, descents, x);
        }
    }
    storageBarrier();

    // What the last point looked at was like, of each descent. One that has ended stays there.
    var alive = places < vec4u(dispatch.descents);
    var taken: vec4u;
    var losses: vec4f;
    var squared_norms: vec4f;
    var squared_lengths: vec4f;
    // Two steps at a time, from the first half to the second and back.
    var step = dispatch.from_step;
    var some_alive = 1u;
    while (some_alive != 0u && step < dispatch.until_step) {
        for (var half = 0u; half < 2u; half++) {
            var squared_norm = vec4f(0.0);
            var squared_length = vec4f(0.0);
            var twice = vec4f(0.0);
            var moved = vec4<bool>(!METHOD_MEMORYLESS);
            for (var start = 0u; start < dimension; start += COLUMNS) {
                let column = start + piece * DIM;
                var gradient: array<vec4f, DIM>;
                for (var j = 0u; j < DIM; j++) {
                    gradient[j] = vec4f(coefficients[1u + dimension + min(column + j, dimension - 1u)]);
                }
                for (var depth = 0u; depth < dimension; depth += DEPTH) {
                    for (var row = piece; row < DEPTH; row += PIECES) {
                        var difference = vec4f(0.0);
                        if (depth + row < dimension) {
                            difference = tiled_points(half, depth + row, descents) - coefficients[1u + depth + row];
                        }
                        tiled_differences[row * QUADS + quad] = difference;
                    }
                    for (var at = local; at < DEPTH * COLUMNS / 4u; at += WORKGROUP) {
                        tiled_hessian[at] = tiled_hessian_at(depth + at / (COLUMNS / 4u), start + at % (COLUMNS / 4u) * 4u);
                    }
                    workgroupBarrier();
                    for (var row = 0u; row < DEPTH; row++) {
                        let difference = tiled_differences[row * QUADS + quad];
                        for (var j = 0u; j < DIM; j += 4u) {
                            let a = tiled_hessian[(row * COLUMNS + piece * DIM + j) / 4u];
                            gradient[j] = fma(vec4f(a.x), difference, gradient[j]);
                            gradient[j + 1u] = fma(vec4f(a.y), difference, gradient[j + 1u]);
                            gradient[j + 2u] = fma(vec4f(a.z), difference, gradient[j + 2u]);
                            gradient[j + 3u] = fma(vec4f(a.w), difference, gradient[j + 3u]);
                        }
                    }
                    workgroupBarrier();
                }
                var x: array<vec4f, DIM>;
                var next: array<vec4f, DIM>;
                for (var j = 0u; j < DIM; j++) {
                    x[j] = tiled_points(half, min(column + j, dimension - 1u), descents);
                }
                for (var p = 0u; p < 4u; p++) {
                    var hyper = hypers[p];
                    var state: State;
                    var point: Point;
                    var slope: Point;
                    for (var j = 0u; j < DIM; j++) {
                        point[j] = x[j][p];
                        slope[j] = gradient[j][p];
                    }
                    optimizer_update(Moment(f32(step), 0.0), &hyper, &state, &point, &slope);
                    for (var j = 0u; j < DIM; j++) {
                        next[j][p] = point[j];
                    }
                }
                for (var j = 0u; j < DIM; j++) {
                    let i = column + j;
                    if (i < dimension) {
                        squared_norm = fma(gradient[j], gradient[j], squared_norm);
                        squared_length = fma(x[j], x[j], squared_length);
                        twice = fma(x[j] - coefficients[1u + i], gradient[j] + coefficients[1u + dimension + i], twice);
                        moved = moved | (bitcast<vec4u>(x[j]) != bitcast<vec4u>(next[j]));
                        tiled_store(1u - half, i, descents, select(x[j], next[j], alive));
                    }
                }
            }
            tiled_sums[local] = array<vec4f, 3>(squared_norm, squared_length, twice);
            tiled_moved[local] = select(vec4u(0u), vec4u(1u), moved);
            workgroupBarrier();
            squared_norm = vec4f(0.0);
            squared_length = vec4f(0.0);
            twice = vec4f(0.0);
            var moves = vec4u(0u);
            for (var other = 0u; other < PIECES; other++) {
                let sums = tiled_sums[other * QUADS + quad];
                squared_norm += sums[0];
                squared_length += sums[1];
                twice += sums[2];
                moves |= tiled_moved[other * QUADS + quad];
            }
            let loss = fma(vec4f(0.5), twice, vec4f(coefficients[0]));
            taken = select(taken, vec4u(step), alive);
            losses = select(losses, loss, alive);
            squared_norms = select(squared_norms, squared_norm, alive);
            squared_lengths = select(squared_lengths, squared_length, alive);
            var inside: vec4<bool>;
            for (var p = 0u; p < 4u; p++) {
                inside[p] = dispatch_inside(limits, loss[p], squared_norm[p], squared_length[p]);
            }
            let goes_on = inside & (moves != vec4u(0u)) & vec4<bool>(step != dispatch.steps);
            let ended = alive & !(goes_on | vec4<bool>(step < dispatch.plain_step));
            alive = alive & !ended;
            if (any(ended)) {
                // The update was stored before it was known that there is none.
                for (var start = piece * DIM; start < dimension; start += COLUMNS) {
                    for (var i = start; i < min(start + DIM, dimension); i++) {
                        let x = tiled_points(half, i, descents);
                        let next = tiled_points(1u - half, i, descents);
                        tiled_store(1u - half, i, descents, select(next, x, ended));
                    }
                }
            }
            storageBarrier();
            workgroupBarrier();
            step++;
        }
        tiled_moved[local] = select(vec4u(0u), vec4u(1u), alive);
        workgroupBarrier();
        if (local == 0u) {
            tiled_running = 0u;
            for (var other = 0u; other < QUADS; other++) {
                tiled_running |= select(0u, 1u, any(tiled_moved[other] != vec4u(0u)));
            }
        }
        some_alive = workgroupUniformLoad(&tiled_running);
    }

    if (piece != 0u) {
        return;
    }
    let still = countOneBits(dot(select(vec4u(0u), vec4u(1u), alive), vec4u(1u, 2u, 4u, 8u)));
    var place = dispatch_reserve(still);
    for (var p = 0u; p < 4u; p++) {
        if (alive[p]) {
            dispatch_note(place, descents[p]);
            place++;
        } else if (places[p] < dispatch.descents) {
            dispatch_store(descents[p], taken[p], losses[p], squared_norms[p], squared_lengths[p]);
        }
    }
}
