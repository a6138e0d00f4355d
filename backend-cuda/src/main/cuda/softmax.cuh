// What softmax, log-softmax, cross-entropy and evaluation share: powers of differences to the row's
// maximum, their sum, and the ways to hold a row.
#pragma once

#include "rows.cuh"

// z - max, and what its rounding lost (D. E. Knuth, TAOCP 2, 4.2.2). Without the second part a
// logit 700 below the maximum would cost its probability hundreds of ulp.
template <typename S>
struct Difference {
  using T = S;
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

// The difference of numbers of 16 bits loses something only where they are far apart, and at most
// half an ulp of a float for each 1 between them: nothing beside the last rounding of what becomes
// of it.
struct DifferenceOfHalves {
  float value;

  __device__ DifferenceOfHalves(float z, float max) : value(z - max) {}

  __device__ float power() const { return exp(value); }
};

template <>
struct Difference<Bfloat16> : DifferenceOfHalves {
  using DifferenceOfHalves::DifferenceOfHalves;
};

template <>
struct Difference<Float16> : DifferenceOfHalves {
  using DifferenceOfHalves::DifferenceOfHalves;
};

template <typename S>
__device__ Computed<S> power(Computed<S> z, Computed<S> max) {
  return Difference<S>(z, max).power();
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

  // From now on times that factor, too.
  __device__ void scale(T factor) {
    high *= factor;
    low *= factor;
  }
};

// The largest logit of a row, and the sum of the powers of all differences to it. A NaN among the
// logits is no maximum, but makes the sum NaN.
template <typename T>
struct Normalizer {
  T max;
  T sum;
};

template <typename T, typename Row>
__device__ T max_of_row(Row &row) {
  T max = -infinity<T>();
  row.each([&](int, Pack<T> &z) { max = fmax(max, z.max()); });
  return team_max(row.team, max);
}

// Replaces a pack of logits by their powers.
template <typename S, typename T = Computed<S>>
__device__ void raise(Pack<T> &z, T max) {
#pragma unroll
  for (int j = 0; j < Pack<T>::SIZE; j++) {
    z.values[j] = power<S>(z.values[j], max);
  }
}

// One pass, given the largest logit. With KEEP_POWERS the logits of a row that keeps become powers.
template <bool KEEP_POWERS, typename S, typename Row, typename T = Computed<S>>
__device__ T sum_of_powers(Row &row, T max) {
  Sum<T> sum{};
  row.each([&](int, Pack<T> &z) {
    Pack<T> powers = z;
    raise<S>(powers, max);
    sum.add(powers.sum());
    if (KEEP_POWERS) {
      z = powers;
    }
  });
  return sum_of_row<S>(row.team, sum);
}

// One pass: whenever a thread meets a larger logit it rescales its sum (M. Milakov and
// N. Gimelshein, Online normalizer calculation for softmax, 2018).
template <typename S, typename Row, typename T = Computed<S>>
__device__ Normalizer<T> normalize_online(Row &row) {
  T max = -infinity<T>();
  Sum<T> sum{};
  row.each([&](int, Pack<T> &z) {
    T raised = fmax(max, z.max());
    if (!(raised == max)) {
      sum.scale(power<S>(max, raised));
      max = raised;
    }
    // A thread that has seen nothing but -inf has a sum of 0, whatever the row's maximum will be;
    // one that has seen a NaN, too, has NaN.
    raise<S>(z, max == -infinity<T>() ? T(0) : max);
    sum.add(z.sum());
  });
  T row_max = team_max(row.team, max);
  sum.scale(power<S>(max, row_max));
  return {row_max, sum_of_row<S>(row.team, sum)};
}

// KEEP_POWERS is of no effect on a row that does not keep.
template <bool KEEP_POWERS, typename S, typename Row, typename T = Computed<S>>
__device__ Normalizer<T> normalize(Row &row) {
  if constexpr (Row::KEEPS) {
    T max = max_of_row<T>(row);
    return {max, sum_of_powers<KEEP_POWERS, S>(row, max)};
  } else {
    return normalize_online<S>(row);
  }
}

// How much a row counts, which is 1 without `shares`.
template <typename T>
__device__ T share_of_row(const T *shares, int64 index) {
  return shares == nullptr ? T(1) : shares[index];
}

// The loss of a row that counts so much. One that does not count adds nothing, however hopeless it
// is, unless its powers are NaN.
template <typename T>
__device__ T counted(T counts, T loss, T sum_of_powers) {
  return counts == 0 ? counts * sum_of_powers : counts * loss;
}

// What the cross-entropy of a row is made of: with d = z - max, the sum of e^d, that of the targets
// and that of targets times d.
template <typename T>
struct TargetSums {
  T max;
  T sum;
  T total;
  T weighted;

