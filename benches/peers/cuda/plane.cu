// Descents in the plane on an NVIDIA GPU: a dense or a diagonal quadratic, or the lowest of several wells. x ← x − η ∇f(x).
//
// One kernel runs whole descents, each in the registers of a thread. A thread may take several descents, THREADS apart so that loads and
// stores stay in one piece, to hide the latency of its arithmetic where few warps fit.
#include "../cpp/peer.hpp"

using namespace peer;

namespace {

void check(cudaError_t status) {
    if (status != cudaSuccess) throw std::runtime_error(cudaGetErrorString(status));
}

struct Dense {
    float a00, a01, a11, b0, b1;
    explicit Dense(const Experiment &experiment) {
        const auto &a = experiment.hessian.values, &b = experiment.linear.values;
        a00 = a[0], a01 = a[1], a11 = a[3], b0 = b[0], b1 = b[1];
    }
    __device__ void slope(float x, float y, float &gx, float &gy) const { gx = a00 * x + (a01 * y + b0), gy = a01 * x + (a11 * y + b1); }
};

// Centred at the origin.
struct Diagonal {
    float a0, a1;
    explicit Diagonal(const Experiment &experiment) : a0(experiment.hessian.values[0]), a1(experiment.hessian.values[3]) {}
    __device__ void slope(float x, float y, float &gx, float &gy) const { gx = a0 * x, gy = a1 * y; }
};

struct Wells {
    static constexpr int COUNT = 4;
    float rows[COUNT][5];
    explicit Wells(const Experiment &experiment) {
        std::copy_n(experiment.wells.values.data(), 5 * COUNT, &rows[0][0]);
    }
    __device__ void slope(float x, float y, float &gx, float &gy) const {
        float lowest = INFINITY;
#pragma unroll
        for (int w = 0; w < COUNT; ++w) {
            const float dx = x - rows[w][1], dy = y - rows[w][2], sx = rows[w][3] * dx, sy = rows[w][4] * dy;
            // Twice the height above sea level: heights are compared, never reported.
            const float height = dx * sx + (dy * sy + 2 * rows[w][0]);
            const bool lower = height < lowest;
            gx = lower ? sx : gx, gy = lower ? sy : gy, lowest = lower ? height : lowest;
        }
    }
};

struct Grid {
    const float *starts, *rates;  // x of all starts, then y of all starts
    size_t start_count, descents;
    int steps;
    float squared_tolerance, squared_radius;
};

struct Ends {
    float *points;
    uint32_t *steps;
    uint8_t *statuses;
};

template <class Loss, int EACH> __global__ void step_all(Loss loss, Grid grid, Ends ends) {
    const size_t first = size_t(blockIdx.x) * blockDim.x * EACH + threadIdx.x;
    float x[EACH], y[EACH], rate[EACH];
#pragma unroll
    for (int e = 0; e < EACH; ++e) {
        const size_t n = min(first + e * blockDim.x, grid.descents - 1), start = n % grid.start_count;
        x[e] = grid.starts[start], y[e] = grid.starts[grid.start_count + start], rate[e] = grid.rates[n / grid.start_count];
    }
#pragma unroll 8
    for (int step = 0; step < grid.steps; ++step)
#pragma unroll
        for (int e = 0; e < EACH; ++e) {
            float gx, gy;
            loss.slope(x[e], y[e], gx, gy);
            x[e] -= rate[e] * gx, y[e] -= rate[e] * gy;
        }
#pragma unroll
    for (int e = 0; e < EACH; ++e) {
        const size_t n = first + e * blockDim.x;
        if (n < grid.descents) ends.points[n] = x[e], ends.points[grid.descents + n] = y[e];
    }
}

template <class Loss> __global__ void step_until_stop(Loss loss, Grid grid, Ends ends) {
    const size_t n = size_t(blockIdx.x) * blockDim.x + threadIdx.x;
    if (n >= grid.descents) return;
    const size_t start = n % grid.start_count;
    float x = grid.starts[start], y = grid.starts[grid.start_count + start];
    const float rate = grid.rates[n / grid.start_count];
    int step = 0, status = EXHAUSTED;
    for (;; ++step) {
        float gx, gy;
        loss.slope(x, y, gx, gy);
        const bool flat = gx * gx + gy * gy <= grid.squared_tolerance, far = x * x + y * y > grid.squared_radius;
        if (flat | far | (step == grid.steps)) {
            status = flat ? CONVERGED : (far ? DIVERGED : EXHAUSTED);
            break;
        }
        x -= rate * gx, y -= rate * gy;
    }
    ends.points[n] = x, ends.points[grid.descents + n] = y, ends.steps[n] = step, ends.statuses[n] = status;
}

// Arrays on the device, for as long as the program runs.
template <class T> T *on_device(const std::vector<T> &values) {
    T *copy = nullptr;
    check(cudaMalloc(&copy, std::max(values.size(), size_t(1)) * sizeof(T)));
    check(cudaMemcpy(copy, values.data(), values.size() * sizeof(T), cudaMemcpyHostToDevice));
    return copy;
}

template <class T> void from_device(std::vector<T> &values, const T *copy) {
    check(cudaMemcpy(values.data(), copy, values.size() * sizeof(T), cudaMemcpyDeviceToHost));
}

struct Data {
    Grid grid;
    Ends ends;
    explicit Data(const Experiment &experiment) {
        const Outcomes room(experiment);
        const size_t starts = experiment.starts.shape[0];
        grid = {on_device(columns(experiment.starts.values, starts)), on_device(experiment.rates.values), starts, experiment.descents(), experiment.steps,
                experiment.gradient_norm * experiment.gradient_norm, experiment.divergence_radius * experiment.divergence_radius};
        ends = {on_device(room.points), on_device(room.steps), on_device(room.statuses)};
    }
    void collect(Outcomes &outcomes) const {
        from_device(outcomes.points, ends.points), from_device(outcomes.steps, ends.steps), from_device(outcomes.statuses, ends.statuses);
    }
};

template <class Loss, int EACH> Candidate candidate(const Experiment &experiment, const Data &data, unsigned threads) {
    const Loss loss(experiment);
    const auto run = [=](const Experiment &experiment, Outcomes &) {
        const unsigned blocks = unsigned((data.grid.descents + threads * EACH - 1) / (threads * EACH));
        if (experiment.is_fixed)
            step_all<Loss, EACH><<<blocks, threads>>>(loss, data.grid, data.ends);
        else
            step_until_stop<Loss><<<blocks, threads>>>(loss, data.grid, data.ends);
        check(cudaGetLastError());
        check(cudaDeviceSynchronize());
    };
    const auto collect = [=](const Experiment &, Outcomes &outcomes) { data.collect(outcomes); };
    return {std::to_string(threads) + " threads, " + std::to_string(EACH) + " descents each", run, collect};
}

template <class Loss> std::vector<Candidate> shapes(const Experiment &experiment) {
    const Data data(experiment);
    std::vector<Candidate> shapes;
    for (const unsigned threads : {64, 128, 256}) {
        shapes.push_back(candidate<Loss, 1>(experiment, data, threads));
        if (!experiment.is_fixed) continue;
        shapes.push_back(candidate<Loss, 2>(experiment, data, threads));
        shapes.push_back(candidate<Loss, 4>(experiment, data, threads));
    }
    return shapes;
}

std::vector<Candidate> candidates(const Experiment &experiment) {
    if (experiment.dimension() != 2 || experiment.problems() != 1) return {};
    if (!experiment.wells.shape.empty()) return experiment.wells.shape[0] == Wells::COUNT ? shapes<Wells>(experiment) : std::vector<Candidate>{};
    const auto &a = experiment.hessian.values, &b = experiment.linear.values;
    return a[1] == 0 && b[0] == 0 && b[1] == 0 ? shapes<Diagonal>(experiment) : shapes<Dense>(experiment);
}

}  // namespace

int main(int count, char **arguments) { return measure(count, arguments, "cuda", candidates); }
