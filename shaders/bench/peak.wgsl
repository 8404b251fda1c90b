// What a device does at most: twelve independent chains an invocation, of multiply-adds, of additions, of both in turn, of comparisons, of
// multiply-adds and comparisons, of divisions, or of square roots, and a copy. Host: src/backend/gpu/peak.rs, which counts the operations
// of a round.

override WORKGROUP: u32 = 64u;

struct Work {
    rounds: u32, // of each chain; or vectors that one invocation copies
    factor: f32, // a number that compilers do not know
}

@group(0) @binding(0) var<uniform> work: Work;
@group(0) @binding(1) var<storage, read> source: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> sink: array<vec4f>;

fn two_multiply_adds(x: vec4f, a: vec4f) -> vec4f { return fma(fma(x, a, a), a, a); }
fn eight_multiply_adds(x: vec4f, a: vec4f) -> vec4f {
    return two_multiply_adds(two_multiply_adds(two_multiply_adds(two_multiply_adds(x, a), a), a), a);
}

fn eight_additions(x: vec4f, a: vec4f) -> vec4f { return x + a + a + a + a + a + a + a + a; }

fn one_of_both(x: vec4f, a: vec4f) -> vec4f { return fma(x, a, a) + a; }
fn four_of_both(x: vec4f, a: vec4f) -> vec4f { return one_of_both(one_of_both(one_of_both(one_of_both(x, a), a), a), a); }

@compute @workgroup_size(WORKGROUP)
fn multiply_add(@builtin(global_invocation_id) id: vec3u) {
    let a = vec4f(work.factor);
    var x = source[id.x];
    var y = source[id.x + 1u];
    var z = source[id.x + 2u];
    for (var round = 0u; round < work.rounds; round++) {
        x = eight_multiply_adds(x, a);
        y = eight_multiply_adds(y, a);
        z = eight_multiply_adds(z, a);
    }
    sink[id.x] = x + y + z;
}

@compute @workgroup_size(WORKGROUP)
fn add(@builtin(global_invocation_id) id: vec3u) {
    let a = vec4f(work.factor);
    var x = source[id.x];
    var y = source[id.x + 1u];
    var z = source[id.x + 2u];
    for (var round = 0u; round < work.rounds; round++) {
        x = eight_additions(x, a);
        y = eight_additions(y, a);
        z = eight_additions(z, a);
    }
    sink[id.x] = x + y + z;
}

@compute @workgroup_size(WORKGROUP)
fn mixed(@builtin(global_invocation_id) id: vec3u) {
    let a = vec4f(work.factor);
    var x = source[id.x];
    var y = source[id.x + 1u];
    var z = source[id.x + 2u];
    for (var round = 0u; round < work.rounds; round++) {
        x = four_of_both(x, a);
        y = four_of_both(y, a);
        z = four_of_both(z, a);
    }
    sink[id.x] = x + y + z;
}

// A comparison, and a selection by it.
fn one_comparison(x: vec4f, a: vec4f) -> vec4f { return select(x, a, x < a); }
fn four_comparisons(x: vec4f, a: vec4f) -> vec4f {
    return one_comparison(one_comparison(one_comparison(one_comparison(x, a), a.yzwx), a.zwxy), a.wxyz);
}

@compute @workgroup_size(WORKGROUP)
fn compare(@builtin(global_invocation_id) id: vec3u) {
    // None of them equal, as far as a compiler knows.
    let a = source[id.x] + work.factor;
    var x = source[id.x];
    var y = source[id.x + 1u];
    var z = source[id.x + 2u];
    for (var round = 0u; round < work.rounds; round++) {
        x = four_comparisons(x, a);
        y = four_comparisons(y, a);
        z = four_comparisons(z, a);
    }
    sink[id.x] = x + y + z;
}

// Two multiply-adds, a comparison, and a selection by it.
fn three_of_each(x: vec4f, a: vec4f) -> vec4f {
    let y = two_multiply_adds(x, a);
    return select(y, x, y < a);
}
fn twelve_of_each(x: vec4f, a: vec4f) -> vec4f { return three_of_each(three_of_each(three_of_each(three_of_each(x, a), a), a), a); }

@compute @workgroup_size(WORKGROUP)
fn multiply_add_compare(@builtin(global_invocation_id) id: vec3u) {
    let a = vec4f(work.factor);
    var x = source[id.x];
    var y = source[id.x + 1u];
    var z = source[id.x + 2u];
    for (var round = 0u; round < work.rounds; round++) {
        x = twelve_of_each(x, a);
        y = twelve_of_each(y, a);
        z = twelve_of_each(z, a);
    }
    sink[id.x] = x + y + z;
}

fn two_divisions(x: vec4f, a: vec4f) -> vec4f { return a / (a / x); }
fn eight_divisions(x: vec4f, a: vec4f) -> vec4f {
    return two_divisions(two_divisions(two_divisions(two_divisions(x, a), a), a), a);
}

@compute @workgroup_size(WORKGROUP)
fn divide(@builtin(global_invocation_id) id: vec3u) {
    let a = vec4f(work.factor);
    var x = source[id.x];
    var y = source[id.x + 1u];
    var z = source[id.x + 2u];
    for (var round = 0u; round < work.rounds; round++) {
        x = eight_divisions(x, a);
        y = eight_divisions(y, a);
        z = eight_divisions(z, a);
    }
    sink[id.x] = x + y + z;
}

fn two_roots(x: vec4f) -> vec4f { return sqrt(sqrt(x)); }
fn eight_roots(x: vec4f) -> vec4f { return two_roots(two_roots(two_roots(two_roots(x)))); }

@compute @workgroup_size(WORKGROUP)
fn root(@builtin(global_invocation_id) id: vec3u) {
    var x = source[id.x];
    var y = source[id.x + 1u];
    var z = source[id.x + 2u];
    for (var round = 0u; round < work.rounds; round++) {
        x = eight_roots(x);
        y = eight_roots(y);
        z = eight_roots(z);
    }
    sink[id.x] = x + y + z;
}

@compute @workgroup_size(WORKGROUP)
fn copy(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let invocations = groups.x * WORKGROUP;
    for (var round = 0u; round < work.rounds; round++) {
        let number = round * invocations + id.x;
        sink[number] = source[number];
    }
}
