// A dense quadratic of its own for every descent, 4 variables. x ← x − η (A x + b), a fixed number of steps.
//
// Problems are stored entry by entry, so that a vector of lanes takes one load an entry; of a symmetric matrix ten are distinct.
#include "lanes.hpp"
#include "peer.hpp"

using namespace peer;

namespace {

constexpr int D = 4;

template <int VECTORS> Candidate candidate(const Experiment &experiment) {
    const size_t descents = experiment.descents();
    const std::vector<float> hessian = columns(experiment.hessian.values, descents), linear = columns(experiment.linear.values, descents);
    const auto run = [=](const Experiment &experiment, Outcomes &outcomes) {
        const Lanes eta = splat(experiment.rates.values[0]);
#pragma omp parallel for schedule(dynamic, 64)
        for (size_t first = 0; first < descents; first += VECTORS * WIDTH) {
            Lanes a[VECTORS][D][D], b[VECTORS][D], x[VECTORS][D];
            for (int v = 0; v < VECTORS; ++v)
                for (int i = 0; i < D; ++i) {
                    const size_t place = first + v * WIDTH;
                    x[v][i] = splat(experiment.starts.values[i]), b[v][i] = load(&linear[i * descents + place]);
                    for (int j = 0; j < D; ++j) a[v][i][j] = load(&hessian[(std::min(i, j) * D + std::max(i, j)) * descents + place]);
                }
            for (int step = 0; step < experiment.steps; ++step)
                for (int v = 0; v < VECTORS; ++v) {
                    Lanes g[D];
                    for (int i = 0; i < D; ++i) {
                        g[i] = b[v][i];
                        for (int j = 0; j < D; ++j) g[i] = multiply_add(a[v][i][j], x[v][j], g[i]);
                    }
                    for (int i = 0; i < D; ++i) x[v][i] -= eta * g[i];
                }
            for (int v = 0; v < VECTORS; ++v)
                for (int i = 0; i < D; ++i) store(&outcomes.points[i * descents + first + v * WIDTH], x[v][i]);
        }
    };
    return {std::to_string(VECTORS) + " x " + std::to_string(WIDTH) + " lanes", run};
}

std::vector<Candidate> candidates(const Experiment &experiment) {
    const bool is_own = experiment.dimension() == D && experiment.problems() == experiment.descents() && experiment.is_fixed;
    if (!is_own || experiment.descents() % (4 * WIDTH) != 0) return {};
    return {candidate<1>(experiment), candidate<2>(experiment), candidate<4>(experiment)};
}

}  // namespace

int main(int count, char **arguments) { return measure(count, arguments, "cpp", candidates); }
