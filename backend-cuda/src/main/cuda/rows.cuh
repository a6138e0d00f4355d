// Rows of matrices: how they are dealt to threads, loaded, reduced and stored. A matrix is given by
// its first element and its stride, the elements from one row to the next.
//
// A row belongs to a team: some lanes of a warp, or a whole block. It is cut into packs of 16
// bytes. Thread r of a team of s has the packs r, r + s, r + 2s ..., so that neighbours touch
// neighbouring memory, and no thread ever needs an element of another one's.
//
// Every thread of a block stays to the end, and blocks are made of whole warps. So every shuffle
// names all 32 lanes, and all of them are there.
#pragma once

using int64 = long long;

// A kernel for blocks of so many threads. One block a multiprocessor is enough: asked for nothing,
// some assemblers move values to memory to make room for more blocks, which is slower.
#define KERNEL(threads) extern "C" __global__ void __launch_bounds__(threads, 1)

template <typename T>
__device__ constexpr T infinity() {
  return static_cast<T>(INFINITY);
}

// ---------------------------------------------------------------------------------- packs

template <typename T>
struct alignas(16) Pack {
  static constexpr int SIZE = 16 / sizeof(T);
  T values[SIZE];
};

__device__ inline Pack<float> load_aligned(const float *from) {
  float4 v = *reinterpret_cast<const float4 *>(from);
  return {v.x, v.y, v.z, v.w};
}

__device__ inline Pack<double> load_aligned(const double *from) {
  double2 v = *reinterpret_cast<const double2 *>(from);
  return {v.x, v.y};
}

__device__ inline void store_aligned(float *to, const Pack<float> &p) {
  *reinterpret_cast<float4 *>(to) = {p.values[0], p.values[1], p.values[2], p.values[3]};
}

__device__ inline void store_aligned(double *to, const Pack<double> &p) {
  *reinterpret_cast<double2 *>(to) = {p.values[0], p.values[1]};
}

// Whether the pack at this column can be touched at once: it is complete, and the row is aligned.
template <typename T>
__device__ bool at_once(const T *row, unsigned column, unsigned columns) {
  return reinterpret_cast<unsigned long long>(row) % 16 == 0 && columns - column >= Pack<T>::SIZE;
}

// The pack that starts at a column within the row; what lies behind the row's end is padding.
template <typename T>
__device__ Pack<T> load_pack(const T *row, unsigned column, unsigned columns, T padding) {
  if (at_once(row, column, columns)) {
    return load_aligned(row + column);
  }
  Pack<T> pack;
#pragma unroll
  for (unsigned j = 0; j < Pack<T>::SIZE; j++) {
    pack.values[j] = j < columns - column ? row[column + j] : padding;
  }
  return pack;
}

template <typename T>
__device__ void store_pack(T *row, unsigned column, unsigned columns, const Pack<T> &pack) {
  if (at_once(row, column, columns)) {
    store_aligned(row + column, pack);
    return;
  }
#pragma unroll
  for (unsigned j = 0; j < Pack<T>::SIZE; j++) {
    if (j < columns - column) {
      row[column + j] = pack.values[j];
    }
  }
}

// ------------------------------------------------------------------------- numbers of a row

// The larger one; a NaN is larger than any number.
template <typename T>
__device__ T larger(T a, T b) {
  return a > b || a != a ? a : b;
}

