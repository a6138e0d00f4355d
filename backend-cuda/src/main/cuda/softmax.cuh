// What softmax, log-softmax, cross-entropy and evaluation share: powers of differences to the row's
// maximum, their sum, and the five ways to hold a row.
#pragma once

#include "rows.cuh"

// z - max, and what its rounding lost (D. E. Knuth, TAOCP 2, 4.2.2). Without the second part a
// logit 700 below the maximum would cost its probability hundreds of ulp.
template <typename T>
struct Difference {
  T value;
  T lost;

  __device__ Difference(T z, T max) {
    value = z - max;
    T part = value - z;
    lost = (z - (value - part)) - (max + part);
  }

  __device__ T power() const {
    T rounded = exp(value);
    // Of a power of 0 the loss may be NaN; a power that is NaN stays so.
    return rounded > 0 ? fma(rounded, lost, rounded) : rounded;
  }
};

template <typename T>
__device__ T power(T z, T max) {
  return Difference<T>(z, max).power();
}

// 1 / sum in two parts: to multiply with them is rounded like a division, and faster.
template <typename T>
struct Reciprocal {
  T high;
  T low;

  __device__ explicit Reciprocal(T sum) {
    high = 1 / sum;
    low = fma(-high, sum, T(1)) * high;
  }

  __device__ T times(T x) const { return fma(x, high, x * low); }
};

// The largest logit of a row, and the sum of the powers of all differences to it.
template <typename T>
struct Normalizer {
  T max;
  T sum;
};

template <typename T, typename Row>
__device__ T max_of_row(Row &row) {
  T max = -infinity<T>();
  row.each([&](unsigned, Pack<T> &z) { max = larger(max, max_of(z)); });
  return team_max(row.team, max);
}

// Replaces a pack of logits by their powers.
template <typename T>
__device__ void raise(Pack<T> &z, T max) {
#pragma unroll
  for (int j = 0; j < Pack<T>::SIZE; j++) {
    z.values[j] = power(z.values[j], max);
  }
}

// Two passes; the row must be one that keeps. With KEEP_POWERS the logits become powers.
template <bool KEEP_POWERS, typename T, typename Row>
__device__ Normalizer<T> normalize_kept(Row &row) {
  T max = max_of_row<T>(row);
  Sum<T> sum{};
  row.each([&](unsigned, Pack<T> &z) {
    Pack<T> powers = z;
    raise(powers, max);
    sum.add(powers);
    if (KEEP_POWERS) {
      z = powers;
    }
  });
  return {max, team_sum(row.team, sum)};
}

// One pass: whenever a thread meets a larger logit it rescales its sum (M. Milakov and
// N. Gimelshein, Online normalizer calculation for softmax, 2018).
template <typename T, typename Row>
__device__ Normalizer<T> normalize_online(Row &row) {
  T max = -infinity<T>();
  Sum<T> sum{};
  row.each([&](unsigned, Pack<T> &z) {
    T raised = larger(max, max_of(z));
    if (!(raised == max)) {
      sum.scale(power(max, raised));
      max = raised;
    }
    // A thread that has seen nothing but -inf has a sum of 0, whatever the row's maximum will be.
    if (max != -infinity<T>()) {
      raise(z, max);
      sum.add(z);
    }
  });
  T row_max = team_max(row.team, max);
  sum.scale(power(max, row_max));
  return {row_max, team_sum(row.team, sum)};
}

// KEEP_POWERS is of no effect on a row that does not keep.
template <bool KEEP_POWERS, typename T, typename Row>
__device__ Normalizer<T> normalize(Row &row) {
  if constexpr (Row::KEEPS) {
    return normalize_kept<KEEP_POWERS, T>(row);
  } else {
    return normalize_online<T>(row);
  }
}

// What the cross-entropy of a row is made of: with d = z - max, the sum of e^d, that of the targets
// and that of targets times d.
template <typename T>
struct TargetSums {
  T max;
  T sum;
  T total;
  T weighted;

  __device__ T loss() const { return total * log(sum) - weighted; }
};

