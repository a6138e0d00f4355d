// One number of each row: its maximum, its sum, the column of its maximum. `out` has one number
// every out_stride elements. And the sum of each column.
#include "rows.cuh"

// What each reduction makes of the packs of a thread, `of`, and of what its team's threads made,
// `of_team`.

template <typename T>
struct RowMax {
  static constexpr T PADDING = -infinity<T>();

  template <typename Row>
  __device__ static T of(Row &row) {
    T max = PADDING;
    row.each([&](int, Pack<T> &x) {
#pragma unroll
      for (int j = 0; j < Pack<T>::SIZE; j++) {
        max = larger(max, x.values[j]);
      }
    });
    return max;
  }

  template <typename Team>
  __device__ static T of_team(const Team &team, T max) {
    return team.reduce(max, [](T a, T b) { return larger(a, b); });
  }
};

template <typename T>
struct RowSum {
  static constexpr T PADDING = 0;

  template <typename Row>
  __device__ static Sum<T> of(Row &row) {
    Sum<T> sum{};
    row.each([&](int, Pack<T> &x) {
#pragma unroll
      for (int j = 0; j < Pack<T>::SIZE; j++) {
        sum.add(x.values[j]);
      }
    });
    return sum;
  }

  template <typename Team>
  __device__ static T of_team(const Team &team, const Sum<T> &sum) {
    return team_sum(team, sum);
  }
};

template <typename T>
struct RowArgmax {
  static constexpr T PADDING = -infinity<T>();

  template <typename Row>
  __device__ static Place<T> of(Row &row) {
    Place<T> best = first_place<T>();
    row.each([&](int i, Pack<T> &x) {
#pragma unroll
      for (int j = 0; j < Pack<T>::SIZE; j++) {
        best.offer(x.values[j], row.layout.column(i, j));
      }
    });
    return best;
  }

  template <typename Team>
  __device__ static T of_team(const Team &team, const Place<T> &best) {
    return team_best(team, best).column;
  }
};

// A block of `group` has the rows of as many teams of 2^lane_bits lanes as there are, one of
// `block` a single row.
constexpr int THREADS = 256;

template <typename T, typename Reduction, typename Team>
__device__ T reduce_row(const Team &team, const T *start, unsigned columns) {
  Share share = share_in_turn(team);
  Source<T> source{start, nullptr, Reduction::PADDING};
  MemoryRow<T, Team, Packs<T>> packs(team, {share, columns}, source);
  MemoryRow<T, Team, Elements<T>> elements(team, {share, columns}, source);
  // The teams of a warp may go different ways here, and exchange what they found together.
  auto own = whole_packs(start, columns) ? Reduction::of(packs) : Reduction::of(elements);
  return Reduction::of_team(team, own);
}

// A block has `lanes` columns of a slab of rows, each column dealt to 256 / lanes threads. The
// block's number is that of its slab times that of the column blocks, plus that of its columns.
// Row s of `out` gets the sums of slab s, divided by `divisor`.
template <typename T>
struct ColumnSum {
  T sum;
  int64 slab;
  unsigned column;
  bool writes;

  __device__ ColumnSum(const T *x, int64 x_stride, int rows, int columns, int slab_rows,
                       int lanes) {
    __shared__ T sums[THREADS];
    unsigned column_blocks = (unsigned(columns) + lanes - 1) / lanes;
    unsigned lane = threadIdx.x % lanes;
    slab = blockIdx.x / column_blocks;
    column = blockIdx.x % column_blocks * lanes + lane;
    int64 end = min((slab + 1) * slab_rows, int64(rows));
    Sum<T> own{};
    if (column < columns) {
      for (int64 i = slab * slab_rows + threadIdx.x / lanes; i < end; i += THREADS / lanes) {
        own.add(x[i * x_stride + column]);
      }
    }
    sums[threadIdx.x] = own.result();
    for (int half = THREADS / 2; half >= lanes; half /= 2) {
      __syncthreads();
      if (threadIdx.x < half) {
        sums[threadIdx.x] += sums[threadIdx.x + half];
      }
    }
    sum = sums[threadIdx.x];
    writes = threadIdx.x < lanes && column < columns;
  }
};

#define REDUCTION(name, Reduction, type, T)                                                        \
  KERNEL(THREADS)                                                                                  \
  name##_group_##type(const T *x, int64 x_stride, T *out, int64 out_stride, int rows,              \
                      int columns, int lane_bits) {                                                \
    LanesOfRow of(THREADS, lane_bits);                                                             \
    bool exists = of.row < rows;                                                                   \
    T result = reduce_row<T, Reduction<T>>(of.lanes, x + (exists ? of.row * x_stride : 0),         \
                                           exists ? columns : 0);                                  \
    if (exists && of.lanes.rank == 0) {                                                            \
      out[of.row * out_stride] = result;                                                           \
    }                                                                                              \
  }                                                                                                \
  KERNEL(THREADS)                                                                                  \
  name##_block_##type(const T *x, int64 x_stride, T *out, int64 out_stride, int rows,              \
                      int columns) {                                                               \
    int64 row = blockIdx.x;                                                                        \
    T result = reduce_row<T, Reduction<T>>(this_block(), x + row * x_stride, columns);             \
    if (threadIdx.x == 0) {                                                                        \
      out[row * out_stride] = result;                                                              \
    }                                                                                              \
  }

#define REDUCTIONS(type, T)                                                                        \
  REDUCTION(row_max, RowMax, type, T)                                                              \
  REDUCTION(row_sum, RowSum, type, T)                                                              \
  REDUCTION(row_argmax, RowArgmax, type, T)                                                        \
  KERNEL(THREADS)                                                                                  \
      column_sum_##type(const T *x, int64 x_stride, T *out, int64 out_stride, T divisor,           \
                        int rows, int columns, int slab_rows, int lanes) {                         \
    ColumnSum<T> of(x, x_stride, rows, columns, slab_rows, lanes);                                 \
    if (of.writes) {                                                                               \
      out[of.slab * out_stride + of.column] = of.sum / divisor;                                    \
    }                                                                                              \
  }                                                                                                \
  /* out += *alpha * column sums, of a single slab. */                                             \
  KERNEL(THREADS)                                                                                  \
      add_scaled_column_sum_##type(const T *x, int64 x_stride, T *out, const T *alpha, int rows,   \
                                   int columns, int lanes) {                                       \
    ColumnSum<T> of(x, x_stride, rows, columns, rows, lanes);                                      \
    if (of.writes) {                                                                               \
      out[of.column] += *alpha * of.sum;                                                           \
    }                                                                                              \
  }

REDUCTIONS(f32, float)
REDUCTIONS(f64, double)
