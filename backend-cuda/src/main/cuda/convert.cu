// Copies of matrices in another type. A block has 2^lane_bits lanes beside each other, of
// 256 / 2^lane_bits rows; a lane has four elements of a row, 2^lane_bits apart.
#include "halves.cuh"
#include "rows.cuh"

constexpr int THREADS = 256;
constexpr int ELEMENTS = 4;

template <typename From, typename To>
__device__ void convert(const From *x, int64 x_stride, To *out, int64 out_stride, int rows,
                        int columns, int lane_bits) {
  unsigned block_rows = THREADS >> lane_bits;
  unsigned block_columns = ELEMENTS << lane_bits;
  unsigned column_blocks = (unsigned(columns) - 1) / block_columns + 1;
  unsigned lane = threadIdx.x & ((1 << lane_bits) - 1);
  int64 row = int64(blockIdx.x / column_blocks) * block_rows + (threadIdx.x >> lane_bits);
  unsigned first = blockIdx.x % column_blocks * block_columns + lane;
  if (row >= rows) {
    return;
  }
  const From *from = x + row * x_stride;
  To *to = out + row * out_stride;
  From elements[ELEMENTS];
#pragma unroll
  for (int i = 0; i < ELEMENTS; i++) {
    unsigned column = first + (i << lane_bits);
    if (column < columns) {
      elements[i] = from[column];
    }
  }
#pragma unroll
  for (int i = 0; i < ELEMENTS; i++) {
    unsigned column = first + (i << lane_bits);
    if (column < columns) {
      to[column] = Narrow<To>::of(widened(elements[i]));
    }
  }
}

#define CONVERT(to, To, type, From)                                                                \
  KERNEL(THREADS)                                                                                  \
  convert_to_##to##_##type(const From *x, int64 x_stride, To *out, int64 out_stride, int rows,     \
                           int columns, int lane_bits) {                                           \
    convert(x, x_stride, out, out_stride, rows, columns, lane_bits);                               \
  }

CONVERT(f32, float, f64, double)
CONVERT(f32, float, bf16, Bfloat16)
CONVERT(f32, float, f16, Float16)
CONVERT(f64, double, f32, float)
CONVERT(f64, double, bf16, Bfloat16)
CONVERT(f64, double, f16, Float16)
CONVERT(bf16, Bfloat16, f32, float)
CONVERT(bf16, Bfloat16, f64, double)
CONVERT(bf16, Bfloat16, bf16, Bfloat16)
CONVERT(bf16, Bfloat16, f16, Float16)
CONVERT(f16, Float16, f32, float)
CONVERT(f16, Float16, f64, double)
CONVERT(f16, Float16, bf16, Bfloat16)
CONVERT(f16, Float16, f16, Float16)
