// Functions of single elements. A thread has one pack of a row; a block has `lanes` packs beside
// each other, of 256 / lanes rows. `out` may be an operand itself.
#include "rows.cuh"

constexpr int THREADS = 256;

// Calls visit(row, column) with the place of this thread's pack, if there is one.
template <typename T, typename Visit>
__device__ void each_pack(int rows, int columns, int lanes, Visit visit) {
  unsigned block_columns = lanes * Pack<T>::SIZE;
  unsigned column_blocks = (unsigned(columns) - 1) / block_columns + 1;
  int64 row = int64(blockIdx.x / column_blocks) * (THREADS / lanes) + threadIdx.x / lanes;
  unsigned column =
      blockIdx.x % column_blocks * block_columns + threadIdx.x % lanes * Pack<T>::SIZE;
  if (row < rows && column < columns) {
    visit(row, column);
  }
}

// What an operator is given: a matrix, or a row, column or scalar that is repeated by strides of 0.
template <typename T>
struct Operand {
  const T *start;
  int64 row_stride;
  int column_stride;

  __device__ Pack<T> load(int64 row, unsigned column, unsigned columns) const {
    const T *of_row = start + row * row_stride;
    if (column_stride == 1) {
      return load_pack(of_row, column, columns, T(0));
    }
    Pack<T> pack;
#pragma unroll
    for (int j = 0; j < Pack<T>::SIZE; j++) {
      pack.values[j] = *of_row;
    }
    return pack;
  }
};

template <typename T, typename Operator>
__device__ void combine(const Operand<T> &a, const Operand<T> &b, T *out, int64 out_stride,
                        int rows, int columns, int lanes, Operator of) {
  each_pack<T>(rows, columns, lanes, [&](int64 row, unsigned column) {
    Pack<T> left = a.load(row, column, columns);
    Pack<T> right = b.load(row, column, columns);
#pragma unroll
    for (int j = 0; j < Pack<T>::SIZE; j++) {
      left.values[j] = of(left.values[j], right.values[j]);
    }
    store_pack(out + row * out_stride, column, columns, left);
  });
}

template <typename T, typename Function>
__device__ void map(const T *x, int64 x_stride, T *out, int64 out_stride, int rows, int columns,
                    int lanes, Function of) {
  each_pack<T>(rows, columns, lanes, [&](int64 row, unsigned column) {
    Pack<T> pack = load_pack(x + row * x_stride, column, columns, T(0));
#pragma unroll
    for (int j = 0; j < Pack<T>::SIZE; j++) {
      pack.values[j] = of(pack.values[j]);
    }
    store_pack(out + row * out_stride, column, columns, pack);
  });
}

#define ELEMENTWISE KERNEL(THREADS)

#define FUNCTION(name, type, T, RESULT)                                                         \
  ELEMENTWISE name##_##type(const T *x, int64 x_stride, T *out, int64 out_stride, int rows,     \
                            int columns, int lanes) {                                           \
    map(x, x_stride, out, out_stride, rows, columns, lanes, [](T a) { return RESULT; });        \
  }

#define OPERATOR(name, type, T, RESULT)                                                         \
  ELEMENTWISE name##_matrix_##type(const T *a, int64 a_row_stride, int a_column_stride,         \
                                   const T *b, int64 b_row_stride, int b_column_stride, T *out, \
                                   int64 out_stride, int rows, int columns, int lanes) {        \
    combine(Operand<T>{a, a_row_stride, a_column_stride},                                       \
            Operand<T>{b, b_row_stride, b_column_stride}, out, out_stride, rows, columns,       \
            lanes, [](T a, T b) -> T { return RESULT; });                                       \
  }                                                                                             \
  ELEMENTWISE name##_number_##type(const T *x, int64 x_stride, T b, T *out, int64 out_stride,   \
                                   int rows, int columns, int lanes) {                          \
    map(x, x_stride, out, out_stride, rows, columns, lanes,                                     \
        [b](T a) -> T { return RESULT; });                                                      \
  }

#define KERNELS(type, T)                                                                        \
  FUNCTION(exp, type, T, exp(a))                                                                \
  FUNCTION(log, type, T, log(a))                                                                \
  FUNCTION(copy, type, T, a)                                                                    \
  OPERATOR(add, type, T, a + b)                                                                 \
  OPERATOR(subtract, type, T, a - b)                                                            \
  OPERATOR(multiply, type, T, a * b)                                                            \
  OPERATOR(divide, type, T, a / b)                                                              \
  OPERATOR(equal, type, T, a == b ? 1 : 0)                                                      \
  /* out += alpha * x */                                                                        \
  ELEMENTWISE add_scaled_##type(const T *x, int64 x_stride, T alpha, T *out, int64 out_stride,  \
                                int rows, int columns, int lanes) {                             \
    combine(Operand<T>{x, x_stride, 1}, Operand<T>{out, out_stride, 1}, out, out_stride, rows,  \
            columns, lanes, [alpha](T a, T b) -> T { return fma(alpha, a, b); });               \
  }                                                                                             \
  ELEMENTWISE fill_##type(T value, T *out, int64 out_stride, int rows, int columns,             \
                          int lanes) {                                                          \
    each_pack<T>(rows, columns, lanes, [&](int64 row, unsigned column) {                        \
      Pack<T> pack;                                                                             \
      for (int j = 0; j < Pack<T>::SIZE; j++) {                                                 \
        pack.values[j] = value;                                                                 \
      }                                                                                         \
      store_pack(out + row * out_stride, column, columns, pack);                                \
    });                                                                                         \
  }

KERNELS(f32, float)
KERNELS(f64, double)
