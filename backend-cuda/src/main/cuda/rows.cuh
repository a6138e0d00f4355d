// Rows of matrices: how they are dealt to threads, loaded, reduced and stored. A matrix is given by
// its first element and its stride, the elements from one row to the next.
//
// A row belongs to a team: some lanes of a warp, or a whole block. It is cut into packs of 16
// bytes, or of as many single elements, of which each thread of the team has its own, so that
// neighbours touch neighbouring memory, and no thread ever needs an element of another one's.
//
// Elements are of a type S and are computed with in a type T, which is S but for numbers of 16
// bits: those become floats as they are loaded, four of them a pack of 8 bytes, and are rounded as
// they are stored.
//
// Every thread of a block stays to the end, and blocks are made of whole warps. So every shuffle
// names all 32 lanes, and all of them are there.
#pragma once

#include "halves.cuh"

using int64 = long long;

// A kernel for blocks of so many threads, of which a multiprocessor is to hold `blocks`.
#define KERNEL_OF(threads, blocks) extern "C" __global__ void __launch_bounds__(threads, blocks)

// One block is enough: asked for nothing, some assemblers move values to memory to make room for
// more blocks, which is slower.
#define KERNEL(threads) KERNEL_OF(threads, 1)

template <typename T>
__device__ constexpr T infinity() {
  return static_cast<T>(INFINITY);
}

// ---------------------------------------------------------------------------------- packs

template <typename T>
struct alignas(16) Pack {
  static constexpr int SIZE = 16 / sizeof(T);
  T values[SIZE];

  // All of them the same.
  __device__ static Pack of(T value) {
    Pack pack;
#pragma unroll
    for (int j = 0; j < SIZE; j++) {
      pack.values[j] = value;
    }
    return pack;
  }

  __device__ void add(const Pack &other) {
#pragma unroll
    for (int j = 0; j < SIZE; j++) {
      values[j] += other.values[j];
    }
  }

  __device__ T sum() const {
    if constexpr (SIZE == 2) {
      return values[0] + values[1];
    } else {
      return (values[0] + values[1]) + (values[2] + values[3]);
    }
  }

  // A NaN is passed over.
  __device__ T max() const {
    T max = values[0];
#pragma unroll
    for (int j = 1; j < SIZE; j++) {
      max = fmax(max, values[j]);
    }
    return max;
  }
};

__device__ inline Pack<float> load_aligned(const float *from) {
  float4 v = *reinterpret_cast<const float4 *>(from);
  return {v.x, v.y, v.z, v.w};
}

__device__ inline Pack<double> load_aligned(const double *from) {
  double2 v = *reinterpret_cast<const double2 *>(from);
  return {v.x, v.y};
}

__device__ inline Pack<float> load_aligned(const Bfloat16 *from) {
  uint2 v = *reinterpret_cast<const uint2 *>(from);
  return {__uint_as_float(v.x << 16), __uint_as_float(v.x & 0xffff0000),
          __uint_as_float(v.y << 16), __uint_as_float(v.y & 0xffff0000)};
}

__device__ inline Pack<float> load_aligned(const Float16 *from) {
  uint2 v = *reinterpret_cast<const uint2 *>(from);
  Float16 a, b, c, d;
  asm("mov.b32 {%0, %1}, %2;" : "=h"(a.bits), "=h"(b.bits) : "r"(v.x));
  asm("mov.b32 {%0, %1}, %2;" : "=h"(c.bits), "=h"(d.bits) : "r"(v.y));
  return {widened(a), widened(b), widened(c), widened(d)};
}

__device__ inline void store_aligned(float *to, const Pack<float> &p) {
  *reinterpret_cast<float4 *>(to) = {p.values[0], p.values[1], p.values[2], p.values[3]};
}

__device__ inline void store_aligned(double *to, const Pack<double> &p) {
  *reinterpret_cast<double2 *>(to) = {p.values[0], p.values[1]};
}

#if __CUDA_ARCH__ >= 800
// Two numbers in the type of the last argument, by one instruction.
__device__ inline unsigned narrowed_pair(float lower, float upper, Bfloat16) {
  unsigned pair;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(upper), "f"(lower));
  return pair;
}

