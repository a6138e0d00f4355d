// One number of each row: its maximum, its sum, the column of its maximum. `out` has one number
// every out_stride elements. And the sum of each column.
#include "rows.cuh"

template <typename T>
struct RowMax {
  static constexpr T PADDING = -infinity<T>();

  template <typename Row>
  __device__ T operator()(Row &row) const {
    T max = PADDING;
    row.each([&](unsigned, Pack<T> &x) { max = larger(max, max_of(x)); });
    return team_max(row.team, max);
  }
};

template <typename T>
struct RowSum {
  static constexpr T PADDING = 0;

  template <typename Row>
  __device__ T operator()(Row &row) const {
    Sum<T> sum{};
    row.each([&](unsigned, Pack<T> &x) { sum.add(x); });
    return team_sum(row.team, sum);
  }
};

template <typename T>
struct RowArgmax {
  static constexpr T PADDING = -infinity<T>();

  template <typename Row>
  __device__ T operator()(Row &row) const {
    Place<T> best = nowhere<T>();
    row.each([&](unsigned column, Pack<T> &x) { best = better_of(best, x, column); });
    return team_best(row.team, best).column;
  }
};

// A block of `group` has the rows of 256 / lanes teams, one of `block` a single row.
constexpr int THREADS = 256;

template <typename T, typename Reduction>
__device__ void reduce_group(const T *x, int64 x_stride, int rows, int columns, T *out,
                             int64 out_stride, int lanes) {
  LanesOfRow of = lanes_of_row(lanes);
  bool exists = of.row < rows;
  const T *start = x + (exists ? of.row * x_stride : 0);
  MemoryRow<T, Lanes> row(of.lanes,
                          {start, nullptr, exists ? unsigned(columns) : 0, Reduction::PADDING});
  T result = Reduction()(row);
  if (exists && of.lanes.rank == 0) {
    out[of.row * out_stride] = result;
  }
}

template <typename T, typename Reduction>
__device__ void reduce_block(const T *x, int64 x_stride, int columns, T *out, int64 out_stride) {
  int64 index = blockIdx.x;
  MemoryRow<T, Block> row(this_block(),
                          {x + index * x_stride, nullptr, unsigned(columns), Reduction::PADDING});
  T result = Reduction()(row);
  if (threadIdx.x == 0) {
    out[index * out_stride] = result;
  }
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

#define REDUCTION(name, Reduction, type, T)                                                     \
  KERNEL(THREADS)                                         \
      name##_group_##type(const T *x, int64 x_stride, T *out, int64 out_stride, int rows,       \
                          int columns, int lanes) {                                             \
    reduce_group<T, Reduction<T>>(x, x_stride, rows, columns, out, out_stride, lanes);          \
  }                                                                                             \
  KERNEL(THREADS)                                         \
      name##_block_##type(const T *x, int64 x_stride, T *out, int64 out_stride, int rows,       \
                          int columns) {                                                        \
    reduce_block<T, Reduction<T>>(x, x_stride, columns, out, out_stride);                       \
  }

#define REDUCTIONS(type, T)                                                                     \
  REDUCTION(row_max, RowMax, type, T)                                                           \
  REDUCTION(row_sum, RowSum, type, T)                                                           \
  REDUCTION(row_argmax, RowArgmax, type, T)                                                     \
  KERNEL(THREADS)                                         \
      column_sum_##type(const T *x, int64 x_stride, T *out, int64 out_stride, T divisor,        \
                        int rows, int columns, int slab_rows, int lanes) {                      \
    ColumnSum<T> of(x, x_stride, rows, columns, slab_rows, lanes);                              \
    if (of.writes) {                                                                            \
      out[of.slab * out_stride + of.column] = of.sum / divisor;                                 \
    }                                                                                           \
  }                                                                                             \
  /* out += *alpha * column sums, of a single slab. */                                           \
  KERNEL(THREADS)                                         \
      add_scaled_column_sum_##type(const T *x, int64 x_stride, T *out, const T *alpha, int rows, \
                                   int columns, int lanes) {                                    \
    ColumnSum<T> of(x, x_stride, rows, columns, rows, lanes);                                   \
    if (of.writes) {                                                                            \
      out[of.column] += *alpha * of.sum;                                                        \
    }                                                                                           \
  }

REDUCTIONS(f32, float)
REDUCTIONS(f64, double)