  __device__ T loss(T counts) const { return counted(counts, total * log(sum) - weighted, sum); }
};

// One pass over the logits and the targets beside them, given the largest logit. A row that keeps
// has powers afterwards instead of logits.
template <typename S, typename Row, typename Targets, typename T = Computed<S>>
__device__ TargetSums<T> target_sums(Row &row, const Targets &targets, T max) {
  Sum<T> sum{};
  Sum<T> total{};
  Sum<T> weighted{};
  row.each([&](int i, Pack<T> &z) {
    Pack<T> y = targets.at(i);
    Pack<T> terms;
#pragma unroll
    for (int j = 0; j < Pack<T>::SIZE; j++) {
      Difference<S> difference(z.values[j], max);
      // A class that is not wanted costs nothing, however hopeless it is.
      terms.values[j] = y.values[j] == 0 ? 0 : y.values[j] * difference.value;
      z.values[j] = difference.power();
    }
    sum.add(z.sum());
    total.add(y.sum());
    weighted.add(terms.sum());
  });
  return {max, sum_of_row<S>(row.team, sum), sum_of_row<S>(row.team, total),
          sum_of_row<S>(row.team, weighted)};
}

// The target of a row that is the number of a class. A row of the number `ignored` has none, and
// one of a number that no class has makes all NaN.
template <typename T>
struct ClassTarget {
  bool exists;
  unsigned column;
  // 1 where there is a class, 0 where it is ignored, else NaN.
  T total;

  __device__ ClassTarget(T number, T ignored, int columns) {
    // Of what is no whole number this is another one, so that they differ.
    column = int(number);
    exists = column < unsigned(columns) && T(int(column)) == number;
    total = exists ? T(1) : number == ignored ? T(0) : T(NAN);
  }