template <typename T>
__device__ T max_of(const Pack<T> &pack) {
  T max = pack.values[0];
#pragma unroll
  for (int j = 1; j < Pack<T>::SIZE; j++) {
    max = larger(max, pack.values[j]);
  }
  return max;
}

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

  __device__ void add(const Pack<T> &pack) {
#pragma unroll
    for (int j = 0; j < Pack<T>::SIZE; j++) {
      add(pack.values[j]);
    }
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

// A value and where it is. The better one is larger, or as large and further left.
template <typename T>
struct Place {
  T value;
  typename Index<T>::type column;
};

template <typename T>
__device__ Place<T> better(Place<T> a, Place<T> b) {
  bool same = a.value == b.value || (a.value != a.value && b.value != b.value);
  if (same) {
    return a.column < b.column ? a : b;
  }
  return a.value > b.value || a.value != a.value ? a : b;
}

template <typename T>
__device__ Place<T> better_of(Place<T> best, const Pack<T> &pack, unsigned column) {
#pragma unroll
  for (int j = 0; j < Pack<T>::SIZE; j++) {
    best = better(best, Place<T>{pack.values[j], column + j});
  }
  return best;
}

// The best of a thread before it has seen any column.
template <typename T>
__device__ Place<T> nowhere() {
  return {-infinity<T>(), 0xffffffffu};
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

// 1, 2, 4, 8, 16 or 32 neighbouring lanes of a warp.
struct Lanes {
  int size;
  int rank;

  // What all of the team's values combine to, the same for each thread.
  template <typename V, typename Combine>
  __device__ V reduce(V value, Combine combine) const {
    for (int distance = size / 2; distance > 0; distance /= 2) {
      value = combine(value, exchange(value, distance));
    }
    return value;
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

template <typename T, typename Team>
__device__ T team_max(const Team &team, T value) {
  return team.reduce(value, [](T a, T b) { return larger(a, b); });
}

template <typename T, typename Team>
__device__ T team_sum(const Team &team, const Sum<T> &sum) {
  return team.reduce(sum, [](Sum<T> a, Sum<T> b) { return a.plus(b); }).result();
}

template <typename T, typename Team>
__device__ Place<T> team_best(const Team &team, Place<T> place) {
  return team.reduce(place, [](Place<T> a, Place<T> b) { return better(a, b); });
}

// --------------------------------------------------------- rows, by where their elements are

// Where a row comes from: memory, and a second row (or null) that is added to it.
template <typename T>
struct Source {
  const T *row;
  const T *addend;
  unsigned columns;
  T padding;

  __device__ Pack<T> load(unsigned column) const {
    Pack<T> pack = load_pack(row, column, columns, padding);
    if (addend != nullptr) {
      Pack<T> more = load_pack(addend, column, columns, T(0));
#pragma unroll
      for (int j = 0; j < Pack<T>::SIZE; j++) {
        pack.values[j] += more.values[j];
      }
    }
    return pack;
  }
};

// Each kind of row has `each`, which calls visit(column, pack) for the thread's own packs, and
// KEEPS: whether what a visitor writes into a pack is there at the next visit.

// A row that its team has in registers, PACKS of them a thread at most.
template <typename T, int PACKS, typename Team>
struct RegisterRow {
  static constexpr bool KEEPS = true;
  Team team;
  unsigned columns;
  Pack<T> packs[PACKS];

  __device__ RegisterRow(const Team &of, const Source<T> &source)
      : team(of), columns(source.columns) {
    each([&](unsigned column, Pack<T> &pack) { pack = source.load(column); });
  }

  template <typename Visit>
  __device__ void each(Visit visit) {
#pragma unroll
    for (int i = 0; i < PACKS; i++) {
      unsigned column = (i * team.size + team.rank) * Pack<T>::SIZE;
      if (column < columns) {
        visit(column, packs[i]);
      }
    }
  }
};

// A row that its block has in dynamic shared memory. No thread touches another one's packs, so
// nothing waits here.
template <typename T>
struct SharedRow {
  static constexpr bool KEEPS = true;
  Block team;
  unsigned columns;
  Pack<T> *packs;

  __device__ SharedRow(const Block &of, const Source<T> &source)
      : team(of), columns(source.columns) {
    extern __shared__ float4 dynamic_shared[];
    packs = reinterpret_cast<Pack<T> *>(dynamic_shared);
    each([&](unsigned column, Pack<T> &pack) { pack = source.load(column); });
  }

  template <typename Visit>
  __device__ void each(Visit visit) {
    for (unsigned i = team.rank; i * Pack<T>::SIZE < columns; i += team.size) {
      visit(i * Pack<T>::SIZE, packs[i]);
    }
  }
};

// A row of any length, read from memory at each visit.
template <typename T, typename Team>
struct MemoryRow {
  static constexpr bool KEEPS = false;
  Team team;
  unsigned columns;
  Source<T> source;

  __device__ MemoryRow(const Team &of, const Source<T> &from)
      : team(of), columns(from.columns), source(from) {}

  template <typename Visit>
  __device__ void each(Visit visit) {
    for (unsigned i = team.rank; i * Pack<T>::SIZE < columns; i += team.size) {
      Pack<T> pack = source.load(i * Pack<T>::SIZE);
      visit(i * Pack<T>::SIZE, pack);
    }
  }
};

// ------------------------------------------------------------------- who works on which row

// The lanes of this thread's row. `row` may lie behind the last one: then there is no work, but
// the lanes still take part in shuffles.
struct LanesOfRow {
  Lanes lanes;
  int64 row;
};

__device__ inline LanesOfRow lanes_of_row(int lanes) {
  int rows_of_block = blockDim.x / lanes;
  int thread = threadIdx.x;
  return {{lanes, thread % lanes}, int64(blockIdx.x) * rows_of_block + thread / lanes};
}