// One pass, given the largest logit. A row that keeps has powers afterwards instead of logits.
template <typename T, typename Row>
__device__ TargetSums<T> target_sums(Row &row, T max, const T *targets) {
  Sum<T> sum{};
  Sum<T> total{};
  Sum<T> weighted{};
  row.each([&](unsigned column, Pack<T> &z) {
    Pack<T> y = load_pack(targets, column, row.columns, T(0));
    Pack<T> terms;
#pragma unroll
    for (int j = 0; j < Pack<T>::SIZE; j++) {
      Difference<T> difference(z.values[j], max);
      // A class that is not wanted costs nothing, however hopeless it is.
      terms.values[j] = y.values[j] == 0 ? 0 : y.values[j] * difference.value;
      z.values[j] = difference.power();
    }
    sum.add(z);
    total.add(y);
    weighted.add(terms);
  });
  return {max, team_sum(row.team, sum), team_sum(row.team, total), team_sum(row.team, weighted)};
}

// -------------------------------------------------------------- the five ways to hold a row
//
// Each calls operation(row, index, writes) for the rows of a block; `writes` is true for the one
// thread of a row that writes what there is one of per row. The operation also says where a row
// comes from: source(index, columns).
//
// A row fits a group with up to 128 columns, a warp with up to 1024 of float and 512 of double, a
// block with up to 16384 and 8192.
constexpr int GROUP_THREADS = 256;
constexpr int WARP_THREADS = 128;
constexpr int BLOCK_THREADS = 512;
constexpr int SHARED_THREADS = 1024;
constexpr int LONG_THREADS = 1024;

// Packs that a thread of a group holds: four elements.
template <typename T>
constexpr int GROUP_PACKS = 4 / Pack<T>::SIZE;
constexpr int WARP_PACKS = 8;
constexpr int BLOCK_PACKS = 8;

template <int PACKS, typename T, typename Operation>
__device__ void rows_in_lanes(const Operation &operation, int rows, int columns, int lanes) {
  LanesOfRow of = lanes_of_row(lanes);
  bool exists = of.row < rows;
  RegisterRow<T, PACKS, Lanes> row(
      of.lanes, operation.source(exists ? of.row : 0, exists ? columns : 0));
  operation(row, of.row, exists && of.lanes.rank == 0);
}

template <typename T, typename Operation>
__device__ void row_in_block(const Operation &operation, int columns) {
  RegisterRow<T, BLOCK_PACKS, Block> row(this_block(), operation.source(blockIdx.x, columns));
  operation(row, blockIdx.x, threadIdx.x == 0);
}

template <typename T, typename Operation>
__device__ void row_in_shared(const Operation &operation, int columns) {
  SharedRow<T> row(this_block(), operation.source(blockIdx.x, columns));
  operation(row, blockIdx.x, threadIdx.x == 0);
}

template <typename T, typename Operation>
__device__ void row_in_memory(const Operation &operation, int columns) {
  MemoryRow<T, Block> row(this_block(), operation.source(blockIdx.x, columns));
  operation(row, blockIdx.x, threadIdx.x == 0);
}

// The kernels <name>_<group|warp|block|shared|long>_<type>. PARAMETERS and MAKE_OPERATION are the
// parameters before the shape, and the operation made of them. A block of `group` has the rows of
// 256 / lanes teams, one of `warp` those of its warps, the others one row.
#define ROW_KERNELS(name, type, T, MAKE_OPERATION, ...)                                      \
  KERNEL(GROUP_THREADS)                                \
      name##_group_##type(__VA_ARGS__, int rows, int columns, int lanes) {                   \
    rows_in_lanes<GROUP_PACKS<T>, T>(MAKE_OPERATION, rows, columns, lanes);                  \
  }                                                                                          \
  KERNEL(WARP_THREADS)                                 \
      name##_warp_##type(__VA_ARGS__, int rows, int columns) {                               \
    rows_in_lanes<WARP_PACKS, T>(MAKE_OPERATION, rows, columns, 32);                         \
  }                                                                                          \
  KERNEL(BLOCK_THREADS)                                \
      name##_block_##type(__VA_ARGS__, int rows, int columns) {                              \
    row_in_block<T>(MAKE_OPERATION, columns);                                                \
  }                                                                                          \
  KERNEL(SHARED_THREADS)                               \
      name##_shared_##type(__VA_ARGS__, int rows, int columns) {                             \
    row_in_shared<T>(MAKE_OPERATION, columns);                                               \
  }                                                                                          \
  KERNEL(LONG_THREADS)                                 \
      name##_long_##type(__VA_ARGS__, int rows, int columns) {                               \
    row_in_memory<T>(MAKE_OPERATION, columns);                                               \
  }