__device__ inline unsigned narrowed_pair(float lower, float upper, Float16) {
  unsigned pair;
  asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(upper), "f"(lower));
  return pair;
}

template <typename S>
__device__ void store_aligned(S *to, const Pack<float> &p) {
  *reinterpret_cast<uint2 *>(to) = {narrowed_pair(p.values[0], p.values[1], S{}),
                                    narrowed_pair(p.values[2], p.values[3], S{})};
}
#endif

template <typename T>
__device__ bool whole_packs(const T *row, unsigned columns) {
  return reinterpret_cast<unsigned long long>(row) % 16 == 0 && columns % Pack<T>::SIZE == 0;
}

// Which packs, or which elements, of a row are a thread's: the first, and every step-th after it,
// as long as they are within `extent` of the first. A step is a power of two.
struct Share {
  unsigned first;
  unsigned step;
  unsigned extent;

  __device__ bool has(unsigned number) const {
    unsigned distance = number - first;
    return distance < extent && distance % step == 0;
  }
};

template <typename Team>
__device__ Share share_in_turn(const Team &team) {
  return {unsigned(team.rank), unsigned(team.size), ~0u};
}

// How a thread's packs lie in a row of so many columns. Both layouts have
//   has(i): whether any of pack i is within the row;
//   has(i, j): whether its element j is;
//   column(i, j): where that is;
//   owns(column): whether the row has that column and it is one of the thread's;
//   load and store for the pack. What lies behind the row's end is padding.

// A pack is touched at once: for rows that start at a multiple of its bytes and end with a whole
// one.
template <typename T>
struct Packs {
  // Packs that a thread has in registers, and what it has a share of: packs.
  static constexpr int IN_REGISTERS = 8;
  static constexpr int SHARES = IN_REGISTERS;
  // To ask at each pack whether there is one would take longer than to compute with padding.
  static constexpr bool VISITS_PADDING = true;

  Share share;
  unsigned first;
  unsigned step;
  int left;

  __device__ Packs(const Share &of, unsigned columns)
      : share(of),
        first(of.first * Pack<T>::SIZE),
        step(of.step * Pack<T>::SIZE),
        left(columns - first) {}

  __device__ bool has(int i) const { return int(i * step) < left; }

  // How many packs it has, if the thread's share has no end.
  __device__ int count() const {
    return left > 0 ? (unsigned(left) + step - 1) >> (31 - __clz(step)) : 0;
  }

  __device__ bool has(int i, int) const { return has(i); }

  __device__ unsigned column(int i, int j) const { return first + i * step + j; }

  __device__ bool owns(unsigned column) const {
    return share.has(column / Pack<T>::SIZE) && int(column - first) < left;
  }

  template <typename S>
  __device__ Pack<T> load(const S *row, int i, T padding) const {
    return has(i) ? load_aligned(row + first + i * step) : Pack<T>::of(padding);
  }

  template <typename S>
  __device__ void store(S *row, int i, const Pack<T> &pack) const {
    if (has(i)) {
      store_aligned(row + first + i * step, pack);
    }
  }
};

// A pack is single elements, a step apart: for all other rows.
template <typename T>
struct Elements {
  // Packs that a thread has in registers, and what it has a share of: elements.
  static constexpr int IN_REGISTERS = 4;
  static constexpr int SHARES = IN_REGISTERS * Pack<T>::SIZE;
  // Since each element is asked for, it would take many registers.
  static constexpr bool VISITS_PADDING = false;

  Share share;
  unsigned first;
  unsigned step;
  int left;

  __device__ Elements(const Share &of, unsigned columns)
      : share(of), first(of.first), step(of.step), left(columns - first) {}

  __device__ int distance(int i, int j) const { return (i * Pack<T>::SIZE + j) * step; }

  __device__ bool has(int i) const { return has(i, 0); }

  __device__ bool has(int i, int j) const { return distance(i, j) < left; }

  __device__ unsigned column(int i, int j) const { return first + distance(i, j); }

  __device__ bool owns(unsigned column) const {
    return share.has(column) && int(column - first) < left;
  }

  template <typename S>
  __device__ Pack<T> load(const S *row, int i, T padding) const {
    Pack<T> pack;
#pragma unroll
    for (int j = 0; j < Pack<T>::SIZE; j++) {
      pack.values[j] = has(i, j) ? widened(row[first + distance(i, j)]) : padding;
    }
    return pack;
  }

