// Functions of single elements. A thread has one pack of a row; a block has 2^lane_bits packs
// beside each other, of 256 / 2^lane_bits rows. `out` may be an operand itself.
#include "rows.cuh"

constexpr int THREADS = 256;

// Calls visit(row, column) with the place of this thread's pack, if there is one.
template <typename T, typename Visit>
__device__ void each_pack(int rows, int columns, int lane_bits, Visit visit) {
  unsigned block_rows = THREADS >> lane_bits;
  unsigned block_columns = Pack<T>::SIZE << lane_bits;
  unsigned row_block = 0;
  unsigned column_block = blockIdx.x;
  // One row of blocks, as most matrices are, needs no division.
  if (rows > block_rows) {
    unsigned column_blocks = (unsigned(columns) - 1) / block_columns + 1;
    row_block = blockIdx.x / column_blocks;
    column_block = blockIdx.x % column_blocks;
  }
  unsigned lane = threadIdx.x & ((1 << lane_bits) - 1);
  int64 row = int64(row_block) * block_rows + (threadIdx.x >> lane_bits);
  unsigned column = column_block * block_columns + lane * Pack<T>::SIZE;
  if (row < rows && column < columns) {
    visit(row, column);
  }
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
                        int rows, int columns, int lane_bits, Operator of) {
  each_pack<T>(rows, columns, lane_bits, [&](int64 row, unsigned column) {
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
                    int lane_bits, Function of) {
  each_pack<T>(rows, columns, lane_bits, [&](int64 row, unsigned column) {
    Pack<T> pack = load_pack(x + row * x_stride, column, columns, T(0));
#pragma unroll
    for (int j = 0; j < Pack<T>::SIZE; j++) {
      pack.values[j] = of(pack.values[j]);
    }
    store_pack(out + row * out_stride, column, columns, pack);
  });
}

// Packs of a run that a thread copies, so that they are on their way together.
constexpr int COPIED_PACKS = 8;

// A run of whole packs that starts at a multiple of 16 bytes, and so does its copy.
template <typename T>
__device__ void copy_run(const T *x, T *out, int packs) {
  int first = blockIdx.x * (THREADS * COPIED_PACKS) + threadIdx.x;
  int left = packs - first;
  const T *from = x + int64(first) * Pack<T>::SIZE;
  T *to = out + int64(first) * Pack<T>::SIZE;
  Pack<T> copied[COPIED_PACKS];
#pragma unroll
  for (int i = 0; i < COPIED_PACKS; i++) {
    if (i * THREADS < left) {
      copied[i] = load_aligned(from + i * THREADS * Pack<T>::SIZE);
    }
  }
#pragma unroll
  for (int i = 0; i < COPIED_PACKS; i++) {
    if (i * THREADS < left) {
      store_aligned(to + i * THREADS * Pack<T>::SIZE, copied[i]);
    }
  }
}

#define ELEMENTWISE KERNEL(THREADS)

#define FUNCTION(name, type, T, RESULT)                                                            \
  ELEMENTWISE name##_##type(const T *x, int64 x_stride, T *out, int64 out_stride, int rows,        \
                            int columns, int lane_bits) {                                          \
    map(x, x_stride, out, out_stride, rows, columns, lane_bits, [](T a) { return RESULT; });       \
  }

#define OPERATOR(name, type, T, RESULT)                                                            \
  ELEMENTWISE name##_matrix_##type(const T *a, int64 a_row_stride, int a_column_stride,            \
                                   const T *b, int64 b_row_stride, int b_column_stride, T *out,    \
                                   int64 out_stride, int rows, int columns, int lane_bits) {       \
    combine(Operand<T>{a, a_row_stride, a_column_stride},                                          \
            Operand<T>{b, b_row_stride, b_column_stride}, out, out_stride, rows, columns,          \
            lane_bits, [](T a, T b) -> T { return RESULT; });                                      \
  }                                                                                                \
  ELEMENTWISE name##_number_##type(const T *x, int64 x_stride, T b, T *out, int64 out_stride,      \
                                   int rows, int columns, int lane_bits) {                         \
    map(x, x_stride, out, out_stride, rows, columns, lane_bits,                                    \
        [b](T a) -> T { return RESULT; });                                                         \
  }

#define KERNELS(type, T)                                                                           \
  FUNCTION(exp, type, T, exp(a))                                                                   \
  FUNCTION(log, type, T, log(a))                                                                   \
  FUNCTION(copy, type, T, a)                                                                       \
  ELEMENTWISE copy_run_##type(const T *x, T *out, int packs) { copy_run(x, out, packs); }          \
  OPERATOR(add, type, T, a + b)                                                                    \
  OPERATOR(subtract, type, T, a - b)                                                               \
  OPERATOR(multiply, type, T, a * b)                                                               \
  OPERATOR(divide, type, T, a / b)                                                                 \
  OPERATOR(equal, type, T, a == b ? 1 : 0)                                                         \
  /* out += alpha * x */                                                                           \
  ELEMENTWISE add_scaled_##type(const T *x, int64 x_stride, T alpha, T *out, int64 out_stride,     \
                                int rows, int columns, int lane_bits) {                            \
    combine(Operand<T>{x, x_stride, 1}, Operand<T>{out, out_stride, 1}, out, out_stride, rows,     \
            columns, lane_bits, [alpha](T a, T b) -> T { return fma(alpha, a, b); });              \
  }                                                                                                \
  ELEMENTWISE fill_##type(T value, T *out, int64 out_stride, int rows, int columns,                \
                          int lane_bits) {                                                         \
    each_pack<T>(rows, columns, lane_bits, [&](int64 row, unsigned column) {                       \
      Pack<T> pack;                                                                                \
      for (int j = 0; j < Pack<T>::SIZE; j++) {                                                    \
        pack.values[j] = value;                                                                    \
      }                                                                                            \
      store_pack(out + row * out_stride, column, columns, pack);                                   \
    });                                                                                            \
  }

KERNELS(f32, float)
KERNELS(f64, double)
