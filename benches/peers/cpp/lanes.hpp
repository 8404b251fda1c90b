// Vectors of lanes for the C++ peers, as wide as the machine's registers.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#if defined(__AVX2__) || defined(__AVX512F__)
#include <immintrin.h>
#endif

namespace peer {

// As many floats as a register of the machine holds.
#if defined(__AVX512F__)
constexpr int WIDTH = 16;
#elif defined(__AVX2__)
constexpr int WIDTH = 8;
#else
constexpr int WIDTH = 4;
#endif
typedef float Lanes __attribute__((vector_size(WIDTH * 4)));
typedef int32_t Mask __attribute__((vector_size(WIDTH * 4)));

inline Lanes splat(float value) { return value - Lanes{}; }
inline Mask splat(int32_t value) { return value - Mask{}; }
inline Lanes load(const float *from) {
    Lanes lanes;
    std::memcpy(&lanes, from, sizeof lanes);
    return lanes;
}
template <class Vector> void store(void *to, Vector lanes) { std::memcpy(to, &lanes, sizeof lanes); }

// a · b + c in one instruction; written out, -ffast-math would be free to reorder sums into more.
inline Lanes multiply_add(Lanes a, Lanes b, Lanes c) {
#if defined(__AVX512F__)
    return (Lanes)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
#elif defined(__AVX2__) && defined(__FMA__)
    return (Lanes)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
#else
    return a * b + c;
#endif
}

// The compiler's own vector library, where it has one: -ffast-math lets it take that for a loop.
inline Lanes sine(Lanes x) {
    alignas(64) float in[WIDTH], out[WIDTH];
    store(in, x);
#pragma omp simd
    for (int lane = 0; lane < WIDTH; ++lane) out[lane] = sinf(in[lane]);
    return load(out);
}

inline bool any(Mask mask) {
#if defined(__AVX512F__)
    return _mm512_test_epi32_mask((__m512i)mask, (__m512i)mask) != 0;
#elif defined(__AVX2__)
    return _mm256_movemask_ps((__m256)mask) != 0;
#else
    int found = 0;
    for (int lane = 0; lane < WIDTH; ++lane) found |= mask[lane];
    return found != 0;
#endif
}

}  // namespace peer