  template <typename S>
  __device__ void store(S *row, int i, const Pack<T> &pack) const {
#pragma unroll
    for (int j = 0; j < Pack<T>::SIZE; j++) {
      if (has(i, j)) {
        row[first + distance(i, j)] = Narrow<S>::of(pack.values[j]);
      }
    }
  }
};

// ------------------------------------------------------------------------- numbers of a row

// A sum that remembers what its roundings lost (D. E. Knuth, TAOCP 2, 4.2.2), so that it does not
// matter how many numbers a thread adds, and a team how many threads' sums. The roundings of nearly
// equal numbers, as the powers of a row may be, are alike and would add up.
template <typename T>
struct Sum {
  T value;
  T lost;

  __device__ void add(T x) {
    T total = value + x;
    T part = total - value;
    lost += (value - (total - part)) + (x - part);
    value = total;
  }

  // The same for both orders, so that all threads of a team come to the same result.
  __device__ Sum plus(const Sum &other) const {
    Sum sum{value, lost + other.lost};
    sum.add(other.value);
    return sum;
  }

  __device__ void scale(T factor) {
    value *= factor;
    lost *= factor;
  }

  // Nothing is known of the loss where the sum is infinite.
  __device__ T result() const { return isfinite(value) ? value + lost : value; }
};

// The number of a column, as wide as a value, so that there is no padding that would be copied.
template <typename T>
struct Index;
template <>
struct Index<float> {
  using type = unsigned;
};
template <>
struct Index<double> {
  using type = unsigned long long;
};

// A value and where it is. The better one is larger, or as large and further left; a NaN is larger
// than any number.
template <typename T>
struct Place {
  T value;
  typename Index<T>::type column;

  // One further to the right.
  __device__ void offer(T other, unsigned other_column) {
    if (other > value || (other != other && value == value)) {
      value = other;
      column = other_column;
    }
  }
};

// Before any element was seen; right if there is nothing larger.
template <typename T>
__device__ Place<T> first_place() {
  return {-infinity<T>(), 0};
}

template <typename T>
__device__ Place<T> better(Place<T> a, Place<T> b) {
  bool same = a.value == b.value || (a.value != a.value && b.value != b.value);
  if (same) {
    return a.column < b.column ? a : b;
  }
  return a.value > b.value || a.value != a.value ? a : b;
}

// The larger one; a NaN is larger than any number.
template <typename T>
__device__ T larger(T a, T b) {
  return a > b || a != a ? a : b;
}

// ---------------------------------------------------------------------------------- teams

template <typename T>
__device__ T exchange(T value, int distance) {
  return __shfl_xor_sync(0xffffffffu, value, distance);
}

template <typename T>
__device__ Place<T> exchange(Place<T> place, int distance) {
  return {exchange(place.value, distance), exchange(place.column, distance)};
}

template <typename T>
__device__ Sum<T> exchange(Sum<T> sum, int distance) {
  return {exchange(sum.value, distance), exchange(sum.lost, distance)};
}

// Each team has its size, this thread's rank in it, and `reduce`: what all of its values combine
// to, the same for each thread.

// 1, 2, 4, 8, 16 or 32 neighbouring lanes of a warp.
struct Lanes {
  int size;
  int rank;

  template <typename V, typename Combine>
  __device__ V reduce(V value, Combine combine) const {
    for (int distance = size / 2; distance > 0; distance /= 2) {
      value = combine(value, exchange(value, distance));
    }
    return value;
  }
};

// Blocks that have a row for each 2^bits of their lanes: the lanes of this thread's row. It may lie
// behind the last row: then there is no work, but the lanes still take part in shuffles.
struct LanesOfRow {
  Lanes lanes;
  int64 row;

  __device__ LanesOfRow(int threads, int bits) {
    int thread = threadIdx.x;
    lanes = {1 << bits, thread & ((1 << bits) - 1)};
    row = int64(blockIdx.x) * (threads >> bits) + (thread >> bits);
  }
};

template <typename V>
__device__ V *one_per_warp() {
  __shared__ V values[32];
  return values;
}

