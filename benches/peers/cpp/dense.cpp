// One dense quadratic of D variables for all descents. x ← x − η (A x + b), a fixed number of steps.
//
// A block is a few vectors of lanes, its coordinates one after the other in the first-level cache. A x is a product of matrices, D × D
// by D × lanes, taken ROWS rows at a time so that sums stay in registers and every load serves several of them.
#include "lanes.hpp"
#include "peer.hpp"

using namespace peer;

namespace {

template <int ROWS, int VECTORS> struct Tile {
    // g = A x + b for ROWS rows from row `top`.
    static void slope(const float *a, const float *b, int dimension, int top, const Lanes *x, Lanes *g) {
        Lanes sums[ROWS][VECTORS];
        for (int r = 0; r < ROWS; ++r)
            for (int v = 0; v < VECTORS; ++v) sums[r][v] = splat(b[top + r]);
        for (int j = 0; j < dimension; ++j)
            for (int r = 0; r < ROWS; ++r) {
                // A is symmetric, so that rows next to each other are next to each other in memory.
                const Lanes entry = splat(a[j * dimension + top + r]);
                for (int v = 0; v < VECTORS; ++v) sums[r][v] += entry * x[j * VECTORS + v];
            }
        for (int r = 0; r < ROWS; ++r)
            for (int v = 0; v < VECTORS; ++v) g[(top + r) * VECTORS + v] = sums[r][v];
    }
};

template <int ROWS, int VECTORS> Candidate candidate(const Experiment &experiment) {
    const std::vector<float> starts = columns(experiment.starts.values, experiment.descents());
    const auto run = [=](const Experiment &experiment, Outcomes &outcomes) {
        const int dimension = experiment.dimension();
        const size_t descents = experiment.descents();
        const float *a = experiment.hessian.values.data(), *b = experiment.linear.values.data();
        const Lanes eta = splat(experiment.rates.values[0]);
#pragma omp parallel
        {
            std::vector<Lanes> x(dimension * VECTORS), g(dimension * VECTORS);
#pragma omp for schedule(dynamic)
            for (size_t first = 0; first < descents; first += VECTORS * WIDTH) {
                for (int i = 0; i < dimension; ++i)
                    for (int v = 0; v < VECTORS; ++v) x[i * VECTORS + v] = load(&starts[i * descents + first + v * WIDTH]);
                for (int step = 0; step < experiment.steps; ++step) {
                    for (int top = 0; top < dimension; top += ROWS) Tile<ROWS, VECTORS>::slope(a, b, dimension, top, x.data(), g.data());
                    for (int i = 0; i < dimension * VECTORS; ++i) x[i] -= eta * g[i];
                }
                for (int i = 0; i < dimension; ++i)
                    for (int v = 0; v < VECTORS; ++v) store(&outcomes.points[i * descents + first + v * WIDTH], x[i * VECTORS + v]);
            }
        }
    };
    return {std::to_string(VECTORS) + " x " + std::to_string(WIDTH) + " lanes, " + std::to_string(ROWS) + " rows", run};
}

std::vector<Candidate> candidates(const Experiment &experiment) {
    const bool is_shared = experiment.problems() == 1 && experiment.rates.shape[0] == 1 && experiment.is_fixed;
    if (!is_shared || experiment.dimension() % 8 != 0 || experiment.descents() % (4 * WIDTH) != 0) return {};
    return {candidate<8, 1>(experiment), candidate<4, 2>(experiment), candidate<4, 4>(experiment), candidate<2, 4>(experiment), candidate<8, 2>(experiment)};
}

}  // namespace

int main(int count, char **arguments) { return measure(count, arguments, "cpp", candidates); }
