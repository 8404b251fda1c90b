// What the C++ and CUDA peers share: the experiment as prepared, timing, and results.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

namespace peer {

// A .npy file of f32 in C order.
struct Array {
    std::vector<size_t> shape;
    std::vector<float> values;
};

inline Array read(const std::string &path) {
    std::ifstream file(path, std::ios::binary);
    char start[10];
    if (!file.read(start, 10) || std::memcmp(start, "\x93NUMPY\1", 7) != 0) throw std::runtime_error(path + ": is no .npy file of version 1");
    std::string header(uint8_t(start[8]) + 256 * uint8_t(start[9]), ' ');
    file.read(header.data(), header.size());
    if (header.find("'<f4'") == header.npos || header.find("False") == header.npos)
        throw std::runtime_error(path + ": is not of f32 in C order");
    Array array;
    size_t place = header.find('(') + 1;
    while (header[place] != ')') {
        char *end;
        array.shape.push_back(std::strtoull(&header[place], &end, 10));
        place = end - header.data();
        while (header[place] == ',' || header[place] == ' ') ++place;
    }
    array.values.resize(std::accumulate(array.shape.begin(), array.shape.end(), size_t(1), std::multiplies<>()));
    if (!file.read(reinterpret_cast<char *>(array.values.data()), 4 * array.values.size())) throw std::runtime_error(path + ": is cut short");
    return array;
}

// `values` (of `count` rows and D columns) with the columns one after the other.
inline std::vector<float> columns(const std::vector<float> &values, size_t count) {
    const size_t dimension = values.size() / count;
    std::vector<float> turned(values.size());
    for (size_t row = 0; row < count; ++row)
        for (size_t i = 0; i < dimension; ++i) turned[i * count + row] = values[row * dimension + i];
    return turned;
}

// As thalweg numbers them.
constexpr int32_t CONVERGED = 1, DIVERGED = 2, EXHAUSTED = 4;

// What benches/peers/experiment.py prepares. Descent p·R·S + r·S + s belongs to problem p, learning rate r and start s.
struct Experiment {
    std::string folder;
    Array starts, rates, hessian, linear, wells;
    std::string formula;
    int steps;
    float gradient_norm, divergence_radius;
    bool is_fixed;

    explicit Experiment(const std::string &folder) : folder(folder), starts(read(folder + "/starts.npy")), rates(read(folder + "/learning_rates.npy")) {
        const std::vector<float> rule = read(folder + "/stop_rule.npy").values;
        steps = rule.at(0), gradient_norm = rule.at(1), divergence_radius = rule.at(2), is_fixed = rule.at(3) != 0;
        if (std::ifstream text(folder + "/formula.txt"); text) {
            std::getline(text, formula);
        } else if (std::ifstream(folder + "/wells.npy")) {
            wells = read(folder + "/wells.npy");
        } else {
            hessian = read(folder + "/hessians.npy"), linear = read(folder + "/linear.npy");
        }
    }
    size_t dimension() const { return starts.shape[1]; }
    size_t problems() const { return hessian.shape.empty() ? 1 : hessian.shape[0]; }
    size_t descents() const { return problems() * rates.shape[0] * starts.shape[0]; }
};

// Points are columns, one coordinate after the other; steps and statuses are there where descents stop early.
struct Outcomes {
    std::vector<float> points;
    std::vector<uint32_t> steps;
    std::vector<uint8_t> statuses;

    explicit Outcomes(const Experiment &experiment) : points(experiment.descents() * experiment.dimension()) {
        if (experiment.is_fixed) return;
        steps.resize(experiment.descents()), statuses.resize(experiment.descents());
    }
};

template <class T> void write(const std::string &path, const char *type, const std::string &shape, const std::vector<T> &values) {
    // Columns one after the other are what NumPy calls Fortran order.
    std::string header = std::string("{'descr': '") + type + "', 'fortran_order': True, 'shape': (" + shape + "), }";
    header.append(63 - (10 + header.size()) % 64, ' ') += '\n';
    std::ofstream file(path, std::ios::binary);
    file.write("\x93NUMPY\1\0", 8).put(char(header.size() & 255)).put(char(header.size() >> 8));
    file.write(header.data(), header.size()).write(reinterpret_cast<const char *>(values.data()), values.size() * sizeof(T));
    if (!file) throw std::runtime_error(path + ": cannot be written");
}

// A way to compute an experiment, such as a number of vectors to a block.
struct Candidate {
    std::string name;
    std::function<void(const Experiment &, Outcomes &)> run;
    // Brings the outcomes from a device, after all timing.
    std::function<void(const Experiment &, Outcomes &)> collect = [](const Experiment &, Outcomes &) {};
};

inline double seconds(const std::function<void()> &work) {
    const auto started = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
}

// Tunes and warms up by running every candidate, times the fastest, and says so in one line of JSON.
inline int measure(int count, char **arguments, const char *name, const std::function<std::vector<Candidate>(const Experiment &)> &candidates) try {
    if (count != 3 && count != 4) {
        std::fprintf(stderr, "usage: %s EXPERIMENT REPEATS [RESULTS]\n", arguments[0]);
        return 2;
    }
    const Experiment experiment(arguments[1]);
    Outcomes outcomes(experiment);
    Candidate best;
    double least = 1e300;
    for (const Candidate &candidate : candidates(experiment)) {
        const auto run = [&] { candidate.run(experiment, outcomes); };
        run();
        const double once = std::min(seconds(run), seconds(run));
        if (once < least) least = once, best = candidate;
    }
    if (!best.run) throw std::runtime_error(experiment.folder + ": is no experiment for this program");
    std::string times;
    for (int repeat = 0; repeat < std::atoi(arguments[2]); ++repeat)
        times += (repeat ? ", " : "") + std::to_string(seconds([&] { best.run(experiment, outcomes); }));
    best.collect(experiment, outcomes);
    const size_t descents = experiment.descents();
    const uint64_t taken = experiment.is_fixed ? descents * experiment.steps : std::accumulate(outcomes.steps.begin(), outcomes.steps.end(), uint64_t(0));
    if (count == 4) {
        const std::string results = arguments[3], rows = std::to_string(descents);
        write(results + "/points.npy", "<f4", rows + ", " + std::to_string(experiment.dimension()), outcomes.points);
        if (!experiment.is_fixed) {
            write(results + "/steps.npy", "<u4", rows + ",", outcomes.steps);
            write(results + "/statuses.npy", "|u1", rows + ",", outcomes.statuses);
        }
    }
    const std::string workload = experiment.folder.substr(experiment.folder.find_last_of('/') + 1);
    std::printf("{\"workload\": \"%s\", \"peer\": \"%s\", \"variant\": \"expert\", \"detail\": \"%s\", \"descents\": %zu, \"stride\": 1, \"steps_taken\": %llu, \"seconds\": [%s]}\n",
                workload.c_str(), name, best.name.c_str(), descents, (unsigned long long)taken, times.c_str());
    return 0;
} catch (const std::exception &error) {
    std::fprintf(stderr, "%s: %s\n", arguments[0], error.what());
    return 1;
}

}  // namespace peer