// A whole block of 1, 2, 4, 8, 16 or 32 warps.
struct Block {
  int size;
  int rank;

  template <typename V, typename Combine>
  __device__ V reduce(V value, Combine combine) const {
    V *values = one_per_warp<V>();
    int lane = rank % 32;
    int warps = size / 32;
    value = Lanes{32, lane}.reduce(value, combine);
    // Those of an earlier reduction have been read by now.
    __syncthreads();
    if (lane == 0) {
      values[rank / 32] = value;
    }
    __syncthreads();
    return Lanes{warps, lane % warps}.reduce(values[lane % warps], combine);
  }
};

__device__ inline Block this_block() {
  return {static_cast<int>(blockDim.x), static_cast<int>(threadIdx.x)};
}

// NaNs are passed over.
template <typename T, typename Team>
__device__ T team_max(const Team &team, T value) {
  return team.reduce(value, [](T a, T b) { return fmax(a, b); });
}

template <typename T, typename Team>
__device__ T team_sum(const Team &team, const Sum<T> &sum) {
  return team.reduce(sum, [](Sum<T> a, Sum<T> b) { return a.plus(b); }).result();
}

// The same for a row of elements S. Of those of 16 bits what the sums of threads lose when they are
// added pair by pair, ten times half an ulp of a float at most, is nothing beside the elements' own
// rounding.
template <typename S, typename T, typename Team>
__device__ T sum_of_row(const Team &team, const Sum<T> &sum) {
  if constexpr (IS_HALF<S>) {
    return team.reduce(sum.result(), [](T a, T b) { return a + b; });
  } else {
    return team_sum(team, sum);
  }
}

template <typename T, typename Team>
__device__ Place<T> team_best(const Team &team, Place<T> place) {
  return team.reduce(place, [](Place<T> a, Place<T> b) { return better(a, b); });
}

// --------------------------------------------------------- rows, by where their elements are

// Where a row comes from: memory, and a second row (or null) that is added to it. A row of 16 bits
// has none.
template <typename S>
struct Source {
  const S *row;
  const S *addend;
  Computed<S> padding;
};

// Each kind of row has
//   each(visit): calls visit(i, pack) for the thread's own packs, which may be padding;
//   each_at_last(visit): the same where nobody visits them afterwards;
//   KEEPS: whether what a visitor writes into a pack is there at the next visit, of some packs;
//   keeps(i): whether it is of pack i.

// A row of any length, read from memory at each visit.
template <typename S, typename Team, typename Layout>
struct MemoryRow {
  using T = Computed<S>;
  static constexpr bool KEEPS = false;
  Team team;
  Layout layout;
  Source<S> source;

  __device__ MemoryRow(const Team &of, const Layout &in, const Source<S> &from)
      : team(of), layout(in), source(from) {}

  // Pack i by itself.
  __device__ Pack<T> at(int i) const {
    Pack<T> pack = layout.load(source.row, i, source.padding);
    if (!IS_HALF<S> && source.addend != nullptr) {
      pack.add(layout.load(source.addend, i, T(0)));
    }
    return pack;
  }

  __device__ constexpr bool keeps(int) const { return false; }

  template <typename Visit>
  __device__ void each(Visit visit) {
    for (int i = 0; layout.has(i); i++) {
      Pack<T> pack = at(i);
      visit(i, pack);
    }
  }

  template <typename Visit>
  __device__ void each_at_last(Visit visit) {
    each(visit);
  }
};

// A row that its team has in registers, PACKS of them a thread at most.
template <typename S, typename Team, typename Layout, int PACKS>
struct RegisterRow {
  using T = Computed<S>;
  static constexpr bool KEEPS = true;
  Team team;
  Layout layout;
  Pack<T> packs[PACKS];

  __device__ RegisterRow(const Team &of, const Layout &in, const Source<S> &source)
      : team(of), layout(in) {
    each([&](int i, Pack<T> &pack) { pack = layout.load(source.row, i, source.padding); });
    if (!IS_HALF<S> && source.addend != nullptr) {
      each([&](int i, Pack<T> &pack) { pack.add(layout.load(source.addend, i, T(0))); });
    }
  }

  __device__ constexpr bool keeps(int) const { return true; }