  // `difference` of the class's logit to the largest one; 0 where there is no class.
  __device__ T loss(T counts, T sum, T difference) const {
    return counted(counts, total * log(sum) - difference, sum);
  }
};

// ------------------------------------------------------------------- the ways to hold a row
//
// Each calls operation(row, index, writes) for the rows of a block; `writes` is true for the one
// thread of a row that writes what there is one of per row. The operation also says where a row
// comes from: source(index). A team behind the last row has the first one with no columns.
//
// A row fits a group with up to 64 columns, a warp or a block if its threads can hold it: a thread
// has 8 packs in registers, or 4 of single elements.
constexpr int GROUP_THREADS = 256;
constexpr int WARP_THREADS = 128;
constexpr int BLOCK_THREADS = 512;
constexpr int SHARED_THREADS = 1024;
constexpr int LONG_THREADS = 512;

// Twice the registers for numbers that take twice as many.
template <typename S>
constexpr int PREFETCHED_THREADS = 4096 / sizeof(S);

// Packs that a thread of a group holds: four elements.
template <typename S>
constexpr int GROUP_PACKS = 4 / Pack<Computed<S>>::SIZE;

// Lanes that have packs beside each other, 128 bytes, or 64 of elements of 16 bits. A thread's own
// packs are that far apart, however large its team is, so that the compiler knows the distance.
constexpr int STRIP = 8;

template <typename Layout>
__device__ Share share_of_strip(int rank) {
  return {unsigned(rank / STRIP * STRIP * Layout::SHARES + rank % STRIP), STRIP,
          STRIP * Layout::SHARES};
}

// A block has the rows of as many teams of 2^lane_bits lanes as there are.
template <template <typename> typename Layout, int THREADS, int PACKS, bool IN_STRIPS, typename S,
          typename Operation>
__device__ void rows_in_lanes(const Operation &operation, int rows, int columns, int lane_bits) {
  using T = Computed<S>;
  LanesOfRow of(THREADS, lane_bits);
  Share share = IN_STRIPS ? share_of_strip<Layout<T>>(of.lanes.rank) : share_in_turn(of.lanes);
  bool exists = of.row < rows;
  int64 index = exists ? of.row : 0;
  RegisterRow<S, Lanes, Layout<T>, PACKS> row(of.lanes, {share, exists ? unsigned(columns) : 0},
                                              operation.source(index));
  operation(row, index, exists && of.lanes.rank == 0);
}

// A block has one row, in registers.
template <template <typename> typename Layout, typename S, typename Operation>
__device__ void row_in_block(const Operation &operation, int columns) {
  using T = Computed<S>;
  Block block = this_block();
  Share share = share_of_strip<Layout<T>>(block.rank);
  RegisterRow<S, Block, Layout<T>, Layout<T>::IN_REGISTERS> row(
      block, {share, unsigned(columns)}, operation.source(blockIdx.x));
  operation(row, blockIdx.x, threadIdx.x == 0);
}

// A block has one row, in what Row is: a SharedRow or a MemoryRow.
template <template <typename> typename Layout, template <typename, typename, typename> typename Row,
          typename S, typename Operation>
__device__ void row_in_loops(const Operation &operation, int columns) {
  Block block = this_block();
  Row<S, Block, Layout<Computed<S>>> row(block, {share_in_turn(block), unsigned(columns)},
                               operation.source(blockIdx.x));
  operation(row, blockIdx.x, threadIdx.x == 0);
}

#if __CUDA_ARCH__ >= 800
// A block has row after row, each of which comes while the one before is written, as far as it has
// room: for `held` packs of each thread.
template <typename S, typename Operation>
__device__ void prefetched_rows(const Operation &operation, int rows, int columns, int held) {
  PrefetchedRow<S> row(this_block(), columns, held, operation.source(blockIdx.x).row);
  for (unsigned index = blockIdx.x; index < rows; index += gridDim.x) {
    unsigned next = index + gridDim.x;
    row.advance(operation.source(index), next < rows ? operation.source(next).row : nullptr);
    operation(row, index, threadIdx.x == 0);
  }
}
#endif

// A multiprocessor is to hold so many threads of a kernel: 64 registers for each of 1024, 128 for
// each of 512.
#define ROW_KERNEL(threads, held) KERNEL_OF(threads, (held) < (threads) ? 1 : (held) / (threads))

// The kernels <name>_<group|warp|block|shared|long>_<packs|elements>_<type>. OPERATION is made of
// the parameters before the shape, which are the last arguments.
#define ROW_KERNELS_OF(name, layout, Layout, HELD, type, S, OPERATION, ...)                        \
  ROW_KERNEL(GROUP_THREADS, HELD)                                                                  \
  name##_group_##layout##_##type(__VA_ARGS__, int rows, int columns, int lane_bits) {              \
    rows_in_lanes<Layout, GROUP_THREADS, GROUP_PACKS<S>, false, S>(OPERATION, rows, columns,       \
                                                                   lane_bits);                     \
  }                                                                                                \
  ROW_KERNEL(WARP_THREADS, HELD)                                                                   \
  name##_warp_##layout##_##type(__VA_ARGS__, int rows, int columns, int lane_bits) {               \
    rows_in_lanes<Layout, WARP_THREADS, Layout<Computed<S>>::IN_REGISTERS, true, S>(               \
        OPERATION, rows, columns, lane_bits);                                                      \
  }                                                                                                \
  ROW_KERNEL(BLOCK_THREADS, HELD)                                                                  \
  name##_block_##layout##_##type(__VA_ARGS__, int rows, int columns) {                             \
    row_in_block<Layout, S>(OPERATION, columns);                                                   \
  }                                                                                                \
  ROW_KERNEL(SHARED_THREADS, HELD)                                                                 \
  name##_shared_##layout##_##type(__VA_ARGS__, int rows, int columns) {                            \
    row_in_loops<Layout, SharedRow, S>(OPERATION, columns);                                        \
  }                                                                                                \
  ROW_KERNEL(LONG_THREADS, HELD)                                                                   \
  name##_long_##layout##_##type(__VA_ARGS__, int rows, int columns) {                              \
    row_in_loops<Layout, MemoryRow, S>(OPERATION, columns);                                        \
  }

// HELD: threads of the kernels for packs that a multiprocessor is to hold.
#define ROW_KERNELS(name, HELD, type, S, OPERATION, ...)                                           \
  ROW_KERNELS_OF(name, packs, Packs, HELD, type, S, OPERATION, __VA_ARGS__)                        \
  ROW_KERNELS_OF(name, elements, Elements, 512, type, S, OPERATION, __VA_ARGS__)

// The kernel <name>_prefetched_packs_<type>. A multiprocessor has room for one such row, or not for
// all of it.
#define PREFETCHED_KERNEL(name, HELD, type, S, OPERATION, ...)                                     \
  KERNEL(PREFETCHED_THREADS<S>)                                                                    \
  name##_prefetched_packs_##type(__VA_ARGS__, int rows, int columns, int held) {                   \
    prefetched_rows<S>(OPERATION, rows, columns, held);                                            \
  }

// What calls it is compiled twice: for all GPUs, and for those of compute capability 8.0 and later,
// which round to 16 bits by one instruction and copy to shared memory while they compute.
#ifdef AMPERE
#define FOR_EACH_TYPE(OPERATION)                                                                   \
  OPERATION(ROW_KERNELS, bf16, Bfloat16)                                                           \
  OPERATION(ROW_KERNELS, f16, Float16)                                                             \
  OPERATION(PREFETCHED_KERNEL, f32, float)                                                         \
  OPERATION(PREFETCHED_KERNEL, f64, double)
#else
#define FOR_EACH_TYPE(OPERATION)                                                                   \
  OPERATION(ROW_KERNELS, f32, float)                                                               \
  OPERATION(ROW_KERNELS, f64, double)
#endif
