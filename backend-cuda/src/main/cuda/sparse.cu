// The product of rows of which only the values that are not 0 are kept, and a matrix:
//
//   product[i][j] = sum over the values v of row i, in columns k, of v * right[k][j]
//
// The values of row i are those from starts[i] to before starts[i + 1].
#include "rows.cuh"

constexpr int SPARSE_GROUP_THREADS = 256;
constexpr int SPARSE_BLOCK_THREADS = 128;

template <typename T>
struct SparseProduct {
  const int *starts;
  const int *columns;
  const T *values;
  const T *right;
  int64 right_stride;
  T *product;
  int64 product_stride;

  // Of every step-th value of a row, from one on.
  __device__ Sum<T> part(int row, int first, int step, int j) const {
    Sum<T> sum{};
    for (int i = starts[row] + first; i < starts[row + 1]; i += step) {
      sum.add(values[i] * right[columns[i] * right_stride + j]);
    }
    return sum;
  }

  __device__ T *result(int row, int j) const { return product + row * product_stride + j; }
};

// A row belongs to 2^lane_bits lanes, which have its columns in turn.
template <typename T>
__device__ void sparse_rows_in_lanes(const SparseProduct<T> &of, int rows, int classes,
                                     int lane_bits) {
  LanesOfRow at(SPARSE_GROUP_THREADS, lane_bits);
  if (at.row < rows) {
    for (int j = at.lanes.rank; j < classes; j += at.lanes.size) {
      *of.result(at.row, j) = of.part(at.row, 0, 1, j).result();
    }
  }
}

// A row belongs to a block, for rows of which some have many values: threads that have the same
// columns share these, and their sums are added in the order of the threads.
template <typename T>
__device__ void sparse_row_in_block(const SparseProduct<T> &of, int classes, int lane_bits) {
  __shared__ Sum<T> sums[SPARSE_BLOCK_THREADS];
  int lanes = 1 << lane_bits;
  int lane = threadIdx.x & (lanes - 1);
  int share = threadIdx.x >> lane_bits;
  int shares = SPARSE_BLOCK_THREADS >> lane_bits;
  for (int first = 0; first < classes; first += lanes) {
    int j = first + lane;
    if (j < classes) {
      sums[threadIdx.x] = of.part(blockIdx.x, share, shares, j);
    }
    __syncthreads();
    if (share == 0 && j < classes) {
      Sum<T> all{};
      for (int other = 0; other < shares; other++) {
        all = all.plus(sums[(other << lane_bits) + lane]);
      }
      *of.result(blockIdx.x, j) = all.result();
    }
    __syncthreads();
  }
}

#define SPARSE_PRODUCT(type, T)                                                                    \
  KERNEL(SPARSE_GROUP_THREADS) sparse_product_group_##type(                                        \
      const int *starts, const int *columns, const T *values, const T *right,                      \
      int64 right_stride, T *product, int64 product_stride, int rows, int classes,                 \
      int lane_bits) {                                                                             \
    sparse_rows_in_lanes<T>({starts, columns, values, right, right_stride, product,                \
                             product_stride}, rows, classes, lane_bits);                           \
  }                                                                                                \
  KERNEL(SPARSE_BLOCK_THREADS) sparse_product_block_##type(                                        \
      const int *starts, const int *columns, const T *values, const T *right,                      \
      int64 right_stride, T *product, int64 product_stride, int classes, int lane_bits) {          \
    sparse_row_in_block<T>({starts, columns, values, right, right_stride, product,                 \
                            product_stride}, classes, lane_bits);                                  \
  }

SPARSE_PRODUCT(f32, float)
SPARSE_PRODUCT(f64, double)
