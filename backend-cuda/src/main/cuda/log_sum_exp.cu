// The logarithm of the sum of the powers of each row: max z + log(sum of e^(z - max z)). `result` has
// one number every result_stride elements.
#include "memory_rows.cuh"

template <typename T>
struct LogSumExp {
  const T *logits;
  int64 logits_stride;
  T *result;
  int64 result_stride;

  __device__ bool in_packs(unsigned columns) const {
    return ::in_packs(logits, logits_stride, columns);
  }

  __device__ Source<T> source(int64 index) const {
    return {logits + index * logits_stride, nullptr, -infinity<T>()};
  }

  template <typename Row>
  __device__ void operator()(Row &row, int64 index, bool writes) const {
    T own = -infinity<T>();
    row.each([&](int, Pack<T> &z) {
#pragma unroll
      for (int j = 0; j < Pack<T>::SIZE; j++) {
        own = larger(own, z.values[j]);
      }
    });
    T max = row.team.reduce(own, [](T a, T b) { return larger(a, b); });
    Sum<T> sum{};
    row.each([&](int, Pack<T> &z) {
      raise<T>(z, max);
      sum.add(z.sum());
    });
    T total = team_sum(row.team, sum);
    if (writes) {
      // Whatever is not finite is the result, and has no differences.
      result[index * result_stride] = isfinite(max) ? max + log(total) : max;
    }
  }
};

#define LOG_SUM_EXP(type, T)                                                                       \
  MEMORY_ROW_KERNELS(log_sum_exp, type, T,                                                         \
                     (LogSumExp<T>{logits, logits_stride, result, result_stride}),                 \
                     const T *logits, int64 logits_stride, T *result, int64 result_stride)

LOG_SUM_EXP(f32, float)
LOG_SUM_EXP(f64, double)
