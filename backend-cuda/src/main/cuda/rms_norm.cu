// Each row divided by its root mean square: x / sqrt(mean of x^2 + epsilon) * gain. `gain` is a row;
// `out` may be x itself.
#include "memory_rows.cuh"

template <typename T>
struct RmsNorm {
  const T *x;
  int64 x_stride;
  const T *gain;
  T epsilon;
  T *out;
  int64 out_stride;
  int columns;

  __device__ bool in_packs(unsigned) const {
    return ::in_packs(x, x_stride, columns) && whole_packs(gain, columns) &&
           ::in_packs(out, out_stride, columns);
  }

  __device__ Source<T> source(int64 index) const { return {x + index * x_stride, nullptr, T(0)}; }

  template <typename Row>
  __device__ void operator()(Row &row, int64 index, bool) const {
    Sum<T> squares{};
    row.each([&](int, Pack<T> &pack) {
#pragma unroll
      for (int j = 0; j < Pack<T>::SIZE; j++) {
        pack.values[j] *= pack.values[j];
      }
      squares.add(pack.sum());
    });
    T factor = 1 / sqrt(team_sum(row.team, squares) / columns + epsilon);
    T *out_row = out + index * out_stride;
    row.each([&](int i, Pack<T> &pack) {
      Pack<T> gains = row.layout.load(gain, i, T(0));
#pragma unroll
      for (int j = 0; j < Pack<T>::SIZE; j++) {
        pack.values[j] = pack.values[j] * factor * gains.values[j];
      }
      row.layout.store(out_row, i, pack);
    });
  }
};

#define RMS_NORM(type, T)                                                                          \
  MEMORY_ROW_KERNELS(rms_norm, type, T,                                                            \
                     (RmsNorm<T>{x, x_stride, gain, epsilon, out, out_stride, columns}),           \
                     const T *x, int64 x_stride, const T *gain, T epsilon, T *out,                 \
                     int64 out_stride)

RMS_NORM(f32, float)
RMS_NORM(f64, double)