  template <typename Visit>
  __device__ void each(Visit visit) {
#pragma unroll
    for (int i = 0; i < PACKS; i++) {
      if (Layout::VISITS_PADDING || layout.has(i)) {
        visit(i, packs[i]);
      }
    }
  }

  template <typename Visit>
  __device__ void each_at_last(Visit visit) {
    each(visit);
  }
};

// A row that its block has in dynamic shared memory, each thread its own packs: no thread touches
// another one's, so nothing waits here.
template <typename S, typename Team, typename Layout>
struct SharedRow {
  using T = Computed<S>;
  static constexpr bool KEEPS = true;
  Team team;
  Layout layout;
  Pack<T> *packs;

  __device__ SharedRow(const Team &of, const Layout &in, const Source<S> &source)
      : team(of), layout(in) {
    extern __shared__ float4 dynamic_shared[];
    packs = reinterpret_cast<Pack<T> *>(dynamic_shared) + team.rank;
    MemoryRow<S, Team, Layout> from(team, layout, source);
    each([&](int i, Pack<T> &pack) { pack = from.at(i); });
  }

  __device__ constexpr bool keeps(int) const { return true; }

  template <typename Visit>
  __device__ void each(Visit visit) {
    for (int i = 0; layout.has(i); i++) {
      visit(i, packs[i * team.size]);
    }
  }

  template <typename Visit>
  __device__ void each_at_last(Visit visit) {
    each(visit);
  }
};

#if __CUDA_ARCH__ >= 800
// Rows of whole packs that a block has one after the other. The first packs of each thread are in
// dynamic shared memory: from the last visit to a pack of one row until the first to the next row's,
// that comes from memory. What does not fit is read from memory at each visit. No thread touches
// another one's packs, so that each waits for its own only.
template <typename T>
struct PrefetchedRow {
  static constexpr bool KEEPS = true;
  Block team;
  Packs<T> layout;
  Pack<T> *packs;
  int count;
  int held;
  Source<T> source;
  // What is not on its way yet; null where there is no next row, or all of it is.
  const T *next;

  // A thread has `most` packs in shared memory at most.
  __device__ PrefetchedRow(const Block &of, unsigned columns, int most, const T *first)
      : team(of),
        layout(share_in_turn(of), columns),
        count(layout.count()),
        held(min(count, most)),
        next(first) {
    extern __shared__ float4 dynamic_shared[];
    packs = reinterpret_cast<Pack<T> *>(dynamic_shared) + team.rank;
  }

  __device__ bool keeps(int i) const { return i < held; }

  // Pack i of the next row, in place of this one's.
  __device__ void fetch(int i) {
    unsigned to = static_cast<unsigned>(__cvta_generic_to_shared(packs + i * team.size));
    const T *from = next + layout.first + i * layout.step;
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" ::"r"(to), "l"(from) : "memory");
  }

  // The next row becomes this one; another one is next.
  __device__ void advance(const Source<T> &to, const T *other) {
#pragma unroll 4
    for (int i = 0; next != nullptr && i < held; i++) {
      fetch(i);
    }
    asm volatile("cp.async.wait_all;" ::: "memory");
    source = to;
    next = other;
    if (source.addend != nullptr) {
#pragma unroll 4
      for (int i = 0; i < held; i++) {
        packs[i * team.size].add(layout.load(source.addend, i, T(0)));
      }
    }
  }

  template <typename Visit>
  __device__ void each(Visit visit) {
#pragma unroll 4
    for (int i = 0; i < held; i++) {
      visit(i, packs[i * team.size]);
    }
    each_of_rest(visit);
  }

  template <typename Visit>
  __device__ void each_at_last(Visit visit) {
#pragma unroll 4
    for (int i = 0; i < held; i++) {
      Pack<T> pack = packs[i * team.size];
      visit(i, pack);
      if (next != nullptr) {
        fetch(i);
      }
    }
    next = nullptr;
    each_of_rest(visit);
  }

  template <typename Visit>
  __device__ void each_of_rest(Visit visit) {
    MemoryRow<T, Block, Packs<T>> rest(team, layout, source);
    // As they are few, and read from the second-level cache mostly.
#pragma unroll 1
    for (int i = held; i < count; i++) {
      Pack<T> pack = rest.at(i);
      visit(i, pack);
    }
  }
};
#endif
