// Descents in the plane or on a line: a dense or a diagonal quadratic, the lowest of several wells, or two formulas by hand.
// x ← x − η ∇f(x).
//
// A block is a few vectors of lanes, held in registers from a descent's start to its end; several, so that one vector's arithmetic hides
// another's latency. Where descents stop early a block goes on until its last lane ends; a lane that has ended stays put at a point
// that meets no stop rule, with learning rate 0, so the loop needs no mask of lanes alive.
#include "lanes.hpp"
#include "peer.hpp"

using namespace peer;

namespace {

struct Dense {
    Lanes a00, a01, a11, b0, b1;
    explicit Dense(const Experiment &experiment) {
        const auto &a = experiment.hessian.values, &b = experiment.linear.values;
        a00 = splat(a[0]), a01 = splat(a[1]), a11 = splat(a[3]), b0 = splat(b[0]), b1 = splat(b[1]);
    }
    void slope(Lanes x, Lanes y, Lanes &gx, Lanes &gy) const {
        gx = multiply_add(a00, x, multiply_add(a01, y, b0)), gy = multiply_add(a01, x, multiply_add(a11, y, b1));
    }
};

// Centred at the origin.
struct Diagonal {
    Lanes a0, a1;
    explicit Diagonal(const Experiment &experiment) : a0(splat(experiment.hessian.values[0])), a1(splat(experiment.hessian.values[3])) {}
    void slope(Lanes x, Lanes y, Lanes &gx, Lanes &gy) const { gx = a0 * x, gy = a1 * y; }
};

struct Wells {
    static constexpr int COUNT = 4;
    Lanes offset[COUNT], cx[COUNT], cy[COUNT], ax[COUNT], ay[COUNT];
    explicit Wells(const Experiment &experiment) {
        for (int w = 0; w < COUNT; ++w) {
            const float *row = &experiment.wells.values[5 * w];
            // Twice the offset: heights are compared, never reported.
            offset[w] = splat(2 * row[0]), cx[w] = splat(row[1]), cy[w] = splat(row[2]), ax[w] = splat(row[3]), ay[w] = splat(row[4]);
        }
    }
    void slope(Lanes x, Lanes y, Lanes &gx, Lanes &gy) const {
        Lanes lowest{};
        for (int w = 0; w < COUNT; ++w) {
            const Lanes dx = x - cx[w], dy = y - cy[w], sx = ax[w] * dx, sy = ay[w] * dy;
            const Lanes height = multiply_add(dx, sx, multiply_add(dy, sy, offset[w]));
            const Mask lower = height < lowest;
            gx = w == 0 ? sx : (lower ? sx : gx);
            gy = w == 0 ? sy : (lower ? sy : gy);
            lowest = w == 0 ? height : (lower ? height : lowest);
        }
    }
};

// (x² + y − 11)² + (x + y² − 7)².
struct Himmelblau {
    explicit Himmelblau(const Experiment &) {}
    void slope(Lanes x, Lanes y, Lanes &gx, Lanes &gy) const {
        const Lanes a = multiply_add(x, x, y - splat(11.0f)), b = multiply_add(y, y, x - splat(7.0f));
        gx = multiply_add(splat(4.0f) * x, a, b + b), gy = multiply_add(splat(4.0f) * y, b, a + a);
    }
};

// x² + 0.1 cos 20x.
struct Cosine {
    explicit Cosine(const Experiment &) {}
    void slope(Lanes x, Lanes, Lanes &gx, Lanes &gy) const { gx = multiply_add(splat(-2.0f), sine(splat(20.0f) * x), x + x), gy = Lanes{}; }
};

template <class Loss, int VECTORS> struct Block {
    const Experiment &experiment;
    Outcomes &outcomes;
    const Loss loss;
    const size_t first;
    Lanes x[VECTORS], y[VECTORS];

    Block(const Experiment &experiment, const float *xs, const float *ys, Outcomes &outcomes, size_t first)
        : experiment(experiment), outcomes(outcomes), loss(experiment), first(first) {
        const size_t start = first % experiment.starts.shape[0];
        for (int v = 0; v < VECTORS; ++v) x[v] = load(xs + start + v * WIDTH), y[v] = ys ? load(ys + start + v * WIDTH) : Lanes{};
    }

    float rate() const { return experiment.rates.values[first / experiment.starts.shape[0]]; }

    void step_all() {
        const Lanes eta = splat(rate());
        for (int step = 0; step < experiment.steps; ++step)
            for (int v = 0; v < VECTORS; ++v) {
                Lanes gx, gy;
                loss.slope(x[v], y[v], gx, gy);
                x[v] -= eta * gx, y[v] -= eta * gy;
            }
        write_points(x, y);
    }

    void step_until_stop(Lanes parked) {
        const Lanes threshold = splat(experiment.gradient_norm * experiment.gradient_norm);
        const Lanes radius = splat(experiment.divergence_radius * experiment.divergence_radius);
        Lanes eta[VECTORS], end_x[VECTORS], end_y[VECTORS];
        Mask steps[VECTORS], diverged[VECTORS], alive[VECTORS];
        for (int v = 0; v < VECTORS; ++v) {
            eta[v] = splat(rate()), end_x[v] = end_y[v] = Lanes{};
            steps[v] = diverged[v] = Mask{}, alive[v] = ~Mask{};
        }
        for (int step = 0;; ++step) {
            for (int v = 0; v < VECTORS; ++v) {
                Lanes gx, gy;
                loss.slope(x[v], y[v], gx, gy);
                const Mask far = x[v] * x[v] + y[v] * y[v] > radius;
                const Mask flat = gx * gx + gy * gy <= threshold;
                const Mask ended = far | flat;
                if (__builtin_expect(any(ended), 0)) {
                    steps[v] = ended ? splat(step) : steps[v], diverged[v] |= far & ~flat, alive[v] &= ~ended;
                    end_x[v] = ended ? x[v] : end_x[v], end_y[v] = ended ? y[v] : end_y[v];
                    x[v] = ended ? parked : x[v], y[v] = ended ? parked : y[v];
                    eta[v] = ended ? Lanes{} : eta[v], gx = ended ? Lanes{} : gx, gy = ended ? Lanes{} : gy;
                    Mask left = alive[0];
                    for (int u = 1; u < VECTORS; ++u) left |= alive[u];
                    if (!any(left)) return write(end_x, end_y, steps, diverged, alive);
                }
                if (step == experiment.steps) continue;
                x[v] -= eta[v] * gx, y[v] -= eta[v] * gy;
            }
            if (step == experiment.steps) break;
        }
        for (int v = 0; v < VECTORS; ++v) {
            steps[v] = alive[v] ? splat(experiment.steps) : steps[v];
            end_x[v] = alive[v] ? x[v] : end_x[v], end_y[v] = alive[v] ? y[v] : end_y[v];
        }
        write(end_x, end_y, steps, diverged, alive);
    }

    void write(const Lanes *end_x, const Lanes *end_y, const Mask *steps, const Mask *diverged, const Mask *alive) {
        write_points(end_x, end_y);
        for (int v = 0; v < VECTORS; ++v) {
            const size_t place = first + v * WIDTH;
            store(&outcomes.steps[place], steps[v]);
            const Mask status = alive[v] ? splat(EXHAUSTED) : (diverged[v] ? splat(DIVERGED) : splat(CONVERGED));
            for (int lane = 0; lane < WIDTH; ++lane) outcomes.statuses[place + lane] = uint8_t(status[lane]);
        }
    }

    void write_points(const Lanes *end_x, const Lanes *end_y) {
        float *points = outcomes.points.data() + first;
        for (int v = 0; v < VECTORS; ++v) {
            store(points + v * WIDTH, end_x[v]);
            if (experiment.dimension() == 2) store(points + experiment.descents() + v * WIDTH, end_y[v]);
        }
    }
};

// A coordinate c such that (c, c) meets no stop rule.
template <class Loss> float parking(const Experiment &experiment) {
    for (float c = 1; 2 * c * c <= experiment.divergence_radius * experiment.divergence_radius; c += 1) {
        Lanes gx, gy;
        Loss(experiment).slope(splat(c), splat(c), gx, gy);
        if (gx[0] * gx[0] + gy[0] * gy[0] > experiment.gradient_norm * experiment.gradient_norm) return c;
    }
    throw std::runtime_error("the gradient vanishes everywhere");
}

template <class Loss, int VECTORS> Candidate candidate(const Experiment &experiment) {
    const std::vector<float> starts = columns(experiment.starts.values, experiment.starts.shape[0]);
    const float parked = experiment.is_fixed ? 0 : parking<Loss>(experiment);
    const auto run = [=](const Experiment &experiment, Outcomes &outcomes) {
        const float *xs = starts.data(), *ys = experiment.dimension() == 2 ? xs + experiment.starts.shape[0] : nullptr;
#pragma omp parallel for schedule(dynamic, 16)
        for (size_t first = 0; first < experiment.descents(); first += VECTORS * WIDTH) {
            Block<Loss, VECTORS> block(experiment, xs, ys, outcomes, first);
            experiment.is_fixed ? block.step_all() : block.step_until_stop(splat(parked));
        }
    };
    return {std::to_string(VECTORS) + " x " + std::to_string(WIDTH) + " lanes", run};
}

template <class Loss> std::vector<Candidate> widths(const Experiment &experiment) {
    return {candidate<Loss, 1>(experiment), candidate<Loss, 2>(experiment), candidate<Loss, 4>(experiment), candidate<Loss, 8>(experiment)};
}

std::vector<Candidate> candidates(const Experiment &experiment) {
    if (experiment.problems() != 1 || experiment.starts.shape[0] % (8 * WIDTH) != 0) return {};
    if (experiment.formula == "(x^2 + y - 11)^2 + (x + y^2 - 7)^2") return widths<Himmelblau>(experiment);
    if (experiment.formula == "x^2 + 0.1*cos(20*x)") return widths<Cosine>(experiment);
    if (experiment.dimension() != 2 || !experiment.formula.empty()) return {};
    if (!experiment.wells.shape.empty()) return experiment.wells.shape[0] == Wells::COUNT ? widths<Wells>(experiment) : std::vector<Candidate>{};
    const auto &a = experiment.hessian.values, &b = experiment.linear.values;
    return a[1] == 0 && b[0] == 0 && b[1] == 0 ? widths<Diagonal>(experiment) : widths<Dense>(experiment);
}

}  // namespace

int main(int count, char **arguments) { return measure(count, arguments, "cpp", candidates); }
